/** The gradient checker: it finds what is wrong, names kinks, and is not fooled by curvature. */
import { checkGradients, compile, GradientCheckError, indices, type Tensor, tensor } from "@protograd/autograd";
import { describe, expect, test } from "vitest";

const failureOf = (act: () => unknown): GradientCheckError => {
  try {
    act();
  } catch (error) {
    if (error instanceof GradientCheckError) return error;
    throw error;
  }
  throw new Error("the check passed");
};

const parabola = (x: Tensor): Tensor => x.square().reduceSum();

describe("right gradients pass", () => {
  test("of compiled functions too", () => {
    expect(checkGradients(compile(parabola), [tensor([1, 2])]).checked).toBe(2);
  });

  test("and the report counts them and names the worst", () => {
    const report = checkGradients(parabola, [tensor([1, -2, 3])], { order: 2 });
    expect([report.checked, report.kinks, report.differences]).toEqual([6, [], []]);
    expect(report.worst?.verdict).toBe("agrees");
    expect(String(report)).toBe("6 derivatives checked, 6 agree, 0 differ, 0 at a kink");
  });

  test.each<[string, (x: Tensor) => Tensor, number]>([
    ["at a minimum", (x) => x.square(), 0],
    ["at a steep minimum", (x) => x.square().mul(1e6), 0],
    ["where it is strongly curved", (x) => x.mul(30).exp(), 0.5],
    ["where values are large", (x) => x.square().add(1e6), 1],
    ["where x is large", (x) => x.square(), 12345],
    ["where x is small", (x) => x.square(), 1e-6],
    ["where it is steep", (x) => x.mul(1e4).tanh(), 1e-5],
    ["where it is steep and even", (x) => x.mul(1e4).tanh(), 0],
    ["beside a pole", (x) => x.log(), 1e-6],
    ["beside the edge of where it is defined", (x) => x.sqrt(), 1e-6],
    ["under a value so large that its rounding drowns the slope", (x) => x.mul(1e-3).add(1e8), 1],
    ["under a value so large that little can be told", (x) => x.mul(1e-3).add(1e12), 1],
    ["where it is flat", (x) => x.mul(0), 1],
  ])("%s", (_, f, at) => {
    const report = checkGradients(f, [tensor(at)]);
    expect(report.kinks).toEqual([]);
    expect(report.checked).toBe(1);
  });

  test("where it is a narrow peak, at order 2", () => {
    const peak = (x: Tensor): Tensor => x.mul(1e6).square().neg().exp();
    expect(checkGradients(peak, [tensor(1e-6)], { order: 2 }).kinks).toEqual([]);
  });

  test("by all tensors in all arguments; indices are left alone", () => {
    const f = ({ w }: { w: Tensor }, pair: Tensor[], at: ReturnType<typeof indices>): Tensor =>
      (pair[0] as Tensor)
        .mul(w)
        .take(at)
        .add(pair[1] as Tensor);
    const report = checkGradients(f, [{ w: tensor([1, 2]) }, [tensor([3, 4]), tensor(5)], indices([1, 1])]);
    expect(report.checked).toBe(5);
  });

  test("of a gradient written by hand, as tensors, arrays or numbers", () => {
    const x = tensor([1, 2]);
    expect(checkGradients(parabola, [x], { gradient: (at) => at.mul(2) }).checked).toBe(2);
    expect(checkGradients(parabola, [x], { gradient: (at) => at.data.map((value) => 2 * value) }).checked).toBe(2);
    expect(checkGradients(parabola, [tensor(3)], { gradient: () => 6 }).checked).toBe(1);
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.mul(b);
    const gradient = ({ a, b }: { a: Tensor; b: Tensor }): unknown => ({ a: b.item(), b: a });
    expect(checkGradients(f, [{ a: tensor(2), b: tensor(3) }], { gradient }).checked).toBe(2);
  });
});

