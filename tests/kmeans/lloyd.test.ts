/** Lloyd's algorithm: the reference figures, the textbook's course, Newton's step, empty clusters, and when it ends. */
import { grad, type Tensor, tensor } from "@protograd/autograd";
import { kmeans, kmeansCost, kmeansSteps, makeBlobs, squaredDistances } from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import cases from "./lloyd.json" with { type: "json" };
import { descend, moves, type Rows, reachOf, varianceOf } from "./textbook.js";

const expectWithin = (actual: Rows, expected: Rows, bound: (value: number) => number): void => {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  expected.flat().forEach((value, entry) => {
    expect(Math.abs((actual.flat()[entry] as number) - value)).toBeLessThanOrEqual(bound(value));
  });
};

describe("the reference figures", () => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    const { points, init, weights, maxIterations, tolerance } = each;
    const model = kmeans(points, { init, maxIterations, tolerance, ...(weights === null ? {} : { weights }) });
    expect([...model.labels]).toEqual(each.labels);
    expectWithin(model.centroids, each.centroids, (value) => 1e-12 * Math.abs(value));
    expect(Math.abs(model.inertia - each.inertia)).toBeLessThanOrEqual(1e-12 * each.inertia + 1e-30);
    expect(model.iterations).toBe(each.iterations);
  });

  test("the seven points that ml-kmeans publishes as its example end where it says", () => {
    const points = [
      [1, 1, 1],
      [1, 2, 1],
      [10, 11, 1],
      [-1, 20, 1],
      [1, 1, 1],
      [-1, -1, -1],
      [-1, -1, -1.5],
    ];
    const init = [
      [1, 2, 1],
      [-1, -1, -1],
    ];
    const model = kmeans(points, { init });
    const expected = [
      [4.5, 15.5, 1],
      [0.2, 0.4, 0.1],
    ];
    expectWithin(model.centroids, expected, (value) => 1e-12 * Math.abs(value));
  });
});

/** Points in blobs that overlap, weights, and the first points as the start. */
const problems = fc
  .record({
    n: fc.constantFrom(8, 30),
    d: fc.integer({ min: 1, max: 3 }),
    k: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
    weights: fc.option(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 30, maxLength: 30 }), { nil: undefined }),
  })
  .map(({ n, d, k, seed, weights }) => {
    const { points } = makeBlobs({ samples: n, features: d, centers: k, clusterStd: 4, randomState: seed });
    return { points, init: points.slice(0, k), weights: weights?.slice(0, n) };
  });

describe("the textbook", () => {
  test("goes the same way, with the same labels and as many iterations", () => {
    const law = ({
      points,
      init,
      weights,
    }: {
      points: number[][];
      init: number[][];
      weights?: number[] | undefined;
    }) => {
      const given = weights === undefined ? {} : { weights };
      const expected = descend(moves.lloyd, points, init, given);
      fc.pre(expected.margin > 1e-10 * reachOf(points));
      const model = kmeans(points, { init, tolerance: 0, ...given });
      expect([...model.labels]).toEqual(expected.labels);
      expectWithin(model.centroids, expected.centroids, () => 1e-12 * reachOf(points));
      expect(model.iterations).toBe(expected.iterations);
      expect(model.converged).toBe(true);
    };
    fc.assert(fc.property(problems, law));
  });

  test("each iteration leads to the means of the clusters before", () => {
    const { points } = makeBlobs({ samples: 60, clusterStd: 4, randomState: 5 });
    const init = points.slice(0, 3);
    let iterations = 0;
    for (const state of kmeansSteps(points, { init, tolerance: 0 })) {
      iterations++;
      const expected = descend(moves.lloyd, points, init, { iterations });
      expectWithin(state.centroids, expected.centroids, () => 1e-12 * reachOf(points));
      expect([...state.labels]).toEqual(expected.labels);
    }
    expect(iterations).toBeGreaterThan(4);
  });
});

test.each([1, 2, 3, 4])(
  "gradient descent with a rate of 1 / (2 nₖ) for each prototype is lloyd, seed %i",
  (randomState) => {
    const { points } = makeBlobs({ samples: 80, clusterStd: 3, centers: 4, randomState });
    const [X, init] = [tensor(points, undefined, { dtype: "float64" }), points.slice(0, 4)];
    const gradient = grad((W: Tensor) => kmeansCost(X, W));
    let W = tensor(init, undefined, { dtype: "float64" });
    let iterations = 0;
    for (const { centroids } of kmeansSteps(points, { init, tolerance: 0 })) {
      const counts = squaredDistances(X, W).argmin(1).oneHot(4).reduceSum(0).expandDims(1); // [k, 1]
      W = W.sub(gradient(W).div(counts.mul(2)));
      expectWithin(W.toArray() as number[][], centroids, () => 1e-12 * reachOf(points));
      iterations++;
    }
    expect(iterations).toBeGreaterThan(3);
  },
);

