/** What holds of every fit: the equivalences that scikit-learn's own tests hold, and their like. */
import { tensor } from "@protograd/autograd";
import { type KMeansModel, type KMeansOptions, kmeans, kmeansSteps, makeBlobs, type Points } from "@protograd/kmeans";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inertiaOf, nearestOf, type Rows, reachOf, squaredDistance, unnamed } from "./textbook.js";

const algorithms = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;

/** The points and centres of scikit-learn's tests. */
const centers = [
  [0, 5, 0, 0, 0],
  [1, 1, 4, 0, 0],
  [1, 0, 0, 5, 1],
];
const { points, labels: truth } = makeBlobs({ samples: 100, centers, randomState: 42 });

/** Points without clusters to speak of: nothing converges at once. */
const { points: cloud } = makeBlobs({ samples: 200, features: 4, centers: [[0, 0, 0, 0]], randomState: 3 });

const expectNear = (actual: Rows, expected: Rows, bound: number): void => {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  actual.forEach((row, cluster) => {
    expect(Math.sqrt(squaredDistance(row, expected[cluster] as number[]))).toBeLessThanOrEqual(bound);
  });
};

const expectRelative = (actual: number, expected: number, tolerance: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
};

/** For each number of `weights` that many copies. */
const repeated = <T>(values: Iterable<T>, weights: readonly number[]): T[] =>
  [...values].flatMap((value, i) => Array<T>(weights[i] as number).fill(value));

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(algorithms)("%s", (algorithm) => {
  const fitted = (given: Points, options: Partial<KMeansOptions> = {}): KMeansModel =>
    kmeans(given, { algorithm, k: 3, seed: 42, ...options });

  test.each<[string, KMeansOptions["init"]]>([
    ["k-means++", "k-means++"],
    ["random", "random"],
    ["given", centers],
  ])("recovers three blobs from a start that is %s", (_, init = centers) => {
    for (const seed of [0, 1, 42]) {
      const { labels, clusterSizes, inertia, centroids } = fitted(points, { init, seed, restarts: 10 });
      expect(unnamed(labels)).toEqual(unnamed(truth));
      expect([...clusterSizes].sort()).toEqual([33, 33, 34]);
      expectRelative(inertia, inertiaOf(points, centroids), 1e-12);
    }
    expect(console.warn).not.toHaveBeenCalled();
  });

  test("predict(points) equals labels, after 2 and after 100 iterations", () => {
    for (const maxIterations of [2, 100]) {
      const model = fitted(cloud, { k: 7, maxIterations, tolerance: 0 });
      expect(model.predict(cloud)).toEqual(model.labels);
      expect([...model.labels]).toEqual(nearestOf(cloud, model.centroids));
    }
  });

  test("predict(centroids) is 0 … k − 1", () => {
    for (const seed of [1, 2, 3]) {
      const model = fitted(cloud, { k: 10, seed });
      expect([...model.predict(model.centroids)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test("transform is the distances, and of the centroids theirs from each other", () => {
    const model = fitted(points);
    const expected = (rows: Rows) => rows.map((x) => model.centroids.map((w) => Math.sqrt(squaredDistance(x, w))));
    expectNear(model.transform(points), expected(points), 1e-12);
    const between = model.transform(model.centroids);
    expectNear(between, expected(model.centroids), 1e-12);
    expect(between.map((row, cluster) => row[cluster])).toEqual([0, 0, 0]);
  });

  test("score is −inertia, and better after more iterations", () => {
    const [one, ten] = [1, 10].map((maxIterations) => fitted(cloud, { k: 8, maxIterations })) as [
      KMeansModel,
      KMeansModel,
    ];
    expectRelative(one.score(cloud), -one.inertia, 1e-12);
    expect(ten.score(cloud)).toBeGreaterThan(one.score(cloud));
  });

  test("unit weights change nothing", () => {
    const weights = points.map(() => 1);
    expect(fitted(points, { weights }).toJSON()).toEqual(fitted(points).toJSON());
    expect(fitted(points, { weights: Float32Array.from(weights) }).toJSON()).toEqual(fitted(points).toJSON());
  });

  test("scaling all weights scales inertia and sizes, and nothing else", () => {
    const weights = points.map((_, i) => 0.5 + (i % 5));
    const plain = fitted(points, { weights }).toJSON();
    for (const factor of [2 ** -60, 0.5, 1024]) {
      expect(fitted(points, { weights: weights.map((weight) => weight * factor) }).toJSON()).toEqual({
        ...plain,
        inertia: plain.inertia * factor,
        history: plain.history.map((inertia) => inertia * factor),
        clusterSizes: plain.clusterSizes.map((size) => size * factor),
      });
    }
    const tripled = fitted(points, { weights: weights.map((weight) => weight * 3) });
    expect([...tripled.labels]).toEqual(plain.labels);
    expectNear(tripled.centroids, plain.centroids, 1e-12);
    expectRelative(tripled.inertia, 3 * plain.inertia, 1e-12);
  });

  test("clusterSizes are sums of weights", () => {
    const weights = points.map((_, i) => (i % 7) / 3);
    const { labels, clusterSizes } = fitted(points, { weights });
    const expected = [0, 0, 0];
    labels.forEach((label, i) => {
      expected[label] = (expected[label] as number) + (weights[i] as number);
    });
    expectNear([[...clusterSizes]], [expected], 1e-12);
  });

  test("points of weight 0 have labels, and no say", () => {
    const far = [
      [1e3, 0, 0, 0, 0],
      [0, -1e3, 0, 0, 0],
    ];
    const weights = [...points.map(() => 1), 0, 0];
    const model = fitted([...points, ...far], { init: centers, weights });
    expect(unnamed(model.labels.subarray(0, 100))).toEqual(unnamed(truth));
    expect([...model.labels]).toEqual(nearestOf([...points, ...far], model.centroids));
    expectRelative(model.inertia, inertiaOf(points, model.centroids), 1e-12);
  });

  test("rows, typed rows, a tensor, and one typed array with a shape are the same to it", () => {
    const rows = points.map((row) => row.map(Math.fround));
    const plain = fitted(rows).toJSON();
    const data = rows.flat();
    const forms: Points[] = [
      rows.map((row) => Float32Array.from(row)),
      rows.map((row) => Float64Array.from(row)),
      tensor(rows),
      { data: Float32Array.from(data), shape: [100, 5] },
      { data: Float64Array.from(data), shape: [100, 5] },
    ];
    for (const form of forms) {
      const model = fitted(form);
      expect(model.toJSON()).toEqual(plain);
      expect([...model.predict(form)]).toEqual(plain.labels);
      expect(model.transform(form)).toEqual(model.transform(rows));
      expect(model.score(form)).toBe(model.score(rows));
    }
  });

  test("whole numbers are the same to it as arrays of any integer type", () => {
    const rows = [
      [0, 0],
      [10, 10],
      [12, 9],
      [1, 1],
      [2, 0],
      [8, 10],
    ];
    const plain = fitted(rows, { k: 2 });
    expect(unnamed(plain.labels)).toEqual([0, 1, 1, 0, 0, 1]);
    for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
      expect(fitted(rows.map((row) => type.from(row)) as never, { k: 2 }).toJSON()).toEqual(plain.toJSON());
      expect(fitted({ data: type.from(rows.flat()), shape: [6, 2] } as never, { k: 2 }).toJSON()).toEqual(
        plain.toJSON(),
      );
    }
  });

  test("float32 points make the clusters that float64 points make", () => {
    const [single, double] = [fitted(points.map((row) => Float32Array.from(row))), fitted(points)];
    expect(single.labels).toEqual(double.labels);
    expectNear(single.centroids, double.centroids, 1e-5);
    expectRelative(single.inertia, double.inertia, 1e-5);
  });

  test("what it is given is left as it is, and shared with nothing", () => {
    const freeze = (rows: Rows): number[][] =>
      Object.freeze(rows.map((row) => Object.freeze([...row]))) as unknown as number[][];
    const given = {
      points: freeze(points),
      init: freeze(centers),
      weights: Object.freeze(points.map((_, i) => i % 3)),
    };
    const options = { k: undefined as never, init: given.init, weights: given.weights };
    const frozen = fitted(given.points, options);
    frozen.predict(given.points);
    const data = Float64Array.from(points.flat());
    const init = centers.map((row) => Float64Array.from(row));
    const weights = Float64Array.from(given.weights);
    const model = fitted({ data, shape: [100, 5] }, { ...options, init: init as never, weights });
    expect([...data]).toEqual(points.flat());
    expect(init.map((row) => [...row])).toEqual(centers);
    expect([...weights]).toEqual(given.weights);
    expect(model.toJSON()).toEqual(frozen.toJSON());
    data.fill(0);
    weights.fill(0);
    for (const row of init) row.fill(0);
    expect(model.toJSON()).toEqual(frozen.toJSON());
    expect(model.predict(points)).toEqual(model.labels);
  });

  test("more restarts never give worse inertia, and some give better", () => {
    const inertia = [1, 2, 3, 5, 10].map(
      (restarts) => fitted(cloud, { init: "random", k: 8, maxIterations: 2, restarts }).inertia,
    );
    expect(inertia).toEqual([...inertia].sort((a, b) => b - a));
    expect(inertia.at(-1)).toBeLessThan(inertia[0] as number);
  });

  test("10 restarts for a random start, else 1, unless they are given", () => {
    const restarts = (options: Partial<KMeansOptions>): number =>
      new Set(
        Array.from(kmeansSteps(points, { algorithm, k: 3, maxIterations: 1, ...options }), (state) => state.restart),
      ).size;
    expect(restarts({ init: "random" })).toBe(10);
    expect(restarts({ init: "k-means++" })).toBe(1);
    expect(restarts({ init: centers })).toBe(1);
    expect(restarts({ init: "random", restarts: 2 })).toBe(2);
    expect(restarts({ restarts: 3 })).toBe(3);
  });

  test("the same seed gives the same model, another one another", () => {
    const fits = [5, 5, 6].map((seed) => fitted(cloud, { seed, k: 6, restarts: 2, maxIterations: 5 }).toJSON());
    expect(fits[1]).toEqual(fits[0]);
    expect(fits[2]?.labels).not.toEqual(fits[0]?.labels);
  });

  test("5 rows of 4 distinct ones, k = 5: it warns once, and stops", () => {
    const rows = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 0],
      [3, 3],
    ];
    for (const init of ["k-means++", "random"] as const) {
      vi.mocked(console.warn).mockClear();
      const { labels, iterations, converged, inertia, centroids, clusterSizes } = fitted(rows, { k: 5, init });
      const found = clusterSizes.filter((size) => size > 0).length;
      expect(vi.mocked(console.warn).mock.calls).toEqual([
        [`kmeans: ${found} of 5 clusters have points; there may be fewer distinct points than that`],
      ]);
      expect(converged).toBe(true);
      expect(iterations).toBeLessThan(20);
      // A cluster that no point of a batch belongs to is moved, although points that were not drawn belong to it.
      if (algorithm === "mini-batch") continue;
      expect([found, inertia]).toEqual([4, 0]);
      expect(unnamed(labels)).toEqual([0, 1, 2, 2, 3]);
      for (const w of centroids) expect(rows).toContainEqual(w);
      expect([...clusterSizes].sort()).toEqual([0, 1, 1, 1, 2]);
    }
  });

  test.each([0.1, -7, 1e100, 1e-50])("points that are all (%d, the same) have their centroid there", (value) => {
    for (const [n, k] of [
      [1, 1],
      [3, 1],
      [3, 2],
    ] as const) {
      const rows = Array.from({ length: n }, () => [value, value]);
      const { centroids, labels, inertia, clusterSizes, converged } = fitted(rows, { k });
      for (const w of centroids.flat()) expectRelative(w, value, 1e-12);
      expect([...labels]).toEqual(Array(n).fill(0));
      expect([inertia, converged, clusterSizes[0]]).toEqual([0, true, n]);
    }
    const moved = fitted([[value], [value]], { k: 1, init: [[0]], tolerance: 0 });
    expectRelative(moved.centroids[0]?.[0] as number, value, 1e-12);
  });

  test.each([1e100, 1e-100, 1e140 / 20])("coordinates times %d: the same clusters, as far apart", (factor) => {
    const times = (rows: Rows, by: number) => rows.map((row) => row.map((value) => value * by));
    const plain = fitted(points, { init: centers });
    const large = times(points, factor);
    const model = fitted(large, { init: times(centers, factor) });
    expect(model.labels).toEqual(plain.labels);
    expect(model.iterations).toBe(plain.iterations);
    expectNear(times(model.centroids, 1 / factor), plain.centroids, 1e-12);
    expectRelative(model.inertia / factor / factor, plain.inertia, 1e-12);
    expect(model.predict(large)).toEqual(plain.labels);
    expectNear(times(model.transform(large), 1 / factor), plain.transform(points), 1e-12);
    expectRelative(model.score(large) / factor / factor, -plain.inertia, 1e-12);
  });

  test.each([1e3, 1e6, 1e9])("200 points near (%d, the same) have the float64 inertia to 1e-12", (offset) => {
    const far = makeBlobs({ samples: 200, centers: [[offset, offset]], randomState: 8 }).points;
    const model = fitted(far, { k: 4 });
    expectRelative(model.inertia, inertiaOf(far, model.centroids), 1e-12);
    expect([...model.labels]).toEqual(nearestOf(far, model.centroids));
    expectRelative(model.score(far), -inertiaOf(far, model.centroids), 1e-12);
    const distances = far.map((x) => model.centroids.map((w) => Math.sqrt(squaredDistance(x, w))));
    expectNear(model.transform(far), distances, 1e-12);
    for (const w of model.centroids) expect(reachOf([w, [offset, offset]])).toBeLessThan(3);
  });
});

describe.each(["lloyd", "gradient-descent", "online"] as const)("%s", (algorithm) => {
  test("as many clusters as points cost nothing", () => {
    const rows = cloud.slice(0, 6);
    const { centroids, labels, inertia } = kmeans(rows, { algorithm, k: 6, seed: 1 });
    expect([...labels].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const own = Array.from(labels, (label) => centroids[label] as number[]);
    expectNear(own, rows, 1e-12);
    expect(inertia).toBeLessThan(1e-12);
  });
});

describe.each(["lloyd", "gradient-descent"] as const)("%s", (algorithm) => {
  test("integer weights equal repeated points", () => {
    const weights = cloud.map((_, i) => 1 + ((i * i) % 4));
    const options = { algorithm, init: cloud.slice(0, 5), tolerance: 0, maxIterations: 15 };
    const weighted = kmeans(cloud, { ...options, weights });
    const long = kmeans(repeated(cloud, weights), options);
    expect([...long.labels]).toEqual(repeated(weighted.labels, weights));
    expectNear(weighted.centroids, long.centroids, 1e-12);
    expectRelative(weighted.inertia, long.inertia, 1e-12);
    expect(weighted.clusterSizes).toEqual(long.clusterSizes);
    expect(weighted.iterations).toBe(long.iterations);
  });

  test("fitting again from fitted centroids changes nothing", () => {
    const first = kmeans(cloud, { algorithm, k: 5, seed: 1, tolerance: 1e-14, maxIterations: 2000 });
    expect(first.converged).toBe(true);
    const second = kmeans(cloud, { algorithm, init: first.centroids, tolerance: 1e-10 });
    expect(second.iterations).toBe(1);
    expect(second.labels).toEqual(first.labels);
    // The one descends to where the gradient vanishes, the other computes it.
    expectNear(second.centroids, first.centroids, algorithm === "lloyd" ? 1e-12 : 1e-5);
    expectRelative(second.inertia, first.inertia, 1e-12);
  });
});

test("lloyd converges by tolerance 0 too, where there are no clusters to find", () => {
  const options = { k: 5, seed: 0, tolerance: 0 };
  const { points } = makeBlobs({ samples: 2000, features: 10, centers: [Array(10).fill(0)], randomState: 0 });
  const { converged, iterations } = kmeans(points, options);
  expect(converged).toBe(true);
  expect(iterations).toBeGreaterThan(10);
});

test("the defaults are those that are documented", () => {
  const spelled = { init: "k-means++", restarts: 1, maxIterations: 300, tolerance: 1e-4, algorithm: "lloyd" } as const;
  for (const seed of [1, 2, 3]) {
    expect(kmeans(cloud, { k: 5, seed }).toJSON()).toEqual(kmeans(cloud, { ...spelled, k: 5, seed }).toJSON());
  }
});

test("k may be left out where init gives the centroids", () => {
  expect(kmeans(points, { init: centers }).toJSON()).toEqual(kmeans(points, { init: centers, k: 3 }).toJSON());
});

describe("many float32 points are not copied, and the same as rows", () => {
  const { points: many } = makeBlobs({ samples: 3300, features: 5, centers: 3, randomState: 2 });

  /** The model of the points as rows and as a tensor, and what it says of them, is the same. */
  const expectSame = (rows: Rows, options: KMeansOptions): void => {
    const [plain, other] = [kmeans(rows, options), kmeans(tensor(rows), options)];
    expect(JSON.stringify(other)).toBe(JSON.stringify(plain));
    expect(other.predict(tensor(rows))).toEqual(plain.labels);
    expect(other.score(tensor(rows))).toBe(plain.score(rows));
    expect(JSON.stringify(other.transform(tensor(rows)))).toBe(JSON.stringify(plain.transform(rows)));
  };
  const inFloat32 = (change: (x: number, column: number) => number): Rows =>
    many.map((row) => row.map((x, column) => Math.fround(change(x, column))));

  test.each<[string, (x: number, column: number) => number]>([
    ["as they are", (x) => x],
    ["a little away from 0", (x) => x + 100],
    ["far away from 0", (x) => x + 1e5],
    ["large", (x) => x * 2 ** 90],
    ["small", (x) => x * 2 ** -90],
    ["with a column that is always the same", (x, column) => (column === 2 ? 7 : x)],
  ])("%s", (_, change) => {
    expectSame(inFloat32(change), { k: 3, seed: 1, maxIterations: 5 });
  });

  test.each(algorithms)("by %s", (algorithm) => {
    const rows = inFloat32((x) => x);
    expectSame(rows, { k: 3, init: "random", restarts: 1, seed: 1, algorithm, maxIterations: 1 });
    const far = [many[0] as number[], [1e3, 1e3, 1e3, 1e3, 1e3]];
    expectSame(rows, { init: far, seed: 1, algorithm, maxIterations: 1, weights: rows.map((_, row) => 1 + (row % 3)) });
  });

  test("also to a model of other points", () => {
    const model = kmeans(
      points.map((row) => row.map((x) => x + 1e5)),
      { k: 3, seed: 1 },
    );
    for (const shift of [0, 1e5, 1e30]) {
      const rows = inFloat32((x) => x + shift);
      expect(model.predict(tensor(rows))).toEqual(model.predict(rows));
      expect(model.score(tensor(rows))).toBe(model.score(rows));
    }
  });

  test("and one that is no number is named", () => {
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      const data = Float32Array.from(many.flat());
      data[5 * 3210 + 4] = wrong;
      expect(() => kmeans({ data, shape: [3300, 5] }, { k: 3 })).toThrow(
        new RangeError(`kmeans: points, row 3210, column 4 is ${wrong}; expected a finite number`),
      );
    }
  });
});