describe("wrong gradients fail", () => {
  test("and the message prints both values", () => {
    const error = failureOf(() => checkGradients(parabola, [tensor([1, 2])], { gradient: () => [2, 5] }));
    expect(error.message).toBe(
      [
        "checkGradients: 2 derivatives checked, 1 agree, 1 differ, 0 at a kink",
        "  inputs[0] at [1], order 1: analytic 5, numeric 4 (step 0.0000121): differs by 1, bound 0.00041",
      ].join("\n"),
    );
    const [difference] = error.report.differences;
    expect(difference).toMatchObject({ input: "inputs[0]", index: [1], order: 1, analytic: 5, verdict: "differs" });
    expect(difference?.numeric).toBeCloseTo(4, 8);
  });

  test("by little more than the bound too", () => {
    const off = (part: number) => () => checkGradients(parabola, [tensor([3])], { gradient: () => [6 * (1 + part)] });
    expect(off(0.9e-4)).not.toThrow();
    failureOf(off(1.1e-4));
    failureOf(() => checkGradients(parabola, [tensor([3])], { gradient: () => [6.0003], rtol: 1e-6 }));
  });

  test("as NaN", () => {
    failureOf(() => checkGradients(parabola, [tensor([1])], { gradient: () => [Number.NaN] }));
    failureOf(() => checkGradients((x: Tensor) => x.log(), [tensor(0)]));
  });

  test.each<[string, (x: Tensor) => Tensor, number, number]>([
    ["of a steep function", (x) => x.mul(1e4).tanh(), 0, -1e4],
    ["of a large function", (x) => x.mul(1e-3).add(1e8), 1, 2e-3],
    ["beside a pole", (x) => x.log(), 1e-4, 2e4],
    ["close by a pole", (x) => x.log(), 1e-12, -1e12],
    ["of a large function beside a kink", (x) => x.relu().add(1e9), 0.01, 1.01],
    ["of a large function close by a kink", (x) => x.abs().add(1e6), 1e-6, 0.5],
    ["of a large function at a kink", (x) => x.abs().add(1e6), 0, 3],
    ["beside a kink, on the wrong side", (x) => x.abs(), 2e-6, -1],
    ["at a kink, but not between both sides", (x) => x.abs(), 0, 1.1],
  ])("%s", (_, f, at, gradient) => {
    failureOf(() => checkGradients(f, [tensor(at)], { gradient: () => gradient }));
  });

  test("with options that make no sense", () => {
    const check = (options: object) => () => checkGradients(parabola, [tensor([1])], options);
    expect(check({ atol: Number.NaN })).toThrow("checkGradients: atol is NaN; expected a positive number");
    expect(check({ rtol: "1e-3" })).toThrow('checkGradients: rtol is "1e-3" (string); expected a positive number');
    expect(check({ step: 0 })).toThrow("checkGradients: step is 0; expected a positive number");
    expect(check({ tolerance: 1 })).toThrow("checkGradients: there is no option tolerance; expected order, atol");
    expect(() => checkGradients(parabola, tensor([1]) as never)).toThrow("the list of inputs is a Tensor");
  });

  test("and the message says where only the rounding of float32 is to blame", () => {
    const saturated = (x: Tensor): Tensor => x.mul(1e4).tanh(); // 1 − tanh² is 0 in float32, 8e-9 in truth
    const error = failureOf(() => checkGradients(saturated, [tensor(0.001)]));
    expect(error.message).toContain("in float64 it agrees, so this is rounding: allow for it with atol");
    expect(checkGradients(saturated, [tensor(0.001)], { atol: 1e-4 }).checked).toBe(1);
  });

  test.each<[string, (x: Tensor) => Tensor, number, string]>([
    [
      "√ of a square",
      (x) => x.square().sqrt(),
      0,
      "the function has no derivative here: slope -1 to the left, 1 to the right",
    ],
    [
      "√ that is vertical to either side",
      (x) => x.abs().sqrt(),
      0,
      "the function has no derivative here: slope -406.37467 to the left, 406.37467 to the right, steeper the closer one looks",
    ],
    ["√ below 0", (x) => x.sqrt(), -1, "the function has no derivative here: it is NaN"],
    [
      "√ of nothing but 0",
      (x) => x.square().neg().sqrt(),
      0,
      "the function has no derivative here: it is not defined to the left and to the right",
    ],
    [
      "√ at its end, times x",
      (x) => x.mul(x.sqrt()),
      0,
      "the function has no derivative here: it is not defined to the left, slope 0.0024607833 to the right",
    ],
    ["log at 0", (x) => x.log(), 0, "the function has no derivative here: it is -Infinity"],
    ["1 / x at 0", (x) => x.pow(-1), 0, "the function has no derivative here: it is Infinity"],
    ["0 / 0", (x) => x.div(x), 0, "the function has no derivative here: it is NaN"],
    [
      "a step on the way that has none",
      (x) => x.mul(0).sqrt(),
      1,
      "NaN, though the function has a derivative here: a step on the way, such as √ at 0, has none; keep its input away from there with where",
    ],
    [
      "float32 that is left on the way",
      (x) => x.sigmoid().log(),
      -200,
      "in float64 it agrees, so something on the way leaves the range of float32: a stable form, such as logSigmoid for the log of a sigmoid, does not",
    ],
  ])("and the message says why: %s", (_, f, at, why) => {
    expect(failureOf(() => checkGradients(f, [tensor(at)])).message.split("): ")[1]).toBe(why);
  });

  test("and so it does at order 2", () => {
    const { message } = failureOf(() => checkGradients((x: Tensor) => x.sqrt(), [tensor(0)], { order: 2 }));
    expect(message).toContain("the slope has no derivative here: it is Infinity");
  });

  test("and for a gradient by hand, which at a kink must lie between both sides", () => {
    const { message } = failureOf(() => checkGradients((x: Tensor) => x.abs(), [tensor(0)], { gradient: () => 1.1 }));
    expect(message).toContain("slope -1 to the left, 1 to the right; the analytic value is not between them");
  });

  test("at a place that has nothing to either side of it", () => {
    const at =
      (...values: number[]) =>
      () =>
        checkGradients(({ w }: { w: Tensor }) => w.square(), [{ w: tensor([values]) }]);
    const expected = "expected finite numbers, as there is nothing to either side of others";
    expect(at(1, Infinity)).toThrow(`checkGradients: inputs[0].w is Infinity at [0, 1]; ${expected}`);
    expect(at(Number.NaN)).toThrow(`checkGradients: inputs[0].w is NaN at [0, 0]; ${expected}`);
    expect(at(1e38)).not.toThrow();
  });

  test("the report's worst is the one that is NaN", () => {
    const error = failureOf(() => checkGradients(parabola, [tensor([1, 2])], { gradient: () => [2, Number.NaN] }));
    expect(error.report.worst?.index).toEqual([1]);
  });

  test("in another shape, or none", () => {
    expect(() => checkGradients(parabola, [tensor([1, 2])], { gradient: () => [1] })).toThrow(
      "checkGradients, the gradient by hand for inputs[0]: it has shape [1]; expected [2]",
    );
    expect(() => checkGradients(parabola, [1 as never])).toThrow("the inputs hold no tensor");
    expect(() => checkGradients((_: Tensor) => 3 as never, [tensor(1)])).toThrow(
      "the function's value is 3; expected a tensor",
    );
    expect(() => checkGradients((x: Tensor) => x, [tensor([1])], { gradient: () => [1] })).toThrow("f has shape [1]");
    expect(() => checkGradients(parabola, [tensor([1])], { gradient: () => [1], order: 2 })).toThrow("at order 1");
  });
});

