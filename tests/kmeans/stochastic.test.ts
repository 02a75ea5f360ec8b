/** Gradient descent, online and mini-batch k-means, each against its textbook form, point for point. */
import { type KMeansOptions, type KMeansState, kmeans, kmeansSteps, makeBlobs } from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  batches,
  descend,
  inertiaOf,
  meanOf,
  miniBatch,
  moves,
  nearestOf,
  online,
  type Rows,
  reachOf,
  squaredDistance,
  unnamed,
} from "./textbook.js";

const expectNear = (actual: Rows, expected: Rows, bound: number): void => {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  actual.forEach((row, cluster) => {
    expect(Math.sqrt(squaredDistance(row, expected[cluster] as number[]))).toBeLessThanOrEqual(bound);
  });
};

const blobs = (randomState: number, clusterStd = 3) => makeBlobs({ samples: 60, centers: 3, clusterStd, randomState });

/** Three blobs far from each other, and a point of each. */
const threeBlobs = (() => {
  const centers = [
    [0, 0],
    [30, 0],
    [0, 30],
  ];
  const { points, labels } = makeBlobs({ samples: 90, centers, randomState: 42 });
  return { points, labels, init: [0, 1, 2].map((cluster) => points[labels.indexOf(cluster)] as number[]) };
})();

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("gradient descent", () => {
  const algorithm = "gradient-descent";

  test("goes by a rate of 1 / the largest second derivative", () => {
    const law = (randomState: number, weighted: boolean, iterations: number): void => {
      const { points } = blobs(randomState);
      const init = points.slice(0, 3);
      const weights = points.map((_, i) => (weighted ? 1 + (i % 4) : 1));
      const expected = descend(moves[algorithm], points, init, { weights, iterations });
      fc.pre(expected.margin > 1e-10 * reachOf(points));
      const model = kmeans(points, { algorithm, init, maxIterations: iterations, tolerance: 0, weights });
      expectNear(model.centroids, expected.centroids, 1e-12 * reachOf(points));
      expect([...model.labels]).toEqual(expected.labels);
    };
    fc.assert(fc.property(fc.nat(), fc.boolean(), fc.integer({ min: 1, max: 8 }), law));
  });

  test("goes by the rate that is given: W − ε · 2 Σ (w − x)", () => {
    const points = [[0], [2], [10], [13], [16]];
    const init = [[1.5], [11]];
    const { centroids } = kmeans(points, { algorithm, init, learningRate: 0.01, maxIterations: 1 });
    expectNear(centroids, [[1.5 - 0.02 * (3 - 2)], [11 - 0.02 * (33 - 39)]], 1e-12);
    const weights = [1, 2, 5, 0, 3];
    const weighted = kmeans(points, { algorithm, init, learningRate: 0.01, maxIterations: 1, weights });
    expectNear(weighted.centroids, [[1.5 - 0.02 * (4.5 - 4)], [11 - 0.02 * (88 - 98)]], 1e-12);
  });

  test("a rate that is too small goes on to the 300th iteration, and says that it did not converge", () => {
    const model = kmeans(blobs(1).points, {
      algorithm,
      k: 3,
      seed: 1,
      learningRate: 1e-6,
      tolerance: 1e-15,
    });
    expect([model.iterations, model.converged]).toEqual([300, false]);
  });

  test("a rate that is too large runs away, which is an error that names a safe one", () => {
    expect(() => kmeans([[0], [1], [9]], { algorithm, init: [[0], [8]], learningRate: 1e300 })).toThrow(
      expect.objectContaining({
        name: "RangeError",
        message: expect.stringMatching(
          /^kmeans: the centroids ran away in iteration \d+; expected a smaller learningRate, such as 0.\d+$/,
        ),
      }),
    );
  });

  test("ends where lloyd ends, where the clusters are plain", () => {
    const { points, init } = threeBlobs;
    const slow = kmeans(points, { algorithm, init, learningRate: 0.005, tolerance: 1e-15 });
    const fast = kmeans(points, { init });
    expect(slow.labels).toEqual(fast.labels);
    expectNear(slow.centroids, fast.centroids, 1e-5 * reachOf(points));
    expect(slow.iterations).toBeGreaterThan(fast.iterations);
  });
});

