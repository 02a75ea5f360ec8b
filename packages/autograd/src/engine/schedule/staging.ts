/**
 * Within a pass: what is computed once for a block of the stream and kept in scratch until the block is done, and
 * what is computed where it is used. Knows nothing of instructions.
 */
import { bytesOf } from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { sizeOf } from "../../shape.js";
import { type Access, axisOf, type Formula, type Place, type Reduce } from "../formula/formula.js";
import { placedAxisIn } from "../formula/placing.js";
import { instructionsOf } from "./cost.js";
import { canRepeat, isComputed, isFold, type Pass, readingAxis } from "./schedule.js";
import { sourcesOf } from "./sections.js";

export interface Staging {
  /** What is kept in scratch, in the order in which it is computed: leaves too, transposed on the way in. */
  readonly staged: ReadonlySet<Formula>;
  /** Which axis of what is staged is the stream. */
  readonly axes: ReadonlyMap<Formula, number>;
  /** Folds that only touch one place along an axis of theirs: that axis. */
  readonly placed: ReadonlyMap<Formula, number>;
  /** Choices out of one line with one another: the value and the position come out of one loop. */
  readonly pairs: ReadonlyMap<Formula, readonly Reduce[]>;
  /** Folds whose long lines are computed in sections, and what is brought near for these. */
  readonly sections: ReadonlyMap<Formula, readonly Formula[]>;
  /** How many instructions an entry of a formula takes where nothing is kept. */
  readonly costs: ReadonlyMap<Formula, number>;
  /** Whether all loops within the stream's are written out: then variables keep what others of the block read again. */
  readonly isWrittenOut: boolean;
}

/** How often entries of a formula are read for one entry of the stream: by all lanes at once, and lane by lane. */
interface Demand {
  together: number;
  apart: number;
}

/** A fold over the stream of placed values that skips zeros only touches the place. The axis that is placed along. */
export function placedAxisOf({ fold, inputs, shape }: Reduce): number | undefined {
  return fold.kind === "combining" && fold.skipsZeros ? placedAxisIn(inputs[0], shape) : undefined;
}

/** Which axis of what an access reads is the stream that its reader, in this pass, goes along. */
export function streamAxisOf(pass: Pass, formula: Formula, read: Access): number | undefined {
  const own = readingAxis(pass, formula);
  const axis = read.at.findIndex((position, each) => axisOf(position) === own && read.from.shape[each] === pass.length);
  return own === undefined || axis < 0 ? undefined : axis;
}

/** Whether a formula must be computed lane by lane, because it reads at a computed index. */
export const isLanewise = (formula: Formula): boolean =>
  "inputs" in formula && formula.inputs.some((read) => read.indices.length > 0);

/** Whether a fold over the stream takes in the entries of a block together. A choice minds their order. */
export const isTakenTogether = (formula: Reduce): boolean => formula.fold.kind === "combining" && !isLanewise(formula);

/** Loops of up to this length are written out, if no more copies of code than that come of them. */
export const SHORT_LOOP = 4;
export const MOST_COPIES = 16;

/** In a pass of more formulas than that no variable outlives the formula that it was made for. */
export const MANY_MEMBERS = 200;

/** So many instructions at most, for one lane, are written out where all loops are. */
const MOST_WRITTEN_OUT = 2 ** 11;

/** Whether each entry of each formula is written out, once. */
function areWrittenOut(pass: Pass): boolean {
  if (pass.members.length > MANY_MEMBERS) return false;
  let instructions = 0;
  return pass.members.every((formula) => {
    const axis = readingAxis(pass, formula);
    const lengths = formula.axes.filter((_, each) => each !== axis);
    const copies = sizeOf(lengths);
    instructions += copies * instructionsOf(formula);
    return lengths.every((length) => length <= SHORT_LOOP) && copies <= MOST_COPIES && instructions <= MOST_WRITTEN_OUT;
  });
}

