/** Laws of every fit, tried on random points, weights, starts and shapes. A failure prints the seed to repeat it. */
import {
  type KMeansModel,
  type KMeansOptions,
  type KMeansState,
  kmeans,
  kmeansSteps,
  makeBlobs,
} from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runs } from "../autograd/cases.js";
import { descend, inertiaOf, moves, type Rows, reachOf, squaredDistance } from "./textbook.js";

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;

const algorithms = fc.constantFrom("lloyd", "gradient-descent", "online", "mini-batch");

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Any shape, duplicates among the points, weights of which some are 0, and every kind of start. */
const problems = fc
  .record({
    n: fc.integer({ min: 1, max: 40 }),
    d: fc.integer({ min: 1, max: 6 }),
    coordinate: fc.constantFrom(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1000, max: 1000, noNaN: true })),
    weight: fc.constantFrom(undefined, fc.constantFrom(0, 1, 2, 3), fc.double({ min: 0.01, max: 10, noNaN: true })),
    offset: fc.constantFrom(0, 1e3, -1e6),
  })
  .chain(({ n, d, coordinate, weight, offset }) => {
    const rows = (count: number) =>
      fc.array(
        fc.array(
          coordinate.map((value) => value + offset),
          { minLength: d, maxLength: d },
        ),
        { minLength: count, maxLength: count },
      );
    const weights =
      weight && fc.array(weight, { minLength: n, maxLength: n }).filter((all) => all.some((one) => one > 0));
    return fc.integer({ min: 1, max: n }).chain((k) =>
      fc.record({
        points: rows(n),
        weights: weights ?? fc.constant(undefined),
        k: fc.constant(k),
        init: fc.oneof(fc.constantFrom("k-means++" as const, "random" as const), rows(k)),
        seed: fc.nat(),
      }),
    );
  });

type Problem = ValueOf<typeof problems>;

const optionsOf = ({ k, init, seed, weights }: Problem): KMeansOptions => ({
  k,
  init,
  seed,
  restarts: 1,
  ...(weights && { weights }),
});

/** Above so many squares of differences, n · d · k, distances are computed in float32 where that holds the points. */
const MANY = 2 ** 13;

/**
 * By how much computing may move a coordinate: some units in the last place of the largest, in float64 or, on the way
 * and for labels, in float32.
 */
function rounding(points: Rows, centroids: Rows): number {
  const largest = Math.max(...points.flat().map(Math.abs), ...centroids.flat().map(Math.abs));
  const isQuick = points.flat().length * centroids.length > MANY;
  return largest * 2 ** -48 + (isQuick ? Math.max(reachOf(points), reachOf(centroids)) * 2 ** -20 : 0);
}

/**
 * What else the square root of an inertia may be off by, where it is among float64's subnormal numbers: these are
 * multiples of 2⁻¹⁰⁷⁴, so of squares of coordinates below 10⁻¹⁵⁴ few digits are left, or none.
 */
const subnormal = (d: number, heavy: number): number => Math.sqrt(2 ** -1074 * (1 + d * heavy));

/**
 * Labels name nearest centroids and the inertia is theirs. Distances are norms, so that moving coordinates by at most δ
 * moves a distance by at most δ √d, and √inertia by at most δ √(d Σ weight).
 */
function expectTogether(
  points: Rows,
  weights: readonly number[],
  { centroids, labels, inertia }: Pick<KMeansState, "centroids" | "labels" | "inertia">,
): void {
  const d = (points[0] as readonly number[]).length;
  const moved = 2 * rounding(points, centroids);
  expect(labels).toHaveLength(points.length);
  points.forEach((x, i) => {
    const distances = centroids.map((w) => Math.sqrt(squaredDistance(x, w)));
    const own = distances[labels[i] as number] as number;
    const least = Math.min(...distances);
    expect(own).toBeLessThanOrEqual(least * (1 + 1e-12) + 2 * moved * Math.sqrt(d) + subnormal(d, 1));
  });
  const norm = Math.sqrt(inertiaOf(points, centroids, weights));
  const heavy = weights.reduce((a, b) => a + b);
  const slack = moved * Math.sqrt(d * heavy) + subnormal(d, heavy);
  expect(Math.abs(Math.sqrt(inertia) - norm)).toBeLessThanOrEqual(1e-12 * norm + slack);
}

