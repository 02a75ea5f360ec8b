/** The digits of results: those of float64, for whatever points, many or few, and what is said where float64 ends. */
import { tensor } from "@protograd/autograd";
import {
  type KMeansDocument,
  KMeansModel,
  type KMeansOptions,
  kmeans,
  makeBlobs,
  type Points,
} from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { arithmeticsFor, frameAround } from "../../packages/kmeans/src/frame.js";
import { readTable } from "../../packages/kmeans/src/points.js";
import { runs } from "../autograd/cases.js";
import { descend, inertiaOf, miniBatch, moves, nearestOf, online, type Rows, squaredDistance } from "./textbook.js";

const ALGORITHMS = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

const warnings = (): string[] => vi.mocked(console.warn).mock.calls.map(([message]) => message);

const columnsOf = (rows: Rows): number[][] =>
  (rows[0] as readonly number[]).map((_, j) => rows.map((row) => row[j] as number));

/** Of each column, how far it reaches from its middle. */
const reachesOf = (rows: Rows): number[] =>
  columnsOf(rows).map((column) => (Math.max(...column) - Math.min(...column)) / 2);

/**
 * Centroids within 10⁻¹² of the reach of their own column, however far others reach. What comes of differences of
 * coordinates cannot have more digits than these have.
 */
function expectCentroids(actual: Rows, expected: Rows, points: Rows): void {
  const largest = columnsOf(points).map((column) => Math.max(...column.map(Math.abs)));
  reachesOf(points).forEach((reach, j) => {
    const bound = 1e-12 * reach + 2 ** -51 * (largest[j] as number);
    expected.forEach((row, cluster) => {
      expect(Math.abs((actual[cluster]?.[j] as number) - (row[j] as number))).toBeLessThanOrEqual(bound);
    });
  });
}

const expectRelative = (actual: number, expected: number, tolerance = 1e-12): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
};

/** What a model says of points is what the textbook says of them with the model's centroids. */
function expectAnswers(model: KMeansModel, points: Rows, given: Points = points): void {
  const distances = points.map((x) => model.centroids.map((w) => Math.sqrt(squaredDistance(x, w))));
  expectRelative(model.score(given), -inertiaOf(points, model.centroids));
  const reach = Math.max(...reachesOf([...points, ...model.centroids]));
  const off = model
    .transform(given)
    .flatMap((row, i) => row.map((distance, j) => Math.abs(distance - (distances[i]?.[j] as number))));
  expect(off.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1e-12 * reach);
  expect([...model.predict(given)]).toEqual(nearestOf(points, model.centroids));
}

describe("the examples", () => {
  test("one far point costs the others no digits", () => {
    const points = [[20.1], [20.2], [20.15], [35.1], [35.2], [35], [1e9]];
    const { centroids, inertia, labels } = kmeans(points, { k: 3, seed: 0 });
    expectCentroids(centroids, [[35.1], [1e9], [20.15]], [[0], [35]]);
    expectRelative(inertia, 0.025, 1e-13);
    expect([...labels]).toEqual([2, 2, 2, 0, 0, 0, 1]);
    expect(warnings()).toEqual([]);
  });

  test("a point that is its cluster's only one is its centroid, to the last digit", () => {
    expect(kmeans([[0.1], [0.7]], { k: 2, seed: 1 }).centroids.sort()).toEqual([[0.1], [0.7]]);
  });

  test("degrees beside milliseconds keep theirs", () => {
    const day = 864e5;
    const points = Array.from({ length: 40 }, (_, i) => [
      48.137 + (i % 7) / 1000,
      11.575 + (i % 5) / 1000,
      1.7e12 + (i % 2) * 300 * day + i,
    ]);
    const init = points.slice(0, 2);
    const { centroids, labels } = kmeans(points, { init });
    expect([...labels]).toEqual(points.map((_, i) => i % 2));
    [0, 1].forEach((cluster) => {
      const own = points.filter((_, i) => i % 2 === cluster);
      // Means of what is left over the first one: sums of small numbers.
      const [first = []] = own;
      const mean = first.map((start, j) => start + own.reduce((sum, x) => sum + ((x[j] as number) - start), 0) / 20);
      mean.forEach((value, j) => {
        expect(Math.abs((centroids[cluster]?.[j] as number) - value)).toBeLessThanOrEqual(2 ** -52 * value);
      });
    });
    expect(warnings()).toEqual([]);
  });

  test("whole numbers have the means that float64 has", () => {
    expectCentroids(kmeans([[0], [0], [1]], { k: 1 }).centroids, [[1 / 3]], [[0], [1]]);
    expect(kmeans([[1], [2], [4], [250], [251], [253]], { init: [[1], [253]] }).centroids).toEqual([
      [7 / 3],
      [754 / 3],
    ]);
  });
});

