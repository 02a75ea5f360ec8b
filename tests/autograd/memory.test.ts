/** What the engine holds: results of their own, memory that does not grow with use, room that runs out in words. */
import { compile, type Indices, indices, type Tensor, tensor } from "@protograd/autograd";
import { expect, test } from "vitest";

const megabytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
};

test("results are arrays of their own", () => {
  const double = compile((x: Tensor) => x.mul(2));
  const first = double(tensor([1, 2]));
  first.data[0] = 99;
  expect(double(tensor([1, 2])).toArray()).toEqual([2, 4]);
  expect(first.toArray()).toEqual([99, 4]);
});

test("a large tensor is right in every program, however much else came through memory", () => {
  const large = tensor(Float32Array.from({ length: 1e6 }, (_, at) => at % 7));
  const sum = large.data.reduce((total, value) => total + value, 0);
  for (let round = 1; round <= 12; round++) {
    expect(tensor(new Float32Array(5e6).fill(round)).reduceMax().item()).toBe(round);
    expect(large.mul(round).reduceSum().item()).toBeCloseTo(sum * round, -3);
  }
});

test("many evaluations and many programs leave memory flat", () => {
  const evaluate = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      tensor([i, 2, 3]).square().reduceSum().item();
      if (i % 10 === 0) tensor([1, 2]).mul(i).data;
    }
  };
  evaluate(0, 5000);
  const before = megabytes();
  evaluate(5000, 15_000);
  expect(megabytes() - before).toBeLessThan(100);
});

test("an array too large says how large", () => {
  const column = tensor(new Float32Array(70_000)).reshape([-1, 1]);
  expect(() => column.add(column.transpose()).data).toThrow(/no room for 18\.3 GiB/);
  expect(column.add(1).reduceSum().item()).toBe(70_000);
});

test("a computed index out of range names itself, and the next run is right again", () => {
  const take = compile((x: Tensor, at: Indices) => x.take(at).mul(2));
  const x = tensor([1, 2, 3]);
  expect(take(x, indices([0, -1])).toArray()).toEqual([2, 6]);
  expect(() => take(x, indices([0, 7]))).toThrow("index 7 is out of range for axis 0, which has 3 entries");
  expect(() => take(x, indices([-4, 1]))).toThrow("index -4 is out of range");
  expect(take(x, indices([2, 1])).toArray()).toEqual([6, 4]);
});