describe("any fit of any shape", () => {
  test("labels, centroids, inertia and sizes belong together, and predict gives the same labels", () => {
    const law = (problem: Problem, algorithm: ValueOf<typeof algorithms>, maxIterations: number): void => {
      const { points, k } = problem;
      const weights = problem.weights ?? points.map(() => 1);
      vi.mocked(console.warn).mockClear();
      const model = kmeans(points, { ...optionsOf(problem), algorithm, maxIterations });
      expect(model.centroids.map((row) => row.length)).toEqual(Array(k).fill(points[0]?.length));
      expectTogether(points, weights, model);
      expect(model.predict(points)).toEqual(model.labels);
      const sizes = Array<number>(k).fill(0);
      model.labels.forEach((label, i) => {
        sizes[label] = (sizes[label] as number) + (weights[i] as number);
      });
      model.clusterSizes.forEach((size, cluster) => {
        expect(Math.abs(size - (sizes[cluster] as number))).toBeLessThanOrEqual(1e-12 * (sizes[cluster] as number));
      });
      expect(model.inertia).toBe(model.history.at(-1));
      expect(model.history).toHaveLength(model.iterations);
      expect(model.iterations).toBeLessThanOrEqual(maxIterations);
      if (model.iterations < maxIterations) expect(model.converged).toBe(true);
      const warnings = vi
        .mocked(console.warn)
        .mock.calls.filter(([message]) => message.includes("clusters have points"));
      expect(warnings).toHaveLength(sizes.includes(0) ? 1 : 0);
    };
    fc.assert(fc.property(problems, algorithms, fc.integer({ min: 1, max: 12 }), law), runs(120));
  });

  test("so do those of every step on the way", () => {
    const law = (problem: Problem, algorithm: ValueOf<typeof algorithms>): void => {
      const weights = problem.weights ?? problem.points.map(() => 1);
      for (const state of kmeansSteps(problem.points, { ...optionsOf(problem), algorithm, maxIterations: 5 })) {
        expectTogether(problem.points, weights, state);
      }
    };
    fc.assert(fc.property(problems, algorithms, law), runs(60));
  });

  test("inertia never rises from one iteration of lloyd or gradient descent to the next", () => {
    const law = (problem: Problem, algorithm: "lloyd" | "gradient-descent"): void => {
      const { points, init } = problem;
      const weights = problem.weights ?? points.map(() => 1);
      const { history, centroids } = kmeans(points, { ...optionsOf(problem), algorithm, maxIterations: 15 });
      const norms = [...(typeof init === "string" ? [] : [inertiaOf(points, init, weights)]), ...history].map(
        Math.sqrt,
      );
      const heavy = weights.reduce((a, b) => a + b);
      const moved = rounding(points, [...centroids, ...(typeof init === "string" ? [] : init)]);
      const d = (points[0] as number[]).length;
      const slack = 2 * moved * Math.sqrt(heavy * d) + subnormal(d, heavy);
      norms.slice(1).forEach((norm, before) => {
        expect(norm).toBeLessThanOrEqual((norms[before] as number) * (1 + 1e-12) + slack);
      });
    };
    fc.assert(fc.property(problems, fc.constantFrom("lloyd", "gradient-descent"), law), runs(80));
  });

  test("the same seed gives the same model, to the last digit", () => {
    const law = (problem: Problem, algorithm: ValueOf<typeof algorithms>): void => {
      const options = { ...optionsOf(problem), algorithm, maxIterations: 5, restarts: 2 };
      expect(kmeans(problem.points, options).toJSON()).toStrictEqual(kmeans(problem.points, options).toJSON());
    };
    fc.assert(fc.property(problems, algorithms, law), runs(40));
  });

  test("more restarts are never worse", () => {
    const law = (problem: Problem, algorithm: ValueOf<typeof algorithms>): void => {
      const init = typeof problem.init === "string" ? problem.init : "random";
      const inertia = [1, 2, 4].map(
        (restarts) =>
          kmeans(problem.points, { ...optionsOf(problem), init, algorithm, restarts, maxIterations: 3 }).inertia,
      );
      expect(inertia).toEqual([...inertia].sort((a, b) => b - a));
    };
    fc.assert(fc.property(problems, algorithms, law), runs(40));
  });
});

