/** Whose values are whose: what is written to an array, and what happens to it, changes no tensor. */
import {
  checkGradients,
  compile,
  grad,
  type Indices,
  indices,
  type ReadonlyFloats,
  type Tensor,
  tensor,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";

/** Around the size, 4 KiB, from which on values may stay in the engine's memory; and one that takes many blocks. */
const SIZES = [2, 1023, 1024, 1025, 8192, 100_000];

const sumOf = (x: Tensor): number => x.reduceSum().item();
const compiledSum = compile((x: Tensor) => x.reduceSum());

/** Ways to get at the sum of a tensor's values, each by programs of its own. */
const readers: Readonly<Record<string, (x: Tensor) => number>> = {
  "a read": sumOf,
  "a compiled function": (x) => compiledSum(x).item(),
  "a gradient": (x) => sumOf(grad((w: Tensor) => w.mul(x).reduceSum())(x.mul(0))),
  "nested arrays": (x) => (x.toArray() as number[]).reduce((sum, value) => sum + value, 0),
  "its data": (x) => x.data.reduce((sum, value) => sum + value, 0),
};

describe.each(SIZES)("%d numbers", (size) => {
  const filled = (value: number): Float32Array => new Float32Array(size).fill(value);

  test.each(Object.keys(readers))("a buffer that is filled anew is another tensor: %s", (name) => {
    const buffer = filled(0);
    for (let round = 1; round <= 4; round++) {
      buffer.fill(round);
      const copied = tensor(buffer);
      const shared = tensor(buffer, [size], { copy: false });
      for (let use = 0; use < 3; use++) {
        expect(readers[name]?.(copied)).toBe(round * size);
        expect(readers[name]?.(shared)).toBe(round * size);
      }
    }
  });

  test.each(Object.keys(readers).filter((name) => name !== "its data"))(
    "writing to data changes no tensor: %s",
    (name) => {
      const x = tensor(filled(2));
      const unread = x.square();
      for (let use = 0; use < 3; use++) expect(readers[name]?.(x)).toBe(2 * size);
      (x.data as Float32Array).fill(9);
      for (let use = 0; use < 3; use++) expect(readers[name]?.(x)).toBe(2 * size);
      expect(sumOf(unread)).toBe(4 * size);
      expect(x.data).toBe(x.data);
    },
  );

  test("a compiled function's constants are those of when it was made", () => {
    const buffer = filled(3);
    const plus = ((c: Tensor) => compile((x: Tensor) => x.add(c).reduceSum()))(tensor(buffer));
    const zero = tensor(filled(0));
    for (let use = 0; use < 3; use++) {
      expect(plus(zero).item()).toBe(3 * size);
      buffer.fill(use);
    }
  });

  test("results are arrays of their own", () => {
    const double = compile((x: Tensor) => x.mul(2));
    const x = tensor(filled(1));
    const first = double(x);
    (first.data as Float32Array).fill(99);
    expect(sumOf(double(x))).toBe(2 * size);
    expect(sumOf(first)).toBe(2 * size);
  });

  test("a tensor whose data was transferred is as it was", () => {
    const x = tensor(filled(2));
    for (let use = 0; use < 3; use++) {
      const { data } = x;
      structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
      expect(data.length).toBe(0);
      expect(sumOf(x)).toBe(2 * size);
      expect(x.data.length).toBe(size);
    }
  });

  test("an array that is taken without a copy and then loses its memory is an error that says so", () => {
    const lost = /the array of a tensor of shape \[\d+\] now has 0 values; expected \d+\. Its buffer was transferred/;
    const array = filled(2);
    const x = tensor(array, [size], { copy: false });
    const plus = compile((y: Tensor) => y.add(x).reduceSum());
    expect(plus(tensor(filled(0))).item()).toBe(2 * size);
    structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
    for (const [name, read] of Object.entries(readers)) expect(() => read(x), name).toThrow(lost);
    expect(() => plus(tensor(filled(0)))).toThrow(lost);
    expect(() => x.square().data).toThrow(lost);
  });

  test("the same for a buffer that shrank or grew", () => {
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(bytes: number): void };
    const buffer = new Resizable(4 * size, { maxByteLength: 8 * size });
    const x = tensor(new Float32Array(buffer), [size], { copy: false });
    expect(sumOf(x)).toBe(0);
    for (const length of [size - 1, 2 * size]) {
      buffer.resize(4 * length);
      expect(() => sumOf(x)).toThrow(`now has ${length} values; expected ${size}`);
    }
    buffer.resize(4 * size);
    expect(sumOf(x)).toBe(0);
  });
});

test("checkGradients says so too", () => {
  const array = new Float32Array([1, 2]);
  const x = tensor(array, [2], { copy: false });
  structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
  expect(() => checkGradients((w: Tensor) => w.mul(x).reduceSum(), [tensor([1, 2])])).toThrow("was transferred");
  expect(() => checkGradients((w: Tensor) => w.square().reduceSum(), [x])).toThrow("was transferred");
});

test("indices have a copy to show, and keep their own", () => {
  const at: Indices = indices([1, 0]);
  (at.data as Int32Array)[0] = 0;
  expect(tensor([10, 20]).take(at).toArray()).toEqual([20, 10]);
  expect(at.toArray()).toEqual([1, 0]);
});

describe("types", () => {
  const x = tensor([3, 1, 2]);
  const { data }: { data: ReadonlyFloats } = x;

  test("refuse writing", () => {
    // @ts-expect-error: reading only
    const write = (): number => (x.data[0] = 9);
    // @ts-expect-error: reading only
    const methods = [() => data.set([1]), () => data.fill(1), () => data.sort(), () => data.reverse()];
    // @ts-expect-error: what is read of it cannot be written to either
    const part = (): number => (data.subarray(1)[0] = 9);
    expect([write, part, ...methods].length).toBe(6);
  });

  test("let through what only reads", () => {
    const uploaded = (view: ArrayBufferView): number => view.byteLength;
    const summed = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value);
    expect(new Float32Array(data)).toEqual(Float32Array.of(3, 1, 2));
    expect(Math.max(...data)).toBe(3);
    expect(uploaded(data)).toBe(12);
    expect(summed(data)).toBe(6);
    expect([...data.map((value) => 2 * value)]).toEqual([6, 2, 4]);
    expect(data.subarray(1).length).toBe(2);
    const own = new Float32Array(data);
    expect(own.sort()).toEqual(Float32Array.of(1, 2, 3));
    expect(data[0]).toBe(3);
  });
});
