/**
 * The slope of a function of one number, by finite differences, and whether it has one. Knows numbers only.
 *
 * Where f is smooth, the slopes to the left and to the right differ by h·f″ and the slope through both sides is off by
 * h²·f‴/6: halve the step h, and the first halves, the second falls to a quarter. At a kink or a jump neither happens.
 * So the step is halved until f shows itself smooth, and the slope through both sides is extrapolated to h = 0
 * (Richardson 1911).
 */

export interface Slope {
  /** The slope through both sides, extrapolated; at a kink in x itself there is none, and this is some number. */
  readonly value: number;
  /** (f(x) − f(x − h)) / h. */
  readonly left: number;
  /** (f(x + h) − f(x)) / h. */
  readonly right: number;
  /** h, the step that the search began with or, where f is steep, came down to. */
  readonly step: number;
  /** How far the rounding of f may have moved `value`. */
  readonly noise: number;
  /** Whether f is smooth in x; false at a kink, at a jump, and at an edge of where f is defined. */
  readonly smooth: boolean;
  /** Whether there is a kink or a jump within `step` of x. */
  readonly kink: boolean;
  /** At a kink, the slopes close to x: whatever may be called a derivative lies between them. None at a jump. */
  readonly sides: readonly [left: number, right: number] | undefined;
}

/** How far apart two slopes may be and still count as one; it depends on how large they are. */
export type Tolerance = (slope: number) => number;

/** The slope of f at x. `firstStep` is the step to begin with. */
export function slopeAt(f: (x: number) => number, x: number, firstStep: number, tolerance: Tolerance): Slope {
  const here = f(x);
  const longest = audibleStep(differences(f, x, here, firstStep), x, here, tolerance);
  const scaleAt = (halvings: number): Scale => differences(f, x, here, longest / 2 ** halvings);
  const first = scaleAt(0);
  let [coarse, middle, fine] = [first, scaleAt(1), scaleAt(2)];
  for (let halvings = 3; !isSmooth(coarse, middle, fine, tolerance); halvings++) {
    const drowned = fine.noise > tolerance(fine.value);
    if (halvings > MOST_HALVINGS || drowned || fine.step < 64 * Number.EPSILON * Math.abs(x)) {
      const settled = settles(middle.left, fine.left) && settles(middle.right, fine.right);
      return { ...first, smooth: false, kink: true, sides: settled ? [fine.left, fine.right] : undefined };
    }
    [coarse, middle, fine] = [middle, fine, scaleAt(halvings)];
  }
  const value = (4 * fine.value - middle.value) / 3;
  const kink = coarse !== first && hasKinkWithin(f, x, longest);
  return { ...(kink ? first : coarse), value, noise: fine.noise, smooth: true, kink, sides: undefined };
}

type Scale = Pick<Slope, "value" | "left" | "right" | "step" | "noise">;

/** A few units in the last place: what a value of f may be off by, relative to itself. */
const ROUNDING = 8 * Number.EPSILON;

const LONGEST_STEP = 0.05;
const MOST_HALVINGS = 24;

/** A longer step where the rounding of a large |f| would drown differences of the size of the tolerance. */
function audibleStep({ value, step, noise }: Scale, x: number, here: number, tolerance: Tolerance): number {
  if (!(noise > tolerance(value) / 4)) return step;
  const longest = Math.min((4 * ROUNDING * Math.abs(here)) / tolerance(0), LONGEST_STEP * Math.max(1, Math.abs(x)));
  return Math.max(step, longest);
}

function differences(f: (x: number) => number, x: number, here: number, step: number): Scale {
  const [before, after] = [x - step, x + step];
  const [below, above] = [f(before), f(after)];
  return {
    value: (above - below) / (after - before),
    left: (here - below) / (x - before),
    right: (above - here) / (after - x),
    step,
    noise: (ROUNDING * Math.max(Math.abs(below), Math.abs(here), Math.abs(above))) / step,
  };
}

function isSmooth(coarse: Scale, middle: Scale, fine: Scale, tolerance: Tolerance): boolean {
  const slack = tolerance(fine.value) + fine.noise;
  const [gap, halved, quartered] = [gapOf(coarse), gapOf(middle), gapOf(fine)];
  const settled = Math.abs(coarse.value - middle.value) <= slack && Math.abs(middle.value - fine.value) <= slack;
  const flat = Math.max(gap, halved, quartered) <= slack;
  return settled && (flat || (halves(gap, halved, fine.noise) && halves(halved, quartered, fine.noise)));
}

const gapOf = ({ left, right }: Scale): number => Math.abs(right - left);

const halves = (gap: number, next: number, noise: number): boolean => Math.abs(next - gap / 2) <= 0.1 * gap + noise;

const settles = (slope: number, next: number): boolean =>
  Number.isFinite(next) && Math.abs(next - slope) <= 0.25 * Math.max(1, Math.abs(slope));

/**
 * Whether f has a kink or a jump between x − h and x + h: closes in on where the slope changes most. A smooth change
 * spreads out under the lens, and the gap in slope halves with each step; that of a kink stays.
 */
function hasKinkWithin(f: (x: number) => number, x: number, h: number): boolean {
  let [center, spacing] = [x, h / 2];
  let widest = 0;
  let gap = 0;
  for (let zoom = 0; zoom < ZOOMS; zoom++) {
    const values = [-2, -1, 0, 1, 2].map((steps) => f(center + steps * spacing));
    if (!values.every(Number.isFinite)) return false;
    const gaps = [1, 2, 3].map((at) => Math.abs(secondDifference(values, at)) / spacing);
    gap = Math.max(...gaps);
    widest = Math.max(widest, gap);
    center += (gaps.indexOf(gap) - 1) * spacing;
    spacing /= 2;
  }
  return !(gap < widest / 8);
}

const ZOOMS = 10;

const secondDifference = (values: readonly number[], at: number): number =>
  (values[at + 1] as number) - 2 * (values[at] as number) + (values[at - 1] as number);
