/**
 * Which formulas are computed together. A pass goes once along one axis, the stream; what depends on other formulas
 * of the pass only entry by entry along the stream belongs to it, and so do the folds over the stream. Decides what
 * is kept in memory between passes. Knows nothing of instructions.
 */

import { isOpen, typical, typicalSize } from "../../lengths.js";
import type { Shape } from "../../shape.js";
import { type Access, axisOf, type Formula, type Position, type Reduce } from "../formula/formula.js";
import { contractionOf } from "./contraction.js";
import { instructionsOf } from "./cost.js";

/** Formulas along one stream. */
interface Region {
  /** The length of the stream; 1 where there is none, because all formulas are single numbers. */
  readonly length: number;
  /** Which axis of a formula is the stream; `undefined` for folds over the stream, and for single numbers. */
  readonly axes: ReadonlyMap<Formula, number | undefined>;
}

/** One way along the stream. */
export interface Pass extends Region {
  /** What is computed, each formula after those that it reads. */
  readonly members: readonly Formula[];
  /** Whether it computes in float64, because there is float64 in it. */
  readonly isDouble: boolean;
}

export interface Schedule {
  /** All formulas that the outputs are computed from, inputs first. */
  readonly formulas: readonly Formula[];
  readonly passes: readonly Pass[];
  /** The formulas whose values are kept, row-major, beyond the entry of the stream at which they are computed. */
  readonly stored: ReadonlySet<Formula>;
}

type User = readonly [user: Formula, read: Access];

export function schedule(outputs: readonly Formula[]): Schedule {
  const formulas = everythingIn(outputs);
  const regions = regionsOf(formulas.filter(isComputed));
  const passes = inPasses(formulas, regions);
  const passOf = new Map(passes.flatMap((pass) => pass.members.map((member) => [member, pass] as const)));

  const stored = new Set<Formula>();
  const store = (formula: Formula): void => {
    if (isComputed(formula)) stored.add(formula);
    else if (formula.kind !== "leaf") for (const { from } of formula.reads) store(from);
  };
  for (const output of outputs) store(output);
  for (const formula of formulas) {
    const pass = passOf.get(formula);
    if (isFold(pass, formula)) stored.add(formula);
    for (const read of formula.reads) {
      const isTogether = pass !== undefined && passOf.get(read.from) === pass && isAligned(pass, formula, read);
      if (!isTogether && !canRepeat(read.from)) store(read.from);
    }
  }
  return { formulas, stored, passes: passes.filter(({ members }) => members.some((member) => stored.has(member))) };
}

type Timed = Pass & { readonly time: number; readonly members: Formula[]; isDouble: boolean };

/** The formulas of each region in passes, a pass after those that it needs. */
function inPasses(formulas: readonly Formula[], regions: ReadonlyMap<Formula, Region>): Pass[] {
  const times = new Map<Formula, number>();
  const passes: Timed[] = [];
  /** By region and time, the pass that has room for more. */
  const open = new Map<Region, Map<number, Timed>>();
  for (const formula of formulas) {
    const region = regions.get(formula);
    let time = 0;
    for (const read of formula.reads) {
      const isFree = region === undefined || !isComputed(read.from) || canRepeat(read.from);
      const isTogether = isFree || (regions.get(read.from) === region && isAligned(region, formula, read));
      time = Math.max(time, (times.get(read.from) as number) + (isTogether ? 0 : 1));
    }
    // What is no formula of a pass has its values once all passes before its time are done.
    if (region === undefined && formula.reads.length > 0) time++;
    times.set(formula, time);
    if (region === undefined) continue;
    const ofRegion = open.get(region) ?? new Map<number, Timed>();
    open.set(region, ofRegion);
    let pass = ofRegion.get(time);
    if (pass === undefined || pass.members.length >= LARGEST_PASS) {
      pass = { ...region, time, members: [], isDouble: false };
      ofRegion.set(time, pass);
      passes.push(pass);
    }
    pass.members.push(formula);
    pass.isDouble ||= formula.dtype === "float64" || formula.reads.some(({ from }) => from.dtype === "float64");
  }
  return passes.sort((a, b) => a.time - b.time);
}

/** A program of very many formulas is several functions, each of a size that compiles well. */
const LARGEST_PASS = 1000;

/** Whether a formula has entries to compute. The others name values that are there, in some order. */
export const isComputed = ({ kind }: Formula): boolean =>
  kind !== "leaf" && kind !== "fill" && kind !== "flat" && kind !== "join";

/** Whether it is as well to compute a formula again, where it is read, as to keep its values. */
export const canRepeat = (formula: Formula): boolean =>
  formula.kind === "fill" ||
  (formula.kind === "map" &&
    instructionsOf(formula) <= CHEAP &&
    formula.reads.every(({ from }) => from.kind === "leaf" || from.kind === "fill"));

const CHEAP = 2;

export const isFold = (region: Region | undefined, formula: Formula): boolean =>
  region !== undefined && formula.kind === "reduce" && region.length > 1 && region.axes.get(formula) === undefined;

