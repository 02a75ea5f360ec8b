/**
 * Values as callers write and read them: numbers, nested arrays and typed arrays on one side, one flat array and a
 * shape on the other. Every check of a value that a caller passes is here. Of the graph it knows only the types of
 * entries.
 */
import { checkAttached, describe, isArrayLike, kindOf } from "./argument.js";
import type { DType } from "./graph.js";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.js";
import { allocate } from "./view.js";

/**
 * A number, or nested arrays of numbers, equally long at each depth; rows may be typed arrays of any kind except
 * bigints, and of different kinds.
 */
export type NestedArray = number | ArrayLike<number> | readonly NestedArray[];

/** A number, or nested arrays of numbers. */
export type NestedNumbers = number | NestedNumbers[];

/** Members that would write to a typed array, or return an array that shares its memory. */
type Writing = "copyWithin" | "fill" | "reverse" | "set" | "sort" | "subarray";

/** A typed array for reading only. It is still an array buffer view and iterable, for WebGL and `Math.max(...)`. */
type Reading<A extends Float32Array | Int32Array> = Omit<A, Writing | number>;

/** Members that return an array of the same type. */
interface Copying {
  /** A copy of a part, to write to. */
  slice(start?: number, end?: number): Float32Array | Float64Array;
  /** The result of `change` for each value. */
  map(change: (value: number, at: number) => number): Float32Array | Float64Array;
  /** The values for which `keeps` holds. */
  filter(keeps: (value: number, at: number) => boolean): Float32Array | Float64Array;
}

/** Members that differ between the types. */
type Telling = "toReversed" | "toSorted" | "with" | "valueOf" | typeof Symbol.toStringTag;

/**
 * A `Float32Array`, or a `Float64Array`, for reading only. If the types of a library ask for the array itself, pass
 * `new Float32Array(x.data)`.
 */
export interface ReadonlyFloats extends Omit<Reading<Float32Array>, keyof Copying | Telling>, Copying {
  readonly [at: number]: number;
  /** A part of the array, without a copy. */
  subarray(start?: number, end?: number): ReadonlyFloats;
}

/** An `Int32Array` for reading only. */
export interface ReadonlyIntegers extends Reading<Int32Array> {
  readonly [at: number]: number;
  /** A part of the array, without a copy. */
  subarray(start?: number, end?: number): ReadonlyIntegers;
}

/** A `NestedArray` as flat row-major numbers with their shape; `shape` arranges the same numbers differently. */
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

/**
 * The typed array itself or, if its class is a subclass or of another realm, a plain one of this realm that shares its
 * memory.
 */
export function plain(values: Float32Array | Float64Array): Float32Array | Float64Array {
  const kind = kindOf(values) === "Float64Array" ? Float64Array : Float32Array;
  if (Object.getPrototypeOf(values) === kind.prototype) return values;
  return new kind(values.buffer as ArrayBuffer, values.byteOffset, values.length);
}

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

/** Values as text: `[[1, 2], [3, 4]]`; the middle of a long axis is omitted. */
export function formatValues(data: ArrayLike<number>, shape: Shape, dtype: DType): string {
  const shorten = data.length > 200;
  const format = (axis: number, start: number): string => {
    if (axis === shape.length) return formatNumber(data[start] as number, dtype);
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

/** The fewest digits that still tell this number from all others of its type. */
export function formatNumber(value: number, dtype: DType = "float32"): string {
  if (dtype !== "float32") return String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === Math.fround(value)) return String(rounded);
  }
  return String(value);
}

/** The shape that the first entry at each depth suggests; `collect` compares all others with it. */
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

/** Whether a value is a typed array of numbers: of any kind except the two of bigints. */
function isNumericArray(value: unknown): value is ArrayLike<number> {
  const kind = kindOf(value);
  return kind !== undefined && !kind.startsWith("Big");
}
