/** Silhouettes: scikit-learn's figures, the definition, and what is refused. */
import { tensor } from "@protograd/autograd";
import { kmeans, makeBlobs, type Points, silhouette } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { squaredDistance } from "./textbook.js";

const distance = (x: readonly number[], y: readonly number[]): number => Math.sqrt(squaredDistance(x, y));

/** As Rousseeuw (1987) defines it. */
function defined(points: readonly number[][], labels: readonly number[]): number[] {
  const meanTo = (row: number, label: number): number => {
    const others = points.filter((_, other) => labels[other] === label && other !== row);
    return others.reduce((sum, y) => sum + distance(points[row] as number[], y), 0) / others.length;
  };
  return points.map((_, row) => {
    const own = labels[row] as number;
    if (labels.filter((label) => label === own).length === 1) return 0;
    const a = meanTo(row, own);
    const b = Math.min(...[...new Set(labels)].filter((label) => label !== own).map((label) => meanTo(row, label)));
    return a === b ? 0 : (b - a) / Math.max(a, b);
  });
}

describe("scikit-learn's figures", () => {
  // Of its example "Selecting the number of clusters with silhouette analysis on KMeans clustering".
  test.each([
    [2, 0.7049787496083262],
    [3, 0.5882004012129721],
    [4, 0.6505186632729437],
  ])("for k = %i of its documented blobs: %d", (k, score) => {
    const { points } = makeBlobs({ samples: 500, centers: 4, randomState: 1 });
    const { labels } = kmeans(points, { k, seed: 1, restarts: 10 });
    expect(silhouette(points, labels).score).toBeCloseTo(score, 13);
  });
});

test("is what its definition says, for whole numbers as labels of any kind", () => {
  const cases = fc.integer({ min: 3, max: 40 }).chain((n) =>
    fc.record({
      points: fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 2 }), {
        minLength: n,
        maxLength: n,
      }),
      labels: fc.array(fc.constantFrom(-3, 0, 7), { minLength: n, maxLength: n }),
      scale: fc.constantFrom(1, 1e-30, 1e30, 0.1),
    }),
  );
  fc.assert(
    fc.property(cases, ({ points, labels, scale }) => {
      fc.pre(new Set(labels).size > 1 && new Set(labels).size < labels.length);
      const scaled = points.map((x) => x.map((value) => value * scale));
      const { samples, score } = silhouette(scaled, labels);
      const expected = defined(scaled, labels);
      for (const [row, value] of expected.entries()) expect(samples[row]).toBeCloseTo(value, 10);
      expect(score).toBeCloseTo(expected.reduce((sum, each) => sum + each) / expected.length, 10);
    }),
  );
});

test("clusters of more than a block, and of one point; points in any form", () => {
  const { points } = makeBlobs({ samples: 700, features: 3, centers: 2, randomState: 4 });
  const labels = points.map((_, row) => (row === 5 ? 2 : Number(row < 300)));
  const expected = defined(points, labels);
  const { samples } = silhouette(points, labels);
  for (const [row, value] of expected.entries()) expect(samples[row]).toBeCloseTo(value, 10);
  expect(samples[5]).toBe(0);
  const single = points.map((x) => x.map(Math.fround));
  const forms: Points[] = [
    single,
    single.map((x) => Float32Array.from(x)),
    tensor(single),
    { data: Float32Array.from(single.flat()), shape: [700, 3] },
  ];
  const scores = forms.map((form) => silhouette(form, Int32Array.from(labels)).score);
  expect(new Set(scores).size).toBe(1);
});

test("points that are all in one place have 0", () => {
  expect(silhouette([[1], [1], [1], [1]], [0, 0, 1, 1])).toEqual({ score: 0, samples: new Float64Array(4) });
});

test("says how far it is, and can be stopped", () => {
  const { points, labels } = makeBlobs({ samples: 1000, centers: 3, randomState: 1 });
  const seen: number[] = [];
  silhouette(points, labels, { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
  const controller = new AbortController();
  const stopping = { onProgress: () => controller.abort(), signal: controller.signal };
  expect(() => silhouette(points, labels, stopping)).toThrow(
    expect.objectContaining({ name: "AbortError", message: "silhouette: aborted when 26 % was done" }),
  );
});

test.each<[string, unknown, unknown, string]>([
  ["no labels", [[1], [2], [3]], undefined, "silhouette: the labels are undefined; expected 3 whole numbers"],
  ["too few labels", [[1], [2], [3]], [0, 1], "silhouette: there are 2 labels for 3 points; expected one for each"],
  ["half a label", [[1], [2], [3]], [0, 1, 0.5], "silhouette: label 2 is 0.5; expected a whole number"],
  ["a name", [[1], [2], [3]], [0, "a", 1], 'silhouette: label 1 is "a" (string); expected a whole number'],
  [
    "one cluster",
    [[1], [2], [3]],
    [4, 4, 4],
    "silhouette: the labels name 1 clusters of 3 points; expected from 2 to 2",
  ],
  ["a cluster for each", [[1], [2], [3]], [0, 1, 2], "silhouette: the labels name 3 clusters of 3 points"],
  ["NaN", [[1], [Number.NaN], [3]], [0, 1, 0], "silhouette: points, row 1, column 0 is NaN; expected a finite number"],
])("refuses %s", (_, points, labels, message) => {
  expect(() => silhouette(points as number[][], labels as number[])).toThrow(message);
});

test("an option that nobody reads is an error", () => {
  expect(() => silhouette([[1], [2], [3]], [0, 1, 0], { metric: "cosine" } as never)).toThrow(
    "silhouette: there is no option metric; expected onProgress, signal",
  );
});
