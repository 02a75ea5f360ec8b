/** Checks that are not by entries: directions, samples, Taylor's orders, the adjoint test, and functions of plain arrays. */
import {
  arange,
  checkAdjoint,
  checkGradientOf,
  checkGradients,
  checkTaylor,
  checkTaylorOf,
  GradientCheckError,
  type GradientReport,
  type TaylorReport,
  type Tensor,
  tensor,
} from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { describe, expect, test } from "vitest";
import { drawDirection, drawPlaces } from "../../packages/autograd/src/directions.js";
import type { Entry, Node } from "../../packages/autograd/src/graph.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { Tensor as Face, Indices } from "../../packages/autograd/src/tensor.js";
import { applyEntry, leavesFor } from "./cases.js";

function failureOf<Report = GradientReport>(act: () => unknown): GradientCheckError<Report> {
  try {
    act();
  } catch (error) {
    if (error instanceof GradientCheckError) return error;
    throw error;
  }
  throw new Error("the check passed");
}

const parabola = (x: Tensor): Tensor => x.square().reduceSum();

describe("directions and samples", () => {
  test("are drawn by their seed, and no entry is left out of a direction", () => {
    const values = [[0, 3, -100], [1e-9]];
    const [a, b] = [drawDirection(values, 7, 1), drawDirection(values, 7, 2)];
    expect(drawDirection(values, 7, 1)).toEqual(a);
    expect(b).not.toEqual(a);
    expect(drawDirection(values, 8, 1)).not.toEqual(a);
    a.flatMap((each) => [...each]).forEach((amount, at) => {
      const scale = [1, 4, 128, 1][at] as number;
      expect(Math.abs(amount)).toBeGreaterThanOrEqual(scale / 2);
      expect(Math.abs(amount)).toBeLessThanOrEqual(1.5 * scale);
    });
  });

  test("go to either side alike, and by one amount about as often as by another", () => {
    const [direction] = drawDirection([new Float64Array(100_000)], 3, 1) as [Float64Array];
    const mean = (of: (amount: number) => number): number => direction.reduce((sum, each) => sum + of(each), 0) / 1e5;
    expect(Math.abs(mean((amount) => amount))).toBeLessThan(0.02);
    expect(Math.abs(mean(Math.abs) - 1)).toBeLessThan(0.01);
  });

  test("of a sample are different places, in order, as many as there are at most", () => {
    const places = drawPlaces(1000, 50, 1);
    expect(new Set(places).size).toBe(50);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place >= 0 && place < 1000)).toBe(true);
    expect(drawPlaces(4, 10, 1)).toEqual([0, 1, 2, 3]);
    const counts = new Int32Array(10);
    for (let seed = 0; seed < 2000; seed++) for (const place of drawPlaces(10, 3, seed)) (counts[place] as number)++;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(120);
  });

  test("the report says where it looked", () => {
    const x = arange(100);
    expect(String(checkGradients(parabola, [x], { sample: 10, seed: 3 }))).toBe(
      "10 derivatives checked, 10 agree, 0 differ, 0 at a kink (10 of 100 entries, seed 3)",
    );
    expect(String(checkGradients(parabola, [x], { directions: 2, order: 2 }))).toBe(
      "4 derivatives checked, 4 agree, 0 differ, 0 at a kink (2 directions of 100 entries, seed 1)",
    );
    expect(checkGradients(parabola, [x], { directions: 2, sample: 5 }).checked).toBe(7);
  });

  test("a direction that differs names the entry to blame", () => {
    const gradient = (x: Tensor): number[] => Array.from(x.data, (each, at) => 2 * each + (at === 77 ? 1 : 0));
    const error = failureOf(() => checkGradients(parabola, [arange(100)], { gradient, directions: 1 }));
    const [difference] = error.report.differences;
    expect(difference).toMatchObject({ input: "all inputs", index: [], direction: 1, seed: 1, verdict: "differs" });
    expect(difference?.culprit).toMatchObject({ input: "inputs[0]", index: [77], analytic: 155, verdict: "differs" });
    expect(error.message).toContain("all inputs along direction 1 of seed 1, order 1: analytic ");
    expect(error.message).toContain("    the entry to blame: inputs[0] at [77], order 1: analytic 155, numeric 154");
  });

  test("one wrong entry of a hundred thousand is found along a direction", () => {
    const x = arange(100_000).div(1e5);
    const gradient = (x: Tensor): number[] => Array.from(x.data, (each, at) => (at === 54_321 ? 0 : 2 * each));
    const { report } = failureOf(() => checkGradients(parabola, [x], { gradient, directions: 1 }));
    expect(report.differences[0]?.culprit?.index).toEqual([54_321]);
    expect(checkGradients(parabola, [x], { directions: 2 }).kinks).toEqual([]);
  });

  test("a hundred thousand equal terms, whose sum is rounded to one side, are no kink", () => {
    const x = tensor(new Float32Array(100_000).fill(0.5));
    const report = checkGradients((x: Tensor) => x.exp().reduceSum(), [x], { directions: 2 });
    expect([report.checked, report.kinks]).toEqual([2, []]);
    const at = new Float64Array(100_000).map((_, at) => at / 1e5);
    const value = (x: Float64Array): number => x.reduce((sum, each) => sum + Math.exp(each), 0);
    expect(checkGradientOf({ value, gradient: (x) => x.map(Math.exp), at, directions: 2 }).kinks).toEqual([]);
  });

  test("a kink in a direction is one", () => {
    const report = checkGradients((x: Tensor) => x.abs().reduceSum(), [tensor([1, 0, 2])], { directions: 1 });
    expect(report.kinks).toHaveLength(1);
    expect(String(report)).toContain("kink: slope");
  });

  test("several inputs move at once, in structures too", () => {
    const f = ({ a }: { a: Tensor }, b: Tensor): Tensor => a.mul(b).reduceSum();
    expect(checkGradients(f, [{ a: tensor([1, 2]) }, tensor(3)], { directions: 3 }).checked).toBe(3);
  });

  test("counts and seeds that make no sense are refused", () => {
    const check = (options: object) => () => checkGradients(parabola, [tensor([1])], options);
    expect(check({ sample: 0 })).toThrow("checkGradients: sample is 0; expected a whole number above 0");
    expect(check({ directions: 1.5 })).toThrow("checkGradients: directions is 1.5; expected a whole number above 0");
    expect(check({ seed: "a" })).toThrow('checkGradients: seed is "a" (string); expected a whole number');
  });
});