/** Three blobs that are apart in each of two columns, and a point of each. */
function threeBlobs(samples: number, randomState: number) {
  const centers = [
    [0, 0],
    [40, 30],
    [90, -40],
  ];
  const { points, labels } = makeBlobs({ samples, centers, clusterStd: 2, randomState });
  return { points, init: [0, 1, 2].map((cluster) => points[labels.indexOf(cluster)] as number[]) };
}

/** Each column times a power of 2 and away from 0: how far they reach differs by up to 2⁴⁴. */
const spans = fc.record({
  powers: fc.tuple(fc.integer({ min: 0, max: 44 }), fc.integer({ min: 0, max: 44 })),
  offset: fc.constantFrom(0, 1, -48.137, 1e6),
  randomState: fc.nat(),
  weighted: fc.boolean(),
});

const spread = (rows: Rows, powers: readonly number[], offset: number): number[][] =>
  rows.map((row) => row.map((value, j) => (value + offset) * 2 ** ((powers[j] as number) - 20)));

const weightsFor = (points: Rows, weighted: boolean): number[] =>
  points.map((_, i) => (weighted ? 0.3 + ((i * 7) % 5) : 1));

describe("columns that reach differently far, up to 2⁴⁴", () => {
  test.each(["lloyd", "gradient-descent"] as const)("%s is the textbook's", (algorithm) => {
    const shapes = fc.record({ k: fc.constantFrom(1, 2, 4), iterations: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(spans, shapes, ({ powers, offset, randomState, weighted }, { k, iterations }) => {
        const blobs = makeBlobs({ samples: 30, features: 2, centers: 3, clusterStd: 4, randomState }).points;
        const points = spread(blobs, powers, offset);
        const [init, weights] = [points.slice(0, k), weightsFor(points, weighted)];
        const expected = descend(moves[algorithm], points, init, { weights, iterations });
        fc.pre(expected.margin > 1e-9 * Math.max(...reachesOf(points)));
        const options = { init, algorithm, tolerance: 0, maxIterations: iterations };
        const model = kmeans(points, weighted ? { ...options, weights } : options);
        if (model.iterations === iterations) expectCentroids(model.centroids, expected.centroids, points);
        expectRelative(model.inertia, inertiaOf(points, model.centroids, weights));
        expectAnswers(model, points);
      }),
      runs(100),
    );
  });

  test.each(["online", "mini-batch"] as const)("%s is the textbook's", (algorithm) => {
    fc.assert(
      fc.property(spans, ({ powers, offset, randomState, weighted }) => {
        const blobs = threeBlobs(60, randomState);
        const points = spread(blobs.points, powers, offset);
        const init = spread(blobs.init, powers, offset);
        const weights = weightsFor(points, weighted);
        const { centroids, isStarved } =
          algorithm === "online"
            ? { centroids: online(points, init, 2, 5, weights), isStarved: false }
            : miniBatch(points, init, 20, 5, weights);
        // A cluster that no point of a batch belongs to starts again elsewhere, which the textbook does not know.
        fc.pre(!isStarved);
        const options: KMeansOptions = { init, algorithm, tolerance: 0, seed: 5, weights };
        const own = algorithm === "online" ? { maxIterations: 2 } : { batchSize: 20 };
        const model = kmeans(points, { ...options, ...own });
        expectCentroids(model.centroids, centroids, points);
        expectRelative(model.inertia, inertiaOf(points, model.centroids, weights));
        expectAnswers(model, points);
      }),
      runs(50),
    );
  });

  test("beyond that a warning names the column that hides others, once", () => {
    const points = Array.from({ length: 20 }, (_, i) => [i % 3, i * 2 ** 45, 7, (i % 5) / 10]);
    kmeans(points, { k: 2, seed: 1, restarts: 3 });
    expect(warnings()).toEqual([
      "kmeans: column 1 spreads over 2.0e+14 and can hide columns 0, 3: a squared distance has no digits left for so much less; drop or scale column 1",
    ]);
  });

  test.each([
    [2 ** 44, 0],
    [2 ** 44 * 1.001, 1],
  ])("columns that spread over 1 and %d: %d warnings", (far, count) => {
    const points = [-1, 1].flatMap((x) => [-far, far].map((y) => [x, y]));
    for (const algorithm of ALGORITHMS) kmeans(points, { k: 2, seed: 1, algorithm });
    expect(warnings().filter((message) => message.includes("can hide column 0:"))).toHaveLength(count * 4);
  });

  test("a column that is always the same is not hidden, and hides none", () => {
    kmeans(
      [
        [1e18, 0.1],
        [1e18, 0.2],
      ] as Rows as number[][],
      { k: 2, seed: 1 },
    );
    kmeans(
      [
        [1e15, 7],
        [0, 7],
      ],
      { k: 2, seed: 1 },
    );
    expect(warnings()).toEqual([]);
  });
});

/** As many points as are computed with in float32, in forms that it holds, and one that it does not. */
const MANY = 6000;
const forms: Readonly<Record<string, { readonly change: (x: number) => number; readonly isSingle: boolean }>> = {
  "whole numbers": { change: (x) => Math.round(x * 8), isSingle: true },
  "whole numbers far away from 0": { change: (x) => 1e9 + Math.round(x * 8), isSingle: true },
  "float32 numbers": { change: (x) => Math.fround(x), isSingle: true },
  "float32 numbers far away from 0": { change: (x) => Math.fround(x + 1000), isSingle: true },
  "float64 numbers": { change: (x) => x, isSingle: false },
};

describe.each(Object.entries(forms))("many points: %s", (_, { change, isSingle }) => {
  const blobs = threeBlobs(MANY, 3);
  const changed = (rows: Rows): number[][] => rows.map((row) => row.map(change));
  const [points, init] = [changed(blobs.points), changed(blobs.init)];

  test("are computed with in float32 where that holds them", () => {
    const table = readTable("kmeans", points);
    const { usual, exact } = arithmeticsFor(table, frameAround(table), 3);
    expect([usual.dtype, usual.points.X.dtype]).toEqual(isSingle ? ["float32", "float32"] : ["float64", "float64"]);
    expect(exact.dtype).toBe("float64");
    const few = readTable("kmeans", points.slice(0, 100));
    expect(arithmeticsFor(few, frameAround(few), 3).usual.dtype).toBe("float64");
  });

  test.each(ALGORITHMS)("have the textbook's results, by %s", (algorithm) => {
    const weights = weightsFor(points, true);
    const given: Record<Algorithm, KMeansOptions> = {
      lloyd: { maxIterations: 3 },
      "gradient-descent": { maxIterations: 3 },
      online: { maxIterations: 1 },
      // More squares of differences in a batch than are computed in float64.
      "mini-batch": { batchSize: 2000 },
    };
    const expected: Record<Algorithm, () => Rows> = {
      lloyd: () => descend(moves.lloyd, points, init, { weights, iterations: 3 }).centroids,
      "gradient-descent": () => descend(moves["gradient-descent"], points, init, { weights, iterations: 3 }).centroids,
      online: () => online(points, init, 1, 5, weights),
      "mini-batch": () => miniBatch(points, init, 2000, 5, weights).centroids,
    };
    const model = kmeans(points, { algorithm, init, weights, seed: 5, tolerance: 0, ...given[algorithm] });
    expectCentroids(model.centroids, expected[algorithm](), points);
    expectRelative(model.inertia, inertiaOf(points, model.centroids, weights));
    expectAnswers(model, points);
    expect(model.predict(points)).toEqual(model.labels);
  });

  test("by the tolerance too, and by a change of no label", () => {
    for (const tolerance of [0, 1e-4, 1e-2]) {
      const model = kmeans(points, { init: points.slice(0, 3), tolerance });
      const expected = descend(moves.lloyd, points, points.slice(0, 3), { iterations: model.iterations });
      expectCentroids(model.centroids, expected.centroids, points);
    }
  });

  test("answers are the same, asked of all or of one", () => {
    const model = kmeans(points, { init, seed: 1 });
    const whole = { labels: model.predict(points), distances: model.transform(points) };
    for (const row of [0, 17, 5999]) {
      const x = points[row] as number[];
      expect(model.predict([x])[0]).toBe(whole.labels[row]);
      model.transform([x])[0]?.forEach((distance, cluster) => {
        expectRelative(distance, whole.distances[row]?.[cluster] as number);
      });
    }
  });
});

describe("a Float32Array of many points", () => {
  const { points: rows, init } = threeBlobs(9000, 4);
  const data = Float32Array.from(rows.flat());
  const points = { data, shape: [9000, 2] };
  const held = rows.map((row) => row.map(Math.fround));

  test.each<[string, (x: number) => number]>([
    ["as it is", (x) => x],
    ["far away from 0", (x) => x + 1e4],
    ["large", (x) => x * 2 ** 25],
  ])("is computed with as it is, without a copy: %s", (_, change) => {
    const own = data.map(change);
    const table = readTable("kmeans", { data: own, shape: [9000, 2] });
    const { usual, exact } = arithmeticsFor(table, frameAround(table), 3);
    expect(usual.dtype).toBe("float32");
    expect([usual, exact].map(({ points }) => points.X.data === own)).toEqual([true, true]);
  });

  test.each(["lloyd", "gradient-descent"] as const)("has the results of its numbers, by %s", (algorithm) => {
    const model = kmeans(points, { init, algorithm, maxIterations: 3, tolerance: 0 });
    expectCentroids(model.centroids, descend(moves[algorithm], held, init, { iterations: 3 }).centroids, held);
    expectRelative(model.inertia, inertiaOf(held, model.centroids));
    expectAnswers(model, held, points);
  });
});

describe("models and points of different types", () => {
  const few = threeBlobs(60, 1);
  const many = threeBlobs(9000, 2);
  const data = Float32Array.from(many.points.flat());
  const held = many.points.map((row) => row.map(Math.fround));

  test("a model of float32 points, asked about float64 ones, and the other way round", () => {
    const single = kmeans({ data, shape: [9000, 2] }, { init: many.init });
    expectAnswers(single, few.points);
    expectAnswers(single, many.points);
    const double = kmeans(few.points, { init: few.init });
    expectAnswers(double, held, { data, shape: [9000, 2] });
    expectAnswers(double, held, tensor(data, [9000, 2]));
    expectAnswers(double, many.points, { data: Float64Array.from(many.points.flat()), shape: [9000, 2] });
    expectAnswers(double, few.points, tensor(few.points, undefined, { dtype: "float64" }));
  });

  test("so do those that were saved, in frames around a mean too", () => {
    const model = kmeans(few.points, { init: few.init });
    const document: KMeansDocument = { ...model.toJSON(), origin: [43.25, -3.125], scale: 64 };
    for (const saved of [KMeansModel.fromJSON(JSON.stringify(model)), KMeansModel.fromJSON(document)]) {
      expect(saved.centroids).toEqual(model.centroids);
      expectAnswers(saved, few.points);
      expectAnswers(saved, held, { data, shape: [9000, 2] });
    }
  });

  test("a float64 tensor is what its rows are", () => {
    const rows = few.points;
    const given = tensor(rows, undefined, { dtype: "float64" });
    expect(kmeans(given, { init: few.init }).toJSON()).toEqual(kmeans(rows, { init: few.init }).toJSON());
  });
});

describe("weights", () => {
  test("that are small beside others count", () => {
    const points = [[0], [4], [100]];
    for (const small of [1e-30, 1e-60, 1e-150, 1e-290]) {
      const { centroids, clusterSizes } = kmeans(points, { init: [[0], [100]], weights: [small, 3 * small, 1] });
      expectCentroids(centroids, [[3], [100]], points);
      expect([...clusterSizes]).toEqual([4 * small, 1]);
    }
  });
});

describe("squares among float64's subnormal numbers", () => {
  test("have the digits that these have, and coordinates all of theirs", () => {
    const points = [
      [0, 0],
      [0, 0],
      [0, -3.33e-162],
    ];
    const { centroids, inertia } = kmeans(points, { k: 1 });
    expectCentroids(centroids, [[0, -1.11e-162]], points);
    // 2/3 · (3.33e-162)² = 7.4e-324, and the numbers next to it are 2⁻¹⁰⁷⁴ = 4.9e-324 and twice that.
    expect([2 ** -1074, 2 ** -1073]).toContain(inertia);
  });

  test("tell points apart that no square of a difference tells apart", () => {
    const points = [[0], [1e-200], [5e-200], [6e-200]];
    const model = kmeans(points, { init: [[0], [6e-200]] });
    expect([...model.labels]).toEqual([0, 0, 1, 1]);
    expectCentroids(model.centroids, [[5e-201], [5.5e-200]], points);
    expect(model.inertia).toBe(0);
    expect([...model.predict([[2e-200], [1], [4e-200]])]).toEqual([0, 0, 1]);
  });
});

describe("clusters that stay empty", () => {
  const rows = [[0], [1], [2], [3], [4], [5]];
  const options = { algorithm: "mini-batch", k: 6, batchSize: 2, maxIterations: 1 } as const;

  test("are no sign of fewer distinct points where there are enough", () => {
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    const found = seeds.map(
      (seed) => kmeans(rows, { ...options, seed }).clusterSizes.filter((size) => size > 0).length,
    );
    const expected = found
      .filter((count) => count < 6)
      .map(
        (count) => `kmeans: ${count} of 6 clusters have points; with another seed or more iterations all may have some`,
      );
    expect(warnings()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });

  test("are one where there are not, or where points of no weight would be needed", () => {
    kmeans([[0], [1], [1], [0]], { k: 3, seed: 1 });
    kmeans(rows, { algorithm: "lloyd", k: 6, seed: 1, weights: [1, 1, 0, 1, 1, 1] });
    expect(warnings()).toEqual([
      "kmeans: 2 of 3 clusters have points; there may be fewer distinct points than that",
      "kmeans: 5 of 6 clusters have points; there may be fewer distinct points than that",
    ]);
  });
});
