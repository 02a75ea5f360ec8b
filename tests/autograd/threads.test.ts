/** Threads: the same bits however many there are, and what happens where they cannot be had or end. */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import {
  compile,
  grad,
  indices,
  stopThreads,
  type Tensor,
  tensor,
  useThreads,
  valueAndGrad,
} from "@protograd/autograd";
import { type KMeansOptions, kmeans, makeBlobs } from "@protograd/kmeans";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { Crew } from "../../packages/autograd/src/engine/run/crew.js";
import { platform } from "../../packages/autograd/src/engine/run/webassembly.js";
import { WORDS } from "../../packages/autograd/src/engine/run/worker.js";
import { prepare } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import type { Node, Values } from "../../packages/autograd/src/graph.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { bundle, runBundled } from "../bundle.js";
import cases from "../kmeans/lloyd.json" with { type: "json" };
import { type Draw, drawDoubleLeaf, drawGraph, drawLeaf, draws, runs } from "./cases.js";

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await stopThreads();
});

afterAll(stopThreads);

/** Which of the many NaNs a NaN is, WebAssembly leaves open. */
const bitsOf = (values: Values): string =>
  Buffer.from(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)).buffer).toString("base64");

/** What `work` comes to on 2, 3, 8 and again one thread, and how often a pass was divided meanwhile. */
async function onThreads<T>(work: () => T): Promise<{ results: T[]; divided: number }> {
  const divide = vi.spyOn(Crew.prototype, "divide");
  const results: T[] = [];
  for (const count of [2, 3, 8, 1]) {
    expect(await useThreads(count)).toBe(count);
    results.push(work());
  }
  return { results, divided: divide.mock.calls.length };
}

async function expectSameOnThreads(work: () => unknown, hint = ""): Promise<void> {
  const expected = work();
  const { results, divided } = await onThreads(work);
  for (const result of results) expect(result, hint).toEqual(expected);
  expect(divided).toBeGreaterThan(0);
}

const wave = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, at) => (4321.1 * Math.sin(1 + 12.9898 * at)) % 1,
    ),
    shape,
  );

/** Around the ends of chunks, of which the longest has 2¹⁷ entries. */
const LENGTHS = [2 ** 17 - 1, 2 ** 17, 2 ** 17 + 1, 2 ** 18 - 16, 2 ** 18 + 17, 100_000, 300_007];

