/** What the engine holds: results of their own, memory that does not grow with use, room that runs out in words. */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compile, gradientDescent, type Indices, indices, type Tensor, tensor } from "@protograd/autograd";
import { describe, expect, test } from "vitest";
import { SharedMemory } from "../../packages/autograd/src/engine/run/memory.js";
import { platform } from "../../packages/autograd/src/engine/run/webassembly.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const megabytes = (): number => {
  collectGarbage();
  return process.memoryUsage().rss / 2 ** 20;
};

test("a large tensor is right in every program, however much else came through memory", () => {
  const large = tensor(Float32Array.from({ length: 1e6 }, (_, at) => at % 7));
  const sum = large.data.reduce((total, value) => total + value, 0);
  for (let round = 1; round <= 12; round++) {
    expect(tensor(new Float32Array(5e6).fill(round)).reduceMax().item()).toBe(round);
    expect(large.mul(round).reduceSum().item()).toBeCloseTo(sum * round, -3);
  }
});

describe("a loop that never waits leaves memory flat", () => {
  const cost = (w: Tensor): Tensor => w.sub(1).square().reduceSum();
  const advance = gradientDescent(cost, { learningRate: 0.1 });
  const filled = (size: number) => ({ w: tensor(new Float32Array(size)), buffer: new Float32Array(size) });

  const loops: Readonly<Record<string, (state: { w: Tensor; buffer: Float32Array }, i: number) => void>> = {
    "a tensor for each step": (_, i) => tensor([i, 2, 3]).square().reduceSum().item(),
    "a step that goes on from the last": (state) => {
      state.w = advance(state.w);
    },
    "a step, and its cost": (state) => {
      state.w = advance(state.w);
      cost(state.w).item();
    },
    "a buffer that is filled anew": ({ buffer }, i) => {
      buffer.fill(i);
      tensor(buffer).add(1).data;
    },
    "a buffer that is filled anew and not copied": ({ buffer }, i) => {
      buffer.fill(i);
      tensor(buffer, [buffer.length], { copy: false }).add(1).data;
    },
  };

  // A tensor of up to 1024 numbers is copied for each run; of larger ones some stay, up to 64 MiB in all.
  test.each(
    Object.keys(loops).flatMap((name) => [
      { name, size: 1024, times: 30_000 },
      { name, size: 1025, times: 30_000 },
      { name, size: 100_000, times: 600 },
    ]),
  )("$name, $size numbers", ({ name, size, times }) => {
    const state = filled(size);
    expect(growthOf(times, (i) => loops[name]?.(state, i))).toBeLessThan(40);
  });

  test("what nobody has any more makes room for others once the loop waits", async () => {
    const shared = new SharedMemory();
    const values = new Float32Array(1e6);
    for (let round = 0; round < 20; round++) {
      const owner = {};
      for (let use = 0; use < 3; use++) shared.run(() => shared.addressOf(owner, values));
      collectGarbage();
      await setTimeout();
    }
    expect(shared.memory.buffer.byteLength).toBeLessThan(8 * values.byteLength);
  });
});

test("of 2,500 different programs about a thousand are kept", async () => {
  const { Module } = platform as NonNullable<typeof platform>;
  const made: WeakRef<object>[] = [];
  class Watched extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      super(bytes);
      made.push(new WeakRef(this));
    }
  }
  Object.assign(platform as object, { Module: Watched });
  for (let i = 0; i < 2500; i++) {
    // The digits of i say which operations, one after another.
    const chain = Array.from(
      i.toString(2).padStart(12, "0"),
      (digit) => (digit === "0" ? "neg" : "abs") as "neg" | "abs",
    );
    const wanted = chain.reduce((value, name) => (name === "neg" ? -value : Math.abs(value)), 2);
    expect(chain.reduce((x, name) => x[name](), tensor([1, 2])).data[1]).toBe(wanted);
  }
  Object.assign(platform as object, { Module });
  // A weak reference holds what it refers to until the end of the task in which it was made or asked.
  await setTimeout();
  collectGarbage();
  expect(made.length).toBeGreaterThan(2_400);
  expect(made.filter((module) => module.deref()).length).toBeLessThan(1100);
});

/** By how many megabytes the process grows while `evaluate` is called so many times, once it was called as often. */
function growthOf(times: number, evaluate: (i: number) => void): number {
  const warm = times;
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