describe("Taylor's test", () => {
  const exponential = (x: Tensor): Tensor => x.exp().reduceSum();

  test("measures the orders 1 and 2", () => {
    const report = checkTaylor(exponential, [tensor([0, 1])], { directions: 5, seed: 2 });
    expect(report.directions).toHaveLength(5);
    for (const { changeOrder, order, remainders, steps } of report.directions) {
      expect(changeOrder).toBeCloseTo(1, 1);
      expect(order).toBeCloseTo(2, 1);
      expect(remainders).toHaveLength(steps.length);
    }
    expect(String(report).split("\n").slice(0, 2)).toEqual([
      "5 directions of seed 2, 5 agree, 0 differ, 0 at a kink",
      expect.stringMatching(
        /^ {2}direction 1: order (2|2\.0\d|1\.9\d), and [\d.]+ without the gradient: the gradient is right$/,
      ),
    ]);
  });

  test("says that a gradient is wrong in words", () => {
    const gradient = (x: Tensor): Tensor => x.exp().mul(1.01);
    const error = failureOf<TaylorReport>(() => checkTaylor(exponential, [tensor([0, 1])], { gradient }));
    expect(error.report.differences).toHaveLength(3);
    for (const { orderAtLast } of error.report.differences) expect(orderAtLast).toBeCloseTo(1, 1);
    expect(error.message).toMatch(/direction 1: order 1(\.0\d)? instead of 2: the gradient is wrong/);
  });

  test("of what is linear nothing remains, and of what is wrong there something does", () => {
    const linear = (x: Tensor): Tensor => x.mul(3).reduceSum();
    expect(String(checkTaylor(linear, [tensor([1, 2])]))).toContain(
      "nothing remains that is above the bound at any h: the gradient is right",
    );
    failureOf(() => checkTaylor(linear, [tensor([1, 2])], { gradient: () => [3, 3.01] }));
  });

  test("tells a kink in x from a wrong gradient", () => {
    const report = checkTaylor((x: Tensor) => x.abs().add(x.square()).reduceSum(), [tensor([0])]);
    expect(report.directions.map(({ verdict }) => verdict)).toEqual(["kink", "kink", "kink"]);
    expect(String(report)).toContain("order 1: a kink in x; the gradient is between the slopes to both sides");
    const gradient = () => [1.5];
    const error = failureOf(() => checkTaylor((x: Tensor) => x.abs().reduceSum(), [tensor([0])], { gradient }));
    expect(error.message).toContain("order 1: a kink in x, and the gradient is not between the slopes to both sides");
  });

  test("names a jump", () => {
    const report = checkTaylor((x: Tensor) => x.greater(0).add(x).reduceSum(), [tensor([0])], { directions: 8 });
    expect(report.directions.map(({ verdict }) => verdict)).toContain("kink");
    expect(String(report)).toContain("order 0.0");
    expect(String(report)).toContain("a jump in x, where no slope is right");
  });

  test("tells a kink within h from a wrong gradient", () => {
    const bent = (x: Tensor): Tensor => x.square().add(x.sub(1).abs().mul(0.1)).reduceSum();
    const report = checkTaylor(bent, [tensor([1.0003])], { directions: 8 });
    expect(report.directions.map(({ verdict }) => verdict)).toContain("kink");
    expect(String(report)).toMatch(/order 1\.\d+: a kink within h; nearer to x the gradient is right/);
  });

  test("keeps to where f is defined", () => {
    expect(checkTaylor((x: Tensor) => x.log().reduceSum(), [tensor([0.001])]).differences).toEqual([]);
    expect(failureOf(() => checkTaylor((x: Tensor) => x.log(), [tensor(0)])).message).toContain(
      "the function is -Infinity in x",
    );
    expect(
      failureOf(() => checkTaylor((x: Tensor) => x.square().reduceSum().sqrt(), [tensor([0, 0])])).message,
    ).toContain("the gradient is NaN along it");
  });
});

