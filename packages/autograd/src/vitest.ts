/**
 * Matchers for `expect`, of Vitest and of Jest alike: gradients and tensors as tests speak of them. Imports neither; what
 * both call is an object of functions. Knows checks and how a failure reads.
 */
import { describe } from "./argument.js";
import { checkGradients, type GradientCheckOptions } from "./check.js";
import { flatten, type NestedArray } from "./nested.js";
import { format } from "./report.js";
import { formatShape, indexOf, type Shape, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/** How far apart two values may be: `atol + rtol · |expected|`. A number is `atol`, with an `rtol` of 0. */
export type Closeness = number | ClosenessOptions;

/** The two parts of a bound. */
export interface ClosenessOptions {
  /** Whatever is expected. Default 0. */
  readonly atol?: number;
  /** As a part of what is expected. Default 0. */
  readonly rtol?: number;
}

/** What `expect` has once it is extended with `matchers`. `Result` is what its own matchers return. */
export interface GradientMatchers<Result = void> {
  /**
   * The function's gradient, by every tensor of the inputs, agrees with finite differences.
   * @example expect((x: Tensor) => x.exp().reduceSum()).toHaveCorrectGradient([tensor([0, 1])]);
   */
  toHaveCorrectGradient(inputs: readonly unknown[], options?: GradientCheckOptions): Result;
  /**
   * The gradient of the function, whose value is a scalar, by its first input is this one: values, or a function of the
   * inputs that returns them, as tensors or numbers.
   * @example expect((x: Tensor) => x.square().reduceSum()).toHaveGradient([2, 4], [tensor([1, 2])]);
   */
  toHaveGradient(analytic: unknown, inputs: readonly unknown[]): Result;
  /**
   * The tensor has this shape, and entries within the tolerance, by default `{ atol: 1e-6, rtol: 1e-5 }`. NaN is close to
   * NaN, and an infinity to itself.
   * @example expect(tensor([1, 2]).div(3)).toBeCloseToTensor([0.3333, 0.6667], 1e-4);
   */
  toBeCloseToTensor(expected: Tensor | NestedArray, tolerance?: Closeness): Result;
}

declare global {
  /** Where Vitest and `@types/jest` look for the matchers of others. */
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: all declarations of an interface have the same type parameters.
    interface Matchers<R, T = {}> extends GradientMatchers<R> {}
  }
}

/** What a matcher returns. */
export interface MatcherResult {
  /** Whether the expectation is met. */
  readonly pass: boolean;
  /** What is said where it is not, or where it is and should not be. */
  readonly message: () => string;
}

/** The matchers as functions of what was given to `expect`, and of their own arguments. A type that `expect.extend` takes. */
export type MatcherFunctions = {
  /** {@link GradientMatchers.toHaveCorrectGradient} */
  readonly toHaveCorrectGradient: (
    f: unknown,
    inputs: readonly unknown[],
    options?: GradientCheckOptions,
  ) => MatcherResult;
  /** {@link GradientMatchers.toHaveGradient} */
  readonly toHaveGradient: (f: unknown, analytic: unknown, inputs: readonly unknown[]) => MatcherResult;
  /** {@link GradientMatchers.toBeCloseToTensor} */
  readonly toBeCloseToTensor: (received: unknown, expected: unknown, tolerance?: Closeness) => MatcherResult;
};

/**
 * What `expect.extend` takes.
 * @example expect.extend(matchers);
 */