/** Which of the axes that a formula reads its inputs with is the stream. */
export const readingAxis = (region: Region, formula: Formula): number | undefined =>
  isFold(region, formula) ? formula.shape.length : region.axes.get(formula);

/** Whether a formula, at its place in the stream, reads another at the same place. */
export function isAligned(region: Region, formula: Formula, read: Access): boolean {
  if (region.length === 1) return true;
  const axis = region.axes.get(read.from);
  const own = readingAxis(region, formula);
  return axis !== undefined && own !== undefined && axisOf(read.at[axis] as Position) === own;
}

/** In the order in which they were made. */
function everythingIn(outputs: readonly Formula[]): Formula[] {
  const found = new Set<Formula>();
  const pending = [...outputs];
  for (let formula = pending.pop(); formula; formula = pending.pop()) {
    if (found.has(formula)) continue;
    found.add(formula);
    for (const { from } of formula.reads) pending.push(from);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** Streams that together reach every formula: first through the formula with the most work, along the axis that reaches most. */
function regionsOf(formulas: readonly Formula[]): ReadonlyMap<Formula, Region> {
  const users = new Map<Formula, User[]>();
  for (const user of formulas) {
    for (const read of user.reads) {
      const group = users.get(read.from);
      if (group) group.push([user, read]);
      else users.set(read.from, [[user, read]]);
    }
  }
  const regions = new Map<Formula, Region>();
  const single: Region = { length: 1, axes: new Map() };
  const byWork = formulas.map((formula) => ({ formula, work: workOf(formula) })).sort((a, b) => b.work - a.work);
  for (const { formula: seed } of byWork) {
    if (regions.has(seed)) continue;
    let best: Region | undefined;
    let bestScore = 0;
    for (const axis of streamableAxes(seed)) {
      const region = grow(seed, axis, users, regions);
      const score = scoreOf(region);
      if (score >= bestScore) [best, bestScore] = [region, score];
    }
    const region = best ?? single;
    regions.set(seed, region);
    for (const formula of region.axes.keys()) regions.set(formula, region);
  }
  splitOff(formulas, users, regions);
  return regions;
}

/** Gives contractions that are folded over a stream a stream of their own, along an axis of the result. */
function splitOff(
  formulas: readonly Formula[],
  users: ReadonlyMap<Formula, readonly User[]>,
  regions: Map<Formula, Region>,
): void {
  for (const fold of formulas) {
    if (!isFold(regions.get(fold), fold)) continue;
    const members = contractionOf(fold as Reduce, (formula) => (users.get(formula) ?? []).map(([user]) => user));
    const axis = longestAxis(fold.shape);
    if (members === undefined || (fold.shape[axis] as number) < 16 || isOpen(fold.shape[axis] as number)) continue;
    const others = new Map([...regions].filter(([formula]) => !members.includes(formula)));
    const region = grow(fold, axis, users, others);
    for (const member of members) regions.set(member, region);
  }
}

/** Of several the last. */
const longestAxis = (shape: Shape): number =>
  shape.reduce((longest, length, axis) => (length >= (shape[longest] as number) ? axis : longest), 0);

/** How many values are computed on the way to all entries of a formula. */
const workOf = (formula: Formula): number =>
  typicalSize(formula.kind === "place" ? formula.shape.toSpliced(formula.axis, 1) : formula.axes);

/** Not the axis along which a value is placed, if there is another. */
function streamableAxes(formula: Formula): number[] {
  const axes = formula.axes.map((_, axis) => axis);
  if (formula.kind !== "place") return axes;
  return axes.length === 1 ? axes : axes.filter((axis) => axis !== formula.axis);
}

/**
 * How good a stream is, in values that it computes: all that it reaches, times how much of a block of 16 lanes it
 * fills. Between streams that reach the same the longer one is better, the less so the more folds over it have to be
 * kept at once.
 */
function scoreOf({ length, axes }: Region): number {
  let work = 0;
  let sums = 1;
  for (const [formula, along] of axes) {
    work += workOf(formula);
    if (along === undefined) sums = Math.max(sums, Math.min(typicalSize(formula.shape), 16));
  }
  return work * Math.min(length, 16) + typical(length) / sums;
}

/** What a stream through `seed` along one of its axes reaches, and along which axes. */
function grow(
  seed: Formula,
  axis: number,
  users: ReadonlyMap<Formula, readonly User[]>,
  taken: ReadonlyMap<Formula, Region>,
): Region {
  const length = seed.axes[axis] as number;
  const axes = new Map<Formula, number | undefined>();
  const pending: [Formula, number][] = [[seed, axis]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [formula, along] = next;
    if (axes.has(formula) || taken.has(formula) || !isComputed(formula)) continue;
    const isFolded = along === formula.shape.length;
    axes.set(formula, isFolded ? undefined : along);
    for (const read of formula.reads) {
      read.at.forEach((position, each) => {
        if (axisOf(position) === along && read.from.shape[each] === length) pending.push([read.from, each]);
      });
    }
    if (isFolded) continue;
    for (const [user, { at }] of users.get(formula) ?? []) {
      const own = axisOf(at[along] as Position);
      if (own !== undefined && user.axes[own] === length) pending.push([user, own]);
    }
  }
  return { length, axes };
}