describe("the same bits on 1, 2, 3 and 8 threads", () => {
  const randomGraph = (draw: Draw): Node[] => {
    const shape = [LENGTHS[draw(LENGTHS.length)] as number, 1 + draw(3)];
    const leaf = draw(4) === 0 ? drawDoubleLeaf : drawLeaf;
    const inputs = [leaf(draw, shape), leaf(draw, [1, shape[1] as number])];
    const y = drawGraph(entries, inputs, 2 + draw(5), draw, 2 ** 20);
    return [y, ...gradientNodes(y, inputs)];
  };

  test("values and gradients of random graphs", async () => {
    const [first] = fc.sample(fc.nat(), 1) as [number];
    for (let batch = 0; batch < runs(1).numRuns; batch++) {
      const seed = first + batch;
      const graphs = fc.sample(draws(), { seed, numRuns: 12 }).map(randomGraph);
      await expectSameOnThreads(() => graphs.map((outputs) => prepare(outputs, [])([]).map(bitsOf)), `seed ${seed}`);
    }
  });

  test.each(LENGTHS)("sums, products, extremes and positions of %i entries, in float32 and float64", async (n) => {
    const single = wave(n, 2);
    const double = tensor(
      Float64Array.from(single.data, (value) => value / 3),
      [n, 2],
      { dtype: "float64" },
    );
    const fold = compile((x: Tensor) => [
      x.reduceSum(),
      x.reduceSum(0),
      x.add(1).reduceProd(0),
      x.reduceMin(),
      x.argmax(0),
      x.exp().reduceMean(),
      x.tanh(),
    ]);
    await expectSameOnThreads(() => [single, double].map((x) => fold(x).map((each) => bitsOf(each.data as Values))));
  });

  test("what is added to places, and the first of entries that are equal", async () => {
    const at = Int32Array.from({ length: 300_000 }, (_, each) => (each * 7919) % 1000);
    const weights = wave(300_000);
    const slope = grad((table: Tensor) => table.take(indices(at)).mul(weights).reduceSum());
    const equal = tensor(new Float32Array(300_000).fill(2));
    await expectSameOnThreads(() => [bitsOf(slope(wave(1000)).data as Values), equal.argmin(0).data[0]]);
  });

  test("a perceptron, whose accumulators are many", async () => {
    const loss = valueAndGrad(({ W, V, X }: Record<"W" | "V" | "X", Tensor>) =>
      X.matmul(W).relu().matmul(V).square().reduceMean(),
    );
    const given = { X: wave(2000, 64), W: wave(64, 48), V: wave(48, 5) };
    await expectSameOnThreads(() => {
      const [value, { W, V, X }] = compile(loss)(given);
      return [value, W, V, X].map((each) => bitsOf(each.data as Values));
    });
  });

  test("every case of k-means, and all algorithms over many points", async () => {
    const { points } = makeBlobs({ samples: 30_000, features: 3, centers: 4, randomState: 1 });
    const algorithms = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;
    const weights = points.map((_, at) => 1 + (at % 3));
    const fitted = (rows: number[][], options: KMeansOptions) => kmeans(rows, options).toJSON();
    await expectSameOnThreads(() => [
      ...cases.map(({ points, init, weights, maxIterations, tolerance }) =>
        fitted(points, { init, maxIterations, tolerance, ...(weights === null ? {} : { weights }) }),
      ),
      ...algorithms.map((algorithm) => fitted(points, { k: 4, seed: 1, algorithm, maxIterations: 20 })),
      fitted(points, { k: 4, seed: 2, init: "random", weights, restarts: 2 }),
    ]);
  });
});

test("a wrong index is reported as on one thread, and the next run is right", async () => {
  const take = compile((x: Tensor, table: Tensor) => table.take(x.argmax(1)).reduceSum());
  const n = 300_000;
  const rows = new Float32Array(8 * n);
  for (const [row, column] of [
    [5, 6],
    [100_000, 5],
    [n - 9, 7],
  ] as const)
    rows[8 * row + column] = 1;
  const wrong = () => {
    expect(() => take(tensor(rows, [n, 8]), wave(5))).toThrow(
      "index 7 is out of range for axis 0, which has 5 entries",
    );
    return bitsOf(take(tensor(rows, [n, 8]), wave(8)).data as Values);
  };
  await expectSameOnThreads(wrong);
});

test("short passes stay on one thread", async () => {
  await useThreads(2);
  const divide = vi.spyOn(Crew.prototype, "divide");
  expect(wave(500, 2).square().reduceSum().item()).toBeGreaterThan(0);
  expect(wave(10_000).reduceMax().item()).toBeLessThan(1);
  expect(divide).not.toHaveBeenCalled();
});

describe("the count", () => {
  test.each([
    [0, RangeError, "useThreads: the count is 0; expected a whole number from 1 to 256"],
    [1.5, RangeError, "useThreads: the count is 1.5; expected"],
    [Number.NaN, RangeError, "useThreads: the count is NaN; expected"],
    [257, RangeError, "useThreads: the count is 257; expected"],
    ["2", TypeError, 'useThreads: the count is "2" (string); expected'],
    [null, TypeError, "useThreads: the count is null; expected"],
  ])("%j is none", (count, kind, message) => {
    expect(() => useThreads(count as number)).toThrow(kind);
    expect(() => useThreads(count as number)).toThrow(message);
  });

  test("is what the machine has where none is given", async () => {
    const { availableParallelism } = process.getBuiltinModule("node:os");
    expect(await useThreads()).toBe(Math.min(availableParallelism(), 256));
  });

  test("changes, and calls that overlap come one after another", async () => {
    const started = watchWorkers();
    expect(await Promise.all([useThreads(3), useThreads(3), useThreads(2), useThreads(1)])).toEqual([3, 3, 2, 1]);
    expect(started.length).toBe(3);
    await stopThreads();
    await stopThreads();
    expect(started.every(({ threadId }) => threadId === -1)).toBe(true);
  });
});

