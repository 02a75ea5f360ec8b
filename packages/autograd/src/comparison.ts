/**
 * Claims held against differences: what a function of many numbers does as they move, entry by entry or all at once along
 * a direction, and what its gradient says. Knows numbers, not where they come from.
 */
import { drawDirection, drawPlaces } from "./directions.js";
import { type GradientComparison, type GradientReport, reportOn } from "./report.js";
import { indexOf, type Shape } from "./shape.js";
import { type Slope, slopeAt } from "./slope.js";

/** A function at a place, and the derivatives that are claimed of it there. */
export interface Claim {
  /** 1, or 2 where the function is itself a sum of derivatives. */
  readonly order: number;
  readonly parts: readonly Part[];
  /** The function where the parts have these entries. */
  readonly value: (point: readonly Float64Array[]) => number;
  /** ε of the numbers that the function computes with. */
  readonly epsilon: number;
}

/** Numbers that the function depends on. */
export interface Part {
  /** How a report names it. */
  readonly path: string;
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
  /** The derivatives under test. */
  readonly analytic: ArrayLike<number>;
  /** The same in float64, which tells a wrong rule from the rounding of a right one. */
  readonly exact?: ArrayLike<number> | undefined;
}

/** How far apart two slopes may be, and how long steps are. */
export interface Tolerances {
  readonly atol: number;
  readonly rtol: number;
  readonly step: number;
}

/** Where to look: at every entry, unless it is at so many of them, or along so many directions. */
export interface Selection {
  readonly sample: number | undefined;
  readonly directions: number | undefined;
  readonly seed: number;
}

/** What differences say of claims. */
export function compare(claims: readonly Claim[], selection: Selection, tolerances: Tolerances): GradientReport {
  const { sample, directions, seed } = selection;
  const size = sizeOfParts((claims[0] as Claim).parts);
  const byEntries = sample !== undefined || directions === undefined;
  const places = sample === undefined ? undefined : drawPlaces(size, sample, seed);
  const comparisons = claims.flatMap((claim) => [
    ...(byEntries ? compareEntries(claim, places, tolerances) : []),
    ...Array.from({ length: size === 0 ? 0 : (directions ?? 0) }, (_, at) =>
      compareDirection(claim, seed, at + 1, tolerances),
    ),
  ]);
  const looked = [
    ...(places ? [`${places.length} of ${size} entries`] : []),
    ...(directions === undefined ? [] : [`${directions} direction${directions === 1 ? "" : "s"} of ${size} entries`]),
  ];
  return reportOn(comparisons, looked.length > 0 ? `${looked.join(" and ")}, seed ${seed}` : undefined);
}

export const sizeOfParts = (parts: readonly Part[]): number =>
  parts.reduce((sum, { values }) => sum + values.length, 0);

/** The entries at `places`, counted through all parts, or all of them. */
function compareEntries(
  claim: Claim,
  places: readonly number[] | undefined,
  tolerances: Tolerances,
): GradientComparison[] {
  const point = pointOf(claim.parts);
  let before = 0;
  return claim.parts.flatMap((part, which) => {
    const [from, to] = [before, before + part.values.length];
    before = to;
    const within =
      places?.filter((place) => place >= from && place < to).map((place) => place - from) ?? part.values.length;
    const chosen = typeof within === "number" ? [...Array(within).keys()] : within;
    return chosen.map((at) => compareEntry(claim, point, which, at, tolerances));
  });
}

function compareEntry(
  claim: Claim,
  point: readonly Float64Array[],
  which: number,
  at: number,
  { atol, rtol, step }: Tolerances,
): GradientComparison {
  const { path, shape, values, analytic, exact } = claim.parts[which] as Part;
  const coordinates = point[which] as Float64Array;
  const x = values[at] as number;
  const along = (moved: number): number => {
    coordinates[at] = moved;
    const result = claim.value(point);
    coordinates[at] = x;
    return result;
  };
  const tolerance = (slope: number): number => atol + rtol * Math.abs(slope);
  const slope = slopeAt(along, x, step * Math.max(1, Math.abs(x)), tolerance, claim.epsilon);
  return {
    order: claim.order,
    input: path,
    index: indexOf(at, shape),
    ...judge(slope, tolerance(slope.value || 0), analytic[at] as number, exact?.[at]),
  };
}