describe("the adjoint test", () => {
  test("holds for what is not a scalar, of structures, and takes further arguments", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }, factor: number): Tensor => a.matmul(b).tanh().mul(factor);
    const x = {
      a: tensor([
        [1, 2],
        [3, 4],
      ]),
      b: tensor([0.1, -0.2]),
    };
    expect(String(checkAdjoint(f, [x, 2]))).toBe("3 pairs of seed 1, 3 agree, 0 differ");
  });

  test("finds a wrong pullback, without a step", () => {
    const f = (x: Tensor): Tensor => x.square();
    checkAdjoint(f, [tensor([1, 2])], { pullback: (u, x) => u.mul(x).mul(2) });
    const error = failureOf(() => checkAdjoint(f, [tensor([1, 2])], { pullback: (u, x) => u.mul(x) }));
    expect(error.message).toMatch(/pair 1: ⟨J v, u⟩ is \S+, ⟨v, Jᵀu⟩ is \S+: differs by \S+, bound \S+/);
  });

  test("is not disturbed by a kink: forward and reverse mode choose the same side", () => {
    const f = (x: Tensor): Tensor => x.relu().add(x.abs());
    expect(checkAdjoint(f, [tensor([0, 0, 1])]).differences).toEqual([]);
    const onEdge = (points: Tensor): Tensor =>
      kmeansCost(
        points,
        tensor([
          [0, 0],
          [4, 0],
        ]),
      );
    expect(checkAdjoint(onEdge, [tensor([[2, 3]])]).differences).toEqual([]);
  });

  test("sees what float32 loses on the way", () => {
    failureOf(() => checkAdjoint((x: Tensor) => x.mul(1e4).tanh(), [tensor([0.001])]));
  });

  test("refuses a pullback of another structure or shape", () => {
    const pulling = (pullback: () => unknown) => () =>
      checkAdjoint(({ a }) => a, [{ a: tensor([1, 2]) }], { pullback });
    expect(pulling(() => ({}))).toThrow("checkAdjoint: the pullback by hand has nothing for inputs[0].a");
    expect(pulling(() => ({ a: [1, 2, 3] }))).toThrow("it has shape [3]; expected [2]");
  });
});