describe("online", () => {
  const algorithm = "online";

  test("takes one point at a time in shuffled order, by the rate 1 / nₖ", () => {
    const law = (randomState: number, seed: number, epochs: number): void => {
      const { points } = blobs(randomState, 1);
      const init = points.slice(0, 2);
      const model = kmeans(points, { algorithm, init, seed, maxIterations: epochs, tolerance: 0 });
      expectNear(model.centroids, online(points, init, epochs, seed), 1e-12 * reachOf(points));
    };
    for (let run = 0; run < 10; run++) law(run, run + 100, 1 + (run % 3));
  });

  test("a weight counts as that many points", () => {
    const { points } = blobs(3, 1);
    const init = points.slice(0, 2);
    const weights = points.map((_, i) => i % 4);
    const model = kmeans(points, { algorithm, init, seed: 5, weights, maxIterations: 2, tolerance: 0 });
    expectNear(model.centroids, online(points, init, 2, 5, weights), 1e-12 * reachOf(points));
  });

  test("one cluster ends at the mean, wherever it starts", () => {
    const { points } = blobs(7);
    for (const iterations of [1, 2]) {
      const model = kmeans(points, { algorithm, init: [[50, 50]], maxIterations: iterations, tolerance: 0 });
      expectNear(model.centroids, [meanOf(points)], 1e-12 * reachOf(points));
    }
  });
});

describe("mini-batch", () => {
  const algorithm = "mini-batch";
  const fitBlobs = (seed: number, options: Partial<KMeansOptions>) =>
    kmeans(threeBlobs.points, { algorithm, init: threeBlobs.init, seed, tolerance: 0, ...options });

  test("leads to the means of all that the batches have drawn", () => {
    for (let seed = 0; seed < 10; seed++) {
      const drawn = batches(90, 3, 30, seed);
      const rows = Array.from({ length: 3 }, () => drawn.next().value).flat();
      const { centroids } = fitBlobs(seed, { batchSize: 30, maxIterations: 1 });
      const means = centroids.map((_, cluster) =>
        meanOf(
          rows.filter((row) => threeBlobs.labels[row] === cluster).map((row) => threeBlobs.points[row] as number[]),
        ),
      );
      expectNear(centroids, means, 1e-12 * reachOf(threeBlobs.points));
    }
  });

  test("a batch costs less once its centroids have moved", () => {
    for (let seed = 0; seed < 10; seed++) {
      const { points } = blobs(seed);
      const init = points.slice(0, 3);
      const batch = batches(60, 3, 60, seed)
        .next()
        .value.map((row) => points[row] as number[]);
      const { centroids } = kmeans(points, { algorithm, init, batchSize: 60, seed, maxIterations: 1 });
      expect(inertiaOf(batch, centroids)).toBeLessThan(inertiaOf(batch, init));
    }
  });

  test("stops once the smoothed cost, by weight, has not fallen for ten batches", () => {
    for (let seed = 0; seed < 20; seed++) {
      const weights = threeBlobs.points.map((_, i) => (seed % 2 === 0 ? 1 : 1 + (i % 9)));
      const expected = miniBatch(threeBlobs.points, threeBlobs.init, 20, seed, weights);
      const { iterations, converged, centroids } = fitBlobs(seed, { batchSize: 20, weights });
      expect(iterations).toBe(Math.ceil(expected.batches / 5)); // 90 points are 5 batches
      expect(converged).toBe(true);
      expectNear(centroids, expected.centroids, 1e-12 * reachOf(threeBlobs.points));
    }
  });

  test("batches of no weight are no sign of standing still", () => {
    const rows = Array.from({ length: 200 }, (_, i) => [i % 40 === 0 ? 7 : 0]);
    const weights = rows.map(([x]) => (x === 7 ? 1 : 0));
    for (let seed = 0; seed < 10; seed++) {
      const options = { algorithm, init: [[100]], weights, seed, batchSize: 1, maxIterations: 3 } as const;
      expectNear(kmeans(rows, options).centroids, [[7]], 1e-12);
    }
  });

  test("draws at most as many points as there are", () => {
    const whole = fitBlobs(1, { batchSize: 90 }).toJSON();
    for (const options of [{ batchSize: 91 }, { batchSize: 1024 }, {}])
      expect(fitBlobs(1, options).toJSON()).toEqual(whole);
  });

  test("a batch is of 1024 points by default", () => {
    const { points } = makeBlobs({ samples: 1500, centers: 2, randomState: 1 });
    const options = { algorithm, k: 2, seed: 1, maxIterations: 2 } as const;
    const { centroids } = kmeans(points, options);
    expect(centroids).toEqual(kmeans(points, { ...options, batchSize: 1024 }).centroids);
    expect(centroids).not.toEqual(kmeans(points, { ...options, batchSize: 1023 }).centroids);
  });

  test("clusters that get no points start again at points", () => {
    const init = [
      [1, 1],
      [500, 500],
      [-500, 500],
    ];
    for (let seed = 0; seed < 10; seed++) {
      const { centroids } = fitBlobs(seed, { init, batchSize: 20 });
      for (const w of centroids) {
        expect(Math.min(...threeBlobs.init.map((x) => squaredDistance(x, w)))).toBeLessThan(30 ** 2);
      }
    }
  });

  test("a cluster without points starts again after the first batch already, but not at a point of weight 0", () => {
    const rows = [
      ...threeBlobs.points.slice(0, 15),
      ...threeBlobs.points.slice(0, 10).map((row) => row.map((x) => x + 1000)),
    ];
    const weights = rows.map((_, i) => (i < 15 ? 1 : 0));
    for (let seed = 0; seed < 20; seed++) {
      const init = [...threeBlobs.init.slice(0, 2), [-5000, -5000]];
      const { centroids } = kmeans(rows, { algorithm, init, weights, seed, maxIterations: 1 });
      expect(rows.slice(0, 15).some((x) => squaredDistance(x, centroids[2] as number[]) < 1e-4)).toBe(true);
    }
  });

  test("it then counts as much as the smallest of the others", () => {
    const { points } = makeBlobs({ samples: 40, centers: 1, randomState: 5 });
    const init = [meanOf(points), [500, 500]];
    for (let seed = 0; seed < 5; seed++) {
      const steps = kmeansSteps(points, { algorithm, init, seed, tolerance: 0, batchSize: 40 });
      const drawn = batches(40, 2, 40, seed);
      drawn.next();
      const [before, after] = [steps.next().value, steps.next().value] as [KMeansState, KMeansState];
      const batch = drawn.next().value.map((row) => points[row] as number[]);
      const labels = nearestOf(batch, before.centroids);
      const expected = before.centroids.map((w, cluster) => {
        const own = batch.filter((_, i) => labels[i] === cluster);
        const mean = meanOf(own);
        return w.map((value, j) => value + (own.length / (40 + own.length)) * ((mean[j] as number) - value));
      });
      expectNear(after.centroids, expected, 1e-12 * reachOf(points));
    }
  });

  test("clusters of less than a hundredth of the largest start again, others do not", () => {
    const centers = [
      [0, 0],
      [50, 50],
    ];
    const { points } = makeBlobs({ samples: [294, 6], centers, shuffle: false, randomState: 1 });
    const ends = (weight: number): number[] =>
      Array.from({ length: 10 }, (_, seed) => {
        const weights = points.map((_, i) => (i < 294 ? 1 : weight));
        const { centroids } = kmeans(points, { algorithm, init: centers, weights, seed, maxIterations: 20 });
        return centroids[1]?.[0] as number;
      });
    for (const x of ends(3)) expect(x).toBeGreaterThan(45); // 18 of 312 in weight
    for (const x of ends(0.1)) expect(x).toBeLessThan(5); // 0.6 of 294.6
  });

  test("with many more clusters than points in a batch it still ends, with finite centroids", () => {
    const { centroids, converged } = fitBlobs(42, { init: "k-means++", k: 60, batchSize: 10 });
    expect(centroids.flat().every(Number.isFinite)).toBe(true);
    expect(converged).toBe(true);
  });
});