/** Has threads run another text, and keeps them. */
function watchWorkers(change: (text: string) => string = (text) => text): Worker[] {
  const started: Worker[] = [];
  const { getBuiltinModule } = process;
  class Watched extends Worker {
    constructor(text: string, options: object) {
      super(change(text), options);
      started.push(this);
    }
  }
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) => {
    const found = getBuiltinModule.call(process, name);
    return name === "node:worker_threads" ? { ...found, Worker: Watched } : found;
  }) as typeof getBuiltinModule);
  return started;
}

describe("a thread that ends", () => {
  const x = wave(1_000_000);
  const work = compile((x: Tensor) => x.sin().exp().reduceSum());
  const expected = work(x).item();

  /** Threads that do something else in place of their first chunk. */
  const plant = (code: string): Worker[] =>
    watchWorkers((text) => {
      const planted = text.replace("compute(get(workspace)", `${code}; compute(get(workspace)`);
      expect(planted).not.toBe(text);
      return planted;
    });

  test.each([
    ["by an error", 'throw new Error("planted")', "in the middle of a pass: Error: planted;"],
    ["by exiting", "process.exit()", "in the middle of a pass: it has exited;"],
    ["without a word", "for (;;) Atomics.wait(control, offers, get(offers))", "a thread has not answered for"],
  ])("%s in mid-pass is an error, and one goes on", async (_, code, message) => {
    plant(code);
    expect(await useThreads(2)).toBe(2);
    const until = Date.now() + 30_000;
    // Other processes may keep the thread from taking a chunk in the first passes.
    expect(() => {
      while (Date.now() < until) expect(work(x).item()).toBe(expected);
    }).toThrow(message);
    const divide = vi.spyOn(Crew.prototype, "divide");
    expect(work(x).item()).toBe(expected);
    expect(divide).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(await useThreads(2)).toBe(2);
    expect(work(x).item()).toBe(expected);
  });

  test("between passes leaves the others", async () => {
    const started = watchWorkers();
    expect(await useThreads(3)).toBe(3);
    expect(work(x).item()).toBe(expected);
    await started[0]?.terminate();
    expect(work(x).item()).toBe(expected);
    await started[1]?.terminate();
    expect(work(x).item()).toBe(expected);
    expect(await useThreads(3)).toBe(3);
    expect(work(x).item()).toBe(expected);
  });
});

describe("where there can be none, there is one thread, and it is said once why", () => {
  test.each([
    [
      "Node is old",
      () => vi.stubGlobal("process", Object.create(process, { getBuiltinModule: { value: undefined } })),
      /no workers here; take Node 20\.16/,
    ],
    [
      "workers are refused",
      () =>
        watchWorkers(() => {
          throw new Error("not allowed");
        }),
      /no threads can be started \(not allowed\)/,
    ],
    [
      "their text fails",
      () => watchWorkers(() => 'throw new Error("not read")'),
      /no threads can be started \(not read\)/,
    ],
    ["they exit", () => watchWorkers(() => "process.exit()"), /no threads can be started \(it has exited\)/],
  ])("%s", async (_, arrange, reason) => {
    vi.resetModules();
    const said: string[] = [];
    vi.spyOn(console, "warn").mockImplementation((message) => said.push(message));
    const anew = await import("@protograd/autograd");
    arrange();
    expect(await anew.useThreads(2)).toBe(1);
    expect(await anew.useThreads(3)).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^autograd computes on one thread: /)]);
    expect(said[0]).toMatch(reason);
    expect(anew.arange(200_000).reduceMax().item()).toBe(199_999);
  });
});

