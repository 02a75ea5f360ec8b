/**
 * Which entries are computed together, beside those of a block: neighbours along another axis, where each of them is a
 * fold of a line of its own. What the lines share is then loaded once for all. Knows nothing of how folds are written.
 */
import { type Access, dependsOn, type Formula, type Position } from "../formula/formula.js";
import { SHORT_LOOP } from "../schedule/staging.js";
import type { Task, Where } from "./walk.js";

/** How many entries: with four vectors of each that is 8 sums, and what goes into them, in 16 registers. */
const ROWS = 2;

type Axes = ReadonlySet<number>;

/** How many entries of what is read along an axis of the reader are computed together. */
export const rowsOfRead = (here: Where, read: Access, axis: number): number =>
  isFree(here) && isApart(here.task, read, new Set([axis])) && readsLine(here.task, read, new Set([axis])) ? ROWS : 1;

/** How many entries of a formula along an axis of its own. */
export const rowsOf = (here: Where, formula: Formula, axis: number): number =>
  isFree(here) && areApart(here.task, formula, new Set([axis])) && hasLine(here.task, formula, new Set([axis]))
    ? ROWS
    : 1;

/** Whether nothing but the entries of a block are computed together. */
const isFree = ({ tile, across, lanes }: Where): boolean =>
  tile === undefined && across === undefined && lanes.isVector;

/** Whether a fold of a long line stands in the computing of an entry and differs along the axes. */
const hasLine = (task: Task, formula: Formula, axes: Axes): boolean =>
  "inputs" in formula &&
  ((formula.kind === "reduce" && formula.length > SHORT_LOOP) ||
    formula.inputs.some((input) => readsLine(task, input, axes)));

function readsLine(task: Task, read: Access, axes: Axes): boolean {
  const own = axesOf(read, axes);
  return own.size > 0 && isInline(task, read.from) && hasLine(task, read.from, own);
}

/** Whether no computed index depends on the axes: then neighbours along them lie at fixed distances. */
const areApart = (task: Task, formula: Formula, axes: Axes): boolean =>
  formula.kind !== "place" &&
  formula.kind !== "checked" &&
  (!("inputs" in formula) || formula.inputs.every((input) => isApart(task, input, axes)));

const isApart = (task: Task, read: Access, axes: Axes): boolean =>
  !read.indices.some((index) => [...dependsOn(index)].some((axis) => axes.has(axis))) &&
  (!isInline(task, read.from) || areApart(task, read.from, axesOf(read, axes)));

/** The axes of what is read along which it goes as its reader goes along these. */
function axesOf({ at }: Access, axes: Axes): Axes {
  const goesAlong = ({ terms }: Position): boolean =>
    terms.some(({ variable }) => typeof variable === "number" && axes.has(variable));
  return new Set(at.flatMap((position, axis) => (goesAlong(position) ? [axis] : [])));
}

const isInline = ({ members, stored, staging }: Task, formula: Formula): boolean =>
  members.has(formula) && !stored.has(formula) && !staging.staged.has(formula);
