/**
 * Shapes and axes: how many entries a tensor has along each axis, and how callers may name them. Every check of a shape
 * or an axis that a caller passes is here. Knows nothing of values, nodes or operations.
 */

import { checkArray, describe, isLength } from "./argument.js";
import { known } from "./lengths.js";

/** The number of entries along each axis; `[]` is the shape of a single number. */
export type Shape = readonly number[];

export const formatShape = (shape: Shape): string => `[${known(shape).join(", ")}]`;

/** The total number of entries: the product of the lengths, 1 for `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis] as number;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** `shape` with `length` entries along `axis`. */
export const withAxis = (shape: Shape, axis: number, length: number): Shape =>
  shape.map((old, at) => (at === axis ? length : old));

export const withoutAxes = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, axis) => !axes.includes(axis));

/**
 * Row-major data seen from one axis: entry (o, i, n) lies at `(o * length + i) * inner + n`,
 * with o below `outer` (all axes before), i below `length` (the axis), n below `inner` (all axes after).
 */
export function splitAt(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: shape[axis] as number,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/** A copy of a shape that a caller passed; throws unless each length is a whole number from 0. */
export function checkShape(operation: string, shape: Shape): Shape {
  const lengths = checkArray(operation, "the shape", shape);
  lengths.forEach((length, axis) => {
    if (!isLength(length)) {
      throw new RangeError(
        `${operation}: axis ${axis} of shape ${describe(lengths)} is ${describe(length)}; expected a whole number from 0`,
      );
    }
  });
  return lengths;
}

/** An axis that a caller passed, counted from the front. Negative axes count from the end. */
export function resolveAxis(operation: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis)) {
    throw new TypeError(`${operation}: axis is ${describe(axis)}; expected a whole number`);
  }
  if (axis < -rank || axis >= rank) {
    throw new RangeError(`${operation}: axis ${axis} is out of range for rank ${rank}; ${expectedAxes(rank)}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes that a caller passed, counted from the front, in ascending order; all axes where none are given. */
export function resolveAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const listed: readonly number[] = Array.isArray(axes) ? Array.from(axes) : [axes];
  const resolved = listed.map((axis) => resolveAxis(operation, axis, rank));
  checkDistinct(operation, resolved, axes);
  return resolved.sort((a, b) => a - b);
}

/** A permutation of the axes that a caller passed. */
export function resolvePermutation(operation: string, axes: readonly number[], rank: number): readonly number[] {
  const listed = checkArray(operation, "axes", axes);
  if (listed.length !== rank) {
    throw new RangeError(
      `${operation}: axes ${describe(listed)} for rank ${rank}; expected each of the ${rank} axes exactly once`,
    );
  }
  const resolved = listed.map((axis) => resolveAxis(operation, axis, rank));
  checkDistinct(operation, resolved, axes);
  return resolved;
}

function checkDistinct(operation: string, resolved: readonly number[], given: number | readonly number[]): void {
  const repeated = resolved.find((axis, at) => resolved.indexOf(axis) !== at);
  if (repeated !== undefined) {
    throw new RangeError(`${operation}: axes ${describe(given)} name axis ${repeated} twice; expected each axis once`);
  }
}

/** A shape that a caller passed for the values of `from`; one length may be −1, and then follows from the others. */
export function resolveReshape(operation: string, from: Shape, to: Shape): Shape {
  const wanted = checkArray(operation, "the shape", to);
  const open = wanted.indexOf(-1);
  const known = wanted.filter((_, axis) => axis !== open);
  if (!known.every(isLength)) {
    throw new RangeError(
      `${operation}: the shape is ${describe(wanted)}; expected whole numbers from 0, at most one of them −1`,
    );
  }
  const shape = open < 0 ? wanted : wanted.with(open, sizeOf(from) / sizeOf(known));
  if (sizeOf(shape) === sizeOf(from) && shape.every(Number.isInteger)) return shape;
  throw new RangeError(
    `${operation}: shape ${formatShape(from)} holds ${sizeOf(from)} values and does not fill ${formatShape(wanted)}`,
  );
}

/** A position that a caller passed, between the entries of an axis: 0 is before the first, −1 before the last. */
export function resolvePosition(operation: string, at: number, axis: number, length: number): number {
  if (!Number.isInteger(at))
    throw new TypeError(`${operation}: a position is ${describe(at)}; expected a whole number`);
  if (at < -length || at > length) {
    throw new RangeError(
      `${operation}: position ${at} is out of range for axis ${axis}, which has ${length} entries; expected ${-length} to ${length}`,
    );
  }
  return at < 0 ? at + length : at;
}

/** The position of an entry along an axis that a caller passed; −1 is the last. */
export function resolveEntry(operation: string, at: number, axis: number, length: number): number {
  if (!Number.isInteger(at))
    throw new TypeError(`${operation}: a position is ${describe(at)}; expected a whole number`);
  if (at < -length || at >= length) throw indexError(operation, at, axis, length);
  return at < 0 ? at + length : at;
}

/** Axes that a caller passed, as `resolveAxes` gives them; throws unless each has entries to choose from. */
export function resolveFilledAxes(
  operation: string,
  shape: Shape,
  axes: number | readonly number[] | undefined,
): readonly number[] {
  const resolved = resolveAxes(operation, axes, shape.length);
  const empty = resolved.find((axis) => shape[axis] === 0);
  if (empty === undefined) return resolved;
  throw new RangeError(
    `${operation}: axis ${empty} of shape ${formatShape(shape)} is empty; expected at least one entry to choose from`,
  );
}

/**
 * The shape to which all of `shapes` broadcast, as in NumPy: aligned at the last axis, a length of 1 repeats. Throws
 * where two lengths differ and neither is 1.
 */
export function broadcastShapes(operation: string, shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => broadcastTwo(operation, a, b));
}

function broadcastTwo(operation: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new RangeError(
        `${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${left} against ${right}`,
      );
    }
    return left === 1 ? right : left;
  });
}

export function indexError(operation: string, index: number, axis: number, length: number): RangeError {
  const expected = length === 0 ? "no index at all" : `${-length} to ${length - 1}`;
  return new RangeError(
    `${operation}: index ${index} is out of range for axis ${axis}, which has ${length} entries; expected ${expected}`,
  );
}

const expectedAxes = (rank: number): string =>
  rank === 0 ? "a scalar has no axes" : `expected ${-rank} to ${rank - 1}`;

/** The index of an entry from its place in row-major order. */
export function indexOf(at: number, shape: Shape): number[] {
  const index: number[] = [];
  shape.reduceRight((rest, length) => {
    index.unshift(rest % length);
    return Math.floor(rest / length);
  }, at);
  return index;
}
