/**
 * Points as callers have them: checked entry by entry, and brought into the frame in which everything is computed,
 * where float32 has digits to spare. Knows nothing of clusters.
 */
import { type Tensor, tensor } from "@protograd/autograd";
import { error, show } from "./argument.js";

/** n points of d coordinates: rows of numbers, rows as typed arrays, a tensor, or one typed array, row after row. */
export type Points =
  | readonly (readonly number[])[]
  | readonly (Float32Array | Float64Array)[]
  | Tensor
  | {
      /** The coordinates, row after row. */
      readonly data: Float32Array | Float64Array;
      /** [n, d]. */
      readonly shape: readonly number[];
    };

/** Checked points, still the caller's: each of the chunks holds one or more rows of d numbers, one after another. */
export interface Table {
  readonly n: number;
  readonly d: number;
  readonly chunks: readonly ArrayLike<number>[];
  /** The sum of each column. */
  readonly sums: Float64Array;
}

type Unchecked = Omit<Table, "sums">;

/** Throws unless `points` are at least one row of at least one finite number, all rows equally long. */
export function readTable(operation: string, points: Points, what = "points"): Table {
  const table = Array.isArray(points) ? tableOfRows(operation, points, what) : tableOfArray(operation, points, what);
  const { d, chunks } = table;
  const sums = new Float64Array(d);
  let row = 0;
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += d, row++) {
      for (let j = 0; j < d; j++) {
        const value = chunk[start + j] as number;
        if (typeof value === "number" && Math.abs(value) <= LARGEST) sums[j] = (sums[j] as number) + value;
        else throw wrongEntry(`${operation}: ${what}, row ${row}, column ${j}`, value);
      }
    }
  }
  return { ...table, sums };
}

function wrongEntry(place: string, value: unknown): Error {
  const expected = Number.isFinite(value) ? `at most ${LARGEST}, so that squares can be computed` : "a finite number";
  return error(value, `${place} is ${show(value)}; expected ${expected}`);
}

const LARGEST = 1e140;

function tableOfRows(operation: string, rows: readonly unknown[], what: string): Unchecked {
  if (rows.length === 0) throw new RangeError(`${operation}: ${what} is empty; expected at least one row`);
  const d = isRow(rows[0]) ? rows[0].length : 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isRow(row)) {
      throw new TypeError(
        `${operation}: ${what}, row ${i} is ${show(row)}; expected rows of numbers, such as [[1, 2], [3, 4]]`,
      );
    }
    if (row.length === d && d > 0) continue;
    const expected = d === 0 ? "at least 1" : `${d}, as row 0`;
    throw new RangeError(`${operation}: ${what}, row ${i} has ${row.length} columns; expected ${expected}`);
  }
  return { n: rows.length, d, chunks: rows as readonly ArrayLike<number>[] };
}

const isRow = (value: unknown): value is ArrayLike<number> => Array.isArray(value) || isTypedArray(value);

const isTypedArray = (value: unknown): value is Float64Array =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

function tableOfArray(operation: string, points: unknown, what: string): Unchecked {
  const { data, shape } = (points ?? {}) as { readonly data?: unknown; readonly shape?: unknown };
  if (!isTypedArray(data) || !Array.isArray(shape)) {
    throw new TypeError(
      `${operation}: ${what} is ${show(points)}; expected rows of numbers, a tensor of rank 2, or { data, shape: [n, d] } with a typed array`,
    );
  }
  const [n, d] = shape;
  if (shape.length !== 2 || !shape.every((length) => Number.isInteger(length) && length > 0)) {
    throw new RangeError(
      `${operation}: ${what} has shape ${show(shape)}; expected [n, d], at least one row and one column`,
    );
  }
  if (data.length !== n * d) {
    throw new RangeError(`${operation}: ${what} has ${data.length} values; expected ${n * d} for shape ${show(shape)}`);
  }
  return { n, d, chunks: [data] };
}

/**
 * Where computing takes place: (x − origin) / scale, which is about from −1 to 1. Squared distances there neither
 * overflow nor lose digits to an origin far away. The scale is a power of two, so dividing by it rounds nothing.
 */
export interface Frame {
  readonly origin: Float64Array;
  readonly scale: number;
}

