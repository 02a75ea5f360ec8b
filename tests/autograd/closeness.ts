/** Whether values are those of the reference, but for rounding. */
import { expect } from "vitest";
import { fillOf, type Node, type Values } from "../../packages/autograd/src/graph.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";

/**
 * Holds values against the reference. The bounds are wide: sums of sums in second derivatives amplify rounding, and
 * what this is after, a value from the wrong place or not at all, is off by more. How much of a difference rounding
 * explains is seen from the reference itself: from what it makes of results rounded to float32, and of leaves that are
 * off by as much as rounding is. Where float32 leaves its range on the way (a product of a thousand entries does), ∞ and
 * NaN are as right as any other value.
 */
export function expectClose(outputs: readonly Node[], values: readonly Values[], rounding = 1e-6): void {
  const exact = evaluate(outputs);
  const others = [1, 2, 3].map((trial) => evaluate(outputs, (node) => nudged(node, trial, rounding)));
  others.push(evaluate(outputs, undefined, "float32"));
  outputs.forEach((output, which) => {
    const [wide, found] = [exact[which], values[which]] as [Float64Array, Values];
    expect(found.length).toBe(sizeOf(output.shape));
    const scale = wide.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    const doubts = others.flatMap((other) =>
      Array.from(other[which] as Float64Array, (value, at) =>
        Object.is(value, wide[at]) ? 0 : Math.abs(value - (wide[at] as number)),
      ),
    );
    const doubt = doubts.reduce((largest, off) => Math.max(largest, off), 0);
    if (!Number.isFinite(doubt)) return;
    wide.forEach((value, at) => {
      const bound = 100 * rounding * scale + 100 * doubt;
      if (Object.is(found[at], value) || Math.abs((found[at] as number) - value) <= bound) return;
      expect.fail(`output ${which}, entry ${at}: ${found[at]} where the reference has ${value} ± ${bound}`);
    });
  });
}

/** The values of a float leaf, each off by less than `rounding`, relative to it. */
export function nudged(
  { operation, attributes, shape, dtype }: Node,
  trial: number,
  rounding: number,
): Float64Array | undefined {
  if (operation.kind !== "leaf" || dtype === "int32" || fillOf({ operation, attributes } as Node) !== undefined)
    return undefined;
  const { data } = operation.meaning(attributes, shape) as { data: ArrayLike<number> };
  return Float64Array.from(data, (value, at) => value * (1 + rounding * Math.sin(trial * 7919 + at)));
}
