/** Points that come batch after batch: the same results as from one array, and what is said of sources that fail. */
import { tensor } from "@protograd/autograd";
import {
  KMeansModel,
  kmeans,
  kmeansOver,
  labelsOver,
  makeBlobs,
  mergeSums,
  nextCentroids,
  type PointBatch,
  type StreamOptions,
  shardSums,
} from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { nearest, reachOf } from "./textbook.js";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The rows in batches of these sizes, which start again when they are used up. */
function inBatches<T>(rows: readonly T[], sizes: readonly number[]): T[][] {
  const batches: T[][] = [];
  for (let [first, which] = [0, 0]; first < rows.length; which++) {
    const size = sizes[which % sizes.length] as number;
    batches.push(rows.slice(first, first + size));
    first += size;
  }
  return batches;
}

const sizes = fc
  .array(fc.constantFrom(0, 1, 2, 3, 17, 40), { minLength: 1, maxLength: 5 })
  .filter((all) => all.some((size) => size > 0));

const near = (rows: readonly (readonly number[])[], reach: number) =>
  rows.map((row) => row.map((value) => expect.closeTo(value, 10 - Math.log10(Math.max(reach, 1)))));

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of source) found.push(each);
  return found;
}

describe("is kmeans on all points together", () => {
  const problems = fc.record({
    seed: fc.nat(1000),
    far: fc.constantFrom(0, 1000, 1e6),
    sizes,
    isWeighted: fc.boolean(),
    algorithm: fc.constantFrom("lloyd" as const, "gradient-descent" as const),
    isAsync: fc.boolean(),
  });

  test("from the same start, in any batches", async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ seed, far, sizes, isWeighted, algorithm, isAsync }) => {
        const blobs = makeBlobs({ samples: 90, centers: 4, randomState: seed });
        const points = blobs.points.map((x) => x.map((value) => value + far));
        const weights = isWeighted ? points.map((_, row) => (row * 7) % 4) : undefined;
        const init = points.slice(3, 7);
        const parts = inBatches(
          points.map((x, row) => ({ x, weight: weights?.[row] as number })),
          sizes,
        ).map((part): PointBatch => {
          const rows = part.map(({ x }) => x);
          return isWeighted ? { points: rows, weights: part.map(({ weight }) => weight) } : rows;
        });
        const source = isAsync
          ? async function* () {
              yield* parts;
            }
          : () => parts;
        const options = { init, algorithm, maxIterations: 20 };
        const expected = kmeans(points, { ...options, ...(weights && { weights }) });
        const model = await kmeansOver(source, options);
        const reach = reachOf(points);
        expect(model.centroids).toEqual(near(expected.centroids, reach));
        expect(model.inertia / expected.inertia).toBeCloseTo(1, 10);
        expect([model.iterations, model.converged]).toEqual([expected.iterations, expected.converged]);
        expect([...model.clusterSizes]).toEqual([...expected.clusterSizes]);
        expect(model.history.length).toBe(expected.history.length);
        expect((await all(labelsOver(source, model))).flatMap((labels) => [...labels])).toEqual([...expected.labels]);
      }),
    );
  });

  test("from k-means++, with clusters that are apart, and with a start where some have no points", async () => {
    const { points } = makeBlobs({
      samples: 3000,
      centers: [
        [0, 0],
        [50, 0],
        [0, 50],
      ],
      randomState: 2,
    });
    const source = () => inBatches(points, [700]);
    const expected = kmeans(points, { k: 3, seed: 1 });
    const model = await kmeansOver(source, { k: 3, seed: 1 });
    const sorted = (rows: number[][]): number[][] => [...rows].sort((a, b) => (a[0] as number) - (b[0] as number));
    expect(sorted(model.centroids)).toEqual(near(sorted(expected.centroids), 50));
    const init = [
      [0, 0],
      [900, 900],
      [901, 900],
    ];
    const moved = kmeans(points, { init });
    expect((await kmeansOver(source, { init })).centroids).toEqual(near(moved.centroids, 50));
  });
});

test("online takes points in the order in which they come", async () => {
  const { points } = makeBlobs({ samples: 60, centers: 3, randomState: 5 });
  const init = points.slice(0, 3);
  const model = await kmeansOver(() => inBatches(points, [7]), { init, algorithm: "online", maxIterations: 1 });
  const W = init.map((w) => [...w]);
  const seen = W.map(() => 0);
  for (const x of points) {
    const cluster = nearest(x, W);
    seen[cluster] = (seen[cluster] as number) + 1;
    W[cluster] = (W[cluster] as number[]).map((w, j) => w + ((x[j] as number) - w) / (seen[cluster] as number));
  }
  expect(model.centroids).toEqual(near(W, 10));
});