export function stage(pass: Pass, stored: ReadonlySet<Formula>): Staging {
  const members = new Set(pass.members);
  const isInline = (formula: Formula): boolean => members.has(formula) && !stored.has(formula);
  const pairs = pairsOf(pass.members);
  const { costs, deep } = inlineCosts(pass, isInline);
  const isWrittenOut = areWrittenOut(pass);
  if (pass.length === 1) {
    const nothing = new Map();
    return { staged: deep, axes: nothing, placed: nothing, pairs, sections: nothing, costs, isWrittenOut };
  }

  const demands = new Demands(pass);
  const staged = new Set<Formula>();
  const lines = new Map<Formula, ReturnType<typeof sourcesOf>>();
  const isFirst = (formula: Formula): boolean => (pairs.get(formula)?.[0] ?? formula) === formula;

  const visitFold = (fold: Reduce): void => {
    const [read] = fold.inputs;
    const size = sizeOf(fold.shape);
    const placed = placedAxisOf(fold);
    if (placed !== undefined && isInline(read.from)) {
      const apart = size / (fold.shape[placed] as number);
      for (const each of (read.from as Place).inputs) demands.add(read.from, each, { together: 0, apart });
    } else if (isFirst(fold)) {
      demands.add(fold, read, isTakenTogether(fold) ? { together: size, apart: 0 } : { together: 0, apart: size });
    }
  };

  const visit = (formula: Formula): void => {
    const axis = pass.axes.get(formula);
    if (axis !== undefined) demands.axes.set(formula, axis);
    const isStored = stored.has(formula);
    const demand = demands.of(formula);
    const size = entriesOf(formula, axis);
    const cost = costs.get(formula) as number;
    const mustBeApart = isLanewise(formula);
    const inSections = sourcesOf(pass, formula, isInline);
    if (inSections.size > 0) lines.set(formula, inSections);
    const isStaged =
      !isStored &&
      isOfKnownSize(formula, axis) &&
      (deep.has(formula) ||
        inSections.size > 0 ||
        (!isWrittenOut && paysToKeep(demand.together, size, cost)) ||
        (!mustBeApart && paysToComputeTogether(demand.apart, size, cost)) ||
        (mustBeApart && demand.together > 0));
    if (isStaged) staged.add(formula);
    const isKept = isStored || isStaged;
    if (!isKept && demand.together + demand.apart === 0) return;
    const once = mustBeApart ? { together: 0, apart: size } : { together: size, apart: 0 };
    const times = formula.kind === "reduce" ? (isFirst(formula) ? formula.length : 0) : 1;
    // Two inputs that are one and the same are computed once.
    const reads = new Map(formula.reads.map((read) => [read.key, read]));
    for (const read of reads.values()) demands.add(formula, read, isKept ? once : demand, times);
  };

  // Users come before what they read.
  for (const formula of pass.members.toReversed()) {
    if (isFold(pass, formula)) visitFold(formula as Reduce);
    else visit(formula);
  }
  const sources = new Set(pass.members.flatMap((member) => member.reads.map(({ from }) => from)));
  for (const formula of sources) {
    const axis = demands.axes.get(formula);
    if (axis === undefined || members.has(formula) || formula.kind === "flat" || formula.kind === "fill") continue;
    const isStrided = sizeOf(formula.shape.slice(axis + 1)) > 1;
    const { together } = demands.of(formula);
    if (!isOfKnownSize(formula, axis)) continue;
    const entries = entriesOf(formula, axis);
    const cost = isStrided ? STRIDED_LOAD : entries < MANY_LINES ? LOAD : LOAD_FROM_FAR;
    const pays = canBeTurned(pass, formula, axis) ? together >= entries : paysToKeep(together, entries, cost);
    if (!isWrittenOut && pays) staged.add(formula);
  }
  const sections = new Map(
    [...lines].map(([fold, found]) => {
      const sources = [...found]
        .filter(([source, axis]) => demands.axes.get(source) === axis)
        .map(([source]) => source);
      for (const source of sources) staged.delete(source);
      return [fold, sources] as const;
    }),
  );
  const placed = new Map<Formula, number>();
  for (const fold of pass.members as readonly Reduce[]) {
    const axis = isFold(pass, fold) ? placedAxisOf(fold) : undefined;
    if (axis !== undefined && isInline(fold.inputs[0].from) && !staged.has(fold.inputs[0].from)) placed.set(fold, axis);
  }
  const ordered = [...staged].sort((a, b) => a.id - b.id);
  return { staged: new Set(ordered), axes: demands.axes, placed, pairs, sections, costs, isWrittenOut };
}

/**
 * Whether entries lie in memory side by side along another axis than the stream, four of them at least: four rows of
 * four are turned with so few instructions that it pays for a single reading.
 */
export const canBeTurned = ({ isDouble }: Pass, formula: Formula, axis: number): boolean =>
  !isDouble &&
  !canRepeat(formula) &&
  bytesOf(formula.dtype) === 4 &&
  axis < formula.shape.length - 1 &&
  (formula.shape.at(-1) as number) >= 4;

/** What the formulas of a pass ask of those that they read along the stream. */
class Demands {
  /** Which axis of a formula is the stream. */
  readonly axes = new Map<Formula, number>();
  readonly #pass: Pass;
  readonly #demands = new Map<Formula, Demand>();

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  of(formula: Formula): Demand {
    const demand = this.#demands.get(formula) ?? { together: 0, apart: 0 };
    this.#demands.set(formula, demand);
    return demand;
  }

