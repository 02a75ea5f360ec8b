/** Reverse mode as a whole: orders, fan-in, independence, and graphs that are long or wide. */
import {
  grad,
  gradients,
  hessianVectorProduct,
  Indices,
  stopGradient,
  Tensor,
  tensor,
  valueAndGrad,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";
import { type Entry, topologicalOrder } from "../../packages/autograd/src/graph.js";
import { operations } from "../../packages/autograd/src/ops.js";
import { applyEntry } from "./cases.js";

describe("gradients", () => {
  test("the derivatives of x⁴, up to the fifth order", () => {
    const x = tensor(3);
    let y = x.mul(x).mul(x).mul(x);
    for (const expected of [108, 108, 72, 24, 0]) {
      [y] = gradients(y, [x]) as [Tensor];
      expect(y.item()).toBe(expected);
    }
  });

  test("fan-in: all uses of a tensor add up", () => {
    const x = tensor([1, 2]);
    const y = x.mul(x).add(x.mul(3)).add(x.exp().mul(0)).reduceSum();
    expect(gradients(y, [x])[0]?.toArray()).toEqual([5, 7]);
  });

  test("by a tensor in the middle, and by one that another depends on", () => {
    const x = tensor(2);
    const middle = x.mul(3).neg().neg();
    const y = middle.mul(middle);
    expect(gradients(y, [middle, x]).map((gradient) => gradient.item())).toEqual([12, 36]);
  });

  test("by y itself it is 1, or the upstream", () => {
    const y = tensor([1, 2]).reduceSum();
    expect(gradients(y, [y])[0]?.item()).toBe(1);
    expect(gradients(y, [y], tensor(5))[0]?.item()).toBe(5);
  });

  test("zeros, in the right shape, where y does not depend on x", () => {
    const [gradient] = gradients(tensor(1), [tensor([[1, 2, 3]])]) as [Tensor];
    expect(gradient.toArray()).toEqual([[0, 0, 0]]);
  });

  test("an upstream gradient of y's shape weighs its entries", () => {
    const x = tensor([1, 2]);
    expect(gradients(x.square(), [x], tensor([10, 100]))[0]?.toArray()).toEqual([20, 400]);
  });

  test("keeps no state: asked twice it says the same", () => {
    const x = tensor([1, 2]);
    const y = x.square().reduceSum();
    const ask = () => gradients(y, [x])[0]?.toArray();
    expect([ask(), ask()]).toEqual([
      [2, 4],
      [2, 4],
    ]);
  });

  test("a chain of 100,000 operations", () => {
    const x = tensor(0);
    let y = x;
    for (let i = 0; i < 100_000; i++) y = y.add(1);
    expect(y.item()).toBe(100_000);
    expect(gradients(y, [x])[0]?.item()).toBe(1);
  });

  test("what lies behind x is not visited, so a loop of gradients does not go back to its beginning", () => {
    const history = {
      ...tensor(3).node,
      get inputs(): never {
        throw new Error("visited");
      },
    };
    const x = new Tensor(history).neg();
    expect(gradients(x.square(), [x])[0]?.shape).toEqual([]);
  });

  test("grad computes its argument once, however many gradients are taken there", () => {
    // The engine asks once for each program that the operation is a part of.
    let programs = 0;
    const algebra = (): object => {
      programs++;
      return {};
    };
    const counting = { ...operations.neg, algebra };
    const x = new Tensor(applyEntry(counting as Entry, [tensor(1).node], {}));
    const slopes = [2, 3, 4].map((exponent) => grad((at: Tensor) => at.pow(exponent))(x));
    expect(slopes.map((slope) => slope.item())).toEqual([-2, 3, -4]);
    expect(programs).toBe(1);
  });

  test("a ladder of 60 diamonds stays 60 nodes, and so does its gradient", () => {
    const x = tensor(1);
    let y = x;
    for (let i = 0; i < 60; i++) y = y.add(y);
    expect(topologicalOrder([y.node]).length).toBe(61);
    const [gradient] = gradients(y, [x]) as [Tensor];
    expect(gradient.item()).toBe(2 ** 60);
    expect(topologicalOrder([gradient.node]).length).toBe(61);
  });
});

describe("grad and its relatives", () => {
  test("grad differentiates by the first argument alone", () => {
    const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).reduceSum();
    expect(grad(f)(tensor([1, 2]), tensor([3, 4])).toArray()).toEqual([3, 4]);
  });

  test("a tensor that f closes over is a constant, even if it is the argument", () => {
    const x = tensor(3);
    expect(grad((argument: Tensor) => argument.mul(x))(x).item()).toBe(3);
  });

  test("the structure of the first argument is the structure of the gradient", () => {
    const model = { weights: [tensor([1, 2]), tensor(3)], bias: tensor(4) };
    const gradient = grad((m: typeof model) => {
      const [w, v] = m.weights as [Tensor, Tensor];
      return w.reduceSum().mul(v).add(m.bias.square());
    })(model);
    expect(gradient.weights.map((each) => each.toArray())).toEqual([[3, 3], 3]);
    expect(gradient.bias.item()).toBe(8);
  });

  test("valueAndGrad gives both", () => {
    const [value, gradient] = valueAndGrad((x: Tensor) => x.square().reduceSum())(tensor([1, 2]));
    expect([value.item(), gradient.toArray()]).toEqual([5, [2, 4]]);
  });

  test("derivatives nest", () => {
    const second = grad(grad((x: Tensor) => x.pow(3)));
    expect(second(tensor(2)).item()).toBe(12);
    const mixed = grad((x: Tensor) => x.mul(grad((y: Tensor) => x.mul(y).square())(tensor(1))));
    expect(mixed(tensor(2)).item()).toBeCloseTo(24, 5); // d/dx 2x³
  });

  test("hessianVectorProduct on a structure", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.square().mul(b).reduceSum();
    const product = hessianVectorProduct(f)({ a: tensor([1, 2]), b: tensor(3) }, { a: tensor([1, 0]), b: tensor(1) });
    expect(product.a.toArray()).toEqual([8, 4]); // 2b·va + 2a·vb
    expect(product.b.item()).toBe(2); // Σ 2a·va
  });

  test("stopGradient hides a factor", () => {
    expect(grad((x: Tensor) => x.mul(stopGradient(x)))(tensor(3)).item()).toBe(3);
  });

  test("no gradient flows into or out of indices", () => {
    const x = tensor([3, 1, 2]);
    const best = x.argmin(0);
    expect(best).toBeInstanceOf(Indices);
    expect(gradients(x.take(best), [x])[0]?.toArray()).toEqual([0, 1, 0]);
    expect(gradients(best.oneHot(3).reduceSum(), [x])[0]?.toArray()).toEqual([0, 0, 0]);
  });

  test("composed functions are smooth where their parts have branches", () => {
    const slopeAt = (f: (x: Tensor) => Tensor, at: number): number => grad(f)(tensor(at)).item();
    expect(slopeAt((x) => x.sigmoid(), 0)).toBe(0.25);
    expect(slopeAt((x) => x.sigmoid(), -1000)).toBe(0);
    expect(slopeAt((x) => x.tanh(), 0)).toBe(1);
    expect(slopeAt((x) => x.relu(), 0)).toBe(0);
    expect(slopeAt((x) => x.abs(), 0)).toBe(0);
    expect(slopeAt((x) => x.pow(0), 0)).toBe(0);
    expect(slopeAt((x) => x.pow(1), 0)).toBe(1);
    expect(slopeAt((x) => x.pow(2), 0)).toBe(0);
    expect(slopeAt((x) => x.maximum(0), 0)).toBe(1);
    expect(slopeAt((x) => x.minimum(0), 0)).toBe(1);
  });
});
