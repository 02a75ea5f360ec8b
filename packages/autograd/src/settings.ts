/** Options of the gradient checks: what each means where it is left out, and whether it makes sense. Knows no tensors. */
import { describe } from "./argument.js";
import type { Selection, Tolerances } from "./comparison.js";

/** How far apart slopes may be. */
export interface ToleranceOptions {
  /** The bound is `atol + rtol · |numeric|`. Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-4. */
  readonly rtol?: number;
}

/** Where a check looks, if not at every entry. */
export interface SelectionOptions {
  /** Look at so many entries of all inputs, drawn at random, instead of every one. */
  readonly sample?: number;
  /** Look along so many random directions in which all entries move at once, which costs the same for any number of them. */
  readonly directions?: number;
  /** What entries and directions are drawn by: the same ones for the same seed, a whole number. Default 1. */
  readonly seed?: number;
}

/** Tolerances, and a step, that make sense. */
export function tolerancesFrom(operation: string, options: Partial<Tolerances>, defaults: Tolerances): Tolerances {
  const { atol = defaults.atol, rtol = defaults.rtol, step = defaults.step } = options;
  const tolerances = { atol, rtol, step };
  for (const [name, value] of Object.entries(tolerances)) {
    if (Number.isFinite(value) && (value > 0 || (value === 0 && name !== "step"))) continue;
    throw new RangeError(`${operation}: ${name} is ${describe(value)}; expected a positive number`);
  }
  return tolerances;
}

/** Counts and a seed that make sense. */
export function selectionFrom(operation: string, { sample, directions, seed = 1 }: SelectionOptions): Selection {
  for (const [name, value] of Object.entries({ sample, directions })) {
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw new RangeError(`${operation}: ${name} is ${describe(value)}; expected a whole number above 0`);
  }
  if (Number.isSafeInteger(seed)) return { sample, directions, seed };
  throw new RangeError(`${operation}: seed is ${describe(seed)}; expected a whole number`);
}

/** By ∛ε, at which both errors of a central difference, h² and ε / h, are least together. */
export const defaultTolerances = (epsilon: number): Tolerances => ({
  atol: 1e-5,
  rtol: 1e-4,
  step: Math.cbrt(epsilon),
});

/** Of Taylor's test, whose first steps are longer: a power of two, so that what moves by it is rounded little in float32. */
export const taylorTolerances = (epsilon: number): Tolerances => ({
  ...defaultTolerances(epsilon),
  step: epsilon < 2 ** -30 ? 2 ** -7 : 2 ** -4,
});