export const matchers: MatcherFunctions = {
  toHaveCorrectGradient: resultOf,

  toHaveGradient(f, analytic, inputs) {
    const gradient = typeof analytic === "function" ? (analytic as (...inputs: unknown[]) => unknown) : () => analytic;
    return resultOf(f, inputs, { gradient });
  },

  toBeCloseToTensor(received, expected, tolerance) {
    const operation = "toBeCloseToTensor";
    const [a, b] = [valuesOf(operation, received), valuesOf(operation, expected)];
    if (!sameShape(a.shape, b.shape)) {
      const message = `${operation}: the shape is ${formatShape(a.shape)}; expected ${formatShape(b.shape)}`;
      return { pass: false, message: () => message };
    }
    const differences = differencesOf(a, b, boundsFrom(operation, tolerance));
    const text = differences.slice(0, LISTED).map((line) => `\n  ${line}`);
    const more = differences.length - text.length;
    const lines = more > 0 ? [...text, `\n  and ${more} more`] : text;
    return differences.length === 0
      ? { pass: true, message: () => `${operation}: all ${a.flat.length} entries are close; expected one that is not` }
      : {
          pass: false,
          message: () => `${operation}: ${differences.length} of ${a.flat.length} entries differ${lines.join("")}`,
        };
  },
};

/** How many entries a message names. */
const LISTED = 10;

/** What a check of the gradient says, and how to come back to it. */
function resultOf(f: unknown, inputs: readonly unknown[], options?: GradientCheckOptions): MatcherResult {
  try {
    const report = checkGradients(f as (...inputs: unknown[]) => Tensor, inputs as unknown[], options);
    return { pass: true, message: () => `expected a wrong gradient, but ${report}` };
  } catch (error) {
    // By name: a test runner may have loaded two copies of this library.
    if ((error as Error).name !== "GradientCheckError") throw error;
    const { message } = error as Error;
    const given = options && Object.keys(options).length > 0 ? `, ${literal(options)}` : "";
    return {
      pass: false,
      message: () => `${message}\nTo repeat it: checkGradients(f, ${literal(inputs)}${given})`,
    };
  }
}

/** Values as a program writes them; those of large tensors are left out. */
function literal(value: unknown): string {
  if (value instanceof Tensor) {
    if (value.size > PRINTED) return `tensor(… ${value.size} values, ${formatShape(value.shape)})`;
    const type = value.dtype === "float64" ? `, ${formatShape(value.shape)}, { dtype: "float64" }` : "";
    return `tensor(${JSON.stringify(value.toArray())}${type})`;
  }
  if (typeof value === "function") return "…";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const fields = Object.entries(value).map(([key, each]) => `${key}: ${literal(each)}`);
  return `{ ${fields.join(", ")} }`;
}

/** Of how many values a tensor is printed whole. */
const PRINTED = 64;

interface Flat {
  readonly flat: ArrayLike<number>;
  readonly shape: Shape;
}

const valuesOf = (operation: string, value: unknown): Flat =>
  value instanceof Tensor ? { flat: value.data, shape: value.shape } : flatten(operation, value as NestedArray);

function boundsFrom(
  operation: string,
  tolerance: Closeness = { atol: 1e-6, rtol: 1e-5 },
): { atol: number; rtol: number } {
  const { atol = 0, rtol = 0 } = typeof tolerance === "number" ? { atol: tolerance } : tolerance;
  for (const [name, bound] of Object.entries({ atol, rtol })) {
    if (Number.isFinite(bound) && bound >= 0) continue;
    throw new RangeError(`${operation}: ${name} is ${describe(bound)}; expected a number that is not negative`);
  }
  return { atol, rtol };
}

/** A line for each entry that is too far from what was expected. */
function differencesOf(a: Flat, b: Flat, { atol, rtol }: { atol: number; rtol: number }): string[] {
  const lines: string[] = [];
  for (let at = 0; at < a.flat.length; at++) {
    const [found, expected] = [a.flat[at] as number, b.flat[at] as number];
    const bound = atol + rtol * Math.abs(expected);
    const distance = Math.abs(found - expected);
    if (found === expected || (Number.isNaN(found) && Number.isNaN(expected)) || distance <= bound) continue;
    const place = `at [${indexOf(at, a.shape).join(", ")}]: ${format(found)}, expected ${format(expected)}`;
    lines.push(`${place}: differs by ${format(distance)}, bound ${format(bound, 3)}`);
  }
  return lines;
}
