/**
 * Plain loops and graphs compute the same costs: distances and labels to the last bit, sums to the last digits.
 */
import { makeBlobs } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costsOf } from "../../packages/kmeans/src/by-size.js";
import type { Costs, Derivatives } from "../../packages/kmeans/src/costs.js";
import { CostsByGraph } from "../../packages/kmeans/src/costs-by-graph.js";
import { CostsInLoops } from "../../packages/kmeans/src/costs-in-loops.js";
import {
  arithmeticsFor,
  type Frame,
  frameAround,
  framedPoints,
  isMuch,
  placesIn,
} from "../../packages/kmeans/src/frame.js";
import { readTable, type Table } from "../../packages/kmeans/src/points.js";
import { runs } from "../autograd/cases.js";
import { LARGEST } from "./largest.js";

type Rows = readonly (readonly number[])[];

/** The most squares of differences that loops compute. */
const LIMIT = 2 ** 13;

/** Numbers with all digits, the same for the same seed. */
const digits = (seed: number): number => Math.sin(12.9898 * seed + 1) * 4321.1;
const rowsOf = (n: number, d: number, seed: number): number[][] =>
  Array.from({ length: n }, (_, row) => Array.from({ length: d }, (_, j) => digits(seed + row * d + j) % 1));

interface Pair {
  readonly table: Table;
  readonly frame: Frame;
  readonly loops: Costs;
  readonly graph: Costs;
}

/** Both ways to compute with few points, of which only loops are taken. */
function bothFor(points: Rows, k: number, weights?: readonly number[]): Pair {
  const table = readTable("costs", points as number[][]);
  const frame = frameAround(table);
  const counted = weights && Float64Array.from(weights);
  const loops = costsOf(table, frame, k, counted);
  expect(loops).toBeInstanceOf(CostsInLoops);
  const arithmetics = arithmeticsFor(table, frame, k, counted);
  expect(arithmetics.usual).toBe(arithmetics.exact);
  return { table, frame, loops, graph: new CostsByGraph(arithmetics) };
}

const numbers = (values: ArrayLike<number>): number[] => Array.from(values);

/** −0 is 0 here: a sum may come to either. */
function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(numbers(actual).map((value) => value + 0)).toEqual(numbers(expected).map((value) => value + 0));
}

/** Within 10⁻¹⁴ of what the terms of a sum come to. */
function expectSum(actual: number, expected: number, terms: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-14 * terms);
}

describe("bit by bit", () => {
  test("distances and labels, for each number of coordinates from 1 to 200", () => {
    for (let d = 1; d <= 200; d++) {
      const points = rowsOf(10, d, d);
      const { frame, loops, graph } = bothFor(points, 4);
      // The third is the first once more, and the fourth is a point.
      const [first, second] = rowsOf(2, d, 1000 + d) as [number[], number[]];
      const W = placesIn(frame, Float64Array.from([first, second, first, points[2] as number[]].flat()));
      expectSame(loops.nearest(W), graph.nearest(W));
      expectSame(loops.assign(W), graph.assign(W));
      // Of one place all distances are compared, and of fewer points those that they have among all.
      const only = W.subarray(0, d);
      const distances = graph.nearest(only);
      expectSame(loops.nearest(only), distances);
      for (const rows of [[3], [9, 0], [1, 2, 3, 4, 5], [8, 7, 6, 5, 4, 3, 2, 1, 0]]) {
        expectSame(
          loops.some(rows, 4).nearest(only),
          rows.map((row) => distances[row] as number),
        );
      }
    }
  });

  test("at one of several prototypes that are equally near, the first wins", () => {
    for (const d of [1, 2, 8, 9, 65]) {
      const origin = Array(d).fill(0);
      const ahead = [1, ...Array(d - 1).fill(0)];
      const { frame, loops, graph } = bothFor([origin, ahead, origin, ahead], 3);
      const back = ahead.map((value) => -value);
      for (const W of [
        [ahead, back, ahead],
        [back, ahead, origin],
        [origin, origin, ahead],
      ]) {
        const place = placesIn(frame, Float64Array.from(W.flat()));
        expectSame(loops.assign(place), graph.assign(place));
      }
      expect([...loops.assign(placesIn(frame, Float64Array.from([...ahead, ...back])))]).toEqual([0, 0, 0, 0]);
    }
  });
});