describe("kinks are named, neither passed nor failed", () => {
  test.each<[string, (x: Tensor) => Tensor, number]>([
    ["|x| at 0", (x) => x.abs(), 0],
    ["|x| beside 0, within the step", (x) => x.abs(), 2e-6],
    ["|x| beside 0, at a third of the step", (x) => x.abs(), 6.055e-6 / 3],
    ["a relu", (x) => x.relu(), 0],
    ["a minimum that changes its winner", (x) => x.minimum(x.mul(2).sub(1)), 1],
    ["a kink on a curve", (x) => x.square().add(x.sub(2).abs()), 2],
    ["a jump", (x) => x.less(1).mul(3), 1],
    ["a spike narrower than the step", (x) => x.abs().neg().add(1e-6).relu().mul(1e6), 0],
  ])("%s", (_, f, at) => {
    const report = checkGradients(f, [tensor(at)]);
    expect(report.kinks.map(({ verdict }) => verdict)).toEqual(["kink"]);
    expect(String(report)).toContain("kink: slope");
  });

  test("within a longer step there are more", () => {
    const check = (step: number) => checkGradients((x: Tensor) => x.abs(), [tensor(0.05)], { step }).kinks.length;
    expect([check(0.01), check(0.1)]).toEqual([0, 1]);
  });

  test("beyond the step there is none", () => {
    expect(checkGradients((x: Tensor) => x.abs(), [tensor(1e-5)]).kinks).toEqual([]);
  });

  test("an edge of where the function is defined is one too, and a slope without end may be infinite there", () => {
    const report = checkGradients((x: Tensor) => x.sqrt(), [tensor(0)]);
    expect(report.kinks.map(({ analytic }) => analytic)).toEqual([Infinity]);
    expect(String(report)).toContain(
      "the function has no derivative here: it is not defined to the left, slope 406.37467 to the right, steeper the closer one looks",
    );
  });

  test("a tolerance of nothing but rtol is enough for a minimum", () => {
    expect(checkGradients(parabola, [tensor([0])], { atol: 0 }).kinks).toEqual([]);
  });

  test("at order 2 the kink of the slope is one", () => {
    const hinge = (x: Tensor): Tensor => x.relu().square();
    const report = checkGradients(hinge, [tensor([0, 1])], { order: 2 });
    expect(report.kinks.map(({ order, index }) => [order, index])).toEqual([[2, [0]]]);
  });
});
