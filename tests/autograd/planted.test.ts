/** Ten kinds of wrong gradients, each held against each kind of check: it is found by all that can find it. */
import {
  checkAdjoint,
  checkGradientOf,
  checkGradients,
  checkTaylor,
  checkTaylorOf,
  GradientCheckError,
  type Tensor,
  tensor,
} from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entries } from "../../packages/autograd/src/ops.js";
import { Tensor as Face } from "../../packages/autograd/src/tensor.js";
import { drawGraph, drawLeaf, draws, runs } from "./cases.js";

/** A function of a tensor, its gradient, and one that is wrong. */
interface Planted {
  readonly f: (x: Tensor) => Tensor;
  readonly at: Tensor;
  readonly right: (x: Tensor) => Tensor;
  readonly wrong: (x: Tensor) => Tensor;
  /** The checks that cannot find it, each for its reason. */
  readonly unseenBy?: Partial<Record<keyof typeof CHECKS, string>>;
}

const A = tensor([
  [1, 2],
  [-1, 0.5],
  [0, 3],
]);

const errors: Record<string, Planted> = {
  "a sign": {
    f: (x) => x.neg().exp().reduceSum(),
    at: tensor([0.5, -1]),
    right: (x) => x.neg().exp().neg(),
    wrong: (x) => x.neg().exp(),
  },
  "a factor": {
    f: (x) => x.square().reduceMean(),
    at: tensor([1, -2, 3]),
    right: (x) => x.mul(2 / 3),
    wrong: (x) => x.mul(2),
  },
  "a transpose": {
    f: (x) => A.matmul(x).square().reduceSum(),
    at: tensor([
      [1, 0.5],
      [-2, 1],
    ]),
    right: (x) => A.transpose().matmul(A.matmul(x)).mul(2),
    wrong: (x) => A.transpose().matmul(A.matmul(x)).mul(2).transpose(),
  },
  "a missing term": {
    f: (x) => x.mul(x.exp()).reduceSum(),
    at: tensor([0.5, 1]),
    right: (x) => x.add(1).mul(x.exp()),
    wrong: (x) => x.mul(x.exp()),
  },
  "a wrong axis": {
    f: (x) => x.reduceSum(1).square().reduceSum(),
    at: tensor([
      [1, 2],
      [3, -1],
    ]),
    right: (x) => x.reduceSum(1, { keepDims: true }).expand([2, 2]).mul(2),
    wrong: (x) => x.reduceSum(0, { keepDims: true }).expand([2, 2]).mul(2),
  },
  "a stale value": {
    f: (x) => x.pow(3).reduceSum(),
    at: tensor([1, 2]),
    right: (x) => x.square().mul(3),
    wrong: (x) => x.sub(0.01).square().mul(3), // that of a step before
  },
  "an index off by one": {
    f: (x) =>
      x
        .square()
        .mul(tensor([1, 2, 3, 4]))
        .reduceSum(),
    at: tensor([1, -1, 2, 0.5]),
    right: (x) => x.mul(tensor([2, 4, 6, 8])),
    wrong: (x) => x.mul(tensor([4, 6, 8, 2])),
  },
  "a tie that all win": {
    f: (x) => x.reduceMin(),
    at: tensor([1, 1, 2]),
    right: () => tensor([1, 0, 0]),
    wrong: (x) => x.equal(x.reduceMin()),
    unseenBy: {
      entries: "alone, each of the tied may have any slope from 0 to 1",
      sample: "as by entries",
      "checkGradientOf, by entries": "as by entries",
    },
  },
  "a broadcast that was dropped": {
    f: (b) => A.add(b).square().reduceSum(),
    at: tensor([0.5, 1]),
    right: (b) => A.add(b).mul(2).reduceSum(0),
    wrong: (b) => A.add(b).mul(2).slice(0, 0, 1).squeeze(0),
  },
  "the rounding of float32": {
    f: (x) => x.mul(1e4).tanh().reduceSum(),
    at: tensor([0.001, -0.001]),
    right: (x) => x.mul(-2e4).abs().neg().exp().mul(4e4), // 4e⁻²ˣ, up to e⁻⁴ˣ
    wrong: (x) => x.mul(1e4).tanh().square().neg().add(1).mul(1e4), // 1 − tanh², of which nothing is left
  },
};

const plain = (f: (x: Tensor) => Tensor, gradient: (x: Tensor) => Tensor, { shape, data }: Tensor) => ({
  value: (x: Float64Array) => f(tensor(x, shape, { dtype: "float64" })).item(),
  gradient: (x: Float64Array) => gradient(tensor(x, shape)).data,
  at: Float64Array.from(data),
});

type Check = (f: (x: Tensor) => Tensor, at: Tensor, gradient: (x: Tensor) => Tensor) => unknown;

const CHECKS = {
  entries: (f, at, gradient) => checkGradients(f, [at], { gradient }),
  sample: (f, at, gradient) => checkGradients(f, [at], { gradient, sample: at.size }),
  directions: (f, at, gradient) => checkGradients(f, [at], { gradient, directions: 3 }),
  "Taylor's test": (f, at, gradient) => checkTaylor(f, [at], { gradient }),
  "the adjoint test": (f, at, gradient) => checkAdjoint(f, [at], { pullback: (u, x) => gradient(x).mul(u) }),
  "checkGradientOf, by entries": (f, at, gradient) => checkGradientOf(plain(f, gradient, at)),
  "checkGradientOf, by directions": (f, at, gradient) => checkGradientOf({ ...plain(f, gradient, at), directions: 3 }),
  checkTaylorOf: (f, at, gradient) => checkTaylorOf(plain(f, gradient, at)),
} satisfies Record<string, Check>;

describe.each(Object.entries(errors))("%s", (_, { f, at, right, wrong, unseenBy = {} }) => {
  test.each(Object.entries(CHECKS))("%s", (name, check: Check) => {
    check(f, at, right);
    if (name in unseenBy) check(f, at, wrong);
    else expect(() => check(f, at, wrong)).toThrow(GradientCheckError);
  });
});

test("nothing is found where nothing is planted: random graphs of all operations", () => {
  const differentiable = entries.filter((entry) => !(entry.kind === "map" && entry.stopsGradient));
  const graphs = fc.tuple(draws(), fc.array(fc.nat(1 << 20), { minLength: 64, maxLength: 64 }));
  fc.assert(
    fc.property(graphs, ([draw, choices]) => {
      const inputs = [[3, 2], [2]].map((shape) => new Face(drawLeaf(draw, shape)));
      const f = (given: Tensor[]): Tensor => {
        let next = 0;
        const again = (n: number): number => (choices[next++ % choices.length] as number) % n;
        const leaves = given.map(({ node }) => node);
        return new Face(drawGraph(differentiable, leaves, 6, again));
      };
      checkGradients(f, [inputs]);
      checkGradients(f, [inputs], { directions: 3 });
      checkTaylor(f, [inputs]);
      checkAdjoint(f, [inputs]);
    }),
    runs(20),
  );
});
