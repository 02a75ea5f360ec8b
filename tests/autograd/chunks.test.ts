/** Streams longer than a chunk: what the chunks come to together is what the whole comes to, wherever it ends. */
import { arange, compile, explain, grad, indices, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import { describe, expect, test } from "vitest";

/** The chunks of the kernels that compute `x`, as `explain` says them. */
const chunksOf = (x: unknown, xs: readonly Tensor[] = []): number[] =>
  [...explain(x, xs).matchAll(/for n in \d+.*in chunks of (\d+):/g)].map(([, length]) => Number(length));

/** Around the ends of blocks and chunks. */
const lengthsAround = (chunk: number): number[] => [
  chunk - 1,
  chunk,
  chunk + 1,
  chunk + 16,
  2 * chunk - 1,
  2 * chunk,
  3 * chunk + 17,
];

/** Whole numbers from −4 to 4 that look like chance: sums of them are exact. */
const wholes = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 16) % 9).map((each) => each - 4);

const CHUNK = 2 ** 17;
const MANY = 4 * CHUNK;

describe.each(["float32", "float64"] as const)("of %s", (dtype) => {
  const vector = (values: Float64Array): Tensor => tensor(values, [values.length], { dtype });

  test.each(lengthsAround(CHUNK))("sums, products and extremes of %i", (n) => {
    const values = wholes(n);
    const x = vector(values);
    expect(x.reduceSum().item()).toBe(values.reduce((a, b) => a + b));
    expect(x.reduceMin().item()).toBe(-4);
    expect(x.argmax(0).data[0]).toBe(values.indexOf(4));
    const signs = values.map((each) => (each < 0 ? -1 : 1));
    expect(vector(signs).reduceProd().item()).toBe(signs.reduce((a, b) => a * b));
  });

  test.each(lengthsAround(CHUNK))("the last of %i, the first of two that are equal, and the first NaN", (n) => {
    const values = wholes(n);
    values[n - 1] = -9;
    expect(vector(values).argmin(0).data[0]).toBe(n - 1);
    values[n >> 1] = -9;
    const best = compile((x: Tensor) => [x.argmin(0), x.reduceMin(0)] as const);
    expect(best(vector(values)).map((each) => each.data[0])).toEqual([n >> 1, -9]);
    values[n - 2] = Number.NaN;
    values[n - 1] = Number.NaN;
    expect(best(vector(values)).map((each) => each.data[0])).toEqual([n - 2, Number.NaN]);
    expect(vector(values.fill(Infinity)).argmin(0).data[0]).toBe(0);
  });

  test.each(lengthsAround(CHUNK))("what is added to places, for %i", (n) => {
    const at = Int32Array.from(wholes(n), (each) => each + 4);
    const counts = new Float64Array(9);
    for (const place of at) counts[place] = (counts[place] as number) + 1;
    const f = (table: Tensor) => table.take(indices(at)).reduceSum();
    expect([...grad(f)(vector(wholes(9))).data]).toEqual([...counts]);
  });
});

test.each(lengthsAround(CHUNK))("entries that are stored, %i of them", (n) => {
  const [y, total] = compile((x: Tensor) => [x.mul(2).add(1).abs(), x.reduceSum()] as const)(arange(n));
  const values = y.data;
  expect(total.item()).toBe(Math.fround((n * (n - 1)) / 2));
  expect(values.length).toBe(n);
  expect(values.every((value, at) => value === 2 * at + 1)).toBe(true);
});

test("the wrong index that is reported is the last, in whichever chunk it is", () => {
  const wrong = compile((x: Tensor, table: Tensor) => table.take(x.argmax(1)).reduceSum());
  const rows = new Float32Array(8 * MANY);
  rows[8 * 100 + 5] = 1;
  expect(() => wrong(tensor(rows, [MANY, 8]), arange(5)).item()).toThrow(/index 5 /);
  rows[8 * (MANY - 3) + 7] = 1;
  expect(() => wrong(tensor(rows, [MANY, 8]), arange(5)).item()).toThrow(/index 7 /);
});

describe("where a pass is cut", () => {
  const loss = (n: number) =>
    tensor(new Float32Array(8 * n), [n, 8])
      .tanh()
      .square()
      .reduceSum();

  test("depends on its formulas, not on the length", () => {
    const [chunk] = chunksOf(loss(MANY)) as [number];
    expect(chunksOf(loss(chunk + 1))).toEqual([chunk]);
    expect(chunksOf(loss(100 * chunk))).toEqual([chunk]);
    expect(chunksOf(loss(chunk))).toEqual([]);
  });

  test("is the later, the less there is to do and the more is combined", () => {
    const cheap = chunksOf(tensor(new Float32Array(MANY)).square().reduceSum());
    const dear = chunksOf(tensor(new Float32Array(MANY)).tanh().exp().sin().tanh().reduceSum());
    expect(dear[0]).toBeLessThan(cheap[0] as number);
    const withTable = (size: number): number => {
      const table = tensor(new Float32Array(size));
      const read = table.take(indices(new Int32Array(2 ** 20)));
      return Math.max(...chunksOf(read.square().reduceSum(), [table]));
    };
    expect(withTable(1000)).toBeGreaterThan(withTable(10));
  });

  test("does not depend on whether the length is open: the same bits for one shape and for all", () => {
    const f = (X: Tensor, w: Tensor) => valueAndGrad((w: Tensor) => X.matmul(w).tanh().square().reduceMean())(w);
    const w = tensor([0.3, -0.1, 0.7]);
    const compiled = compile(f);
    for (const n of [50_000, 70_001, 200_003, 50_000]) {
      const X = tensor(wholes(3 * n), [n, 3]).div(7);
      expect(compiled(X, w).map((each) => [...each.data])).toEqual(f(X, w).map((each) => [...each.data]));
    }
  });
});