/** No centroid of a fit is so near to the origin that its squares are subnormal: such numbers have few digits. */
const settled = (value: number): number => (Math.abs(value) < 1e-140 ? 0 : value);

/**
 * More points than prototypes: one point, or as many, are the graph's exceptions, where it goes along the coordinates and
 * adds their squares in another order. Points of few values, with duplicates; prototypes among them and far away; weights, some of them 0; or none.
 */
const problems = fc
  .record({
    n: fc.integer({ min: 2, max: 40 }),
    d: fc.constantFrom(1, 2, 3, 7, 8, 9, 17, 65),
    k: fc.integer({ min: 1, max: 6 }),
    values: fc.array(fc.double({ min: -100, max: 100, noNaN: true }).map(settled), { minLength: 3, maxLength: 60 }),
    weighted: fc.boolean(),
    isApart: fc.boolean(),
    rows: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
  })
  .map(({ n, d, k, values, weighted, isApart, rows }) => {
    const at = (place: number): number => values[(place * 7 + (place >> 3)) % values.length] as number;
    const points = Array.from({ length: n }, (_, row) => Array.from({ length: d }, (_, j) => at(row * d + j)));
    // Some prototypes are points, some are equal, some are too far away to have any.
    const centroids = Array.from({ length: k }, (_, which) =>
      (points[(which * 5) % n] as number[]).map((value) => value + (isApart ? 1000 * (which % 3) : (which % 2) / 3)),
    );
    const weights = weighted ? points.map((_, row) => ((row * 7) % 5) / 3) : undefined;
    return { points, centroids, weights, rows: rows.map((row) => row % n) };
  })
  .filter(({ points, centroids, weights }) => {
    const squares = points.length * points.length * (points[0] as number[]).length;
    return (
      points.length > centroids.length &&
      !isMuch(squares) &&
      !isMuch(squares * centroids.length) &&
      (weights?.some((weight) => weight > 0) ?? true)
    );
  });

/** What the terms of each derivative come to, in the frame. */
function termsOf(X: Float64Array, W: Float64Array, labels: Int32Array, weights: ArrayLike<number> | undefined) {
  const terms = new Float64Array(W.length);
  const d = X.length / labels.length;
  labels.forEach((label, row) => {
    for (let j = 0; j < d; j++) {
      const entry = label * d + j;
      const off = Math.abs((W[entry] as number) - (X[row * d + j] as number));
      terms[entry] = (terms[entry] as number) + 2 * (weights?.[row] ?? 1) * off;
    }
  });
  return terms;
}

function expectDerivatives(actual: Derivatives, expected: Derivatives, terms: Float64Array): void {
  terms.forEach((bound, entry) => {
    expectSum(actual.gradient[entry] as number, expected.gradient[entry] as number, bound);
    const curvature = expected.curvature[entry] as number;
    expectSum(actual.curvature[entry] as number, curvature, curvature);
  });
}

