/**
 * The matchers as users of Jest and of Vitest have them, from the packed packages: `expect` and `test` are those of the
 * runner, as globals.
 */
import { tensor } from "@protograd/autograd";
import { matchers } from "@protograd/autograd/vitest";

const { expect, test } = globalThis;
expect.extend(matchers);

const parabola = (x) => x.square().reduceSum();

const messageOf = (act) => {
  try {
    act();
  } catch (error) {
    return error.message;
  }
  throw new Error("the expectation was met");
};

test("what is right passes", () => {
  expect(parabola).toHaveCorrectGradient([tensor([1, 2])], { order: 2 });
  expect(parabola).toHaveGradient([2, 4], [tensor([1, 2])]);
  expect(tensor([1, 2]).div(3)).toBeCloseToTensor([0.3333, 0.6667], 1e-4);
});

test("what is wrong fails, and says where and how to repeat it", () => {
  const message = messageOf(() => expect(parabola).toHaveGradient([2, 5], [tensor([1, 2])]));
  for (const part of ["inputs[0] at [1]", "analytic 5, numeric 4", "bound 0.00041", "[tensor([1,2])]"]) {
    expect(message).toContain(part);
  }
  expect(parabola).not.toHaveGradient([2, 5], [tensor([1, 2])]);
  expect(messageOf(() => expect(tensor([1, 2])).toBeCloseToTensor([1, 3]))).toContain("at [1]: 2, expected 3");
});