/** Blobs that overlap, a start among them, and how often to iterate: where no point is ever close to two centroids. */
const plain = fc
  .record({
    n: fc.constantFrom(10, 25),
    d: fc.constantFrom(1, 2, 3),
    k: fc.constantFrom(2, 4),
    seed: fc.nat(),
    algorithm: fc.constantFrom("lloyd", "gradient-descent"),
    iterations: fc.integer({ min: 1, max: 6 }),
    weighted: fc.boolean(),
  })
  .map(({ n, d, k, seed, algorithm, iterations, weighted }) => {
    const { points } = makeBlobs({ samples: n, features: d, centers: k, clusterStd: 4, randomState: seed });
    const weights = points.map((_, i) => (weighted ? 1 + ((i * 7) % 5) : 1));
    return { points, weights, init: points.slice(0, k), algorithm, iterations };
  })
  .filter(({ points, weights, init, algorithm, iterations }) => {
    const { margin } = descend(moves[algorithm], points, init, { weights, iterations });
    return margin > 1e-9 * reachOf(points);
  });

type Plain = ValueOf<typeof plain>;

const fitted = ({ points, weights, init, algorithm, iterations }: Plain): KMeansModel =>
  kmeans(points, { weights, init, algorithm, maxIterations: iterations, tolerance: 0 });

/** 0 … n − 1 in an order that depends on `seed`. */
const orderOf = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, at) => at).sort((a, b) => ((a * 31 + seed) % 17) - ((b * 31 + seed) % 17) || b - a);

const permuted = <T>(values: readonly T[], order: readonly number[]): T[] => order.map((at) => values[at] as T);

/** The same labels and iterations, and centroids and inertia that are the same but for rounding. */
function expectSame(
  actual: KMeansModel,
  expected: { labels: Iterable<number>; centroids: Rows; inertia: number },
  reach: number,
  rounding = 0,
): void {
  expect([...actual.labels]).toEqual([...expected.labels]);
  const bound = 1e-12 * reach + rounding;
  actual.centroids.flat().forEach((value, entry) => {
    expect(Math.abs(value - (expected.centroids.flat()[entry] as number))).toBeLessThanOrEqual(bound);
  });
  const moved = rounding * Math.sqrt(5 * actual.labels.length * (actual.centroids[0] as number[]).length);
  const [norm, expectedNorm] = [Math.sqrt(actual.inertia), Math.sqrt(expected.inertia)];
  expect(Math.abs(norm - expectedNorm)).toBeLessThanOrEqual(1e-12 * expectedNorm + moved);
}