describe("the project's own operations raise no alarm, at their kinks neither", () => {
  const draw = (n: number): number => Math.floor(n / 3);
  const uses = entries.flatMap((entry: Entry) =>
    entry.examples.map((example, at): [string, Node] => [
      `${entry.name}, example ${at}`,
      applyEntry(entry, leavesFor(entry, example, draw), example.attributes),
    ]),
  );
  const differentiable = uses.filter(
    ([, { operation, dtype }]) => dtype !== "int32" && !("stopsGradient" in operation && operation.stopsGradient),
  );

  test.each(differentiable)("%s", (_, node) => {
    const faces = node.inputs.map((input) => (input.dtype === "int32" ? new Indices(input) : new Face(input)));
    const tensors = faces.filter((face) => face instanceof Face);
    const f = (given: Tensor[]): Tensor => {
      const left = [...given];
      const nodes = faces.map((face) => (face instanceof Face ? (left.shift() as Tensor).node : face.node));
      return new Face(applyEntry(node.operation as Entry, nodes, node.attributes));
    };
    expect(checkGradients(f, [tensors], { directions: 3, order: 2 }).differences).toEqual([]);
    expect(checkTaylor(f, [tensors]).differences).toEqual([]);
    // The face refuses the smallest of nothing, at which no place can be read.
    if (tensors.every(({ size }) => size > 0)) expect(checkAdjoint(f, [tensors]).differences).toEqual([]);
  });

  test.each<[string, (x: Tensor) => Tensor, number[]]>([
    ["relu", (x) => x.relu(), [0, 1, -1]],
    ["abs", (x) => x.abs(), [0, 0, 2]],
    ["maximum of two equals", (x) => x.maximum(x.neg()), [0, 3]],
    ["minimum of a line of equals", (x) => x.reduceMin(), [1, 1, 1]],
    ["norm of zeros", (x) => x.norm(), [0, 0]],
    ["softplus", (x) => x.softplus(), [0, -50, 50]],
    ["where", (x) => x.mul(x.greater(0)), [0, 1]],
  ])("%s", (_, f, at) => {
    const x = tensor(at);
    checkGradients(f, [x], { directions: 4 });
    checkTaylor(f, [x], { directions: 4 });
    checkAdjoint(f, [x], { directions: 4 });
  });
});