describe("of any points, prototypes and weights", () => {
  test("cost, labels and derivatives", () => {
    fc.assert(
      fc.property(problems, ({ points, centroids, weights, rows }) => {
        const k = centroids.length;
        const { table, frame, loops, graph } = bothFor(points, k, weights);
        const W = placesIn(frame, Float64Array.from(centroids.flat()));
        for (const [actual, expected] of [
          [loops.descent(W), graph.descent(W)],
          [loops.exactly(W), graph.exactly(W)],
        ] as const) {
          expectSame(actual.labels, expected.labels);
          expectSum(actual.cost, expected.cost, expected.cost);
          expectDerivatives(actual, expected, termsOf(framedPoints(table, frame), W, expected.labels, weights));
        }
        expect(graph.descent(W).single).toBeUndefined();
        const [assessed, expected] = [loops.assess(W), graph.assess(W)];
        expectSame(assessed.labels, expected.labels);
        expectSum(assessed.cost, expected.cost, expected.cost);
        // Of some points, of which some come more than once.
        const [some, same] = [loops.some(rows, k).exactly(W), graph.some(rows, k).exactly(W)];
        expect(some).toEqual(same);
        expectSame(
          some.labels,
          rows.map((row) => expected.labels[row] as number),
        );
      }),
      runs(100),
    );
  });

  test("distances, to the last bit", () => {
    fc.assert(
      fc.property(problems, ({ points, centroids, weights, rows }) => {
        const { frame, loops, graph } = bothFor(points, centroids.length, weights);
        const W = placesIn(frame, Float64Array.from(centroids.flat()));
        expectSame(loops.distances(W), graph.distances(W));
        expectSame(loops.nearest(W), graph.nearest(W));
        expectSame(loops.assign(W), graph.assign(W));
        const [sums, expected] = [loops.distancesTo(rows), graph.distancesTo(rows)];
        points.forEach((_, row) => {
          expectSum(sums[row] as number, expected[row] as number, expected[row] as number);
        });
        const place = W.subarray(0, frame.origin.length);
        expectSum(loops.around(place), graph.around(place), graph.around(place));
      }),
      runs(50),
    );
  });

  test("what is nearest to more and more places", () => {
    fc.assert(
      fc.property(problems, ({ points, centroids, weights }) => {
        const { frame, loops, graph } = bothFor(points, centroids.length, weights);
        const places = centroids.map((centroid) => placesIn(frame, Float64Array.from(centroid)));
        let [nearest, expected] = [loops.nowhere(), graph.nowhere()];
        for (const place of places) {
          const [best, bestOfGraph] = [nearest.withBestOf(places), expected.withBestOf(places)];
          expectSum(best.nearest.total, bestOfGraph.nearest.total, bestOfGraph.nearest.total);
          expectSame(best.nearest.distances, nearest.with(places[best.which] as Float64Array).distances);
          [nearest, expected] = [nearest.with(place), expected.with(place)];
          expectSame(nearest.distances, expected.distances);
          expectSum(nearest.total, expected.total, expected.total);
        }
      }),
      runs(50),
    );
  });

  test("points themselves, and steps for one after another", () => {
    fc.assert(
      fc.property(problems, ({ points, centroids, weights, rows }) => {
        const { frame, loops, graph } = bothFor(points, centroids.length, weights);
        points.forEach((_, row) => {
          expect(loops.point(row)).toEqual(graph.point(row));
        });
        const stepped = [loops, graph].map((costs) => {
          const W = placesIn(frame, Float64Array.from(centroids.flat()));
          const seen = new Float64Array(W.length);
          costs.stepByEach(rows, W, seen);
          return { W, seen };
        });
        expect(stepped[0]).toEqual(stepped[1]);
      }),
      runs(50),
    );
  });
});

describe("at the limit", () => {
  test.each(LARGEST)("$n × $d points, k = $k: the same by the graph", ({ n, d, k }) => {
    const points = makeBlobs({ samples: n, features: d, centers: k, randomState: n }).points;
    const { table, frame, loops, graph } = bothFor(points, k);
    expect(n * d * k).toBeGreaterThan(LIMIT - d * k);
    const W = placesIn(frame, Float64Array.from(points.slice(0, k).flat()));
    const [actual, expected] = [loops.descent(W), graph.descent(W)];
    expectSame(actual.labels, expected.labels);
    expectSum(actual.cost, expected.cost, expected.cost);
    expectDerivatives(actual, expected, termsOf(framedPoints(table, frame), W, expected.labels, undefined));
    expectSame(loops.distances(W), graph.distances(W));
  });
});
