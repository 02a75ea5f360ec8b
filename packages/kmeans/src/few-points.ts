/**
 * The cost of a few points and its derivatives in plain loops, with all digits of float64: where so little is computed,
 * calling a compiled pass takes longer than computing. They are the graph's derivatives, and tests hold them against it.
 * Everything is in the frame and in its unit of weight; prototypes are rows of one array.
 */
import type { Arithmetic } from "./frame.js";

export interface BatchCost {
  readonly cost: number;
  /** 2 Σ weight · (w − x) over the points of each prototype. */
  readonly gradient: Float64Array;
  /** 2 Σ weight, the same for all coordinates of a prototype. */
  readonly curvature: Float64Array;
}

/** Up to how many squares of differences plain loops are quicker. */
export const areFew = (squares: number): boolean => squares <= 2 ** 18;

/** The cost at prototypes W of the points in some rows, which may come more than once. */
export function costOfRows(rows: readonly number[], W: Float64Array, arithmetic: Arithmetic): BatchCost {
  const [gradient, curvature] = [new Float64Array(W.length), new Float64Array(W.length)];
  let cost = 0;
  eachOf(rows, W, arithmetic, (x, weight, start, distance) => {
    cost += weight * distance;
    for (let j = 0; j < x.length; j++) {
      const entry = start + j;
      gradient[entry] = (gradient[entry] as number) + 2 * weight * ((W[entry] as number) - (x[j] as number));
      curvature[entry] = (curvature[entry] as number) + 2 * weight;
    }
  });
  return { cost, gradient, curvature };
}

/**
 * Newton's step for one point after another, by its gradient and the second derivatives of all that were `seen`, the
 * point among them. Changes both W and `seen`, which has 2 Σ weight for each coordinate of W.
 */
export function stepByEach(rows: Iterable<number>, W: Float64Array, seen: Float64Array, arithmetic: Arithmetic): void {
  eachOf(rows, W, arithmetic, (x, weight, start) => {
    if (weight === 0) return;
    for (let j = 0; j < x.length; j++) {
      const [entry, before] = [start + j, W[start + j] as number];
      seen[entry] = (seen[entry] as number) + 2 * weight;
      W[entry] = before - (2 * weight * (before - (x[j] as number))) / (seen[entry] as number);
    }
  });
}

/** A point, its weight, where its nearest prototype starts in W, and how far it is away, squared. */
type Visit = (x: Float64Array, weight: number, start: number, distance: number) => void;

function eachOf(rows: Iterable<number>, W: Float64Array, { points, weights }: Arithmetic, visit: Visit): void {
  const d = points.X.shape[1] as number;
  const [all, origin, weightOf] = [points.X.data, points.origin?.data, weights?.data];
  const perScale = points.perScale?.item() ?? 1;
  const x = new Float64Array(d);
  for (const row of rows) {
    for (let j = 0; j < d; j++) x[j] = ((all[row * d + j] as number) - (origin?.[j] ?? 0)) * perScale;
    const { start, distance } = nearestTo(x, W);
    visit(x, weightOf?.[row] ?? 1, start, distance);
  }
}

/** Where the prototype that is nearest to a point starts in W, the first of several, and how far it is away, squared. */
export function nearestTo(x: Float64Array, W: Float64Array): { readonly start: number; readonly distance: number } {
  const d = x.length;
  let nearest = 0;
  let least = Infinity;
  for (let start = 0; start < W.length; start += d) {
    let distance = 0;
    for (let j = 0; j < d; j++) distance += ((x[j] as number) - (W[start + j] as number)) ** 2;
    if (distance < least) [nearest, least] = [start, distance];
  }
  return { start: nearest, distance: least };
}
