/** The platform's part: every module that is made is valid, and without WebAssembly everything still comes out. */
import { afterEach, expect, test, vi } from "vitest";
import { platform } from "../../packages/autograd/src/engine/webassembly.js";

const { Memory, Module, Instance, validate } = platform as NonNullable<typeof platform>;

/** Imports the packages anew, so that they meet the platform as it is now. */
async function imported() {
  vi.resetModules();
  return { ...(await import("@protograd/autograd")), ...(await import("@protograd/kmeans")) };
}

/** Some of everything: maps, views, sums, extremes, indices, first and second derivatives. */
async function results(): Promise<unknown> {
  const { compile, concat, hessianVectorProduct, kmeansCost, makeBlobs, ones, squaredDistances, tensor, valueAndGrad } =
    await imported();
  const X = tensor(makeBlobs({ samples: 50, randomState: 1 }).points);
  const W = X.take([3, 17, -1]);
  const cost = (w: typeof W) => kmeansCost(X, w);
  const [value, gradient] = compile(valueAndGrad(cost))(W);
  const curvature = hessianVectorProduct(cost)(W, ones([3, 2]));
  const smooth = concat([gradient, curvature.transpose().reshape([3, 2])], 0).tanh();
  return [value, gradient, curvature, smooth.softmax(1), squaredDistances(X, W).argmin(1)].map((each) =>
    [...each.data].map((entry) => Number(entry.toPrecision(5))),
  );
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("every module is valid", async () => {
  const verdicts: boolean[] = [];
  class Checked extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      verdicts.push(validate(bytes));
      super(bytes);
    }
  }
  vi.stubGlobal("WebAssembly", { Memory, Instance, validate, Module: Checked });
  await results();
  expect(verdicts.length).toBeGreaterThan(3);
  expect(verdicts).not.toContain(false);
});

test.each([
  ["WebAssembly", undefined],
  ["SIMD", { Memory, Module, Instance, validate: () => false }],
])("results are the same without %s", async (_, left) => {
  const expected = await results();
  vi.stubGlobal("WebAssembly", left);
  expect(await results()).toEqual(expected);
  const { isAvailable } = await import("../../packages/autograd/src/engine/program.js");
  expect(isAvailable()).toBe(false);
});
