/** Where the centroids start. An aborted fit shows it: the model in its error has not made a single iteration. */
import { KMeansModel, type KMeansOptions, kmeans, makeBlobs, type Points } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plusPlus, squaredDistance } from "./textbook.js";

function startOf(points: Points, options: KMeansOptions): number[][] {
  try {
    kmeans(points, { ...options, signal: AbortSignal.abort() });
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof KMeansModel) return cause.centroids;
    throw error;
  }
  throw new Error("the fit was not aborted");
}

/** Few places, so that points often share one; weights, some of them 0 but never all. */
const problems = fc
  .record({
    points: fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1, max: 1 })), {
      minLength: 12,
      maxLength: 12,
    }),
    weights: fc.array(fc.constantFrom(0, 0, 1, 2, 5), { minLength: 12, maxLength: 12 }),
    k: fc.constantFrom(1, 2, 5, 9),
    seed: fc.nat(),
  })
  .filter(({ weights }) => weights.some((weight) => weight > 0));

const distinct = (rows: readonly (readonly number[])[]): number => new Set(rows.map((row) => row.join())).size;

const twoColumns = [
  [1, 2],
  [1, 4],
  [1, 0],
  [10, 2],
  [10, 4],
  [10, 0],
];

describe("k-means++", () => {
  test("draws what scikit-learn draws in its documented example", () => {
    const start = startOf(twoColumns, { k: 2, seed: 0 });
    expect(start).toEqual([
      [10, 2],
      [1, 0],
    ]);
    const model = kmeans(twoColumns, { k: 2, seed: 0 });
    expect([...model.labels]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(model.centroids).toEqual([
      [10, 2],
      [1, 2],
    ]);
    expect([...model.predict([[0, 0]]), ...model.predict([[12, 3]])]).toEqual([1, 0]);
    expect(model.inertia).toBe(16);
  });

  test("is the default", () => {
    for (let seed = 0; seed < 10; seed++) {
      expect(startOf(twoColumns, { k: 3, seed })).toEqual(startOf(twoColumns, { k: 3, seed, init: "k-means++" }));
    }
  });

  test("draws by squared distance and weight, and keeps the best of 2 + ⌊log k⌋", () => {
    const law = ({ points, weights, k, seed }: { points: number[][]; weights: number[]; k: number; seed: number }) => {
      const weighed = points.filter((_, i) => (weights[i] as number) > 0);
      fc.pre(distinct(weighed) >= k);
      const expected = plusPlus(points, k, seed, weights).map((row) => points[row]);
      expect(startOf(points, { k, seed, weights })).toEqual(expected);
    };
    fc.assert(fc.property(problems, law));
  });

  test("draws the same where points are many, wherever among them one lies", () => {
    const { points } = makeBlobs({ samples: 3000, centers: 5, randomState: 3 });
    const weights = points.map((_, i) => (i % 3 === 0 || (i > 900 && i < 2100) ? 0 : 1 + (i % 5)));
    for (let seed = 0; seed < 20; seed++) {
      const given = seed % 2 === 0 ? { weights } : {};
      const expected = plusPlus(points, 4, seed, given.weights).map((row) => points[row]);
      expect(startOf(points, { k: 4, seed, ...given })).toEqual(expected);
    }
  });

  test("without weights each point counts alike", () => {
    for (let seed = 0; seed < 20; seed++) {
      const expected = plusPlus(twoColumns, 3, seed).map((row) => twoColumns[row]);
      expect(startOf(twoColumns, { k: 3, seed })).toEqual(expected);
    }
  });
});

describe.each(["k-means++", "random"] as const)("%s", (init) => {
  test("draws no point of weight 0, and no place twice while there is another", () => {
    const law = ({ points, weights, k, seed }: { points: number[][]; weights: number[]; k: number; seed: number }) => {
      const weighed = points.filter((_, i) => (weights[i] as number) > 0);
      const start = startOf(points, { k, init, weights, seed });
      expect(distinct(start)).toBe(Math.min(k, distinct(weighed)));
      for (const w of start) expect(weighed).toContainEqual(w);
    };
    fc.assert(fc.property(problems, law));
  });

  test("tells apart points that are near each other and far from the others", () => {
    const points = [[0], [1e-3], [1], [2], [1000]];
    for (let seed = 0; seed < 20; seed++) expect(distinct(startOf(points, { k: 5, init, seed }))).toBe(5);
  });

  test("draws the first point in proportion to its weight", () => {
    const weights = [1, 0, 3, 6];
    const drawn = [0, 0, 0, 0];
    for (let seed = 0; seed < 1000; seed++) {
      const [[value]] = startOf([[0], [1], [2], [3]], { k: 1, init, weights, seed }) as [[number]];
      drawn[value] = (drawn[value] as number) + 1;
    }
    // Three standard deviations of a binomial distribution: the seeds are these, so it is passed once and for all.
    weights.forEach((weight, which) => {
      const share = weight / 10;
      const deviation = Math.sqrt(1000 * share * (1 - share));
      expect(Math.abs((drawn[which] as number) - 1000 * share)).toBeLessThanOrEqual(3 * deviation);
    });
  });

  test("the same seed draws the same start, others draw others", () => {
    const starts = Array.from({ length: 30 }, (_, seed) => startOf(twoColumns, { k: 2, init, seed }));
    expect(Array.from({ length: 30 }, (_, seed) => startOf(twoColumns, { k: 2, init, seed }))).toEqual(starts);
    expect(distinct(starts.map((rows) => rows.flat()))).toBeGreaterThan(5);
  });

  test("without a seed each call draws another start", () => {
    const starts = Array.from({ length: 30 }, () => startOf(twoColumns, { k: 3, init }));
    expect(distinct(starts.map((rows) => rows.flat()))).toBeGreaterThan(1);
  });
});

describe("random", () => {
  test("does not favour far points, as k-means++ does", () => {
    const points = [[0], [1], [100]];
    const far = (init: "random" | "k-means++") =>
      Array.from({ length: 200 }, (_, seed) => startOf(points, { k: 2, init, seed })).filter((rows) =>
        rows.some(([value]) => value === 100),
      ).length;
    expect(far("k-means++")).toBe(200);
    expect(Math.abs(far("random") - (200 * 2) / 3)).toBeLessThan(20);
  });
});

describe("given", () => {
  test("is where it starts, k or no k", () => {
    const init = [
      [0.1, 1e-3],
      [12, 1 / 3],
    ];
    expect(startOf(twoColumns, { init })).toEqual(init);
    expect(startOf(twoColumns, { init, k: 2 })).toEqual(init);
    expect(startOf(twoColumns, { init: init.map((row) => Float64Array.from(row)) as never })).toEqual(init);
  });

  test("is where it starts although the points are all the same, or far away", () => {
    expect(startOf([[1], [1]], { init: [[0]] })).toEqual([[0]]);
    expect(startOf([[1000], [1001]], { init: [[0], [-1e6]] })).toEqual([[0], [-1e6]]);
  });

  test("the model of no iteration has the labels and the inertia of the start", () => {
    const init = [
      [0, 0],
      [9, 0],
    ];
    try {
      kmeans(twoColumns, { init, signal: AbortSignal.abort() });
    } catch (error) {
      const { labels, inertia, iterations, converged, history } = (error as Error).cause as KMeansModel;
      expect([...labels]).toEqual([0, 0, 0, 1, 1, 1]);
      const expected = twoColumns.reduce(
        (sum, x, i) => sum + squaredDistance(x, init[labels[i] as number] as number[]),
        0,
      );
      expect([inertia, iterations, converged, history]).toEqual([expected, 0, false, []]);
    }
    expect.assertions(2);
  });
});