/** Else two of them wait for one another at each addition, without a word. */
test("what each thread writes lies in lines of the cache that no other thread writes to", async () => {
  await useThreads(3);
  const divide = vi.spyOn(Crew.prototype, "divide");
  for (let extra = 0; extra < 40; extra++) {
    // Small results and others that stay in memory move what comes behind them.
    const kept = wave(500 + 4 * extra);
    for (let time = 0; time < 2; time++) kept.mul(2).reduceSum().item();
    const x = wave(2 ** 18 + extra, 2);
    const [value, gradient] = valueAndGrad((w: Tensor) => x.sub(w).square().reduceSum())(wave(2));
    expect([value, gradient].map(({ size }) => size)).toEqual([1, 2]);
    value.item();
    void gradient.data;
    const { control } = (divide.mock.contexts.at(-1) as Crew).orders[0] as { control: Int32Array };
    const at = (["sums", "sumsSize", "scratch", "scratchSize"] as const).map((word) => control[WORDS[word]] as number);
    expect(at.map((bytes) => bytes % 128)).toEqual([0, 0, 0, 0]);
  }
  expect(divide.mock.calls.length).toBeGreaterThanOrEqual(40);
});

test("10,000 calls by threads leave memory flat", async () => {
  const chunk = 2 ** 17;
  const x = wave(chunk + 16);
  const sum = compile((x: Tensor) => x.reduceSum());
  await useThreads(2);
  const divide = vi.spyOn(Crew.prototype, "divide");
  const call = (times: number) => {
    for (let i = 0; i < times; i++) sum(x);
    expect(divide).toHaveBeenCalledTimes(times);
    divide.mockClear();
  };
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const memory = async (): Promise<number> => {
    await setTimeout();
    collectGarbage();
    return process.memoryUsage().rss / 2 ** 20;
  };
  // By then the heap of JavaScript is as large as it gets, and garbage no longer counts.
  for (let round = 0; round < 10; round++) call(1000);
  const before = await memory();
  for (let round = 0; round < 10; round++) call(1000);
  expect((await memory()) - before).toBeLessThan(40);
});

test("the memory of threads goes with them, although programs that ran in it are kept", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const { Memory } = platform as NonNullable<typeof platform>;
  const shared: WeakRef<object>[] = [];
  class Watched extends Memory {
    constructor(size: ConstructorParameters<typeof Memory>[0]) {
      super(size);
      if (size.shared) shared.push(new WeakRef(this));
    }
  }
  Object.assign(platform as object, { Memory: Watched });
  const sum = compile((x: Tensor) => x.square().reduceSum());
  const x = wave(300_000);
  const alone = sum(x).item();
  for (const count of [2, 3, 2]) {
    await useThreads(count);
    expect(sum(x).item()).toBe(alone);
  }
  await stopThreads();
  Object.assign(platform as object, { Memory });
  await setTimeout(10);
  collectGarbage();
  expect(shared.length).toBe(3);
  expect(shared.filter((memory) => memory.deref())).toEqual([]);
  expect(sum(x).item()).toBe(alone);
});

describe("bundled by esbuild", () => {
  const program = `
    import { arange, useThreads } from "@protograd/autograd";
    const sum = () => arange(3e6).tanh().reduceSum().item();
    const alone = sum();
    const count = await useThreads(2);
    console.log(count, alone === sum());`;

  test.each([
    ["plain", {}],
    ["minified, with names kept", { minify: true, keepNames: true }],
    ["for old browsers", { target: "es2022" }],
  ])("%s: threads are found, and the process ends by itself", async (_, options) => {
    expect(await runBundled(program, options)).toEqual({ stdout: "2 true\n", stderr: "", status: 0 });
  });

  test("in a worker thread of the user's own, and in two at once", async () => {
    const code = `${await bundle(program, {})}; import { parentPort } from "node:worker_threads"; parentPort.postMessage(await useThreads(3));`;
    const one = () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { stdout: true });
        worker.once("message", resolve).once("error", reject);
      });
    expect(await Promise.all([one(), one()])).toEqual([3, 3]);
  });
});
