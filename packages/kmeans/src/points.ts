/**
 * Points as callers have them, checked and measured, and from then on one thing: float64 rows, block after block.
 * Knows nothing of clusters.
 */
import { compile, Tensor, tensor } from "@protograd/autograd";
import { checkAttached, error, isArrayLike, kindOf, show } from "./argument.js";

/** Numbers row after row in one array of any kind, and the length of each axis. A tensor is that too. */
export interface ShapedNumbers {
  /** The numbers: a plain array, or a typed array of any kind but those of bigints. */
  readonly data: ArrayLike<number>;
  /** The length of each axis: [n, d] for n points of d coordinates, [n] for n weights. */
  readonly shape: readonly number[];
}

/**
 * n points of d coordinates: rows, which may be typed arrays of any kind but those of bigints, and of different kinds;
 * a tensor of rank 2; or all coordinates in one array, row after row, with the shape [n, d].
 */
export type Points = readonly ArrayLike<number>[] | Tensor | ShapedNumbers;

/** n weights: an array of any kind, a tensor of rank 1, or an array with the shape [n]. */
export type Weights = ArrayLike<number> | Tensor | ShapedNumbers;

/** Rows of numbers, however the caller keeps them. */
export interface Rows {
  readonly n: number;
  readonly d: number;
  /** Fills an array with whole rows from the given one on, with NaN for what is no number. */
  copy(first: number, into: Float64Array): void;
  /** All of them, where they are few and have been copied before. */
  readonly whole?: Float64Array;
}

/** Rows that are points: finite numbers. */
export interface Table extends Rows {
  /** Of each column. */
  readonly means: Float64Array;
  /** How far points lie from the mean of each column: the standard deviation, or the largest distance. */
  readonly spreads: Float64Array;
  /** The smallest and the largest number of each column. */
  readonly ends: () => Ends;
  /** No coordinate is farther from 0. */
  readonly reach: number;
  /** The same points, where the caller has them as float32, of sizes with which float32 computes well. */
  readonly tensor: Tensor | undefined;
}

interface Ends {
  readonly lows: Numbers;
  readonly highs: Numbers;
}

/** How many numbers a block has, if rows are not longer: as float64 they stay in the processor's nearest cache. */
const BLOCK = 2048;

/** The rows in blocks, from which row on and what they hold: for reading, until the next block overwrites it. */
export function* blocksOf({ n, d, copy, whole }: Rows): Generator<readonly [first: number, values: Float64Array]> {
  if (whole) {
    yield [0, whole];
    return;
  }
  const most = Math.max(1, Math.floor(BLOCK / d));
  const block = new Float64Array(Math.min(n, most) * d);
  for (let first = 0; first < n; first += most) {
    const rest = (n - first) * d;
    const values = rest < block.length ? block.subarray(0, rest) : block;
    copy(first, values);
    yield [first, values];
  }
}

/** Throws unless `points` are at least one row of at least one finite number, all rows equally long. */
export function readTable(operation: string, points: Points, what = "points"): Table {
  const rows = Array.isArray(points) ? fromRows(operation, points, what) : fromArray(operation, points, what);
  return (rows.tensor && measureTensor(rows, rows.tensor)) ?? measureRows(operation, rows, what);
}

/** In one or two passes, without a look at single entries; `undefined` where the sums leave a doubt about them. */
function measureTensor(rows: Rows, tensor: Tensor): Table | undefined {
  const { sums, squares } = momentsOf(tensor);
  let known: Ends | undefined;
  const ends = (): Ends => {
    known ??= numbersOf(endsOf(tensor));
    return known;
  };
  const { means, spreads, reach } = measured(rows.n, sums.data, squares.data, ends);
  const isMedium = largest(spreads) > 2 ** -40 && reach < 2 ** 40;
  return isMedium ? { ...rows, means, spreads, reach, ends, tensor } : undefined;
}

/** Σ x and Σ x² of each column. */
const momentsOf = compile((X: Tensor) => ({ sums: X.reduceSum(0), squares: X.square().reduceSum(0) }));

const endsOf = compile((X: Tensor) => ({ lows: X.reduceMin(0), highs: X.reduceMax(0) }));
const numbersOf = ({ lows, highs }: ReturnType<typeof endsOf>): Ends => ({ lows: lows.data, highs: highs.data });

type Numbers = ArrayLike<number>;
type Measured = Pick<Table, "means" | "spreads" | "reach">;