/** A claimed slope against what the function does. */
function judge(
  slope: Slope,
  tolerance: number,
  analytic: number,
  exact: number | undefined,
): Omit<GradientComparison, "order" | "input" | "index"> {
  const { here, value, left, right, lowest, highest, step, noise, kink } = slope;
  const bound = tolerance + noise;
  const fits = (derivative: number | undefined): boolean =>
    derivative !== undefined && derivative >= lowest - bound && derivative <= highest + bound;
  const verdict = !fits(analytic) ? "differs" : kink ? "kink" : "agrees";
  const sides = { value: here, numeric: value, left, right, lowest, highest, step };
  return { ...sides, analytic, bound, verdict, fitsInFloat64: fits(exact) };
}

/** A direction, and the places from where to where entries move along it. */
interface Move {
  readonly direction: readonly Float64Array[];
  readonly from: number;
  readonly to: number;
}

/** Along a direction in which all entries move. Where that differs, the entry that is to blame, if it is one. */
function compareDirection(claim: Claim, seed: number, number: number, tolerances: Tolerances): GradientComparison {
  const direction = drawDirection(
    claim.parts.map(({ values }) => values),
    seed,
    number,
  );
  const whole = { direction, from: 0, to: sizeOfParts(claim.parts) };
  const found = judgeMove(claim, whole, tolerances);
  const comparison = { order: claim.order, input: "all inputs", index: [], direction: number, seed, ...found };
  if (found.verdict !== "differs") return comparison;
  const culprit = findCulprit(claim, whole, tolerances);
  return culprit ? { ...comparison, culprit } : comparison;
}

function judgeMove(claim: Claim, move: Move, { atol, rtol, step }: Tolerances): ReturnType<typeof judge> {
  const point = pointOf(claim.parts);
  // Around 1, so that steps are as long, and rounded as little, as those of an entry of that size.
  const along = (moved: number): number => {
    forEachMoved(claim.parts, move, (which, at, amount) => {
      const coordinates = point[which] as Float64Array;
      coordinates[at] = ((claim.parts[which] as Part).values[at] as number) + (moved - 1) * amount;
    });
    return claim.value(point);
  };
  const bound = boundAlong(claim.parts, move, atol, rtol);
  const slope = slopeAt(along, 1, step, () => bound, claim.epsilon);
  const isExact = claim.parts.every(({ exact }) => exact !== undefined);
  const exact = isExact ? slopeAlong(claim.parts, move, ({ exact }) => exact as ArrayLike<number>) : undefined;
  return judge(
    slope,
    bound,
    slopeAlong(claim.parts, move, ({ analytic }) => analytic),
    exact,
  );
}

/** ⟨g, v⟩. */
export function slopeAlong(parts: readonly Part[], move: Move, gradientOf: (part: Part) => ArrayLike<number>): number {
  let sum = 0;
  forEachMoved(parts, move, (which, at, amount) => {
    sum += (gradientOf(parts[which] as Part)[at] as number) * amount;
  });
  return sum;
}

/** How far ⟨g, v⟩ may be off where each entry of g may be off by its bound, whatever the other entries are off by. */
export function boundAlong(parts: readonly Part[], move: Move, atol: number, rtol: number): number {
  let squares = 0;
  forEachMoved(parts, move, (which, at, amount) => {
    const slope = Math.abs((parts[which] as Part).analytic[at] as number);
    squares += ((atol + rtol * (Number.isFinite(slope) ? slope : 0)) * amount) ** 2;
  });
  return Math.sqrt(squares);
}

function forEachMoved(
  parts: readonly Part[],
  { direction, from, to }: Move,
  visit: (which: number, at: number, amount: number) => void,
): void {
  let before = 0;
  for (const [which, { values }] of parts.entries()) {
    const amounts = direction[which] as Float64Array;
    const last = Math.min(values.length, to - before);
    for (let at = Math.max(0, from - before); at < last; at++) visit(which, at, amounts[at] as number);
    before += values.length;
  }
}

/** Halves the entries that move for as long as one half alone differs. */
function findCulprit(claim: Claim, whole: Move, tolerances: Tolerances): GradientComparison | undefined {
  let { from, to } = whole;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    const differs = judgeMove(claim, { ...whole, from, to: middle }, tolerances).verdict === "differs";
    if (differs) to = middle;
    else from = middle;
  }
  const [found] = compareEntries(claim, [from], tolerances);
  return found?.verdict === "differs" ? found : undefined;
}

export const pointOf = (parts: readonly Part[]): Float64Array[] => parts.map(({ values }) => Float64Array.from(values));
