/**
 * Taylor's test (Farrell, Ham, Funke & Rognes 2013): along a direction v, |f(x + hv) − f(x)| falls as h, and
 * |f(x + hv) − f(x) − h⟨g, v⟩| as h², if and only if g is the gradient. It measures in which orders they fall.
 *
 * A wrong gradient leaves a remainder that falls as h; so does a kink. They are told apart by what needs no gradient: the
 * bend |f(x + hv) − 2f(x) + f(x − hv)| falls as h² where f is smooth in x, and as h at a kink in x. A kink beside x spoils
 * the order only for as long as h reaches it. Knows numbers only.
 */
import { boundAlong, type Claim, pointOf, sizeOfParts, slopeAlong, type Tolerances } from "./comparison.js";
import { drawDirection } from "./directions.js";
import { format } from "./report.js";
import { ROUNDING } from "./slope.js";

/** What Taylor's test found along one direction. */
export interface TaylorDirection {
  /** Which direction of the seed, counted from 1. */
  readonly direction: number;
  /** h, halved each time. */
  readonly steps: readonly number[];
  /** |f(x + hv) − f(x)| for each h. */
  readonly changes: readonly number[];
  /** |f(x + hv) − f(x) − h⟨g, v⟩| for each h. */
  readonly remainders: readonly number[];
  /** The order in which the changes fall: 1, or more where ⟨g, v⟩ is 0. NaN where f does not change. */
  readonly changeOrder: number;
  /** The order in which the remainders fall: 2 where g is right. NaN where all are below the bound, which is right too. */
  readonly order: number;
  /** The same at the smallest h that can be measured. */
  readonly orderAtLast: number;
  /** `kink` where the remainder falls more slowly than h², and the gradient is not to blame. */
  readonly verdict: "agrees" | "differs" | "kink";
  /** What this means, in words. */
  readonly finding: string;
}

/** What Taylor's test found. As text it is a line for each direction that a person can read. */
export interface TaylorReport {
  /** What the directions were drawn by. */
  readonly seed: number;
  /** What was found along each. */
  readonly directions: readonly TaylorDirection[];
  /** Those along which the gradient is wrong. Empty in a report that is returned. */
  readonly differences: readonly TaylorDirection[];
  /** The counts, and a line for each direction. */
  toString(): string;
}

/** How often the step is halved. */
const HALVINGS = 10;

/** What is so many bounds large falls in the order of f, and not of what the bound allows for. */
const MEASURABLE = 4;

/** Orders from here count as 2: the next term of the series, and what the bound allows for, have a say too. */
const SECOND = 1.7;

/** What falls in a lower order than this does not fall: f jumps in x. Even the change of √ falls as √h. */
const JUMP = 0.25;

/** Taylor's test along so many directions of a seed. */
export function taylorReport(claim: Claim, count: number, seed: number, tolerances: Tolerances): TaylorReport {
  const moving = sizeOfParts(claim.parts) === 0 ? 0 : count;
  const directions = Array.from({ length: moving }, (_, at) =>
    judge(at + 1, lineAlong(claim, seed, at + 1, tolerances), tolerances.step),
  );
  const having = (verdict: TaylorDirection["verdict"]): TaylorDirection[] =>
    directions.filter((each) => each.verdict === verdict);
  const counts = `${having("agrees").length} agree, ${having("differs").length} differ, ${having("kink").length} at a kink`;
  return {
    seed,
    directions,
    differences: having("differs"),
    toString: () =>
      [
        `${moving} direction${moving === 1 ? "" : "s"} of seed ${seed}, ${counts}`,
        ...directions.map(({ direction, finding }) => `  direction ${direction}: ${finding}`),
      ].join("\n"),
  };
}

/** A function of many numbers along one direction. */
interface Line {
  /** f(x + hv). */
  readonly at: (h: number) => number;
  /** ⟨g, v⟩. */
  readonly slope: number;
  /** How far that may be off. */
  readonly slack: number;
  /** What rounding may do to a value of f, relative to it. */
  readonly rounding: number;
}

function lineAlong(claim: Claim, seed: number, which: number, { atol, rtol }: Tolerances): Line {
  const { parts, epsilon } = claim;
  const start = parts.map(({ values }) => values);
  const direction = drawDirection(start, seed, which);
  const move = { direction, from: 0, to: Infinity };
  const point = pointOf(parts);
  return {
    at: (h) => {
      for (const [part, coordinates] of point.entries())
        for (let at = 0; at < coordinates.length; at++)
          coordinates[at] = (start[part]?.[at] as number) + h * (direction[part]?.[at] as number);
      return claim.value(point);
    },
    slope: slopeAlong(parts, move, ({ analytic }) => analytic),
    slack: boundAlong(parts, move, atol, rtol),
    rounding: ROUNDING * epsilon,
  };
}

