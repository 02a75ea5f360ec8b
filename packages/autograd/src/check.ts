/**
 * Checking gradients of functions of tensors: what a derivative says against what the function does. Knows options and
 * claims; the comparing is in `comparison`.
 */
import { checkArray, checkFunction, checkOptions, describe } from "./argument.js";
import { claimsOf } from "./claim.js";
import { type Claim, compare } from "./comparison.js";
import { GradientCheckError, type GradientReport } from "./report.js";
import {
  defaultTolerances,
  type SelectionOptions,
  selectionFrom,
  type ToleranceOptions,
  taylorTolerances,
  tolerancesFrom,
} from "./settings.js";
import { type TaylorReport, taylorReport } from "./taylor.js";
import type { Tensor } from "./tensor.js";

/** Options of `checkGradients`. */
export interface GradientCheckOptions<Inputs extends readonly unknown[] = readonly unknown[]>
  extends ToleranceOptions,
    SelectionOptions {
  /** 1 checks the first derivatives; 2 checks the second as well. Default 1. */
  readonly order?: number;
  /** How far to go from x to either side at first, as a part of max(1, |x|). Default ∛2⁻⁵² ≈ 6e-6. */
  readonly step?: number;
  /**
   * A gradient written by hand, to be checked instead of the framework's own: called as `f` is, it returns the
   * gradient of the scalar f with respect to its first argument, in that argument's structure, as tensors or numbers.
   */
  readonly gradient?: (...inputs: Inputs) => unknown;
}

/**
 * Holds the gradient of `f(...inputs)` with respect to every tensor in `inputs`, or a gradient written by hand,
 * against finite differences of `f`. An `f` that is not a scalar is checked through a fixed weighted sum of its entries.
 * Throws a `GradientCheckError` that prints both values where they are farther apart than `atol + rtol · |numeric|`.
 * Kinks are named in the report; there, a derivative need only lie between the slopes to either side. Large inputs are
 * checked at a `sample` of entries, or along random `directions`.
 * @example checkGradients((x: Tensor) => x.exp().reduceSum(), [tensor([0, 1])]).checked // 2
 * @example checkGradients((x: Tensor) => x.square().reduceSum(), [tensor([1, 2])], { gradient: (x) => x.mul(2) })
 */
export function checkGradients<Inputs extends readonly unknown[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  options?: GradientCheckOptions<Inputs>,
): GradientReport {
  const operation = "checkGradients";
  checkFunction(operation, f);
  const known = ["order", "atol", "rtol", "step", "gradient", "sample", "directions", "seed"] as const;
  const checked = checkOptions(operation, options, known);
  const tolerances = tolerancesFrom(operation, checked, defaultTolerances(Number.EPSILON));
  const selection = selectionFrom(operation, checked);
  const { order = 1, gradient } = checked;
  checkOrder(operation, order, gradient);
  const given = checkArray<unknown>(operation, "the list of inputs", inputs) as [...Inputs];
  const report = compare(claimsOf(operation, f, given, order, gradient), selection, tolerances);
  if (report.differences.length > 0) throw new GradientCheckError(operation, report);
  return report;
}

function checkOrder(operation: string, order: number, gradient: unknown): void {
  if (order !== 1 && order !== 2) throw new RangeError(`${operation}: order is ${describe(order)}; expected 1 or 2`);
  if (gradient === undefined) return;
  checkFunction(`${operation}, option gradient`, gradient);
  if (order === 1) return;
  throw new RangeError(
    `${operation}: a gradient written by hand is checked at order 1; to check its derivative, check it as a function of its own`,
  );
}

/** Options of `checkTaylor`. */
export interface TaylorOptions<Inputs extends readonly unknown[] = readonly unknown[]> extends ToleranceOptions {
  /** How many random directions. Default 3. */
  readonly directions?: number;
  /** What they are drawn by, a whole number. Default 1. */
  readonly seed?: number;
  /** The first h, which is halved ten times. Default 2⁻⁷. */
  readonly step?: number;
  /** A gradient written by hand, as that of `checkGradients`. */
  readonly gradient?: (...inputs: Inputs) => unknown;
}

/**
 * Taylor's test of the gradient of `f`, or of one written by hand: along random directions v,
 * |f(x + hv) − f(x) − h⟨g, v⟩| falls as h² where g is right, and as h where it is wrong. The report has the orders that were
 * measured and says what they mean; a `GradientCheckError` is thrown where the gradient is wrong.
 * @example String(checkTaylor((x: Tensor) => x.exp().reduceSum(), [tensor([0, 1])], { directions: 1 }))
 * @example // 1 direction of seed 1, 1 agree, … direction 1: order 2, and 1 without the gradient: the gradient is right
 */
export function checkTaylor<Inputs extends readonly unknown[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  options?: TaylorOptions<Inputs>,
): TaylorReport {
  const operation = "checkTaylor";
  checkFunction(operation, f);
  const known = ["directions", "seed", "step", "gradient", "atol", "rtol"] as const;
  const { gradient, ...checked } = checkOptions(operation, options, known);
  if (gradient !== undefined) checkFunction(`${operation}, option gradient`, gradient);
  const tolerances = tolerancesFrom(operation, checked, taylorTolerances(Number.EPSILON));
  const { directions = 3, seed } = selectionFrom(operation, checked);
  const given = checkArray<unknown>(operation, "the list of inputs", inputs) as [...Inputs];
  const [claim] = claimsOf(operation, f, given, 1, gradient) as [Claim];
  const report = taylorReport(claim, directions, seed, tolerances);
  if (report.differences.length > 0) throw new GradientCheckError(operation, report);
  return report;
}
