/**
 * The slope of a function of one number, by finite differences, and whether it has one. Knows numbers only.
 *
 * Where f is smooth, the slopes to the left and to the right differ by h·f″ and the slope through both sides is off by
 * h²·f‴/6: halve the step h, and the first halves, the second falls to a quarter. At a kink or a jump neither happens.
 * So the step is halved until f shows itself smooth, and the slope through both sides is extrapolated to h = 0
 * (Richardson 1911). Halving ends where the rounding of f, which grows as 1/h, would hide what is looked for.
 */

export interface Slope {
  /** f(x). */
  readonly here: number;
  /** The slope through both sides, extrapolated; at a kink in x itself, where there is none, that of the first step. */
  readonly value: number;
  /** (f(x) − f(x − h)) / h. */
  readonly left: number;
  /** (f(x + h) − f(x)) / h. */
  readonly right: number;
  /** h: the first step, or the smaller one that a steep function needs. */
  readonly step: number;
  /** How far the rounding of f may have moved `value`. */
  readonly noise: number;
  /** Whether there is a kink, a jump or an edge of where f is defined in x, or a kink or jump within the first step. */
  readonly kink: boolean;
  /**
   * From where to where a derivative may lie, apart from noise: both are `value` where f is smooth in x, and the slopes
   * to either side where it is not. Empty, with the lowest above the highest, where f has no values to either side.
   */
  readonly lowest: number;
  readonly highest: number;
}

/** How far apart two slopes may be and still count as one; it depends on how large they are. */
export type Tolerance = (slope: number) => number;

/** The slope of f at x; `firstStep` is the step to begin with, `epsilon` that of the numbers that f computes with. */
export function slopeAt(
  f: (x: number) => number,
  x: number,
  firstStep: number,
  tolerance: Tolerance,
  epsilon = Number.EPSILON,
): Slope {
  const here = f(x);
  const scaleAt = (step: number): Scale => differences(f, x, here, step, ROUNDING * epsilon);
  const first = scaleAt(firstStep);
  let window: Window = [first, scaleAt(firstStep / 2), scaleAt(firstStep / 4)];
  while (!isSmooth(window, tolerance)) {
    const { step, noise } = window[2];
    const smallest = Math.max(SMALLEST_PART * firstStep, SMALLEST_STEP * epsilon * Math.abs(x));
    if (hasSettledSides(window, tolerance) || isLostInNoise(window, tolerance) || step < smallest) {
      const [lowest, highest] = rangeOf(window);
      return { ...first, here, noise, kink: true, lowest, highest };
    }
    window = [window[1], window[2], scaleAt(step / 2)];
  }
  const kink = window[0] !== first && hasKinkWithin(f, x, firstStep, ROUNDING * epsilon);
  const { value, noise } = sharpen(window, scaleAt, x, tolerance);
  return { ...(kink ? first : window[0]), here, value, noise, kink, lowest: value, highest: value };
}

/** The differences at one step. */
type Scale = Pick<Slope, "value" | "left" | "right" | "step" | "noise">;

/** The differences at three steps, each half the one before. */
type Window = readonly [coarse: Scale, middle: Scale, fine: Scale];

/** What rounding may do to a value of f that a computation of some length has had, relative to ε and the value. */
export const ROUNDING = 8;

/** Relative to ε and x: below it, x + h and x − h are themselves rounded by more than a percent of h. */
const SMALLEST_STEP = 64;

/** Relative to the first step: how near a pole or an edge may be and still be told from x itself. */
const SMALLEST_PART = 2 ** -40;

/** Relative to max(1, |x|): above it, "at x" has no meaning. */
const LONGEST_STEP = 0.05;

/** A gap halves when the next one is half of it, give or take this part: higher derivatives have a say too. */
const HALVING_SLACK = 0.1;

/** Noise hides a gap, or a change of slope, of which it is more than this part. */
const AUDIBLE = 1 / 8;

function differences(f: (x: number) => number, x: number, here: number, step: number, rounding: number): Scale {
  const [before, after] = [x - step, x + step];
  const [below, above] = [f(before), f(after)];
  const magnitude = Math.max(0, ...[below, here, above].map(Math.abs).filter(Number.isFinite));
  return {
    value: (above - below) / (after - before),
    left: (here - below) / (x - before),
    right: (above - here) / (after - x),
    step,
    noise: (rounding * magnitude) / step,
  };
}

const gapOf = ({ left, right }: Scale): number => Math.abs(right - left);

