/**
 * Which entries are computed together, beside those of a block: neighbours along another axis, where each of them is a
 * fold of a line of its own. What the lines share is then loaded once for all. Knows nothing of how folds are written.
 */
import { type Access, axesAlong, type Formula, isComputedAlong } from "../formula/formula.js";
import { SHORT_LOOP, type Staging } from "../schedule/staging.js";

/** What is known of a pass: what it computes, and what of that is kept. */
export interface Kept {
  readonly members: ReadonlySet<Formula>;
  readonly stored: ReadonlySet<Formula>;
  readonly staging: Staging;
}

/**
 * How many: with four vectors of each that makes 8 sums, which with what goes into them fill the 16 registers of an
 * x86-64 processor. A product of 512 × 512 matrices takes 40 % less time by it.
 */
const ROWS = 2;

type Axes = ReadonlySet<number>;

/** How many neighbours along an axis of a formula are computed together. */
export const rowsOf = (kept: Kept, formula: Formula, axis: number): number =>
  areApart(kept, formula, new Set([axis])) && hasLine(kept, formula, new Set([axis])) ? ROWS : 1;

/** How many of what is read, along an axis of its reader. */
export const rowsOfRead = (kept: Kept, read: Access, axis: number): number =>
  isApart(kept, read, new Set([axis])) && readsLine(kept, read, new Set([axis])) ? ROWS : 1;

/** Whether a fold of a long line stands in the computing of an entry and differs along the axes. */
const hasLine = (kept: Kept, formula: Formula, axes: Axes): boolean =>
  "inputs" in formula &&
  ((formula.kind === "reduce" && formula.length > SHORT_LOOP) ||
    formula.inputs.some((input) => readsLine(kept, input, axes)));

function readsLine(kept: Kept, read: Access, axes: Axes): boolean {
  const own = axesAlong(read, axes);
  return own.size > 0 && isInline(kept, read.from) && hasLine(kept, read.from, own);
}

/** Whether no computed index depends on the axes: then neighbours along them lie at fixed distances. */
const areApart = (kept: Kept, formula: Formula, axes: Axes): boolean =>
  formula.kind !== "place" &&
  formula.kind !== "checked" &&
  (!("inputs" in formula) || formula.inputs.every((input) => isApart(kept, input, axes)));

const isApart = (kept: Kept, read: Access, axes: Axes): boolean =>
  !isComputedAlong(read, axes) && (!isInline(kept, read.from) || areApart(kept, read.from, axesAlong(read, axes)));

const isInline = ({ members, stored, staging }: Kept, formula: Formula): boolean =>
  members.has(formula) && !stored.has(formula) && !staging.staged.has(formula);