test.each(["online", "mini-batch"] as const)("%s finds blobs that are apart", async (algorithm) => {
  const centers = [
    [0, 0],
    [50, 0],
    [0, 50],
  ];
  const { points } = makeBlobs({ samples: 3000, centers, randomState: 2 });
  const options: StreamOptions = { k: 3, seed: 3, algorithm, ...(algorithm === "mini-batch" && { batchSize: 100 }) };
  const model = await kmeansOver(() => inBatches(points, [250, 1, 600]), options);
  expect([...model.clusterSizes]).toEqual([1000, 1000, 1000]);
  expect(model.inertia / kmeans(points, { k: 3, seed: 1 }).inertia).toBeLessThan(1.05);
});

test("points may have any form, and any in each batch; the source is called once for each pass", async () => {
  const { points, centers: init } = makeBlobs({ samples: 40, centers: 2, randomState: 1 });
  const whole = points.map((x) => x.map(Math.round));
  let passes = 0;
  const source = (): PointBatch[] => {
    passes++;
    return [
      whole.slice(0, 10),
      tensor(whole.slice(10, 20)),
      [],
      { data: Int16Array.from(whole.slice(20, 30).flat()), shape: [10, 2] },
      { points: whole.slice(30).map((x) => Float32Array.from(x)), weights: new Uint8Array(10).fill(1) },
      { data: new Float32Array(0), shape: [0, 2] },
    ];
  };
  const model = await kmeansOver(source, { init });
  const expected = kmeans(whole, { init });
  expect(model.centroids).toEqual(near(expected.centroids, 10));
  expect(passes).toBe(2 + model.iterations);
  expect(model.labels.length).toBe(0);
  expect(KMeansModel.fromJSON(JSON.stringify(model)).predict(whole)).toEqual(expected.labels);
});

test("says how it goes, and stops when it is told to", async () => {
  const { points } = makeBlobs({ samples: 100, centers: 3, randomState: 1 });
  const controller = new AbortController();
  const seen: number[] = [];
  const options: StreamOptions = {
    init: points.slice(0, 3),
    tolerance: 0,
    signal: controller.signal,
    onIteration: (state) => {
      expect(Object.keys(state).sort()).toEqual(["centroids", "inertia", "iteration", "restart", "shift"]);
      seen.push(state.iteration);
      if (state.iteration === 2) controller.abort();
    },
  };
  const failure = await kmeansOver(() => inBatches(points, [30]), options).catch((error) => error);
  expect([failure.name, failure.cause.iterations, seen]).toEqual(["AbortError", 2, [1, 2]]);
});

describe("a source", () => {
  const points = makeBlobs({ samples: 50, centers: 2, randomState: 1 }).points;
  const failing = async (source: unknown, options: unknown = { init: points.slice(0, 2) }): Promise<Error> =>
    kmeansOver(source as () => number[][][], options as StreamOptions).then(
      () => expect.fail("it did not fail"),
      (error) => error,
    );
  const once = (first: unknown, later: unknown) => {
    let calls = 0;
    return () => (calls++ === 0 ? first : later);
  };

  test.each<[string, unknown, string]>([
    ["that is none", [points], "kmeansOver: the source is [[[…], […]"],
    ["that returns nothing", () => undefined, "kmeansOver: the source returned undefined in pass 1; expected batches"],
    ["without batches", () => [], "kmeansOver: the source gave no points; expected at least one batch"],
    ["without points", () => [[], []], "kmeansOver: the source gave no points; expected at least one batch"],
    [
      "of other columns",
      () => [[[1, 2]], [[1]]],
      "kmeansOver: batch 1 has 1 columns; expected 2, as the batches before",
    ],
    [
      "with NaN",
      () => [[[1, 2]], [[1, Number.NaN]]],
      "kmeansOver: batch 1, row 0, column 1 is NaN; expected a finite number",
    ],
    ["with bad weights", () => [{ points: [[1, 2]], weights: [-1] }], "kmeansOver: batch 0: weight 0 is -1"],
    ["whose weights are all 0", () => [{ points, weights: points.map(() => 0) }], "kmeansOver: all weights are 0"],
    [
      "that throws",
      () => {
        throw new Error("no disk");
      },
      "no disk",
    ],
  ])("%s is refused", async (_, source, message) => {
    expect((await failing(source)).message).toContain(message);
  });

  test("that gives fewer points the second time: the pass is named", async () => {
    const { message } = await failing(once([points], [points.slice(1)]));
    expect(message).toContain(
      "kmeansOver: in pass 2 the source gave 49 points, and 50 in the first; expected the same",
    );
  });

  test("that gives other points the third time: the best model so far is the cause", async () => {
    let calls = 0;
    const other = points.map((x) => x.map((value) => value + 1));
    const { message, cause } = await failing(() => [++calls < 3 ? points : other]);
    expect(message).toContain("kmeansOver: in pass 3 the source gave other points than in the first, in column 0");
    expect(cause).toBeInstanceOf(KMeansModel);
  });

  test("that throws later: what it threw is told, and the best model so far is the cause", async () => {
    let calls = 0;
    const { message, cause } = await failing(function* () {
      yield points;
      if (++calls === 3) throw new Error("the disk is gone");
    });
    expect(message).toContain("kmeansOver: the source failed at batch 1 of pass 3: the disk is gone");
    expect(cause).toBeInstanceOf(KMeansModel);
  });

  test.each<[string, unknown, string]>([
    ["weights", { k: 2, weights: [1] }, "there is no option weights; expected them with the batches"],
    ["an unknown one", { k: 2, clusters: 1 }, "there is no option clusters"],
    ["too many clusters", { k: 51 }, "k is 51 for 50 points; expected at most 50"],
    ["none at all", undefined, "the options are undefined"],
  ])("with options that do not fit, %s: an error says so", async (_, options, message) => {
    expect((await failing(() => [points], options === undefined ? null : options)).message).toContain(
      options === undefined ? "the options are null" : message,
    );
  });
});

