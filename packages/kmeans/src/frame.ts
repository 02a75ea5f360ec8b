/**
 * Points in the frame in which everything is computed: as float64, and for graphs as tensors, of float32 where that holds
 * them. Knows nothing of clusters.
 */
import { type Tensor, tensor } from "@protograd/autograd";
import { blocksOf, farthest, largest, type Rows, type Table } from "./points.js";

/**
 * Where computing takes place: (x − origin) / scale. Squares of what most points are there neither overflow nor
 * underflow. For the points that the frame was made for, going there and back rounds nothing.
 */
export interface Frame {
  readonly origin: Float64Array;
  readonly scale: number;
}

/**
 * The frame around points. The scale is a power of two. The origin of a column is 0, or about the mean where all of the
 * column is on one side of 0 and none of it much nearer: then no digit is lost in subtracting it (Sterbenz 1974), and
 * float32 loses none to how far away the points are.
 */
export function frameAround({ means, spreads, ends }: Pick<Table, "means" | "spreads" | "ends">): Frame {
  const spread = largest(spreads);
  const scale = scaleFor(spread === 0 ? farthest(means) : spread);
  const originOf = (mean: number, j: number): number => {
    if (spreads[j] === 0) return mean;
    if (Math.abs(mean) <= 4 * spread) return 0;
    const { lows, highs } = ends();
    const nearest = mean > 0 ? (lows[j] as number) : -(highs[j] as number);
    return nearest < (5 / 8) * Math.abs(mean) ? 0 : rounded(mean, scale / 64);
  };
  // Adding 0 makes 0 of −0, which JSON does not know.
  return { origin: means.map((mean, j) => originOf(mean, j) + 0), scale };
}

/** The power of two, not too small to divide by, that is no smaller than a number. */
const scaleFor = (reach: number): number =>
  reach === 0 ? 1 : Math.max(SMALLEST_SCALE, 2 ** Math.ceil(Math.log2(reach)));

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

/** Points as computing has them, with what is still to be done to bring them into the frame. */
export interface Framed {
  /** Shape [n, d]. */
  readonly X: Tensor;
  /** Shape [d]; nothing, where there is nothing to subtract. */
  readonly origin: Tensor | null;
  /** Nothing, where X is in the frame already. */
  readonly perScale: Tensor | null;
}

/** What a cost is computed with, and in which type. */
export interface Arithmetic {
  readonly points: Framed;
  /** Shape [n]. */
  readonly weights: Tensor | null;
  /** In which centroids must be. */
  readonly frame: Frame;
  readonly dtype: "float32" | "float64";
}

/** Two ways to compute with the same points. */
export interface Arithmetics {
  /** Float64. */
  readonly exact: Arithmetic;
  /** The same; but float32, which takes a fraction of the time, for many points that it holds. */
  readonly usual: Arithmetic;
}

/** The frame of some points for others, which may lie so far outside that squares of what they are in it would overflow. */
export const wideEnough = (frame: Frame, table: Table): Frame => ({
  origin: frame.origin,
  scale: Math.max(frame.scale, scaleFor(farthestFrom(frame, table)) / 2 ** 500),
});

const farthestFrom = ({ origin }: Frame, { reach }: Table): number => reach + farthest(origin);

/** The ways to compute with points and k centroids, in a frame that was made for these points or for others. */
export function arithmeticsFor(
  table: Table,
  own: Frame,
  k: number,
  weights: Float64Array | undefined = undefined,
): Arithmetics {
  const frame = wideEnough(own, table);
  const isQuick = isMuch(table.n * table.d * k) && farthestFrom(own, table) <= FARTHEST * frame.scale;
  const points = framed(table, frame, isQuick);
  const arithmetic = (points: Framed, dtype: Arithmetic["dtype"]): Arithmetic => ({
    points,
    weights: weights ? tensor(weights, [table.n], { dtype }) : null,
    frame,
    dtype,
  });
  const exact = arithmetic(points.X === table.tensor ? onTheWay(points.X, frame, "float64") : points, "float64");
  return { exact, usual: isQuick && points.X.dtype === "float32" ? arithmetic(points, "float32") : exact };
}

/** The same with some of the points, which may come more than once. */
export function someOf(rows: readonly number[], arithmetic: Arithmetic): Arithmetic {
  const { points, weights, frame } = arithmetic;
  const X = take(points.X, rows, [frame.origin.length]);
  return { ...arithmetic, points: { ...points, X }, weights: weights && take(weights, rows, []) };
}

/** Some entries of a tensor along its first axis; each entry has the given shape. */
function take(from: Tensor, rows: readonly number[], shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = arrayOf(from.dtype, rows.length * size);
  const all = from.data;
  rows.forEach((row, at) => {
    values.set(all.subarray(row * size, (row + 1) * size), at * size);
  });
  return tensor(values, [rows.length, ...shape], { copy: false, dtype: from.dtype });
}

const arrayOf = (dtype: Tensor["dtype"], length: number): Float32Array | Float64Array =>
  dtype === "float32" ? new Float32Array(length) : new Float64Array(length);

