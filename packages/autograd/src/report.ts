/**
 * What a gradient check found, as data and as text. Knows numbers, not graphs.
 */

/** One derivative, held against the function. */
export interface GradientComparison {
  /** 1 for ∂f/∂x; 2 for the derivative of ⟨∇f, v⟩, with a fixed v. */
  readonly order: number;
  /** Which input: `inputs[0]`, or `inputs[0].weights` in a structure. */
  readonly input: string;
  /** Which entry of that input. */
  readonly index: readonly number[];
  /** Which direction of its seed, counted from 1, where all entries of all inputs have moved at once. */
  readonly direction?: number;
  /** What the direction was drawn by. */
  readonly seed?: number;
  /** Of a direction that differs, the entry that is to blame, if it is one. */
  readonly culprit?: GradientComparison;
  /** f(x); at order 2 that of ⟨∇f, v⟩. */
  readonly value: number;
  /** What the derivative under test says. */
  readonly analytic: number;
  /** What the function does: (f(x + h) − f(x − h)) / 2h, extrapolated to h = 0. */
  readonly numeric: number;
  /** (f(x) − f(x − h)) / h. */
  readonly left: number;
  /** (f(x + h) − f(x)) / h. */
  readonly right: number;
  /** The least that a derivative may be: `numeric` where there is one, else that of the slopes to either side. */
  readonly lowest: number;
  /** The most that it may be. */
  readonly highest: number;
  /** h. */
  readonly step: number;
  /** How far apart `analytic` and `numeric` may be: `atol + rtol · |numeric|`, and what the rounding of f may add. */
  readonly bound: number;
  /** `kink` where the slopes to either side disagree, as where a minimum changes its winner, and no number is right. */
  readonly verdict: "agrees" | "differs" | "kink";
  /** Whether the same derivative, computed in float64, is right: then what differs is the rounding of float32. */
  readonly fitsInFloat64: boolean;
}

/** What `checkGradients` found. As text it is a summary that a person can read. */
export interface GradientReport {
  /** How many derivatives were compared. */
  readonly checked: number;
  /** Where f has no derivative; a derivative that is not even between the slopes to either side differs. */
  readonly kinks: readonly GradientComparison[];
  /** Where the derivative is wrong. Empty in a report that is returned; the error carries those of a failed check. */
  readonly differences: readonly GradientComparison[];
  /** The comparison that came closest to its bound, or went farthest beyond it. */
  readonly worst: GradientComparison | undefined;
  /** The counts, and a line for each of the first differences and kinks. */
  toString(): string;
}

/** Thrown by the checks of gradients; the message prints both values of each derivative that is wrong. */
export class GradientCheckError<Report = GradientReport> extends Error {
  /** What tells it from other errors where `instanceof` does not, as between two copies of this library. */
  override readonly name = "GradientCheckError";
  /** What was found, with `differences`. */
  readonly report: Report;

  /** @internal */
  constructor(operation: string, report: Report) {
    super(`${operation}: ${report}`);
    this.report = report;
  }
}

/** `looked` says where, if it was not at every entry. */
export function reportOn(comparisons: readonly GradientComparison[], looked?: string): GradientReport {
  const withVerdict = (verdict: GradientComparison["verdict"]): GradientComparison[] =>
    comparisons.filter((comparison) => comparison.verdict === verdict);
  const kinks = withVerdict("kink");
  const differences = withVerdict("differs");
  const judged = comparisons.filter(({ verdict }) => verdict !== "kink");
  const worst = judged.reduce<GradientComparison | undefined>(
    (most, each) => (most === undefined || excess(each) > excess(most) ? each : most),
    undefined,
  );
  const checked = comparisons.length;
  return {
    checked,
    kinks,
    differences,
    worst,
    toString: () =>
      [
        `${checked} derivative${checked === 1 ? "" : "s"} checked, ${checked - kinks.length - differences.length} agree, ${differences.length} differ, ${kinks.length} at a kink${looked ? ` (${looked})` : ""}`,
        ...listed(differences, describeDifference),
        ...listed(kinks, describeKink),
      ].join("\n"),
  };
}

const describeKink = (comparison: GradientComparison): string =>
  isDefinedAround(comparison) ? `kink: ${describeSides(comparison)}` : describeEdge(comparison);

function describeDifference(comparison: GradientComparison): string {
  const { analytic, numeric, bound, lowest, highest, fitsInFloat64 } = comparison;
  if (lowest !== highest) {
    const outside = lowest < highest && !Number.isNaN(analytic) ? "; the analytic value is not between them" : "";
    return `${describeEdge(comparison)}${outside}`;
  }
  if (!Number.isFinite(analytic) && fitsInFloat64) {
    return "in float64 it agrees, so something on the way leaves the range of float32: a stable form, such as logSigmoid for the log of a sigmoid, does not";
  }
  if (Number.isNaN(analytic)) {
    return "NaN, though the function has a derivative here: a step on the way, such as √ at 0, has none; keep its input away from there with where";
  }
  const finding = `differs by ${format(Math.abs(analytic - numeric))}, bound ${format(bound, 3)}`;
  return fitsInFloat64 ? `${finding}; in float64 it agrees, so this is rounding: allow for it with atol` : finding;
}

const isDefinedAround = ({ value, left, right }: GradientComparison): boolean =>
  Number.isFinite(value) && !Number.isNaN(left) && !Number.isNaN(right);

const describeEdge = (comparison: GradientComparison): string =>
  `${comparison.order === 1 ? "the function" : "the slope"} has no derivative here: ${describeSides(comparison)}`;

/** What the function is like where it has no derivative. */
function describeSides({ value, left, right, lowest, highest }: GradientComparison): string {
  if (!Number.isFinite(value)) return `it is ${value}`;
  const sides = Object.entries({ left, right });
  const missing = sides.filter(([, slope]) => Number.isNaN(slope)).map(([side]) => `to the ${side}`);
  const slopes = sides
    .filter(([, slope]) => !Number.isNaN(slope))
    .map(([side, slope]) => `${format(slope)} to the ${side}`);
  const isSteep = lowest === -Infinity || highest === Infinity;
  return [
    ...(missing.length > 0 ? [`it is not defined ${missing.join(" and ")}`] : []),
    ...(slopes.length > 0 ? [`slope ${slopes.join(", ")}`] : []),
    ...(slopes.length > 0 && isSteep ? ["steeper the closer one looks"] : []),
  ].join(", ");
}

/** The error as a multiple of the bound. */
function excess({ analytic, numeric, bound }: GradientComparison): number {
  const error = Math.abs(analytic - numeric) / bound;
  return Number.isNaN(error) ? Infinity : error;
}

const LISTED = 10;

function listed(comparisons: readonly GradientComparison[], finding: (each: GradientComparison) => string): string[] {
  const describe = (each: GradientComparison): string =>
    `${placeOf(each)}, order ${each.order}: analytic ${format(each.analytic)}, numeric ${format(each.numeric)} (step ${format(each.step, 3)}): ${finding(each)}`;
  const lines = comparisons.slice(0, LISTED).map((each) => {
    const { culprit } = each;
    return [`  ${describe(each)}`, ...(culprit ? [`    the entry to blame: ${describe(culprit)}`] : [])].join("\n");
  });
  const more = comparisons.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

const placeOf = ({ direction, seed, input, index }: GradientComparison): string =>
  direction === undefined
    ? `${input} at [${index.join(", ")}]`
    : `${input} along direction ${direction} of seed ${seed}`;

export const format = (value: number, digits = 8): string => String(Number(value.toPrecision(digits)));