describe("what happens to the points happens to the model", () => {
  test("permuting points permutes labels", () => {
    const law = (problem: Plain, seed: number): void => {
      const order = orderOf(problem.points.length, seed);
      const model = fitted(problem);
      const { points, weights } = problem;
      const other = fitted({ ...problem, points: permuted(points, order), weights: permuted(weights, order) });
      expectSame(other, { ...model, labels: permuted([...model.labels], order) }, reachOf(points));
    };
    fc.assert(fc.property(plain, fc.nat(), law), runs(100));
  });

  test("permuting coordinates permutes those of the centroids", () => {
    const law = (problem: Plain, seed: number): void => {
      const order = orderOf((problem.points[0] as number[]).length, seed);
      const turned = (rows: Rows) => rows.map((row) => permuted(row, order));
      const model = fitted(problem);
      const other = fitted({ ...problem, points: turned(problem.points), init: turned(problem.init) });
      expectSame(other, { ...model, centroids: turned(model.centroids) }, reachOf(problem.points));
    };
    fc.assert(fc.property(plain, fc.nat(), law), runs(50));
  });

  test("permuting the start permutes centroids and sizes, and renames labels", () => {
    const law = (problem: Plain, seed: number): void => {
      const order = orderOf(problem.init.length, seed);
      const model = fitted(problem);
      const other = fitted({ ...problem, init: permuted(problem.init, order) });
      const labels = [...model.labels].map((label) => order.indexOf(label));
      expectSame(other, { ...model, labels, centroids: permuted(model.centroids, order) }, reachOf(problem.points));
      expect([...other.clusterSizes]).toEqual(permuted([...model.clusterSizes], order));
    };
    fc.assert(fc.property(plain, fc.nat(), law), runs(50));
  });

  test("translating points translates centroids", () => {
    const law = (problem: Plain, by: number): void => {
      const shifted = (rows: Rows) => rows.map((row) => row.map((value, j) => value + by / (j + 1)));
      const model = fitted(problem);
      const other = fitted({ ...problem, points: shifted(problem.points), init: shifted(problem.init) });
      // The coordinates lose digits to where they are moved.
      const rounded = Math.abs(by) * 2 ** -50;
      expectSame(other, { ...model, centroids: shifted(model.centroids) }, reachOf(problem.points), rounded);
    };
    fc.assert(fc.property(plain, fc.double({ min: -1e7, max: 1e7, noNaN: true }), law), runs(100));
  });

  test("scaling points scales centroids, and inertia by the square", () => {
    const law = (problem: Plain, by: number): void => {
      const scaled = (rows: Rows) => rows.map((row) => row.map((value) => value * by));
      const model = fitted(problem);
      const other = fitted({ ...problem, points: scaled(problem.points), init: scaled(problem.init) });
      const expected = { labels: model.labels, centroids: scaled(model.centroids), inertia: model.inertia * by * by };
      expectSame(other, expected, reachOf(problem.points) * Math.abs(by));
    };
    const factors = fc.tuple(
      fc.double({ min: 1, max: 10, noNaN: true }),
      fc.integer({ min: -100, max: 100 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(plain, factors, (problem, [digits, power, negative]) =>
        law(problem, (negative ? -1 : 1) * digits * 10 ** power),
      ),
      runs(100),
    );
  });

  test("scaling by a power of two is exact, for any points, by any algorithm", () => {
    const law = (problem: Problem, algorithm: ValueOf<typeof algorithms>, power: number): void => {
      // Where the points are all the same, what is near to them and what is far has no measure.
      fc.pre(reachOf(problem.points) > 1e-3);
      const scaled = (rows: Rows) => rows.map((row) => row.map((value) => value * 2 ** power + 0));
      // Of subnormal numbers even scaling itself is not exact.
      fc.pre(problem.points.flat().every((value) => (value * 2 ** power) / 2 ** power === value));
      const { init } = problem;
      const options = { ...optionsOf(problem), algorithm, maxIterations: 4 };
      const model = kmeans(problem.points, options);
      const other = kmeans(scaled(problem.points), {
        ...options,
        ...(typeof init === "string" ? {} : { init: scaled(init) }),
      });
      expect(other.labels).toEqual(model.labels);
      expect(other.centroids).toEqual(scaled(model.centroids));
      expect(other.history).toEqual(model.history.map((inertia) => inertia * 4 ** power));
    };
    fc.assert(fc.property(problems, algorithms, fc.constantFrom(-300, -3, 1, 40, 300), law), runs(60));
  });
});
