/** The frame in which everything is computed, where float32 has digits to spare. Knows nothing of clusters. */
import { type Tensor, tensor } from "@protograd/autograd";
import { blocksOf, type Rows, type Table } from "./points.js";

/**
 * Where computing takes place: (x − origin) / scale, which is about 1 for most points. Squared distances there neither
 * overflow nor lose digits to an origin far away. The scale is a power of two, so dividing by it rounds nothing.
 */
export interface Frame {
  readonly origin: Float64Array;
  readonly scale: number;
}

/** The frame around points: its origin is about their mean. */
export function frameAround({ means, spread }: Table): Frame {
  // Adding 0 makes 0 of −0, which JSON does not know.
  const size = means.reduce((most, mean) => Math.max(most, Math.abs(mean)), 0);
  if (spread === 0) return { origin: means.map((mean) => mean + 0), scale: size === 0 ? 1 : scaleFor(size) };
  const scale = scaleFor(spread);
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

/** Points as computing has them: float32, with what is still to be done to bring them into the frame. */
export interface Framed {
  /** Shape [n, d]. */
  readonly X: Tensor;
  /** Shape [d]; nothing, where the points are in the frame already. */
  readonly origin: Tensor | null;
  readonly perScale: Tensor | null;
}

/** Points on their way into the frame: those that are float32 already stay as they are, which saves a copy. */
export function framed(table: Table, frame: Frame): Framed {
  const { origin, scale } = frame;
  const isExact = origin.every((start) => Math.fround(start) === start) && scale > 2 ** -60 && scale < 2 ** 60;
  // In float32 the difference of two float32 numbers is what it is in float64, rounded once.
  if (table.tensor && isExact) {
    return { X: table.tensor, origin: tensor(origin), perScale: scale === 1 ? null : tensor(1 / scale) };
  }
  return { X: intoFrame(table, frame), origin: null, perScale: null };
}

/** Points in the frame, shape [n, d]. */
export function inFrame({ X, origin, perScale }: Framed): Tensor {
  const around = origin === null ? X : X.sub(origin);
  return perScale === null ? around : around.mul(perScale);
}

function intoFrame(rows: Rows, { origin, scale }: Frame): Tensor {
  const { n, d } = rows;
  const values = new Float32Array(n * d);
  const perScale = 1 / scale;
  for (const [first, block] of blocksOf(rows)) {
    const start = first * d;
    for (let j = 0; j < d; j++) {
      const from = origin[j] as number;
      for (let at = j; at < block.length; at += d) values[start + at] = ((block[at] as number) - from) * perScale;
    }
  }
  return tensor(values, [n, d], { copy: false });
}

/** Some points, and which of all points these are. */
export interface Group {
  readonly points: Framed;
  readonly frame: Frame;
  readonly rows: Int32Array;
}

/**
 * Any points in a frame that was made for others. Those so far away that their squares might overflow there have
 * frames of their own: these differ from the given one in scale.
 */
export function groupsInFrames(table: Table, frame: Frame): Group[] {
  const { origin, scale } = frame;
  const isNear = (reach: number): boolean => reach / scale <= FARTHEST;
  const size = origin.reduce((most, start) => Math.max(most, Math.abs(start)), 0);
  if (isNear(table.reach + size)) {
    return [{ points: framed(table, frame), frame, rows: new Int32Array(table.n).map((_, row) => row) }];
  }
  const rowsByScale = new Map<number, number[]>();
  for (const [first, values] of blocksOf(table)) {
    for (let start = 0; start < values.length; start += table.d) {
      const reach = origin.reduce((most, from, j) => Math.max(most, Math.abs((values[start + j] as number) - from)), 0);
      const own = isNear(reach) ? scale : scaleFor(reach);
      const rows = rowsByScale.get(own);
      const row = first + start / table.d;
      if (rows) rows.push(row);
      else rowsByScale.set(own, [row]);
    }
  }
  return [...rowsByScale].map(([own, rows]) => {
    const around = { origin, scale: own };
    const X = intoFrame(someOf(table, rows), around);
    return { points: { X, origin: null, perScale: null }, frame: around, rows: Int32Array.from(rows) };
  });
}

/** How far from the origin, in the frame, squared distances are still safe from overflow. */
export const FARTHEST = 2 ** 40;

/** The rows of the given numbers, in this order. */
const someOf = ({ d, copy }: Rows, which: readonly number[]): Rows => ({
  n: which.length,
  d,
  copy: (first, into) => {
    for (let at = 0; at < into.length; at += d) copy(which[first + at / d] as number, into.subarray(at, at + d));
  },
});
