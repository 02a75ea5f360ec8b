/** Points in a buffer that its owner fills anew: each call sees what the buffer holds then. */
import { type KMeansModel, kmeans, kmeansSteps, type Points } from "@protograd/kmeans";
import { describe, expect, test } from "vitest";

/** Two points, ten apart, again and again: their clusters are at `offset` and at `offset` + 10. */
function fill(buffer: Float32Array, offset: number): void {
  for (let at = 0; at < buffer.length; at++) buffer[at] = offset + (Math.floor(at / 2) % 2) * 10;
}

const options = { k: 2, seed: 1 };

/** What each function makes of points, with the model of points that lie around 0 and 10. */
const functions: Readonly<Record<string, (points: Points, model: KMeansModel) => unknown>> = {
  kmeans: (points) => kmeans(points, options).centroids.sort(([a], [b]) => (a as number) - (b as number)),
  kmeansSteps: (points) => [...kmeansSteps(points, options)].at(-1)?.inertia,
  predict: (points, model) => [...model.predict(points)],
  transform: (points, model) => model.transform(points).slice(0, 4),
  score: (points, model) => model.score(points),
};

// Around the number of coordinates, 2¹⁴, from which on points are not copied by JavaScript.
describe.each([100, 8191, 8192, 60_000])("%d points", (n) => {
  const model = kmeans(
    [
      [0, 0],
      [10, 10],
    ],
    options,
  );

  test.each(Object.keys(functions))("%s sees each filling", (name) => {
    const buffer = new Float32Array(2 * n);
    const call = functions[name] as (points: Points, model: KMeansModel) => unknown;
    for (const offset of [0, 1000, -7, 0]) {
      fill(buffer, offset);
      const fresh = call({ data: buffer.slice(), shape: [n, 2] }, model);
      for (let use = 0; use < 3; use++) expect(call({ data: buffer, shape: [n, 2] }, model)).toEqual(fresh);
    }
  });

  test.each(Object.keys(functions))("%s refuses NaN in a buffer that had none before", (name) => {
    const buffer = new Float32Array(2 * n);
    const call = functions[name] as (points: Points, model: KMeansModel) => unknown;
    fill(buffer, 0);
    call({ data: buffer, shape: [n, 2] }, model);
    buffer[101] = Number.NaN;
    expect(() => call({ data: buffer, shape: [n, 2] }, model)).toThrow("points, row 50, column 1 is NaN");
  });

  test("the right centroids", () => {
    const buffer = new Float32Array(2 * n);
    for (const offset of [0, 1000]) {
      fill(buffer, offset);
      expect(functions.kmeans?.({ data: buffer, shape: [n, 2] }, model)).toEqual([
        [offset, offset],
        [offset + 10, offset + 10],
      ]);
    }
  });

  test("weights that are filled anew", () => {
    const buffer = new Float32Array(2 * n);
    const weights = new Float64Array(n);
    fill(buffer, 0);
    for (const heavy of [1, 5]) {
      weights.fill(heavy);
      expect([...kmeans({ data: buffer, shape: [n, 2] }, { ...options, weights }).clusterSizes].sort()).toEqual(
        [Math.ceil(n / 2), Math.floor(n / 2)].map((count) => heavy * count).sort(),
      );
    }
  });
});