function judge(direction: number, line: Line, firstStep: number): TaylorDirection {
  const { at, slope, slack, rounding } = line;
  const here = at(0);
  const all = Array.from({ length: HALVINGS + 1 }, (_, halved) => firstStep / 2 ** halved);
  // Where a step leads out of where f is defined, only shorter ones tell anything.
  const samples = all.map((h) => ({ h, after: at(h) })).filter(({ after }) => Number.isFinite(after));
  const largest = samples.reduce((most, { after }) => Math.max(most, Math.abs(after)), Math.abs(here));
  const noise = 4 * rounding * largest;
  const steps = samples.map(({ h }) => h);
  const changes = samples.map(({ after }) => Math.abs(after - here));
  const rests = samples.map(({ h, after }) => after - here - h * slope);
  const remainders = rests.map(Math.abs);
  const change = fall(changes, () => noise);
  const boundAt = (step: number): number => (steps[step] as number) * slack + noise;
  const remainder = fall(remainders, boundAt);
  const isWithinBound = steps.some((h, step) => {
    const [far, half] = [rests[step] as number, rests[step + 1] ?? NaN];
    // Smaller h would say nothing of the gradient, since rounding hides it.
    const isTold = step === 0 || 5 * noise <= h * slack;
    // Of a h + b h², and half as far a h / 2 + b h² / 4, the first term alone, which is 0 where the gradient is right.
    return isTold && Math.abs(4 * half - far) <= h * slack + 5 * noise;
  });
  // The other side is looked at only where the order leaves something to ask.
  const bend = once(() =>
    fall(
      samples.map(({ h, after }) => Math.abs(after - 2 * here + at(-h))),
      () => noise,
    ),
  );
  const isBetween = (): boolean => {
    const { h, after } = samples.at(-1) as { h: number; after: number };
    const [left, right] = [(here - at(-h)) / h, (after - here) / h];
    const bound = slack + noise / h;
    return slope >= Math.min(left, right) - bound && slope <= Math.max(left, right) + bound;
  };
  const observed = { here, slope, isDefined: samples.length > 1, isWithinBound, change, remainder, bend, isBetween };
  const [, verdict, find] = VERDICTS.find(([applies]) => applies(observed)) as Rule;
  const [order, orderAtLast] = [remainder.order, remainder.last];
  const results = { verdict, finding: find(observed) };
  return { direction, steps, changes, remainders, changeOrder: change.order, order, orderAtLast, ...results };
}

/** In which order something falls, over all h at which it can be measured and between single ones. NaN where it cannot be. */
interface Fall {
  readonly order: number;
  /** From one h to the next, where it is least. */
  readonly least: number;
  readonly last: number;
}

/** The line of least squares through the logarithms of what falls as h is halved. */
function fall(values: readonly number[], boundAt: (step: number) => number): Fall {
  const isHidden = (value: number, at: number): boolean => !(value > MEASURABLE * boundAt(at));
  const hidden = values.findIndex(isHidden);
  if (hidden === 0 || values.length < 2) return { order: NaN, least: NaN, last: NaN };
  // The first that is hidden still tells how far the one before has fallen.
  const shown = hidden < 0 ? values : values.slice(0, hidden + 1);
  const logarithms = shown.map((value, at) => Math.log2(Math.max(value, boundAt(at), Number.MIN_VALUE)));
  const middle = (logarithms.length - 1) / 2;
  const spread = logarithms.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const order = -logarithms.reduce((sum, each, at) => sum + (at - middle) * each, 0) / spread;
  const single = logarithms.slice(1).map((each, at) => (logarithms[at] as number) - each);
  return { order, least: Math.min(...single), last: single.at(-1) as number };
}

/** What is computed when it is first asked for, and then kept. */
function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    kept ??= { value: compute() };
    return kept.value;
  };
}

/** What is known of one direction. */
interface Observed {
  readonly here: number;
  readonly slope: number;
  readonly isDefined: boolean;
  /** Whether what falls as h in what remains is no more than the gradient may be off by. */
  readonly isWithinBound: boolean;
  readonly change: Fall;
  readonly remainder: Fall;
  readonly bend: () => Fall;
  /** Whether the claimed slope is one between those to both sides. */
  readonly isBetween: () => boolean;
}

type Rule = readonly [
  applies: (observed: Observed) => boolean,
  verdict: TaylorDirection["verdict"],
  finding: (observed: Observed) => string,
];

const orderText = (order: number): string => format(order, 3);

/** Whether, near x, the remainder falls as that of a right gradient does. */
const isRight = ({ remainder, isWithinBound }: Observed): boolean => isWithinBound || remainder.last >= SECOND;

/** The first that applies. */
const VERDICTS: readonly Rule[] = [
  [({ here }) => !Number.isFinite(here), "differs", ({ here }) => `the function is ${here} in x`],
  [({ slope }) => !Number.isFinite(slope), "differs", ({ slope }) => `the gradient is ${slope} along it`],
  [({ isDefined }) => !isDefined, "differs", () => "the function is not defined along it"],
  [
    ({ remainder }) => Number.isNaN(remainder.order),
    "agrees",
    () => "nothing remains that is above the bound at any h: the gradient is right",
  ],
  [
    (observed) => isRight(observed) && observed.remainder.least < SECOND && observed.bend().least < SECOND,
    "kink",
    ({ remainder }) => `order ${orderText(remainder.least)}: a kink within h; nearer to x the gradient is right`,
  ],
  [
    (observed) => isRight(observed) && observed.remainder.order < SECOND,
    "agrees",
    () => "what remains falls below the bound as h does: the gradient is right",
  ],
  [
    (observed) => isRight(observed),
    "agrees",
    ({ remainder, change }) =>
      `order ${orderText(remainder.order)}, and ${orderText(change.order)} without the gradient: the gradient is right`,
  ],
  [
    ({ change }) => change.last < JUMP,
    "kink",
    ({ change }) =>
      `order ${orderText(Math.abs(change.last))} without the gradient: a jump in x, where no slope is right`,
  ],
  [
    ({ bend, isBetween }) => bend().last < SECOND && isBetween(),
    "kink",
    ({ remainder }) =>
      `order ${orderText(remainder.last)}: a kink in x; the gradient is between the slopes to both sides`,
  ],
  [
    ({ bend }) => bend().last < SECOND,
    "differs",
    ({ remainder }) =>
      `order ${orderText(remainder.last)}: a kink in x, and the gradient is not between the slopes to both sides`,
  ],
  [() => true, "differs", ({ remainder }) => `order ${orderText(remainder.last)} instead of 2: the gradient is wrong`],
];