/** The frame around points: its origin is about their mean. */
export function frameAround({ n, d, chunks, sums }: Table): Frame {
  const means = sums.map((sum) => sum / n);
  let reach = 0;
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += d) {
      for (let j = 0; j < d; j++) {
        const distance = Math.abs((chunk[start + j] as number) - (means[j] as number));
        if (distance > reach) reach = distance;
      }
    }
  }
  // Adding 0 makes 0 of −0, which JSON does not know.
  const size = means.reduce((most, mean) => Math.max(most, Math.abs(mean)), 0);
  if (reach === 0) return { origin: means.map((mean) => mean + 0), scale: size === 0 ? 1 : scaleFor(size) };
  const scale = scaleFor(reach);
  return { origin: means.map((mean) => rounded(mean, scale / 64) + 0), scale };
}

/** The power of two, not too small to divide by, that is no smaller than a number. */
const scaleFor = (reach: number): number => Math.max(SMALLEST_SCALE, 2 ** Math.ceil(Math.log2(reach)));

const SMALLEST_SCALE = 2 ** -1000;

/** Whether a number can be the scale of a frame. */
export const isScale = (value: unknown): boolean =>
  typeof value === "number" &&
  value >= SMALLEST_SCALE &&
  value === 2 ** Math.round(Math.log2(value)) &&
  value < Infinity;

/** To a multiple of a small power of two: then points of few digits, such as whole numbers, have few in the frame too. */
function rounded(value: number, step: number): number {
  const steps = value / step;
  return Math.abs(steps) < 2 ** 52 ? Math.round(steps) * step : value;
}

/** Points in the frame, as a tensor of shape [n, d]. */
export function intoFrame({ n, d, chunks }: Unchecked, { origin, scale }: Frame): Tensor {
  const values = new Float32Array(n * d);
  const perScale = 1 / scale;
  let next = 0;
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += d) {
      for (let j = 0; j < d; j++) {
        values[next++] = ((chunk[start + j] as number) - (origin[j] as number)) * perScale;
      }
    }
  }
  return tensor(values, [n, d]);
}

/** Some points in a frame, and which of all points these are. */
export interface Group {
  readonly X: Tensor;
  readonly frame: Frame;
  readonly rows: readonly number[];
}

/**
 * Any points in a frame that was made for others. Those so far away that their squares might overflow there have
 * frames of their own: these differ from the given one in scale.
 */
export function groupsInFrames(table: Table, frame: Frame): Group[] {
  const rowsByScale = new Map<number, number[]>();
  for (let row = 0; row < table.n; row++) {
    const reach = rowOf(table, row).reduce(
      (most, value, j) => Math.max(most, Math.abs(value - (frame.origin[j] as number))),
      0,
    );
    const scale = reach / frame.scale <= FARTHEST ? frame.scale : scaleFor(reach);
    const rows = rowsByScale.get(scale);
    if (rows) rows.push(row);
    else rowsByScale.set(scale, [row]);
  }
  return [...rowsByScale].map(([scale, rows]) => {
    const own = { origin: frame.origin, scale };
    const part =
      rows.length === table.n ? table : { ...table, n: rows.length, chunks: rows.map((row) => rowOf(table, row)) };
    return { X: intoFrame(part, own), frame: own, rows };
  });
}

/** How far from the origin, in the frame, squared distances are still safe from overflow. */
export const FARTHEST = 2 ** 40;

function rowOf({ n, d, chunks }: Unchecked, row: number): number[] {
  const [first] = chunks as [ArrayLike<number>];
  return chunks.length === n
    ? Array.from(chunks[row] as ArrayLike<number>)
    : Array.from({ length: d }, (_, j) => first[row * d + j] as number);
}

/** With the squares of the largest points it still makes finite sums. */
const LARGEST_WEIGHT = 1e20;

/** A weight for each of n points, finite and from 0, not all of them 0. */
export function readWeights(operation: string, weights: ArrayLike<number>, n: number): Float64Array {
  if (!isRow(weights)) {
    throw new TypeError(`${operation}: the weights are ${show(weights)}; expected an array of ${n} numbers`);
  }
  if (weights.length !== n) {
    throw new RangeError(`${operation}: there are ${weights.length} weights for ${n} points; expected one for each`);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const weight = weights[i] as number;
    if (!(Number.isFinite(weight) && weight >= 0 && weight <= LARGEST_WEIGHT)) {
      const expected = Number.isFinite(weight) && weight > 0 ? `at most ${LARGEST_WEIGHT}` : "a finite number from 0";
      throw error(weight, `${operation}: weight ${i} is ${show(weight)}; expected ${expected}`);
    }
    sum += weight;
  }
  if (sum === 0) throw new RangeError(`${operation}: all weights are 0; expected at least one above`);
  return Float64Array.from(weights);
}
