/**
 * Checking gradients of any function of numbers: written by hand, of another library, in WebAssembly. Knows arrays and
 * structures of them, no tensors and no graphs.
 */
import { checkOptions, describe, isArrayLike, kindOf } from "./argument.js";
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

/** A function of numbers, what is said to be its gradient, and where to look. */
export interface GradientClaim<X> {
  /** The function: a number for x, which is made of arrays like those of `at`. It may keep them and write to them. */
  readonly value: (x: X) => number;
  /** What is to be checked: ∂value/∂x, made of arrays like those of x, of any kind. */
  readonly gradient: (x: X) => unknown;
  /** A number, an array of numbers, or arrays and objects of such. */
  readonly at: X;
  /** What the function computes with. Default `"float32"` where `at` has a `Float32Array`, else `"float64"`. */
  readonly precision?: "float32" | "float64";
}

/** What `checkGradientOf` takes: a claim and options. */
export interface GradientClaimCheck<X> extends GradientClaim<X>, ToleranceOptions, SelectionOptions {
  /**
   * How far to go from x to either side at first, as a part of max(1, |x|). Default ∛ε: 6e-6, or in float32 5e-3, and more
   * for many numbers, whose sum is rounded more.
   */
  readonly step?: number;
}

/** What `checkTaylorOf` takes. */
export interface TaylorClaimCheck<X> extends GradientClaim<X>, ToleranceOptions {
  /** How many random directions. Default 3. */
  readonly directions?: number;
  /** What they are drawn by, a whole number. Default 1. */
  readonly seed?: number;
  /** The first h, which is halved ten times. Default 2⁻⁷, in float32 2⁻⁴. */
  readonly step?: number;
}

const CLAIM = ["value", "gradient", "at", "precision"] as const;

/**
 * Holds a gradient against finite differences of a function, as `checkGradients` does, for functions of plain or typed
 * arrays, with no tensor in sight. Throws a `GradientCheckError` where they differ.
 * @example checkGradientOf({ value: ([x, y]) => x * y, gradient: ([x, y]) => [y, x], at: [2, 3] }).checked // 2
 */
export function checkGradientOf<X>(check: GradientClaimCheck<X>): GradientReport {
  const operation = "checkGradientOf";
  const options = checkOptions(operation, check, [...CLAIM, "atol", "rtol", "step", "sample", "directions", "seed"]);
  const claim = claimFrom(operation, options);
  const tolerances = tolerancesFrom(operation, options, defaultTolerances(claim.epsilon));
  const report = compare([claim], selectionFrom(operation, options), tolerances);
  if (report.differences.length > 0) throw new GradientCheckError(operation, report);
  return report;
}

/**
 * Taylor's test, as `checkTaylor` does it, for functions of plain or typed arrays.
 * @example checkTaylorOf({ value: ([x]) => Math.exp(x), gradient: ([x]) => [Math.exp(x)], at: [1] })
 */
export function checkTaylorOf<X>(check: TaylorClaimCheck<X>): TaylorReport {
  const operation = "checkTaylorOf";
  const options = checkOptions(operation, check, [...CLAIM, "atol", "rtol", "step", "directions", "seed"]);
  const claim = claimFrom(operation, options);
  const tolerances = tolerancesFrom(operation, options, taylorTolerances(claim.epsilon));
  const { directions = 3, seed } = selectionFrom(operation, options);
  const report = taylorReport(claim, directions, seed, tolerances);
  if (report.differences.length > 0) throw new GradientCheckError(operation, report);
  return report;
}

/** ε, by what a function computes with. */
const EPSILONS = { float32: 2 ** -23, float64: Number.EPSILON } as const;