describe("empty clusters", () => {
  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const once = (points: number[][], init: number[][], weights?: number[]) =>
    kmeans(points, { init, maxIterations: 1, ...(weights && { weights }) }).centroids;

  test("go to the farthest points, the last of equal ones first, and take them from their cluster", () => {
    const points = [[-10], [-9.5], [-9], [-8.5], [-8], [-1], [1], [9], [9.5], [10]]; // scikit-learn's own example
    expectWithin(once(points, [[-10], [-10], [-10]]), [[-4.5], [10], [9.5]], () => 1e-12);
    expectWithin(once([[-4], [0], [4]], [[0], [50]]), [[-2], [4]], () => 1e-12);
  });

  test("go by the weighted distance", () => {
    const points = [[-4], [3], [0]];
    expectWithin(once(points, [[0], [50]]), [[1.5], [-4]], () => 1e-12);
    expectWithin(once(points, [[0], [50]], [1, 2, 1]), [[-2], [3]], () => 1e-12);
  });

  test("never go to a point of no weight", () => {
    const { centroids, labels } = kmeans([[0], [1], [1000]], { init: [[0], [-500]], weights: [1, 1, 0] });
    expectWithin(centroids, [[0], [1]], () => 1e-12);
    expect([...labels]).toEqual([0, 1, 1]);
  });

  test("stay where no point is away from its centroid", () => {
    const { centroids, iterations } = kmeans([[1], [1], [5]], { init: [[1], [5], [20]] });
    expect(centroids).toEqual([[1], [5], [20]]);
    expect(iterations).toBe(1);
    expect(vi.mocked(console.warn).mock.calls).toEqual([
      ["kmeans: 2 of 3 clusters have points; there may be fewer distinct points than that"],
    ]);
  });

  test("a cluster that gives its only point away stays", () => {
    expectWithin(once([[0], [1], [10]], [[0.5], [14], [90]]), [[0.5], [14], [10]], () => 1e-12);
  });
});

describe("it ends", () => {
  const { points } = makeBlobs({ samples: 300, features: 5, centers: 12, clusterStd: 6, randomState: 2 });
  const init = points.slice(0, 5);

  test("once the centroids shift by no more than the tolerance times the mean variance", () => {
    const shifts = Array.from(kmeansSteps(points, { init, tolerance: 0 }), ({ shift }) => shift / varianceOf(points));
    expect(shifts.length).toBeGreaterThan(8);
    for (const tolerance of shifts.slice(0, -2).map((shift) => shift * 1.001)) {
      const model = kmeans(points, { init, tolerance });
      expect(model.iterations).toBe(1 + shifts.findIndex((shift) => shift <= tolerance));
      expect(model.converged).toBe(true);
    }
  });

  test("the shift is the sum of the squared distances by which the centroids moved", () => {
    let before = init;
    for (const { centroids, shift } of kmeansSteps(points, { init })) {
      const moved = centroids.flat().reduce((sum, value, at) => sum + (value - (before.flat()[at] as number)) ** 2, 0);
      expect(Math.abs(shift - moved)).toBeLessThanOrEqual(1e-12 * moved);
      before = centroids;
    }
  });

  test("by tolerance 0 once no label changes", () => {
    const states = [...kmeansSteps(points, { init, tolerance: 0 })];
    const { iterations, converged } = kmeans(points, { init, tolerance: 0 });
    const labels = states.map((state) => [...state.labels]);
    const unchanged = labels.findIndex((each, at) => at > 0 && each.join() === labels[at - 1]?.join());
    // The labels at `unchanged` are those of the iteration that is number `unchanged` + 1; one more takes their means.
    expect([iterations, converged]).toEqual([unchanged + 2, true]);
  });

  test("after maxIterations, and says that it did not converge", () => {
    const full = kmeans(points, { init, tolerance: 0 });
    const model = kmeans(points, { init, tolerance: 0, maxIterations: 3 });
    expect([model.iterations, model.converged]).toEqual([3, false]);
    expect(model.history).toEqual(full.history.slice(0, 3));
  });
});
