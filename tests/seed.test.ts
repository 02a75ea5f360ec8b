/** The seed's own program, on its own points, against the costs that it printed. */
import { concat, gradientDescent, type Tensor, tensor } from "@protograd/autograd";
import { kmeansCost, makeBlobs, squaredDistances } from "@protograd/kmeans";
import { expect, test } from "vitest";
import reference from "./reference/seed_run.json" with { type: "json" };

const { points } = makeBlobs({ samples: 500, randomState: 1111 });
const k = 3;
const X = tensor(points);

const distances = (W: Tensor) => {
  const Xc = concat(Array(k).fill(X.expandDims(2)), 2);
  const Wc = W.expandDims(2).transpose([2, 1, 0]);
  return Xc.sub(Wc).square().reduceSum(1);
};
const cost = (W: Tensor) => distances(W).reduceMin(1).reduceSum();

/** How many float32 numbers lie between two positive ones. */
function ulpsApart(a: number, b: number): number {
  const bits = new Int32Array(Float32Array.of(a, b).buffer) as Int32Array & [number, number];
  return Math.abs(bits[0] - bits[1]);
}

test("every printed cost is within 2 ulps of the seed's", () => {
  const step = gradientDescent(cost, { learningRate: reference.learningRate });
  let W = X.take(reference.rows);
  const printed: Record<string, number> = {};
  for (let i = 0; i <= 100; i++) {
    W = step(W);
    if (i % 10 === 0) printed[i] = cost(W).item();
  }
  expect(Object.keys(printed)).toEqual(Object.keys(reference.printed));
  for (const [iteration, expected] of Object.entries(reference.printed)) {
    expect(ulpsApart(printed[iteration] as number, expected)).toBeLessThanOrEqual(2);
  }
  expect(printed[100]).toBe(cost(W).item());
  expect(new Set(distances(W).argmin(1).data)).toEqual(new Set([0, 1, 2]));
});

test("the package's cost is the seed's", () => {
  const W = X.take(reference.rows);
  expect(squaredDistances(X, W).data).toEqual(distances(W).data);
  expect(kmeansCost(X, W).item()).toBe(cost(W).item());
});
