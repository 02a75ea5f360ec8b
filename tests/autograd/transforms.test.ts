/** Compiled functions do what the functions do, whatever goes in and comes out. */
import {
  compile,
  grad,
  gradientDescent,
  hessianVectorProduct,
  Indices,
  indices,
  Tensor,
  tensor,
  valueAndGrad,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";

describe("compile", () => {
  test("traces once for each set of shapes", () => {
    let traces = 0;
    const double = compile((x: Tensor) => {
      traces++;
      return x.mul(2);
    });
    expect([double(tensor(1)).item(), double(tensor(2)).item()]).toEqual([2, 4]);
    expect(traces).toBe(1);
    expect(double(tensor([1, 2])).toArray()).toEqual([2, 4]);
    expect(traces).toBe(2);
    expect(double(tensor(5)).item()).toBe(10);
    expect(traces).toBe(2);
  });

  test("plain values are part of the trace", () => {
    const power = compile((x: Tensor, { exponent }: { exponent: number }, flip?: boolean) =>
      flip ? x.pow(exponent).neg() : x.pow(exponent),
    );
    const x = tensor(3);
    expect(power(x, { exponent: 2 }).item()).toBe(9);
    expect(power(x, { exponent: 3 }).item()).toBe(27);
    expect(power(x, { exponent: 2 }, true).item()).toBe(-9);
    const signed = compile((x: Tensor, by: number) => x.div(by));
    expect([signed(tensor(1), 0).item(), signed(tensor(1), -0).item()]).toEqual([Infinity, -Infinity]);
  });

  test("of very many traces the latest used are kept", () => {
    const traced: number[] = [];
    const f = compile((x: Tensor, by: number) => {
      traced.push(by);
      return x.mul(by);
    });
    for (let by = 0; by < 100; by++) {
      f(tensor(1), by);
      f(tensor(1), 0);
    }
    traced.length = 0;
    f(tensor(1), 0);
    f(tensor(1), 99);
    f(tensor(1), 1);
    expect(traced).toEqual([1]);
  });

  test("structures go in and come out, indices and plain values too", () => {
    const f = compile(({ x, at }: { x: Tensor; at: Indices }) => ({
      taken: [x.take(at)],
      best: x.argmin(0),
      again: x,
      name: "f",
      nothing: null,
    }));
    const result = f({ x: tensor([3, 1, 2]), at: indices([0, 2]) });
    expect(result.taken[0]?.toArray()).toEqual([3, 2]);
    expect(result.best).toBeInstanceOf(Indices);
    expect([result.best.item(), result.again.toArray(), result.name, result.nothing]).toEqual([
      1,
      [3, 1, 2],
      "f",
      null,
    ]);
  });

  test("a structure may have keys of any name", () => {
    const names = ["__proto__", "constructor", "toString"];
    const x = Object.fromEntries(names.map((name, at) => [name, tensor(at + 1)]));
    const cost = (w: typeof x): Tensor =>
      names.map((name) => (w[name] as Tensor).square()).reduce((sum, square) => sum.add(square));
    for (const slopes of [grad(cost)(x), compile(grad(cost))(x)]) {
      expect(Object.keys(slopes)).toEqual(names);
      expect(Object.values(slopes).map((slope) => slope.toArray())).toEqual([2, 4, 6]);
    }
    expect(() => hessianVectorProduct(cost)(x, {})).toThrow("different structures");
  });

  test("results keep their values when the function runs again", () => {
    const f = compile((x: Tensor) => x.add(1));
    const first = f(tensor([1]));
    f(tensor([5]));
    expect(first.toArray()).toEqual([2]);
  });

  test("tensors that the function closes over are constants", () => {
    const scale = tensor([1, 2]).mul(10);
    expect(compile((x: Tensor) => x.mul(scale))(tensor(2)).toArray()).toEqual([20, 40]);
  });

  test("composes with differentiation, either way round and nested", () => {
    const f = (x: Tensor): Tensor => x.pow(3).reduceSum();
    const [value, gradient] = compile(valueAndGrad(f))(tensor([1, 2]));
    expect([value.item(), gradient.toArray()]).toEqual([9, [3, 12]]);
    expect(grad(compile(f))(tensor([1, 2])).toArray()).toEqual([3, 12]);
    expect(compile((x: Tensor) => compile(f)(x.mul(2)))(tensor([1])).item()).toBe(8);
    expect(compile(grad((x: Tensor) => grad(compile(f))(x).reduceSum()))(tensor([1, 2])).toArray()).toEqual([6, 12]);
  });

  test("a failing function leaves nothing behind", () => {
    const f = (x: Tensor): Tensor => x.add(tensor([1, 2, 3]));
    expect(() => compile(f)(tensor([1, 2]))).toThrow("do not broadcast");
    expect(() => grad(f)(tensor([1, 2]))).toThrow("do not broadcast");
    let traces = 0;
    const counting = compile((x: Tensor) => {
      traces++;
      return x;
    });
    counting(tensor(1));
    counting(tensor(2));
    expect(traces).toBe(1);
  });

  test("a promise is no result", () => {
    expect(() => compile(async (x: Tensor) => x)(tensor(1))).toThrow("the result is a Promise");
  });
});

describe("gradientDescent", () => {
  test("takes W − ε ∂cost/∂W, on structures and with further arguments", () => {
    const cost = ({ w }: { w: Tensor[] }, target: Tensor): Tensor => (w[0] as Tensor).sub(target).square().reduceSum();
    const step = gradientDescent(cost, { learningRate: 0.25 });
    const next = step({ w: [tensor([2, 4])] }, tensor([0, 2]));
    expect(next.w[0]).toBeInstanceOf(Tensor);
    expect(next.w[0]?.toArray()).toEqual([1, 3]);
  });

  test("a long descent converges", () => {
    const step = gradientDescent((x: Tensor) => x.sub(3).square(), { learningRate: 0.1 });
    let x = tensor(0);
    for (let i = 0; i < 200; i++) x = step(x);
    expect(x.item()).toBeCloseTo(3, 5);
  });
});
