/**
 * Along axes: reductions over several axes, out of those over one that the table has; means; formulas that keep their
 * digits where the textbook's overflow; cumulative sums, without a loop. Knows nodes, not tensors.
 */
import { checkNumber, checkOptions, checkSwitch } from "./argument.js";
import type { Axes } from "./arrangement.js";
import { broadcast, broadcastTo } from "./broadcasting.js";
import { fill, fillWithSize, like, type Node, range } from "./graph.js";
import {
  abs,
  add,
  concat,
  div,
  equal,
  exp,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from "./ops.js";
import { resolveAxes, resolveFilledAxes, type Shape, withoutAxes } from "./shape.js";

/** Options of the reductions. */
export interface ReduceOptions {
  /** Whether the reduced axes stay, with length 1. Default false. */
  readonly keepDims?: boolean;
}

/** Options of `reduceVariance`. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken from the number of entries before it divides: 1 is Bessel's correction. Default 0. */
  readonly correction?: number;
}

/** A reduction of the table, along one axis, which stays with length 1. */
type Reduction = (x: Node, axis: number) => Node;

/** A reduction over axes that a caller passed, over all of them where none are given. */
export const reduce = (operation: string, reduction: Reduction, x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  reduceAlong(reduction, x, resolveAxes(operation, axes, x.shape.length), keepsDims(operation, options));

/** The same for one that chooses an entry; throws where there is none to choose. */
export const choose = (operation: string, reduction: Reduction, x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  reduceAlong(reduction, x, resolveFilledAxes(operation, x.shape, axes), keepsDims(operation, options));

export const mean = (x: Node, axes?: Axes, options?: ReduceOptions): Node =>
  meanAlong(x, resolveAxes("reduceMean", axes, x.shape.length), keepsDims("reduceMean", options));

export function variance(x: Node, axes?: Axes, options?: VarianceOptions): Node {
  const { keepDims = false, correction = 0 } = checkOptions("reduceVariance", options, ["keepDims", "correction"]);
  const along = resolveAxes("reduceVariance", axes, x.shape.length);
  const squares = square(sub(x, broadcastTo(meanAlong(x, along, true), x.shape)));
  const sum = reduceAlong(reduceSum, squares, along, keepsDims("reduceVariance", { keepDims }));
  const count = countAlong(x, along, sum);
  const freedom = sub(count, like(count, checkNumber("reduceVariance", "correction", correction)));
  return div(sum, maximum(freedom, like(freedom, 0)));
}

export function norm(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const along = resolveAxes("norm", axes, x.shape.length);
  const keepDims = keepsDims("norm", options);
  const size = reduceAlong(reduceSum, abs(x), along, true);
  const number = (value: number): Node => like(size, value);
  const isLarge = less(number(2 ** 50), size);
  const isSmall = less(size, number(2 ** -30));
  const scale = where(isLarge, number(2 ** -80), where(isSmall, number(2 ** 90), number(1)));
  const squares = reduceAlong(reduceSum, square(mul(x, broadcastTo(scale, x.shape))), along, true);
  // √ has no slope at 0. There it gets a 1, and 0 of the gradient.
  const isZero = equal(squares, number(0));
  const length = where(isZero, number(0), div(sqrt(where(isZero, number(1), squares)), scale));
  return reduced(length, along, keepDims);
}

export function logSumExp(x: Node, axes?: Axes, options?: ReduceOptions): Node {
  const along = resolveFilledAxes("logSumExp", x.shape, axes);
  const keepDims = keepsDims("logSumExp", options);
  const largest = largestAlong(x, along);
  const bound = LARGEST[x.dtype as "float32" | "float64"];
  const finite = minimum(maximum(largest, like(largest, -bound)), like(largest, bound));
  const sum = reduceAlong(reduceSum, exp(sub(x, broadcastTo(finite, x.shape))), along, true);
  // The largest adds 1 to the sum, so only that of nothing but −∞ is below: its logarithm has no slope, that of 1 does.
  return reduced(add(log(maximum(sum, like(sum, 1))), largest), along, keepDims);
}

export function softmax(x: Node, axis: number): Node {
  const along = resolveFilledAxes("softmax", x.shape, axis);
  const weights = exp(sub(x, broadcastTo(largestAlong(x, along), x.shape)));
  return div(weights, broadcastTo(reduceAlong(reduceSum, weights, along, true), x.shape));
}

/** In blocks: the sums within each, and what comes before the block, which is a cumulative sum of the sums of blocks. */
export function cumulativeSum(x: Node, axis: number): Node {
  const { shape } = x;
  const length = shape[axis] as number;
  if (length === 0) return x;
  const width = Math.min(length, 16);
  const count = Math.ceil(length / width);
  const blocks = (...axes: readonly number[]): Shape => [...shape.slice(0, axis), ...axes, ...shape.slice(axis + 1)];
  const zeros = (entries: number): Node => fill(blocks(entries), 0);
  const padded = concat([x, zeros(count * width - length)], axis);
  const summed = broadcast("cumulativeSum", [
    reshape(isUpTo(width), [width, width, ...shape.slice(axis + 1).map(() => 1)]),
    reshape(padded, blocks(count, 1, width)),
    0,
  ]);
  const within = reshape(reduceSum(where(...summed), axis + 2), blocks(count, width));
  if (count === 1) return reshape(within, shape);
  const totals = reshape(slice(within, axis + 1, width - 1, width), blocks(count));
  const before = concat([zeros(1), slice(cumulativeSum(totals, axis), axis, 0, count - 1)], axis);
  const sums = add(within, broadcastTo(reshape(before, blocks(count, 1)), within.shape));
  return slice(reshape(sums, padded.shape), axis, 0, length);
}

/** 1 in the columns up to that of the row, 0 in the others. */
function isUpTo(width: number): Node {
  const columns = range(width);
  return lessEqual(...broadcast("cumulativeSum", [columns, reshape(columns, [width, 1])]));
}

/** The last axis first, so that in row-major order the first of equal extremes wins over several axes too. */
const reduceAlong = (reduction: Reduction, x: Node, along: readonly number[], keepDims: boolean): Node =>
  reduced(
    along.reduceRight((rest, axis) => reduction(rest, axis), x),
    along,
    keepDims,
  );

/** What has been reduced along these axes, with or without them. */
const reduced = (result: Node, along: readonly number[], keepDims: boolean): Node =>
  keepDims ? result : reshape(result, withoutAxes(result.shape, along));

/** What is taken out before, so that e is raised to nothing that overflows; no gradient depends on it. */
const largestAlong = (x: Node, along: readonly number[]): Node => stopGradient(reduceAlong(reduceMax, x, along, true));

function meanAlong(x: Node, along: readonly number[], keepDims: boolean): Node {
  const sum = reduceAlong(reduceSum, x, along, keepDims);
  return div(sum, countAlong(x, along, sum));
}

/** How many entries each sum is of. */
const countAlong = (x: Node, along: readonly number[], { shape, dtype }: Node): Node =>
  fillWithSize(
    shape,
    along.map((axis) => x.shape[axis] as number),
    dtype,
  );

const keepsDims = (operation: string, options: ReduceOptions | undefined): boolean =>
  checkSwitch(operation, "keepDims", checkOptions(operation, options, ["keepDims"]).keepDims, false);

/** The largest numbers that there are. */
const LARGEST = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE } as const;
