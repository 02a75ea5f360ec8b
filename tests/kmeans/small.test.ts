/**
 * Small problems: nothing is compiled for them, platforms without WebAssembly compute them as well, and where they stop
 * to be small nothing jumps.
 */
import { KMeansModel, type KMeansOptions, kmeans, makeBlobs, shardSums, silhouette } from "@protograd/kmeans";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isMuch } from "../../packages/kmeans/src/frame.js";
import { modulesMadeBy } from "../modules.js";
import { LARGEST } from "./largest.js";

const ALGORITHMS = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;

/** n points in k clusters that are apart. */
const blobsOf = (n: number, d: number, k: number): number[][] =>
  makeBlobs({ samples: n, features: d, centers: k, randomState: n }).points;

const fitsOf = (points: number[][], k: number): void => {
  for (const algorithm of ALGORITHMS) kmeans(points, { k, seed: 1, algorithm });
  kmeans(points, { k, seed: 1, init: "random", weights: points.map((_, row) => 1 + (row % 3)) });
};

const questionsOf = (points: number[][], k: number): void => {
  const model = kmeans(points.slice(0, k), { k, seed: 1 });
  model.predict(points);
  model.score(points);
  model.transform(points);
  model.partialFit(points);
  shardSums(points, model.centroids);
};

describe("what is small compiles nothing", () => {
  test.each(LARGEST)("$n × $d points, k = $k, but with one point more", ({ n, d, k }) => {
    expect([isMuch(n * d * k), isMuch((n + 1) * d * k)]).toEqual([false, true]);
    const points = blobsOf(n + 1, d, k);
    for (const work of [fitsOf, questionsOf]) {
      expect(modulesMadeBy(() => work(points.slice(1), k))).toBe(0);
      expect(modulesMadeBy(() => work(points, k))).toBeGreaterThan(0);
    }
  });

  test("silhouettes of few points neither, of more they do", () => {
    const silhouetteOf = (n: number) => () =>
      silhouette(
        blobsOf(n, 2, 2),
        Array.from({ length: n }, (_, row) => row % 2),
      );
    expect(modulesMadeBy(silhouetteOf(64))).toBe(0);
    expect(modulesMadeBy(silhouetteOf(65))).toBeGreaterThan(0);
  });
});

describe("without WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("what is small is computed as ever, and nobody asks for it", async () => {
    const points = blobsOf(100, 4, 3);
    const expected = kmeans(points, { k: 3, seed: 1 }).toJSON();
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const anew = await import("@protograd/kmeans");
    // The interpreter would say that it computes, which is an error in these tests.
    const model = anew.kmeans(points, { k: 3, seed: 1 });
    expect(model.toJSON()).toEqual(expected);
    expect([...model.predict(points)]).toEqual(expected.labels);
  });
});

describe("at the limit nothing jumps", () => {
  /** Within 10⁻¹² of how far the points reach, which is about 10. */
  function expectFits(actual: KMeansModel, expected: KMeansModel, n: number): void {
    expect([...actual.labels.subarray(0, n)]).toEqual([...expected.labels]);
    expect(Math.abs(actual.inertia - expected.inertia)).toBeLessThanOrEqual(1e-12 * expected.inertia);
    for (const [cluster, row] of expected.centroids.entries()) {
      for (const [j, value] of row.entries()) {
        expect(Math.abs((actual.centroids[cluster]?.[j] as number) - value)).toBeLessThanOrEqual(1e-11);
      }
    }
  }

  test.each(LARGEST)("$n × $d points, k = $k: a point more that counts nothing", ({ n, d, k }) => {
    const points = blobsOf(n, d, k);
    const more = [...points, points[0] as number[]];
    const weights = more.map((_, row) => (row < n ? 1 + (row % 3) : 0));
    for (const algorithm of ["lloyd", "gradient-descent"] as const) {
      const options: KMeansOptions = { init: points.slice(0, k), algorithm, tolerance: 0, maxIterations: 20 };
      const small = kmeans(points, { ...options, weights: weights.slice(0, n) });
      const large = kmeans(more, { ...options, weights });
      expectFits(large, small, n);
    }
  });

  test("one point is predicted as it is among many", () => {
    const { points } = makeBlobs({ samples: 3000, centers: 3, clusterStd: 8, randomState: 4 });
    const model = kmeans(points.slice(0, 50), { k: 3, seed: 1 });
    expect(isMuch(points.length * 2 * 3)).toBe(true);
    const labels = model.predict(points);
    expect(points.map((point) => model.predict([point])[0])).toEqual([...labels]);
    expect(points.flatMap((_, row) => (row % 300 ? [] : [...model.predict(points.slice(row, row + 300))]))).toEqual([
      ...labels,
    ]);
  });

  test("a model says the same of points asked together and one by one", () => {
    const points = blobsOf(1200, 2, 4);
    const model = KMeansModel.fromJSON(kmeans(points, { k: 4, seed: 1 }).toJSON());
    const apart = points.map((point) => ({
      distances: model.transform([point])[0],
      score: model.score([point]),
    }));
    expect(model.transform(points)).toEqual(apart.map(({ distances }) => distances));
    const sum = apart.reduce((sum, { score }) => sum + score, 0);
    expect(Math.abs(model.score(points) - sum)).toBeLessThanOrEqual(1e-13 * Math.abs(sum));
  });
});
