/**
 * The adjoint test: ⟨J v, u⟩ = ⟨v, Jᵀu⟩ for all v and u. Forward and reverse mode are held against each other, so it takes no
 * step, and neither truncation nor a kink disturbs it; but it does not look at the function itself. Forward mode is computed
 * in float64, reverse mode as anybody gets it. Knows no single operation.
 */
import { checkArray, checkFunction, checkOptions } from "./argument.js";
import { valuesByHand } from "./claim.js";
import { tensor } from "./creation.js";
import { drawVector } from "./directions.js";
import { pushedForward } from "./forward.js";
import { gradientNodes } from "./gradient.js";
import { constant, type Node } from "./graph.js";
import { format, GradientCheckError } from "./report.js";
import { defaultTolerances, selectionFrom, type ToleranceOptions, tolerancesFrom } from "./settings.js";
import { sizeOf } from "./shape.js";
import { leavesOf, mapStructure } from "./structure.js";
import { checkTensor, Tensor } from "./tensor.js";
import { callWithVariables } from "./transforms.js";

/** Options of `checkAdjoint`. */
export interface AdjointOptions<X, Rest extends unknown[]> extends ToleranceOptions {
  /**
   * Jᵀu written by hand, to be tested instead of the framework's own: from u, in the shape of the value of f, and the
   * arguments of f to what has the structure of the first of them, as tensors or numbers.
   */
  readonly pullback?: (u: Tensor, x: X, ...rest: Rest) => unknown;
  /** How many pairs of v and u. Default 3. */
  readonly directions?: number;
  /** What they are drawn by, a whole number. Default 1. */
  readonly seed?: number;
}

/** Both sides of the equation for one pair of v and u. */
export interface AdjointComparison {
  /** Which pair of the seed, counted from 1. */
  readonly direction: number;
  /** ⟨J v, u⟩. */
  readonly forward: number;
  /** ⟨v, Jᵀu⟩. */
  readonly reverse: number;
  /** How far apart they may be where each entry g of Jᵀu may be off by `atol + rtol · |g|`. */
  readonly bound: number;
  /** Whether they are no farther apart. */
  readonly verdict: "agrees" | "differs";
}

/** What `checkAdjoint` found. */
export interface AdjointReport {
  /** What the pairs were drawn by. */
  readonly seed: number;
  /** One for each pair. */
  readonly comparisons: readonly AdjointComparison[];
  /** Where both sides differ. Empty in a report that is returned. */
  readonly differences: readonly AdjointComparison[];
  /** The counts, and a line for each pair that differs. */
  toString(): string;
}

/**
 * Holds reverse mode, or a pullback written by hand, against forward mode: ⟨J v, u⟩ = ⟨v, Jᵀu⟩ for random v and u, where J
 * holds the derivatives of `f` by its first argument. Throws a `GradientCheckError` where they differ. A wrong gradient
 * rule of an operation would be on both sides: that `checkGradients` finds. At a tie that only rounding to float32 makes,
 * both sides may choose differently, since forward mode is computed in float64.
 * @example checkAdjoint((x: Tensor) => x.square(), [tensor([1, 2])], { pullback: (u, x) => u.mul(x).mul(2) })
 */
export function checkAdjoint<X, Rest extends unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
  inputs: readonly [X, ...Rest],
  options?: AdjointOptions<X, Rest>,
): AdjointReport {
  const operation = "checkAdjoint";
  checkFunction(operation, f);
  const { pullback, ...checked } = checkOptions(operation, options, ["pullback", "directions", "seed", "atol", "rtol"]);
  if (pullback !== undefined) checkFunction(`${operation}, option pullback`, pullback);
  const { atol, rtol } = tolerancesFrom(operation, checked, defaultTolerances(Number.EPSILON));
  const { directions = 3, seed } = selectionFrom(operation, checked);
  const [x, ...rest] = checkArray<unknown>(operation, "the list of inputs", inputs) as [X, ...Rest];
  const own = callWithVariables(operation, f, x, rest as Rest);
  const y = checkTensor(operation, "the function's value", own.result).node;
  const exact = callWithVariables(operation, f, inFloat64(x), rest as Rest);
  const tensors = leavesOf(x).map(({ leaf, path }) => ({ path: `inputs[0]${path}`, shape: (leaf as Tensor).shape }));
  const pull = (u: Tensor): ArrayLike<number>[] =>
    pullback === undefined
      ? gradientNodes(y, own.variables, u.node).map((node) => new Tensor(node).data)
      : valuesByHand(operation, "the pullback by hand", tensors, x, pullback(u, x, ...(rest as Rest)));
  const comparisons = Array.from({ length: directions }, (_, at) => {
    const [u, ...vs] = [y, ...own.variables].map((node, which) => drawn(node, seed, DRAWS * at + which)) as [
      Tensor,
      ...Tensor[],
    ];
    const pushed = new Tensor(pushedForward(exact.result.node, exact.variables, vs));
    return compare(at + 1, pushed, u, vs, pull(u), { atol, rtol });
  });
  const report = reportOn(seed, comparisons);
  if (report.differences.length > 0) throw new GradientCheckError(operation, report);
  return report;
}

/** More vectors than this are not drawn for one pair. */
const DRAWS = 1 << 16;

const drawn = (like: Node, seed: number, which: number): Tensor =>
  new Tensor(constant(Float32Array.from(drawVector(sizeOf(like.shape), seed, which)), like.shape));

function compare(
  direction: number,
  pushed: Tensor,
  u: Tensor,
  vs: readonly Tensor[],
  pulled: readonly ArrayLike<number>[],
  { atol, rtol }: Required<ToleranceOptions>,
): AdjointComparison {
  const forward = sumOver(u.data, (each, at) => each * (pushed.data[at] as number));
  const overEntries = (term: (v: number, slope: number) => number): number =>
    vs.reduce((sum, v, which) => sum + sumOver(v.data, (each, at) => term(each, pulled[which]?.[at] as number)), 0);
  const reverse = overEntries((v, slope) => v * slope);
  const bound = Math.sqrt(overEntries((v, slope) => (v * (atol + rtol * Math.abs(slope))) ** 2));
  // Written so that NaN differs.
  const agrees = Math.abs(forward - reverse) <= bound;
  return { direction, forward, reverse, bound, verdict: agrees ? "agrees" : "differs" };
}

function sumOver(values: ArrayLike<number>, term: (value: number, at: number) => number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += term(values[at] as number, at);
  return sum;
}

/** The tensors of a structure in float64, so that forward mode shows what float32 has lost. */
const inFloat64 = <X>(x: X): X =>
  mapStructure(x, (leaf) => (leaf instanceof Tensor ? tensor(leaf.data, leaf.shape, { dtype: "float64" }) : leaf));

function reportOn(seed: number, comparisons: readonly AdjointComparison[]): AdjointReport {
  const differences = comparisons.filter(({ verdict }) => verdict === "differs");
  const count = comparisons.length;
  return {
    seed,
    comparisons,
    differences,
    toString: () =>
      [
        `${count} pair${count === 1 ? "" : "s"} of seed ${seed}, ${count - differences.length} agree, ${differences.length} differ`,
        ...differences.map(
          ({ direction, forward, reverse, bound }) =>
            `  pair ${direction}: ⟨J v, u⟩ is ${format(forward)}, ⟨v, Jᵀu⟩ is ${format(reverse)}: differs by ${format(Math.abs(forward - reverse))}, bound ${format(bound, 3)}`,
        ),
      ].join("\n"),
  };
}