describe("functions of plain and typed arrays", () => {
  test("of numbers, arrays, typed arrays and structures of them", () => {
    const sum = (x: ArrayLike<number>): number => Array.from(x).reduce((total, each) => total + each ** 2, 0);
    const double = (x: ArrayLike<number>): number[] => Array.from(x, (each) => 2 * each);
    expect(checkGradientOf({ value: (x) => x ** 3, gradient: (x) => 3 * x ** 2, at: 2 }).checked).toBe(1);
    expect(checkGradientOf({ value: sum, gradient: double, at: [1, 2, 3] }).checked).toBe(3);
    expect(checkGradientOf({ value: sum, gradient: double, at: Float64Array.of(1, 2) }).checked).toBe(2);
    const model = {
      weights: [
        [1, 2],
        [3, 4],
      ],
      bias: 0.5,
    };
    const report = checkGradientOf({
      value: ({ weights, bias }: typeof model) => weights.flat().reduce((total, each) => total + each * bias, 0),
      gradient: ({ weights, bias }) => ({
        weights: weights.map((row) => row.map(() => bias)),
        bias: weights.flat().reduce((total, each) => total + each, 0),
      }),
      at: model,
    });
    expect(report.checked).toBe(5);
  });

  test("the message names the place", () => {
    const check = () =>
      checkGradientOf({
        value: ({ w }: { w: number[][] }) => (w[1]?.[0] as number) ** 2,
        gradient: () => ({
          w: [
            [0, 0],
            [1, 0],
          ],
        }),
        at: {
          w: [
            [1, 2],
            [3, 4],
          ],
        },
      });
    expect(failureOf(check).message.split("\n")[1]).toMatch(/^ {2}x\.w\[1\] at \[0\], order 1: analytic 1, numeric 6 /);
  });

  test("the function may keep and write to what it is given", () => {
    const at = Float64Array.of(1, 2);
    const value = (x: Float64Array): number => {
      const result = (x[0] as number) * (x[1] as number);
      x.fill(NaN);
      return result;
    };
    const gradient = (x: Float64Array): Float64Array => x.reverse();
    expect(checkGradientOf({ value, gradient, at }).checked).toBe(2);
    expect([...at]).toEqual([1, 2]);
  });

  describe("that compute in float32", () => {
    const at = Float32Array.of(0.3, 1.5, -20);
    const value = (x: Float32Array): number =>
      x.reduce((sum, each) => Math.fround(sum + Math.fround(Math.sin(each) + 100)), 0);
    const gradient = (x: Float32Array): Float32Array => x.map(Math.cos);

    test("are given Float32Arrays, and what is right passes", () => {
      const kinds = new Set<string>();
      const watched = (x: Float32Array): number => {
        kinds.add(x.constructor.name);
        return value(x);
      };
      expect(checkGradientOf({ value: watched, gradient, at }).kinks).toEqual([]);
      expect([...kinds]).toEqual(["Float32Array"]);
      checkGradientOf({ value, gradient, at, directions: 3 });
      checkTaylorOf({ value, gradient, at });
    });

    test("and what is wrong does not", () => {
      const wrong = (x: Float32Array): Float32Array => x.map((each) => 1.1 * Math.cos(each));
      failureOf(() => checkGradientOf({ value, gradient: wrong, at }));
      failureOf(() => checkGradientOf({ value, gradient: wrong, at, directions: 3 }));
    });

    test("would not pass as float64", () => {
      failureOf(() => checkGradientOf({ value, gradient, at, precision: "float64" }));
    });
  });

  test("Taylor's test says the same of them", () => {
    const value = (x: number[]): number => x.reduce((sum, each) => sum + Math.exp(each), 0);
    expect(checkTaylorOf({ value, gradient: (x) => x.map(Math.exp), at: [0, 1] }).directions).toHaveLength(3);
    failureOf(() => checkTaylorOf({ value, gradient: (x) => x, at: [0, 1] }));
  });

  test("Taylor's test finds a mistake in float32 too, where rounding soon hides what remains", () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    const value = (x: Float32Array): number =>
      x.reduce((sum, each) => Math.fround(sum + Math.fround((each * sigmoid(each)) ** 2)), 30);
    const gradientWith = (second: number) => (x: Float32Array) =>
      x.map((each) => 2 * each * sigmoid(each) * (sigmoid(each) + second * each * sigmoid(each) * (1 - sigmoid(each))));
    const at = Float32Array.of(0.5, -1, 0.25, 1.5, 0.75, -0.5);
    expect(checkTaylorOf({ value, gradient: gradientWith(1), at }).differences).toEqual([]);
    // The derivative of a product without its second term.
    failureOf(() => checkTaylorOf({ value, gradient: gradientWith(0), at }));
  });

  test("say what is wrong with what they are given", () => {
    const check = (changed: object) => () =>
      checkGradientOf({ value: ([x]: number[]) => x as number, gradient: () => [1], at: [1], ...changed } as never);
    expect(check({ value: 1 })).toThrow("checkGradientOf: value is 1; expected a function");
    expect(check({ at: "1" })).toThrow('checkGradientOf: at is "1" (string); expected numbers, or arrays of numbers');
    expect(check({ at: [Number.NaN] })).toThrow("checkGradientOf: at is NaN at [0]; expected finite numbers");
    expect(check({ at: Int32Array.of(1) })).toThrow("at has a Int32Array; expected numbers that can be moved a little");
    expect(check({ gradient: () => [1, 2] })).toThrow("the gradient has 2 numbers; expected 1, in the structure of at");
    expect(check({ value: () => "1" })).toThrow('the function\'s value is "1" (string); expected a number');
    expect(check({ precision: "half" })).toThrow('precision is "half" (string); expected "float32" or "float64"');
    expect(check({ precison: "float32" })).toThrow("there is no option precison");
  });
});
