/** What the engine holds: results of their own, memory that does not grow with use, room that runs out in words. */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compile, type Indices, indices, type Tensor, tensor } from "@protograd/autograd";
import { expect, test } from "vitest";
import { platform } from "../../packages/autograd/src/engine/webassembly.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const megabytes = (): number => {
  collectGarbage();
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

test("100,000 evaluations leave memory flat", () => {
  expect(growthOf(100_000, (i) => tensor([i, 2, 3]).square().reduceSum().item())).toBeLessThan(50);
});

test("of 10,000 different programs a few hundred are kept", async () => {
  const { Module } = platform as NonNullable<typeof platform>;
  const made: WeakRef<object>[] = [];
  class Watched extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      super(bytes);
      made.push(new WeakRef(this));
    }
  }
  Object.assign(platform as object, { Module: Watched });
  for (let i = 0; i < 10_000; i++) expect(tensor([1, 2]).mul(i).data[1]).toBe(2 * i);
  Object.assign(platform as object, { Module });
  // A weak reference holds what it refers to until the end of the task in which it was made or asked.
  await setTimeout();
  collectGarbage();
  expect(made.length).toBeGreaterThan(9_900);
  expect(made.filter((module) => module.deref()).length).toBeLessThan(300);
});

/** By how many megabytes the process grows while `evaluate` is called so many times, once it has warmed up. */
function growthOf(times: number, evaluate: (i: number) => void): number {
  const warm = times / 5;
  for (let i = 0; i < warm; i++) evaluate(i);
  const before = megabytes();
  for (let i = 0; i < times; i++) evaluate(warm + i);
  return megabytes() - before;
}

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
