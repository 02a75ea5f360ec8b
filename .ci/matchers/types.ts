/** Type-checked against the packed packages, once beside Vitest and once beside Jest: both know the matchers. */
import { expect as expectOfJest } from "@jest/globals";
import { tensor } from "@protograd/autograd";
import { type GradientMatchers, matchers } from "@protograd/autograd/vitest";
import { expect as expectOfVitest } from "vitest";

const f = (x: ReturnType<typeof tensor>) => x.square().reduceSum();

expectOfVitest.extend(matchers);
expectOfVitest(f).toHaveCorrectGradient([tensor([1, 2])], { directions: 3 });
expectOfVitest(f).not.toHaveGradient([2, 5], [tensor([1, 2])]);
// @ts-expect-error the inputs are a list
expectOfVitest(f).toHaveCorrectGradient(1);

expect.extend(matchers);
expect(f).toHaveCorrectGradient([tensor([1, 2])]);
expect(tensor(1)).toBeCloseToTensor(1, { atol: 1e-3 });
// @ts-expect-error there is no such option
expect(tensor(1)).toBeCloseToTensor(1, { absolute: 1e-3 });

declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends GradientMatchers<R> {}
}
expectOfJest.extend(matchers);
expectOfJest(f).toHaveGradient([2, 4], [tensor([1, 2])]);
