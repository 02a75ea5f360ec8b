/**
 * What is zero but in one place along an axis, where it is read: a placed value, and which axis, value and position it
 * has for its reader. Knows nothing of what is done with it.
 */
import type { Shape } from "../../shape.js";
import { type Access, access, axisOf, compose, dependsOn, type Place, type Position } from "./formula.js";

/**
 * The axis of a reader of this shape along which an access is zero but in one place: where it reads a placed value,
 * from end to end, and neither the value nor the position depends on that axis in another way.
 */
export function placedAxisIn({ from, at }: Access, shape: Shape): number | undefined {
  if (from.kind !== "place" || from.isEverywhere) return undefined;
  const axis = axisOf(at[from.axis] as Position);
  if (axis === undefined || shape[axis] !== from.shape[from.axis]) return undefined;
  return dependsOn(access(from, at.toSpliced(from.axis, 1))).has(axis) ? undefined : axis;
}

/** The value of a placed formula as one of its readers reads it. */
export const placedValue = ({ from, at }: Access): Access => compose((from as Place).inputs[0], at);
/** The position at which it is. */
export const positionOf = ({ from, at }: Access): Access => compose((from as Place).inputs[1], at);

/** An axis along which some inputs are placed, all at the same position, and which inputs these are. */
export function commonPlace(inputs: readonly Access[], shape: Shape) {
  const first = inputs.find((input) => placedAxisIn(input, shape) !== undefined);
  if (first === undefined) return undefined;
  const axis = placedAxisIn(first, shape) as number;
  const position = positionOf(first);
  const holds = inputs.map((input) => placedAxisIn(input, shape) === axis && positionOf(input).key === position.key);
  return { axis, position, holds };
}

/** Whether a position is among the indices of an access, or among theirs. */
export const isReadAt = (read: Access, position: Access): boolean =>
  read.indices.some((index) => index.key === position.key || isReadAt(index, position));

/** The index along `axis` in place of a position, wherever that is read. */
export const withIndexFor = (position: Access, axis: number, { offset, terms }: Position): Position => ({
  offset,
  terms: terms.map(({ variable, factor }) => ({
    variable: typeof variable !== "number" && variable.key === position.key ? axis : variable,
    factor,
  })),
});
