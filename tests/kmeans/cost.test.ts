/** The k-means cost and its derivatives, against what Bottou and Bengio derive by hand. */
import {
  checkGradients,
  gradients,
  hessianVectorProduct,
  indices,
  ones,
  type Tensor,
  tensor,
} from "@protograd/autograd";
import { kmeansCost, makeBlobs, squaredDistances } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Points and prototypes on a fine grid, and for each point which prototype is nearest, where no point is at a tie. */
const problems = fc
  .record({
    n: fc.integer({ min: 1, max: 12 }),
    d: fc.integer({ min: 1, max: 3 }),
    k: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  })
  .map(({ n, d, k, seed }) => {
    const { points } = makeBlobs({
      samples: n + k,
      features: d,
      centers: k,
      clusterStd: 3,
      randomState: seed % 2 ** 32,
    });
    return { X: points.slice(0, n).map(toFloat32), W: points.slice(n).map(toFloat32) };
  })
  .filter(({ X, W }) => X.every((x) => gapBetweenNearest(x, W) > 1e-2));

const toFloat32 = (row: readonly number[]): number[] => row.map(Math.fround);

const distance = (x: readonly number[], w: readonly number[]): number =>
  x.reduce((sum, value, at) => sum + (value - (w[at] as number)) ** 2, 0);

const nearest = (x: readonly number[], W: readonly (readonly number[])[]): number => {
  const all = W.map((w) => distance(x, w));
  return all.indexOf(Math.min(...all));
};

function gapBetweenNearest(x: readonly number[], W: readonly (readonly number[])[]): number {
  const [first, second = Infinity] = W.map((w) => distance(x, w)).sort((a, b) => a - b);
  return second - (first as number);
}

const expectClose = (actual: Tensor, expected: number[][], tolerance: number): void => {
  const flat = expected.flat();
  expect(actual.size).toBe(flat.length);
  actual.data.forEach((value, at) => {
    expect(Math.abs(value - (flat[at] as number))).toBeLessThanOrEqual(tolerance * (1 + Math.abs(flat[at] as number)));
  });
};

describe("kmeansCost", () => {
  test("is the sum of the squared distances to the nearest prototype", () => {
    fc.assert(
      fc.property(problems, ({ X, W }) => {
        const expected = X.reduce((sum, x) => sum + distance(x, W[nearest(x, W)] as number[]), 0);
        expectClose(kmeansCost(tensor(X), tensor(W)).reshape([1, 1]), [[expected]], 1e-6);
      }),
    );
  });

  test("has the gradient 2 (count · w − Σ points)", () => {
    fc.assert(
      fc.property(problems, ({ X, W }) => {
        const w = tensor(W);
        const [gradient] = gradients(kmeansCost(tensor(X), w), [w]) as [Tensor];
        const expected = W.map((prototype, j) => {
          const own = X.filter((x) => nearest(x, W) === j);
          return prototype.map(
            (value, at) => 2 * (own.length * value - own.reduce((sum, x) => sum + (x[at] as number), 0)),
          );
        });
        expectClose(gradient, expected, 1e-5);
      }),
    );
  });

  test("has a Hessian whose product with ones is 2 · count", () => {
    fc.assert(
      fc.property(problems, ({ X, W }) => {
        const w = tensor(W);
        const product = hessianVectorProduct((at: Tensor) => kmeansCost(tensor(X), at))(w, ones(w.shape));
        const counts = W.map((prototype, j) => prototype.map(() => 2 * X.filter((x) => nearest(x, W) === j).length));
        expect(product.toArray()).toEqual(counts);
      }),
    );
  });

  test("has right first and second derivatives by points and prototypes", () => {
    fc.assert(
      fc.property(problems, ({ X, W }) => {
        const report = checkGradients(kmeansCost, [tensor(X), tensor(W)], { order: 2 });
        expect(report.kinks).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test("has a kink, named as one, where a point lies midway between two prototypes", () => {
    const report = checkGradients(kmeansCost, [tensor([[0]]), tensor([[-1], [1]])]);
    expect(report.kinks.map(({ input, index }) => [input, index])).toEqual([
      ["inputs[0]", [0, 0]],
      ["inputs[1]", [0, 0]],
      ["inputs[1]", [1, 0]],
    ]);
  });

  test("gives a tie to the first prototype", () => {
    const W = tensor([[-1], [1]]);
    const [gradient] = gradients(kmeansCost(tensor([[0]]), W), [W]) as [Tensor];
    expect(gradient.toArray()).toEqual([[-2], [0]]);
  });

  test("keeps its digits far from the origin", () => {
    const far = [[4096.25, 4096.5]];
    expect(kmeansCost(tensor(far), tensor([[4096, 4096]])).item()).toBe(0.3125);
  });
});

describe("wrong shapes", () => {
  test.each<[string, Tensor, Tensor]>([
    ["features differ", tensor([[1, 2]]), tensor([[1]])],
    ["points are no matrix", tensor([1, 2]), tensor([[1]])],
    ["no prototypes", tensor([[1]]), tensor([[1]]).take(indices([]))],
  ])("%s", (_, points, prototypes) => {
    expect(() => squaredDistances(points, prototypes)).toThrow("expected [n, d] and [k, d] with k from 1");
  });

  test("the message names both", () => {
    expect(() => kmeansCost(tensor([[1, 2]]), tensor([[1]]))).toThrow(
      "kmeansCost: points have shape [1, 2] and prototypes [1, 1]; expected [n, d] and [k, d] with k from 1",
    );
    expect(() => kmeansCost([[1, 2]] as never, tensor([[1]]))).toThrow(
      "kmeansCost: points are [[1, 2]]; expected a tensor of rank 2, such as tensor([[1, 2]])",
    );
  });
});
