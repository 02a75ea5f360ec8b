/**
 * Entries selected by indices: whole numbers that callers pass as indices, whether they lie on the axis, and the gather
 * and scatter that the strict graph has for them. Knows nodes, not tensors.
 */
import { describe, isLength } from "./argument.js";
import { constant, fill, type Node, type Values } from "./graph.js";
import { forEveryone } from "./lengths.js";
import { flatten, type NestedArray } from "./nested.js";
import { expand, gather, reshape, scatterAdd } from "./ops.js";
import { indexError, type Shape, sizeOf, withAxis } from "./shape.js";
import { expectOf, valuesOf } from "./tracing.js";

/** Indices that a caller passed as numbers. */
export function positions(operation: string, values: NestedArray, shape?: Shape): Node {
  const { flat, shape: found } = flatten(operation, values, shape);
  const whole = Int32Array.from(flat);
  const wrong = whole.findIndex((index, at) => index !== flat[at]);
  if (wrong < 0) return constant(whole, found);
  throw new RangeError(
    `${operation}: the index ${describe(flat[wrong])} at position ${wrong} is not a whole number of 32 bits`,
  );
}

/** The entries at the indices along an axis, whose place the shape of the indices takes. */
export function take(x: Node, indices: Node, axis: number): Node {
  const { shape } = x;
  checkRange("take", indices, axis, shape[axis] as number);
  const count = sizeOf(indices.shape);
  const line = reshape(
    indices,
    shape.map((_, at) => (at === axis ? count : 1)),
  );
  const taken = gather(x, expand(line, withAxis(shape, axis, count)), axis);
  return reshape(taken, [...shape.slice(0, axis), ...forEveryone(indices.shape), ...shape.slice(axis + 1)]);
}

/** A last axis that holds 1 at the index and 0 elsewhere. */
export function oneHot(indices: Node, depth: number): Node {
  if (!isLength(depth)) {
    throw new RangeError(`oneHot: depth is ${describe(depth)}; expected a whole number from 0`);
  }
  const axis = indices.shape.length;
  checkRange("oneHot", indices, axis, depth);
  const column = reshape(indices, [...indices.shape, 1]);
  return scatterAdd(fill(column.shape, 1), column, axis, depth);
}

/**
 * Indices that are there are held against the axis at once. Others are when they are used; of those that a compiled
 * function is given, the operation then says what it expected.
 */
function checkRange(operation: string, node: Node, axis: number, length: number): void {
  if (node.operation.kind !== "leaf") return;
  const check = (values: Values, where = ""): void => {
    const wrong = values.find((index) => index < -length || index >= length);
    if (wrong !== undefined) throw indexError(operation + where, wrong, axis, length);
  };
  if (node.operation.name === "constant") check(valuesOf(node));
  else expectOf(node, check);
}