/** Distances of the points to no place at all. Shape [n]. */
export function infinite({ points, dtype }: Arithmetic): Tensor {
  const n = points.X.shape[0] as number;
  return tensor(arrayOf(dtype, n).fill(Infinity), [n], { copy: false, dtype });
}

/**
 * From how many squares of differences on graphs and float32 save time that anybody could notice. Below, a fit in plain
 * loops takes from half the time that it takes by programs which are ready (32 coordinates, 8 prototypes) to 1.8 times
 * (the plane, 4 prototypes: 0.2 ms more at most); but to have these programs compiled takes 20 ms.
 */
export const isMuch = (squares: number): boolean => squares > 2 ** 13;

/** How far from the origin, in the frame, squared distances are still safe from overflow in float32. */
const FARTHEST = 2 ** 40;

/** A tensor stays as it is, which saves a copy. All else is brought into the frame, as float32 if that is wanted and exact. */
function framed(table: Table, frame: Frame, isQuick: boolean): Framed {
  const { origin, scale } = frame;
  const isSingle = origin.every((start) => Math.fround(start) === start) && scale > 2 ** -60 && scale < 2 ** 60;
  if (table.tensor && isSingle) return onTheWay(table.tensor, frame, "float32");
  const { n, d } = table;
  const single = isQuick ? intoFrame(table, frame, new Float32Array(n * d)) : undefined;
  const X = single
    ? tensor(single, [n, d], { copy: false })
    : tensor(framedPoints(table, frame), [n, d], { copy: false, dtype: "float64" });
  return { X, origin: null, perScale: null };
}

/** Points as they are in the frame, row after row. */
export const framedPoints = (rows: Rows, frame: Frame): Float64Array =>
  intoFrame(rows, frame, new Float64Array(rows.n * rows.d)) as Float64Array;

/** In float32 or float64 the difference of two float32 numbers is rounded once at most, and here not even that. */
const onTheWay = (X: Tensor, { origin, scale }: Frame, dtype: Arithmetic["dtype"]): Framed => ({
  X,
  origin: origin.every((start) => start === 0) ? null : tensor(origin, undefined, { dtype }),
  perScale: tensor(1 / scale, undefined, { dtype }),
});

/** A point in the caller's coordinates. */
export function pointAt(row: number, { points, frame }: Arithmetic): Float64Array {
  const X = take(points.X, [row], [frame.origin.length]);
  return points.perScale === null ? placesOutOf(frame, X.data) : Float64Array.from(X.data);
}

/** Points in the frame, shape [n, d]. */
export function inFrame({ X, origin, perScale }: Framed): Tensor {
  const around = origin === null ? X : X.sub(origin);
  return perScale === null ? around : around.mul(perScale);
}

/** What is nearer to the origin counts as 0, since squares of its differences would be subnormal. */
const NEAREST = 2 ** -500;

const settled = (value: number): number => (Math.abs(value) < NEAREST ? 0 : value);

/** Fills an array with the points as they are in the frame; `undefined` where it does not hold one of them. */
function intoFrame<A extends Float32Array | Float64Array>(
  rows: Rows,
  { origin, scale }: Frame,
  into: A,
): A | undefined {
  const { d } = rows;
  const perScale = 1 / scale;
  for (const [first, block] of blocksOf(rows)) {
    const start = first * d;
    for (let j = 0; j < d; j++) {
      const from = origin[j] as number;
      for (let at = j; at < block.length; at += d) {
        const value = settled(((block[at] as number) - from) * perScale);
        into[start + at] = value;
        if (into[start + at] !== value) return undefined;
      }
    }
  }
  return into;
}

/** Centroids in the frame. */
export function placesIn({ origin, scale }: Frame, centroids: Float64Array): Float64Array {
  const d = origin.length;
  const places = new Float64Array(centroids.length);
  for (let at = 0; at < places.length; at++)
    places[at] = ((centroids[at] as number) - (origin[at % d] as number)) / scale;
  return places;
}

/** What is in the frame, in the caller's coordinates. */
export function placesOutOf({ origin, scale }: Frame, places: ArrayLike<number>): Float64Array {
  const d = origin.length;
  const centroids = new Float64Array(places.length);
  for (let at = 0; at < centroids.length; at++) {
    centroids[at] = (origin[at % d] as number) + scale * (places[at] as number);
  }
  return centroids;
}

/** Derivatives by coordinates in the frame, as derivatives by the caller's: costs there are counted in scale². */
export function slopesOutOf({ scale }: Frame, slopes: Float64Array): Float64Array {
  const outside = new Float64Array(slopes.length);
  for (let at = 0; at < outside.length; at++) outside[at] = (slopes[at] as number) * scale;
  return outside;
}

/**
 * Centroids as they are, but none so far away that squared distances would overflow, or so near to the origin that they
 * would be subnormal: these come as near as need be.
 */
export const near = (centroids: Float64Array, { origin, scale }: Frame): Float64Array =>
  centroids.map((value, at) => {
    const start = origin[at % origin.length] as number;
    if (settled((value - start) / scale) === 0) return start;
    return Math.min(Math.max(value, start - FARTHEST * scale), start + FARTHEST * scale);
  });