/** From Σ x and Σ x² of each column; from its ends, where these leave few digits of the standard deviation. */
function measured(n: number, sums: Numbers, squares: Numbers, ends: () => Ends): Measured {
  const most = largest(squares);
  const areNormal = most > SMALLEST ** 2;
  const [means, spreads] = [new Float64Array(sums.length), new Float64Array(sums.length)];
  for (let j = 0; j < sums.length; j++) {
    const [sum, square] = [sums[j] as number, squares[j] as number];
    const mean = sum / n;
    const variance = square / n - mean ** 2;
    const hasDigits = square > 2 ** -200 * most && mean ** 2 < 2 ** 16 * variance;
    if (areNormal && (hasDigits || (square === 0 && sum === 0))) {
      means[j] = mean;
      spreads[j] = Math.sqrt(variance);
    } else {
      const [low, high] = [ends().lows[j] as number, ends().highs[j] as number];
      const inside = Math.min(Math.max(mean, low), high);
      means[j] = inside;
      spreads[j] = Math.max(inside - low, high - inside);
    }
  }
  return {
    means,
    spreads,
    reach: areNormal ? Math.sqrt(most) : Math.max(farthest(ends().lows), farthest(ends().highs)),
  };
}

/** Rows of `length` numbers each. */
export function rowsOf(flat: ArrayLike<number>, length: number): number[][] {
  const rows: number[][] = [];
  for (let at = 0; at < flat.length; ) {
    const row: number[] = [];
    for (const end = at + length; at < end; at++) row.push(flat[at] as number);
    rows.push(row);
  }
  return rows;
}

/** The largest of numbers from 0; NaN where one is. */
export function largest(values: Numbers): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] as number);
  return most;
}

/** How far from 0 the farthest of some numbers is. */
export function farthest(values: Numbers): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at] as number));
  return most;
}

function measureRows(operation: string, rows: Unchecked, what: string): Table {
  const { n, d } = rows;
  const [sums, squares] = [new Float64Array(d), new Float64Array(d)];
  /** What is one block, and need not be copied again. */
  let only: Float64Array | undefined;
  for (const [first, values] of blocksOf(rows)) {
    for (let j = 0; j < d; j++) {
      let sum = 0;
      let square = 0;
      for (let at = j; at < values.length; at += d) {
        const value = values[at] as number;
        sum += value;
        square += value * value;
      }
      // Only where a value may be too large, or none, are single ones looked at.
      if (!(square <= LARGEST ** 2)) checkEntries(`${operation}: ${what}`, values, first, rows);
      sums[j] = (sums[j] as number) + sum;
      squares[j] = (squares[j] as number) + square;
    }
    if (values.length === n * d) only = values;
  }
  const kept = only === undefined ? rows : { ...rows, copy: copyFrom(only, d), whole: only };
  let known: Ends | undefined;
  const ends = (): Ends => {
    known ??= endsIn(kept);
    return known;
  };
  return { ...kept, ...measured(n, sums, squares, ends), ends, tensor: undefined };
}

function endsIn(rows: Rows): Ends {
  const lows = new Float64Array(rows.d).fill(Infinity);
  const highs = new Float64Array(rows.d).fill(-Infinity);
  for (const [, values] of blocksOf(rows)) {
    for (const [at, value] of values.entries()) {
      const j = at % rows.d;
      lows[j] = Math.min(lows[j] as number, value);
      highs[j] = Math.max(highs[j] as number, value);
    }
  }
  return { lows, highs };
}

function checkEntries(place: string, values: Float64Array, first: number, { d, entry }: Unchecked): void {
  const at = values.findIndex((value) => !(Math.abs(value) <= LARGEST));
  if (at < 0) return;
  const [row, column] = [first + Math.floor(at / d), at % d];
  throw wrongEntry(`${place}, row ${row}, column ${column}`, entry(row, column));
}

function wrongEntry(place: string, value: unknown): Error {
  const expected = Number.isFinite(value) ? `at most ${LARGEST}, so that squares can be computed` : "a finite number";
  return error(value, `${place} is ${show(value)}; expected ${expected}`);
}

/** The squares of numbers between these are numbers of float64, and so are their sums. */
const LARGEST = 1e140;
const SMALLEST = 1e-140;

/** Rows whose entries need not be numbers. */
interface Unchecked extends Rows {
  entry(row: number, column: number): unknown;
  readonly tensor: Tensor | undefined;
}

function fromRows(operation: string, rows: readonly unknown[], what: string): Unchecked {
  if (rows.length === 0) throw new RangeError(`${operation}: ${what} is empty; expected at least one row`);
  const d = isArrayLike(rows[0]) ? rows[0].length : 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isArrayLike(row)) {
      throw new TypeError(
        `${operation}: ${what}, row ${i} is ${show(row)}; expected rows of numbers, such as [[1, 2], [3, 4]]`,
      );
    }
    if (row.length === d && d > 0) continue;
    checkAttached(`${operation}: ${what}, row ${i} is`, row);
    const expected = d === 0 ? "at least 1" : `${d}, as row 0`;
    throw new RangeError(`${operation}: ${what}, row ${i} has ${row.length} columns; expected ${expected}`);
  }
  const checked = rows as readonly ArrayLike<unknown>[];
  return {
    n: rows.length,
    d,
    copy: (first, into) => {
      for (let row = first, next = 0; next < into.length; row++, next += d) {
        copyNumbers(checked[row] as ArrayLike<unknown>, 0, into, next, d);
      }
    },
    entry: (row, column) => checked[row]?.[column],
    tensor: undefined,
  };
}

