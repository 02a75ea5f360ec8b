/** What a graph is compiled to: how many kernels, how often they go over the data, and what they keep on the way. */
import { hessianVectorProduct, ones, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import { kmeansCost, squaredDistances } from "@protograd/kmeans";
import { describe, expect, test } from "vitest";
import { compileProgram } from "../../packages/autograd/src/engine/run/program.js";
import { plan } from "../../packages/autograd/src/engine/schedule/plan.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { expectClose } from "./closeness.js";

/** Numbers without a pattern, the same in each run. */
const numbers = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(at * 12.9898) * 2),
    shape,
  );

/** What is compiled for the tensors; `n` is the number of points. */
function summary(tensors: readonly { readonly node: Tensor["node"] }[], n: number) {
  const { outputs, schedule, kernels } = plan(
    tensors.map(({ node }) => node),
    ({ operation }) => operation.name === "constant",
  );
  const results = new Set(outputs.map(({ from }) => from));
  const kept = [...schedule.stored].filter((formula) => !results.has(formula));
  return {
    kernels: kernels.length,
    passesOverThePoints: kernels.flat().filter(({ pass }) => pass.length === n).length,
    bytesKept: kept.reduce((bytes, { shape }) => bytes + 4 * sizeOf(shape), 0),
    largestKept: Math.max(0, ...kept.map(({ shape }) => sizeOf(shape))),
  };
}

describe.each([
  [500, 2, 3],
  [1000, 32, 32],
])("k-means with %i points of %i coordinates and %i prototypes", (n, d, k) => {
  const X = numbers(n, d);
  const W = numbers(k, d);
  const cost = (w: Tensor): Tensor => kmeansCost(X, w);
  const onePass = { kernels: 1, passesOverThePoints: 1, bytesKept: 0, largestKept: 0 };

  test("value and gradient are one pass that keeps nothing", () => {
    expect(summary(valueAndGrad(cost)(W), n)).toEqual(onePass);
  });

  test("with weights and Hessian · 1", () => {
    const weights = numbers(n);
    const weighted = (w: Tensor): Tensor => squaredDistances(X, w).reduceMin(1).mul(weights).reduceSum();
    expect(summary([...valueAndGrad(weighted)(W), hessianVectorProduct(weighted)(W, ones([k, d]))], n)).toEqual(
      onePass,
    );
  });

  test("with Hessian · 1 and the labels too", () => {
    const products = hessianVectorProduct(cost)(W, ones([k, d]));
    const labels = squaredDistances(X, W).argmin(1);
    expect(summary([...valueAndGrad(cost)(W), products], n)).toEqual(onePass);
    expect(summary([...valueAndGrad(cost)(W), products, labels], n)).toEqual(onePass);
  });
});

test("logistic regression is one pass over the rows", () => {
  const X = numbers(1000, 5);
  const y = numbers(1000).greater(0);
  const loss = ({ weights, bias }: { weights: Tensor; bias: Tensor }): Tensor => {
    const p = X.matmul(weights).add(bias).sigmoid();
    return y
      .mul(p.log())
      .add(y.mul(-1).add(1).mul(p.mul(-1).add(1).log()))
      .reduceMean()
      .neg();
  };
  const [value, gradient] = valueAndGrad(loss)({ weights: numbers(5), bias: tensor(0.5) });
  expect(summary([value, gradient.weights, gradient.bias], 1000)).toEqual({
    kernels: 1,
    passesOverThePoints: 1,
    bytesKept: 4,
    largestKept: 1,
  });
});

test("a two-layer perceptron is one pass over the rows", () => {
  const X = numbers(1000, 5);
  const y = numbers(1000, 2);
  type Model = { W1: Tensor; b1: Tensor; W2: Tensor; b2: Tensor };
  const loss = ({ W1, b1, W2, b2 }: Model): Tensor =>
    X.matmul(W1).add(b1).tanh().matmul(W2).add(b2).sub(y).square().reduceMean();
  const model = { W1: numbers(5, 8), b1: numbers(8), W2: numbers(8, 2), b2: numbers(2) };
  const [value, gradient] = valueAndGrad(loss)(model);
  expect(summary([value, ...Object.values(gradient)], 1000)).toEqual({
    kernels: 1,
    passesOverThePoints: 1,
    bytesKept: 4,
    largestKept: 1,
  });
});

/** Each layer reads all units of the one before: computed anew where it is read, that would be units to the power of layers. */
test.each([1, 2, 3, 4, 5])("a network of %i units and 40 layers is one pass that computes each unit once", (units) => {
  const W = numbers(units, units);
  const X = numbers(100, units);
  let H = X;
  for (let layer = 0; layer < 40; layer++) H = H.matmul(W).add(X).tanh();
  const planned = plan([H.node], ({ operation }) => operation.name === "constant");
  expect(planned.kernels.flat().length).toBe(1);
  expectClose([H.node], [Float32Array.from(H.data)]);
  expect(compileProgram(planned, 0)?.bytes).toBeLessThan(15_000 * 40 * units);
});
