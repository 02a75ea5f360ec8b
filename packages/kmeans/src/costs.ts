/**
 * What is computed of points: the cost at prototypes with its derivatives, and distances. Prototypes are rows of one
 * array, in float64. These and all results are in a frame, where nothing else is said, and in the weights' unit. Computes
 * nothing.
 */
import type { Frame } from "./frame.js";

/** How many points `distancesTo` is asked for at once, at most. */
export const MOST_OTHERS = 256;

/** Derivatives of the cost. */
export interface Derivatives {
  /** ∂E/∂w = 2 Σ (w − x) over the points of a prototype, each times its weight. */
  readonly gradient: Float64Array;
  /** ∂²E/∂w² = 2 Σ weight, the same for all coordinates of a prototype: the Hessian has nothing off its diagonal. */
  readonly curvature: Float64Array;
}

/** The cost, and for each point its nearest prototype, the first of several. */
export interface Assessment {
  readonly cost: number;
  readonly labels: Int32Array;
}

/** What an iteration goes by. */
export interface Descent extends Assessment, Derivatives {
  readonly single?: InSingle;
}

/** What float32 has changed, where a descent was computed in it. */
export interface InSingle {
  /** The prototypes as rounding has left them: the derivatives are those of this place. */
  readonly W: Float64Array;
  /**
   * The derivatives once more in float64, if each point belongs to the prototype that its label says; without labels, to
   * its nearest one. Takes about as long as finding the labels.
   */
  refined(labels?: Int32Array): Derivatives;
}

/** Squared distances of the points to the nearest of some places. */
export interface Nearest {
  /** Of each point. */
  readonly distances: ArrayLike<number>;
  /** Of all points, each times its weight. */
  readonly total: number;
  /** The same once there is one place more. */
  with(place: Float64Array): Nearest;
  /** Once there is that one of several places more which leaves the least total, the first of several. */
  withBestOf(places: readonly Float64Array[]): { readonly which: number; readonly nearest: Nearest };
}

/** What can be asked of points. Digits are those of float64 unless it says otherwise. */
export interface Costs {
  readonly frame: Frame;
  /** In the unit of weight, in the type in which most is computed; nothing, where all count alike. */
  readonly weights: ArrayLike<number> | undefined;
  /** In float32 where there are many points that it holds. */
  descent(W: Float64Array): Descent;
  /** With all digits. */
  exactly(W: Float64Array): Assessment & Derivatives;
  /** Labels are found in float32 where there are many points that it holds. */
  assess(W: Float64Array): Assessment;
  /** The labels of that. */
  assign(W: Float64Array): Int32Array;
  /** The distance of each point to each prototype, row after row, in the caller's units. */
  distances(W: Float64Array): ArrayLike<number>;
  /** The squared distance of each point to its nearest prototype, times its weight; in float32 as for a descent. */
  nearest(W: Float64Array): ArrayLike<number>;
  /** Infinitely far, since there is no place yet. In float32 as for a descent. */
  nowhere(): Nearest;
  /** The squared distances of all points to one place, summed without weights. In float32 as for a descent. */
  around(place: Float64Array): number;
  /** For each point the sum of its distances to some of the points. */
  distancesTo(rows: readonly number[]): ArrayLike<number>;
  /** A point in the caller's coordinates. */
  point(row: number): Float64Array;
  /** The same of some of the points, which may come more than once, for k prototypes. */
  some(rows: readonly number[], k: number): Costs;
  /**
   * Newton's step for one point after another, by its gradient and the second derivatives of all that were `seen`, the
   * point among them. Changes both W and `seen`, which has 2 Σ weight for each coordinate of W.
   */
  stepByEach(rows: readonly number[], W: Float64Array, seen: Float64Array): void;
}