function claimFrom<X>(operation: string, { value, gradient, at, precision }: Partial<GradientClaim<X>>): Claim {
  const f = checkedFunction(operation, "value", value);
  const slopeOf = checkedFunction(operation, "gradient", gradient);
  if (precision !== undefined && !Object.hasOwn(EPSILONS, precision)) {
    throw new RangeError(`${operation}: precision is ${describe(precision)}; expected "float32" or "float64"`);
  }
  const parts = numbersIn(operation, "at", at);
  for (const { path, numbers } of parts) checkFinite(operation, path, numbers);
  const guessed = parts.some(({ like }) => kindOf(like) === "Float32Array") ? "float32" : "float64";
  const withNumbers = (point: readonly Float64Array[]): unknown => {
    let next = 0;
    return mapNumbers(operation, "at", at, (like) => likeThat(operation, like, point[next++] as Float64Array));
  };
  const slopes = numbersIn(operation, "the gradient", slopeOf(withNumbers(parts.map(({ numbers }) => numbers))));
  checkAlike(operation, parts, slopes);
  const size = parts.reduce((sum, { numbers }) => sum + numbers.length, 0);
  return {
    order: 1,
    // Terms that are added up one by one round by about the root of their number.
    epsilon: EPSILONS[precision ?? guessed] * Math.sqrt(Math.max(1, size)),
    parts: parts.map(({ path, numbers }, which) => ({
      path: `x${path.slice("at".length)}`,
      shape: [numbers.length],
      values: numbers,
      analytic: (slopes[which] as Numbers).numbers,
    })),
    value: (point) => {
      const result = f(withNumbers(point));
      if (typeof result === "number") return result;
      throw new TypeError(`${operation}: the function's value is ${describe(result)}; expected a number`);
    },
  };
}

function checkedFunction(operation: string, name: string, value: unknown): (x: unknown) => unknown {
  if (typeof value === "function") return value as (x: unknown) => unknown;
  throw new TypeError(`${operation}: ${name} is ${describe(value)}; expected a function`);
}

/** A number, or an array of them, in a structure. */
interface Numbers {
  /** Where, as in `at.weights[0]`. */
  readonly path: string;
  /** What stands there. */
  readonly like: number | ArrayLike<number>;
  readonly numbers: Float64Array;
}

function numbersIn(operation: string, what: string, structure: unknown): Numbers[] {
  const found: Numbers[] = [];
  mapNumbers(operation, what, structure, (like, path) =>
    found.push({ path, like, numbers: typeof like === "number" ? Float64Array.of(like) : Float64Array.from(like) }),
  );
  return found;
}

/** The same structure with each number that stands alone, and each array of nothing but numbers, replaced. */
function mapNumbers(
  operation: string,
  path: string,
  structure: unknown,
  replace: (like: number | ArrayLike<number>, path: string) => unknown,
): unknown {
  if (isNumbers(structure)) return replace(structure, path);
  const within = (each: unknown, key: string): unknown => mapNumbers(operation, path + key, each, replace);
  if (Array.isArray(structure)) return structure.map((each, at) => within(each, `[${at}]`));
  if (
    typeof structure === "object" &&
    structure !== null &&
    !isArrayLike(structure) &&
    Object.keys(structure).length > 0
  )
    return Object.fromEntries(Object.entries(structure).map(([key, each]) => [key, within(each, `.${key}`)]));
  throw new TypeError(`${operation}: ${path} is ${describe(structure)}; expected numbers, or arrays of numbers`);
}

const isNumbers = (value: unknown): value is number | ArrayLike<number> =>
  typeof value === "number" ||
  (isArrayLike(value) && Array.prototype.every.call(value, (each) => typeof each === "number"));

/** What holds other numbers, each time in an array of its own, so that the function may keep it. */
function likeThat(operation: string, like: number | ArrayLike<number>, numbers: Float64Array): unknown {
  if (typeof like === "number") return numbers[0];
  const kind = kindOf(like);
  if (kind === undefined) return Array.from(numbers);
  if (kind === "Float64Array") return Float64Array.from(numbers);
  if (kind === "Float32Array") return Float32Array.from(numbers);
  throw new TypeError(`${operation}: at has a ${kind}; expected numbers that can be moved a little, in floats`);
}

function checkFinite(operation: string, path: string, numbers: Float64Array): void {
  const wrong = numbers.findIndex((each) => !Number.isFinite(each));
  if (wrong < 0) return;
  throw new RangeError(`${operation}: ${path} is ${numbers[wrong]} at [${wrong}]; expected finite numbers`);
}

/** Whether the gradient has as many numbers in each place as x has. */
function checkAlike(operation: string, parts: readonly Numbers[], slopes: readonly Numbers[]): void {
  const lengths = (list: readonly Numbers[]): string => list.map(({ numbers }) => numbers.length).join(" + ");
  if (lengths(parts) === lengths(slopes)) return;
  throw new RangeError(
    `${operation}: the gradient has ${lengths(slopes)} numbers; expected ${lengths(parts)}, in the structure of at`,
  );
}