function fromArray(operation: string, points: unknown, what: string): Unchecked {
  const expected = "rows of numbers, a tensor of rank 2, or { data, shape: [n, d] }";
  const { data, shape } = readShaped(`${operation}: ${what} is`, points, expected);
  const [n, d] = shape as [number, number];
  if (shape.length !== 2 || !shape.every((length) => Number.isInteger(length) && (length as number) > 0)) {
    throw new RangeError(
      `${operation}: ${what} has shape ${show(shape)}; expected [n, d], at least one row and one column`,
    );
  }
  if (data.length !== n * d) {
    throw new RangeError(`${operation}: ${what} has ${data.length} values; expected ${n * d} for shape ${show(shape)}`);
  }
  return {
    n,
    d,
    copy: copyFrom(data, d),
    entry: (row, column) => data[row * d + column],
    tensor: asTensor(points, data, [n, d]),
  };
}

/** What has data and a shape, whoever made it. Throws for anything else, and where the data is gone. */
function readShaped(
  place: string,
  value: unknown,
  expected: string,
): { data: ArrayLike<unknown>; shape: readonly unknown[] } {
  const { data, shape } = (value ?? {}) as Partial<Record<keyof ShapedNumbers, unknown>>;
  if (!isArrayLike(data) || !Array.isArray(shape)) {
    const isShaped = data !== undefined || shape !== undefined;
    const found = isShaped ? `{ data: ${show(data)}, shape: ${show(shape)} }` : show(value);
    throw new TypeError(`${place} ${found}; expected ${expected}`);
  }
  checkAttached(`${place} { data, shape }, where data is`, data);
  return { data, shape: Array.from(shape) };
}

/** How to copy rows of d numbers out of one array: a typed array goes as a whole. */
function copyFrom(data: ArrayLike<unknown>, d: number): Rows["copy"] {
  const kind = kindOf(data);
  if (kind === undefined || kind.startsWith("Big")) {
    return (first, into) => copyNumbers(data, first * d, into, 0, into.length);
  }
  const { buffer, byteOffset } = data as Float64Array;
  // Of this realm, and without what a subclass makes of its methods.
  const Plain = globalThis[kind as "Float64Array"];
  return (first, into) => into.set(new Plain(buffer, byteOffset + first * d * Plain.BYTES_PER_ELEMENT, into.length));
}

/** Copies `count` entries from one place to another, with NaN for what is no number. */
function copyNumbers(values: ArrayLike<unknown>, from: number, into: Float64Array, to: number, count: number): void {
  for (let at = 0; at < count; at++) {
    const value = values[from + at];
    into[to + at] = typeof value === "number" ? value : Number.NaN;
  }
}

/** From how many numbers on it is quicker to leave float32 as it is: with fewer, calling a compiled pass is most of it. */
const MANY = 2 ** 14;

function asTensor(points: unknown, data: ArrayLike<unknown>, shape: readonly number[]): Tensor | undefined {
  if (kindOf(data) !== "Float32Array" || data.length < MANY) return undefined;
  return points instanceof Tensor ? points : tensor(data as Float32Array, shape, { copy: false });
}

/** With the squares of the largest points it still makes finite sums. */
const LARGEST_WEIGHT = 1e20;

/** A weight for each of n points, finite and from 0, not all of them 0. */
export function readWeights(operation: string, weights: Weights, n: number): Float64Array {
  const values = readPartOfWeights(operation, weights, n);
  if (values.some((weight) => weight > 0)) return values;
  throw new RangeError(`${operation}: all weights are 0; expected at least one above`);
}

/** The same of some of the points: others may have the weights above 0. */
export function readPartOfWeights(operation: string, weights: Weights, n: number): Float64Array {
  const place = `${operation}: the weights are`;
  const expected = `${n} numbers, a tensor of shape [${n}], or { data, shape: [${n}] }`;
  const { data, shape } = isArrayLike(weights) ? { data: weights, shape: [n] } : readShaped(place, weights, expected);
  if (shape.length !== 1 || shape[0] !== n) {
    throw new RangeError(`${operation}: the weights have shape ${show(shape)}; expected [${n}], one for each point`);
  }
  checkAttached(place, data);
  if (data.length !== n) {
    throw new RangeError(`${operation}: there are ${data.length} weights for ${n} points; expected one for each`);
  }
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const weight = data[i] as number;
    if (!(Number.isFinite(weight) && weight >= 0 && weight <= LARGEST_WEIGHT)) {
      const bound = Number.isFinite(weight) && weight > 0 ? `at most ${LARGEST_WEIGHT}` : "a finite number from 0";
      throw error(weight, `${operation}: weight ${i} is ${show(weight)}; expected ${bound}`);
    }
    values[i] = weight;
  }
  return values;
}