test.each(["gradient-descent", "online"] as const)(
  "%s brings a centroid without points to the farthest point",
  (algorithm) => {
    const { centroids } = kmeans([[0], [1], [9]], { algorithm, init: [[0], [50]], maxIterations: 1 });
    expectNear([centroids[1] as number[]], [[9]], 1e-12);
  },
);

describe.each(["online", "mini-batch"] as const)("%s", (algorithm) => {
  test("integer weights make the same clusters as repeated points", () => {
    const { points, labels, init } = threeBlobs;
    const weights = points.map((_, i) => 1 + (i % 3));
    const repeated = points.flatMap((x, i) => Array<number[]>(weights[i] as number).fill(x));
    const weighted = kmeans(points, { algorithm, init, weights, seed: 1 });
    const long = kmeans(repeated, { algorithm, init, seed: 1 });
    expect(unnamed(weighted.labels)).toEqual(unnamed(labels));
    expect([...long.labels]).toEqual([...weighted.labels].flatMap((label, i) => Array(weights[i]).fill(label)));
    expect(long.clusterSizes).toEqual(weighted.clusterSizes);
    expectNear(weighted.centroids, long.centroids, 1);
  });

  test("a fit of fewer iterations is the beginning of a longer one", () => {
    const { points } = blobs(2);
    const options = { algorithm, init: points.slice(0, 3), seed: 9, tolerance: 0 };
    let iteration = 0;
    for (const { centroids, labels } of kmeansSteps(points, { ...options, maxIterations: 4 })) {
      iteration++;
      expect(kmeans(points, { ...options, maxIterations: iteration }).centroids).toEqual(centroids);
      expect([...labels]).toEqual(nearestOf(points, centroids));
    }
    expect(iteration).toBe(4);
  });
});
