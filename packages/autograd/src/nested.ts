/**
 * Values as callers write them and read them: numbers, nested arrays and typed arrays on one side, one flat array
 * and a shape on the other. Every check of a value that a caller passes is here. Knows nothing of the graph.
 */
import { checkAttached, describe, isArrayLike, kindOf } from "./argument.js";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.js";
import { allocate } from "./view.js";

/**
 * A number, or arrays of arrays of numbers, equally long at each depth; rows may be typed arrays of any kind but those
 * of bigints, and of different kinds.
 */
export type NestedArray = number | ArrayLike<number> | readonly NestedArray[];

/** A number, or arrays of arrays of numbers. */
export type NestedNumbers = number | NestedNumbers[];

/** A `NestedArray` as flat row-major numbers with their shape; `shape` lays the same numbers out in another way. */
export function flatten(
  operation: string,
  values: NestedArray,
  shape?: Shape,
): { flat: ArrayLike<number>; shape: Shape } {
  const measured = measure(values);
  const flat = isNumericArray(values) ? values : collect(operation, values, measured);
  checkAttached(operation, "the value", flat);
  if (shape === undefined) return { flat, shape: measured };
  const wanted = checkShape(operation, shape);
  if (sizeOf(wanted) !== flat.length) {
    throw new RangeError(
      `${operation}: ${flat.length} values do not fill shape ${formatShape(wanted)}, which holds ${sizeOf(wanted)}`,
    );
  }
  return { flat, shape: wanted };
}

/** A `Float32Array` itself or, if it is of a subclass or of another realm, a plain one of this realm on its memory. */
export const plain = (values: Float32Array): Float32Array =>
  Object.getPrototypeOf(values) === Float32Array.prototype
    ? values
    : new Float32Array(values.buffer, values.byteOffset, values.length);

/** Row-major values as nested arrays. */
export function nest(data: ArrayLike<number>, shape: Shape): NestedNumbers {
  let rows: NestedNumbers[] = Array.from(data);
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const length = shape[axis] as number;
    const count = sizeOf(shape.slice(0, axis));
    rows = Array.from({ length: count }, (_, row) => rows.slice(row * length, (row + 1) * length));
  }
  return shape.length === 0 ? (rows[0] as number) : rows;
}

/** Values as text: `[[1, 2], [3, 4]]`; the middle of a long axis is left out. */
export function formatValues(data: ArrayLike<number>, shape: Shape): string {
  const shorten = data.length > 200;
  const format = (axis: number, start: number): string => {
    if (axis === shape.length) return formatNumber(data[start] as number);
    const length = shape[axis] as number;
    const stride = sizeOf(shape.slice(axis + 1));
    const entries = Array.from({ length }, (_, at) => at)
      .filter((at) => !shorten || length <= 6 || at < 3 || at >= length - 3)
      .map((at) => format(axis + 1, start + at * stride));
    if (shorten && length > 6) entries.splice(3, 0, "…");
    return `[${entries.join(", ")}]`;
  };
  return format(0, 0);
}

/** The fewest digits that still name this float32. */
export function formatNumber(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return String(rounded);
  }
  return String(value);
}

/** The shape that the first entry at each depth suggests; `collect` holds all others against it. */
function measure(values: NestedArray): Shape {
  const shape: number[] = [];
  let level: unknown = values;
  while (isArrayLike(level)) {
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

function collect(operation: string, values: NestedArray, shape: Shape): Float64Array {
  const flat = allocate(shape, Float64Array);
  const position: number[] = [];
  let filled = 0;

  const place = (): string => (position.length === 0 ? "the value" : `the value at [${position.join(", ")}]`);
  const refusal = (found: string, expected: string, Failure: ErrorConstructor = RangeError): Error =>
    new Failure(`${operation}: ${place()} ${found}; expected ${expected}`);

  const visit = (value: unknown): void => {
    const length = shape[position.length];
    if (length === undefined) {
      if (typeof value === "number") {
        flat[filled++] = value;
        return;
      }
      if (isArrayLike(value)) throw refusal("is an array", "a number, as at the first position");
      throw refusal(`is ${describe(value)}`, "a number", TypeError);
    }
    if (!isArrayLike(value))
      throw refusal(`is ${describe(value)}`, `an array of ${length}, as in the first row`, TypeError);
    if (value.length === 0) checkAttached(operation, place(), value);
    if (value.length !== length) throw refusal(`has ${value.length} entries`, `${length}, as in the first row`);
    for (let at = 0; at < length; at++) {
      position.push(at);
      visit(value[at]);
      position.pop();
    }
  };

  visit(values);
  return flat;
}

/** Whether a value is a typed array of numbers: all of them but the two of bigints. */
function isNumericArray(value: unknown): value is ArrayLike<number> {
  const kind = kindOf(value);
  return kind !== undefined && !kind.startsWith("Big");
}
