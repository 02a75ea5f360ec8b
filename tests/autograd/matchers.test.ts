/** The matchers under Vitest; under Jest they are tried on the packed packages. */
import { type Tensor, tensor } from "@protograd/autograd";
import { matchers } from "@protograd/autograd/vitest";
import { describe, expect, test } from "vitest";

expect.extend(matchers);

const parabola = (x: Tensor): Tensor => x.square().reduceSum();

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the expectation was met");
};

/** In float32 nothing is left of its slope beside 0. */
const crooked = (x: Tensor): Tensor => x.mul(1e4).tanh().reduceSum();

describe("toHaveCorrectGradient", () => {
  test("passes what is right, by every input and with options", () => {
    expect(parabola).toHaveCorrectGradient([tensor([1, 2])]);
    expect((a: Tensor, b: Tensor) => a.mul(b).reduceSum()).toHaveCorrectGradient([tensor([1, 2]), tensor(3)], {
      order: 2,
    });
    expect(parabola).toHaveCorrectGradient([tensor([1, 2])], { directions: 2 });
  });

  test("fails with the input, the index, both values, the bound, and how to repeat it", () => {
    expect(crooked).not.toHaveCorrectGradient([tensor([0, 0.001])]);
    const failed = messageOf(() => expect(crooked).toHaveCorrectGradient([tensor([0, 0.001])], { seed: 4 }));
    const [head, difference, repeat] = failed.split("\n");
    expect(head).toBe("checkGradients: 2 derivatives checked, 1 agree, 1 differ, 0 at a kink");
    expect(difference).toMatch(
      /^ {2}inputs\[0\] at \[1\], order 1: analytic 0, numeric 0\.0000824\S* .* bound 0\.0000\S+/,
    );
    expect(repeat).toBe("To repeat it: checkGradients(f, [tensor([0,0.0010000000474974513])], { seed: 4 })");
  });

  test("says what else is wrong as an error of its own", () => {
    expect(() => expect(parabola).toHaveCorrectGradient([1])).toThrow("the inputs hold no tensor to differentiate by");
    expect(() => expect(3).not.toHaveCorrectGradient([tensor(1)])).toThrow("the argument is 3; expected a function");
  });

  test("where it passes and should not, says so", () => {
    expect(messageOf(() => expect(parabola).not.toHaveCorrectGradient([tensor(1)]))).toBe(
      "expected a wrong gradient, but 1 derivative checked, 1 agree, 0 differ, 0 at a kink",
    );
  });
});

describe("toHaveGradient", () => {
  test("takes values and functions", () => {
    expect(parabola).toHaveGradient([2, 4], [tensor([1, 2])]);
    expect(parabola).toHaveGradient(tensor([2, 4]), [tensor([1, 2])]);
    expect(parabola).toHaveGradient((x: Tensor) => x.mul(2), [tensor([1, 2])]);
    expect(parabola).not.toHaveGradient([2, 5], [tensor([1, 2])]);
  });

  test("prints large inputs by their shape", () => {
    const x = tensor(new Float32Array(100), [10, 10]);
    const message = messageOf(() => expect(parabola).toHaveGradient(new Float32Array(100).fill(1), [x]));
    expect(message).toContain("To repeat it: checkGradients(f, [tensor(… 100 values, [10, 10])], { gradient: … })");
  });
});

describe("toBeCloseToTensor", () => {
  test("compares shapes and entries, with a tolerance", () => {
    expect(tensor([1, 2]).div(3)).toBeCloseToTensor([0.3333, 0.6667], 1e-4);
    expect(tensor([1, 2])).toBeCloseToTensor(tensor([1, 2]));
    expect(tensor([1000, 2])).toBeCloseToTensor([1001, 2], { rtol: 1e-2 });
    expect(tensor([1000, 2])).not.toBeCloseToTensor([1001, 2], 0.1);
    expect([1, 2]).toBeCloseToTensor(tensor([1, 2]));
    expect(tensor([[1, 2]])).not.toBeCloseToTensor([1, 2]);
  });

  test("NaN is close to NaN and infinities to themselves, and to nothing else", () => {
    expect(tensor([NaN, Infinity, -Infinity])).toBeCloseToTensor([NaN, Infinity, -Infinity]);
    for (const [a, b] of [
      [NaN, 0],
      [0, NaN],
      [Infinity, -Infinity],
      [Infinity, 1],
    ] as const) {
      expect(tensor([a])).not.toBeCloseToTensor([b], 1e30);
    }
  });

  test("says what differs", () => {
    const close = (a: unknown, b: Tensor | number[]) => messageOf(() => expect(a).toBeCloseToTensor(b, 0.125));
    expect(
      close(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      ),
    ).toBe("toBeCloseToTensor: 1 of 4 entries differ\n  at [0, 1]: 2, expected 2.5: differs by 0.5, bound 0.125");
    expect(close(tensor([1]), [1, 2])).toBe("toBeCloseToTensor: the shape is [1]; expected [2]");
    expect(close(tensor(new Float32Array(12)), Array(12).fill(1))).toContain("\n  and 2 more");
    expect(() => expect(tensor(1)).toBeCloseToTensor(1, Number.NaN)).toThrow("atol is NaN; expected a number");
  });
});