function isSmooth([coarse, middle, fine]: Window, tolerance: Tolerance): boolean {
  const slack = tolerance(fine.value) + fine.noise;
  const [gap, halved, quartered] = [gapOf(coarse), gapOf(middle), gapOf(fine)];
  const halves = (wide: number, narrow: number): boolean =>
    Math.abs(narrow - wide / 2) <= HALVING_SLACK * wide + fine.noise;
  const settled = Math.abs(coarse.value - middle.value) <= slack && Math.abs(middle.value - fine.value) <= slack;
  const flat = Math.max(gap, halved, quartered) <= slack;
  return settled && (flat || (halves(gap, halved) && halves(halved, quartered)));
}

/** Whether the slopes to either side have come to rest, each at its own value: f has a kink in x. */
const hasSettledSides = ([coarse, middle, fine]: Window, tolerance: Tolerance): boolean =>
  (["left", "right"] as const).every((side) => {
    const slack = tolerance(fine[side]) + fine.noise;
    return Math.abs(coarse[side] - middle[side]) <= slack && Math.abs(middle[side] - fine[side]) <= slack;
  });

/** Whether a smaller step would tell no more: rounding is above the tolerance and hides what is still changing. */
function isLostInNoise(window: Window, tolerance: Tolerance): boolean {
  const [coarse, , fine] = window;
  const changing = Math.max(...window.map(gapOf), Math.abs(coarse.value - fine.value));
  return fine.noise > Math.max(tolerance(fine.value), AUDIBLE * changing);
}

/**
 * The slopes to either side of a kink, as a range. A side that still changes widens it by as much as it changed last;
 * one that grows without end, as at a jump, opens it from 0 to infinity.
 */
function rangeOf([, middle, fine]: Window): [lowest: number, highest: number] {
  const ends = (["left", "right"] as const).flatMap((side) => {
    const [before, now] = [middle[side], fine[side]];
    if (!Number.isFinite(now)) return [];
    if (Math.abs(now) > GROWTH * Math.abs(before) + fine.noise) return [0, Math.sign(now) * Infinity];
    const change = Math.abs(now - before);
    return [now - change, now + change];
  });
  return [Math.min(...ends), Math.max(...ends)];
}

/** √ grows by √2 as the step halves, a jump by 2; a slope that comes to rest grows by less and less. */
const GROWTH = 1.25;

/**
 * The slope extrapolated to step 0. Where rounding is loud, it is taken at the longest step at which f is still
 * smooth and the slope still the same.
 */
function sharpen(window: Window, scaleAt: (step: number) => Scale, x: number, tolerance: Tolerance): Scale {
  const found = extrapolated(window);
  const wanted = tolerance(found.value) / 4;
  if (found.noise <= wanted) return found;
  const quiet = (found.noise / Math.max(wanted, Number.MIN_VALUE)) * found.step;
  let step = Math.min(quiet * 4, LONGEST_STEP * Math.max(1, Math.abs(x)));
  for (; step > window[0].step; step /= 2) {
    const longer: Window = [scaleAt(step), scaleAt(step / 2), scaleAt(step / 4)];
    const better = extrapolated(longer);
    const same = Math.abs(better.value - found.value) <= tolerance(found.value) + found.noise;
    if (same && isSmooth(longer, tolerance)) return better;
  }
  return found;
}

const extrapolated = ([, middle, fine]: Window): Scale => ({ ...fine, value: (4 * fine.value - middle.value) / 3 });

/**
 * Whether f has a kink or a jump between x − h and x + h: closes in on where the slope changes most. Each time the view
 * narrows by half, the change in slope that a smooth f shows halves too; that of a kink stays, until rounding hides it.
 */
function hasKinkWithin(f: (x: number) => number, x: number, h: number, rounding: number): boolean {
  let [center, spacing] = [x, h / 2];
  let [gap, widest, noise] = [0, 0, 0];
  for (let narrowing = 0; narrowing < NARROWINGS; narrowing++) {
    const values = [-2, -1, 0, 1, 2].map((steps) => f(center + steps * spacing)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (!values.every(Number.isFinite)) return false;
    const [a, b, c, d, e] = values;
    const gaps = [a - 2 * b + c, b - 2 * c + d, c - 2 * d + e].map((change) => Math.abs(change) / spacing);
    gap = Math.max(...gaps);
    widest = Math.max(widest, gap);
    noise = (rounding * Math.max(...values.map(Math.abs))) / spacing;
    center += (gaps.indexOf(gap) - 1) * spacing;
    spacing /= 2;
  }
  return gap >= widest / 8 && gap > noise;
}

/** Enough to tell: a smooth change shrinks by 2¹⁰, and 8 is allowed for finding the place. */
const NARROWINGS = 10;