  /** The formula, asked for so often, reads something so many times for each of its entries. */
  add(formula: Formula, read: Access, { together, apart }: Demand, times = 1): void {
    const axis = streamAxisOf(this.#pass, formula, read);
    if (axis === undefined || read.from.kind === "fill") return;
    if (!this.axes.has(read.from)) this.axes.set(read.from, axis);
    if (this.axes.get(read.from) !== axis) return;
    const demand = this.of(read.from);
    demand.together += together * times;
    demand.apart += apart * times;
  }
}

/** How many entries a formula has at one entry of the stream. */
const entriesOf = ({ shape }: Formula, axis: number | undefined): number =>
  sizeOf(axis === undefined ? shape : shape.toSpliced(axis, 1));

/** Whether the entries at one entry of the stream can be kept: no length among them is open. */
const isOfKnownSize = ({ shape }: Formula, axis: number | undefined): boolean =>
  !shape.some((length, each) => each !== axis && isOpen(length));

/**
 * Whether keeping takes fewer instructions: each of `size` entries computed once, stored, and loaded for each of
 * `times` readings; instead of computed, with `cost` instructions, for each reading.
 */
const paysToKeep = (times: number, size: number, cost: number): boolean =>
  (times - size) * cost > STORE * size + LOAD * times;

/** In instructions: the address and the store; a load of lanes side by side. */
const STORE = 2;
const LOAD = 1;

/**
 * Whether entries that are read lane by lane are better computed by all lanes together, `size` of them, and kept: if
 * one takes many instructions, and these come, over all readings, to more than one for each entry.
 */
const paysToComputeTogether = (times: number, size: number, cost: number): boolean =>
  cost >= WORTH_LANES && times * cost > size;

/** From how many instructions it is better to let all lanes compute something and keep it, than each lane alone. */
const WORTH_LANES = 6;

/** How many instructions load four lanes that lie apart: four loads, of which three insert, and what these wait for. */
export const STRIDED_LOAD = 5;

/**
 * How many instructions a load is worth of entries whose neighbours lie a row apart, where there are so many rows that
 * they push one another out of the nearest cache: brought near, a product of 512 × 512 matrices takes 15 % less.
 */
const LOAD_FROM_FAR = 1.25;
const MANY_LINES = 64;

/** How deep formulas may be nested in one another. */
const DEEPEST = 60;

/** What an entry costs where nothing is kept, and what must be kept so that nesting has an end. */
function inlineCosts(pass: Pass, isInline: (formula: Formula) => boolean) {
  const costs = new Map<Formula, number>();
  const depths = new Map<Formula, number>();
  const deep = new Set<Formula>();
  for (const formula of pass.members) {
    let cost = instructionsOf(formula);
    let depth = 0;
    for (const { from } of formula.reads) {
      cost += isInline(from) ? (costs.get(from) ?? 1) : 1;
      depth = Math.max(depth, isInline(from) && isComputed(from) ? 1 + (depths.get(from) ?? 0) : 0);
    }
    if (depth >= DEEPEST && isInline(formula)) {
      deep.add(formula);
      depth = 0;
    }
    depths.set(formula, depth);
    costs.set(formula, Math.min(1e6, formula.kind === "reduce" ? cost * formula.length : cost));
  }
  return { costs, deep };
}

/** Choices by the line that they are out of. */
function pairsOf(members: readonly Formula[]): ReadonlyMap<Formula, readonly Reduce[]> {
  const lines = new Map<string, Reduce[]>();
  const pairs = new Map<Formula, readonly Reduce[]>();
  for (const formula of members) {
    if (formula.kind !== "reduce" || formula.fold.kind !== "choosing") continue;
    const { fold, shape, length, inputs } = formula;
    const key = `${fold.name} ${shape} ${length} ${inputs[0].key}`;
    const pair = lines.get(key) ?? [];
    pair.push(formula);
    lines.set(key, pair);
    pairs.set(formula, pair);
  }
  return pairs;
}

/** The one of a pair that does for both. */
export const firstOfPair = ({ pairs }: Staging, fold: Reduce): Reduce => pairs.get(fold)?.[0] ?? fold;

/**
 * How many bytes a fold over the stream needs for each of its entries until the stream ends: what combines goes on in
 * float64, 8 bytes, and twice as many where lanes are taken in, two side by side; a choice needs twice those of a
 * number, its position being in the second half.
 */
export const accumulatorBytes = (fold: Reduce, { isDouble }: Pass, { placed }: Staging): number =>
  fold.fold.kind === "combining" ? (placed.has(fold) ? 8 : 16) : isDouble ? 16 : 8;