describe("sums of parts", () => {
  test("in any grouping are those of the whole, and lead where Lloyd's algorithm does", () => {
    fc.assert(
      fc.property(fc.nat(1000), sizes, fc.boolean(), (seed, sizes, isWeighted) => {
        const { points } = makeBlobs({ samples: 60, centers: 3, randomState: seed });
        const centroids = points.slice(0, 3);
        const weighed = points.map((x, row) => ({ x, weight: isWeighted ? 1 + (row % 3) : 1 }));
        const shards = inBatches(weighed, sizes).filter((shard) => shard.length > 0);
        const parts = shards.map((shard) =>
          shardSums(
            shard.map(({ x }) => x),
            centroids,
            isWeighted ? { weights: shard.map(({ weight }) => weight) } : {},
          ),
        );
        const sent = parts.map((part) => JSON.parse(JSON.stringify(part)) as typeof part);
        expect(sent).toEqual(parts);
        const one = mergeSums(sent);
        const half = Math.ceil(sent.length / 2);
        const halves = [sent.slice(0, half), sent.slice(half)].filter((some) => some.length > 0).map(mergeSums);
        expect(mergeSums(halves).cost).toBeCloseTo(one.cost, 8);
        expect(one.count).toBe(60);
        const options = { init: centroids, maxIterations: 1, tolerance: 0 };
        const expected = kmeans(points, {
          ...options,
          ...(isWeighted && { weights: weighed.map(({ weight }) => weight) }),
        });
        expect(nextCentroids(centroids, one)).toEqual(near(expected.centroids, 10));
      }),
    );
  });

  test("what does not fit is refused", () => {
    const sums = shardSums([[1, 2]], [[0, 0]]);
    expect(() => mergeSums([])).toThrow("mergeSums: the parts are []; expected an array of sums");
    expect(() => mergeSums([sums, shardSums([[1]], [[0]])])).toThrow(
      "mergeSums: part 1 is of 1 centroids of 1 coordinates; expected 1 of 2, as part 0",
    );
    expect(() => shardSums([[1, 2]], [[0]])).toThrow("shardSums: the points have 2 columns; expected 1");
    expect(() => shardSums([[1]], [[0]], { weight: [1] } as never)).toThrow("shardSums: there is no option weight");
  });
});

describe("partialFit", () => {
  const { points } = makeBlobs({ samples: 300, centers: 3, randomState: 8 });

  test("makes of each centroid the mean of all points that it has had", () => {
    let model = kmeans(points.slice(0, 60), { k: 3, seed: 1 });
    let sums = model.centroids.map((w, i) => w.map((value) => value * (model.clusterSizes[i] as number)));
    const counts = Array.from(model.clusterSizes);
    for (const batch of inBatches(points.slice(60), [50, 1])) {
      const labels = model.predict(batch);
      batch.forEach((x, row) => {
        const label = labels[row] as number;
        counts[label] = (counts[label] as number) + 1;
        sums = sums.map((sum, i) => (i === label ? sum.map((value, j) => value + (x[j] as number)) : sum));
      });
      const before = model;
      model = model.partialFit(batch);
      expect(model.centroids).toEqual(
        near(
          sums.map((sum, i) => sum.map((value) => value / (counts[i] as number))),
          10,
        ),
      );
      expect([...model.clusterSizes]).toEqual(counts);
      expect(model.labels).toEqual(model.predict(batch));
      expect(model.inertia).toBeCloseTo(-model.score(batch), 8);
      expect([model.iterations, model.history.length]).toEqual([before.iterations + 1, before.history.length + 1]);
    }
  });

  test("takes weights, and leaves the model as it is", () => {
    const model = kmeans([[0], [10]], { k: 2, init: [[0], [10]] });
    const next = model.partialFit([[3], [20]], { weights: [2, 0] });
    expect(next.centroids).toEqual([[2], [10]]);
    expect([...next.clusterSizes]).toEqual([3, 1]);
    expect(model.centroids).toEqual([[0], [10]]);
    expect(() => model.partialFit([[1, 2]])).toThrow(
      "partialFit: the points have 2 columns; expected 1, as in the model",
    );
  });
});
