/**
 * The same entries in another arrangement: what callers may say of shapes, axes and positions, and the views that the
 * strict graph makes of it. Knows nodes, not tensors.
 */
import { broadcastTo } from "./broadcasting.js";
import type { Node } from "./graph.js";
import * as ops from "./ops.js";
import {
  broadcastShapes,
  checkShape,
  formatShape,
  resolveAxes,
  resolveAxis,
  resolvePermutation,
  resolvePosition,
  type Shape,
  sameShape,
  withoutAxes,
} from "./shape.js";

/** One axis or several; negative ones count from the end. */
export type Axes = number | readonly number[];

export function expand(x: Node, shape: Shape): Node {
  const wanted = checkShape("expand", shape);
  const result = broadcastShapes("expand", [x.shape, wanted]);
  if (sameShape(result, wanted)) return broadcastTo(x, wanted);
  throw new RangeError(
    `expand: shape ${formatShape(x.shape)} does not expand to ${formatShape(wanted)}; only axes of length 1 repeat`,
  );
}

export function expandDims(x: Node, axis: number): Node {
  const at = resolveAxis("expandDims", axis, x.shape.length + 1);
  return ops.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

export function squeeze(x: Node, axes: Axes | undefined): Node {
  const ones = x.shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
  const removed = axes === undefined ? ones : resolveAxes("squeeze", axes, x.shape.length);
  const longer = removed.find((axis) => x.shape[axis] !== 1);
  if (longer === undefined) return ops.reshape(x, withoutAxes(x.shape, removed));
  throw new RangeError(
    `squeeze: axis ${longer} of shape ${formatShape(x.shape)} has ${x.shape[longer]} entries; expected 1`,
  );
}

export function transpose(x: Node, axes: readonly number[] | undefined): Node {
  const rank = x.shape.length;
  const reversed = x.shape.map((_, axis) => rank - 1 - axis);
  return ops.transpose(x, axes === undefined ? reversed : resolvePermutation("transpose", axes, rank));
}

export function slice(x: Node, axis: number, start: number, end: number | undefined): Node {
  const along = resolveAxis("slice", axis, x.shape.length);
  const length = x.shape[along] as number;
  const from = resolvePosition("slice", start, along, length);
  const to = end === undefined ? length : resolvePosition("slice", end, along, length);
  if (from <= to) return ops.slice(x, along, from, to);
  throw new RangeError(`slice: start ${start} lies behind end ${end} on axis ${along} of ${length}`);
}
