/**
 * The problem that all algorithms solve: points, and the cost with its derivatives at given centroids, in the caller's
 * coordinates. Knows no algorithm, and does no arithmetic on points itself.
 */
import { costsOf } from "./by-size.js";
import type { Assessment, Costs, Derivatives, Nearest } from "./costs.js";
import { type Frame, near, placesIn, placesOutOf, slopesOutOf } from "./frame.js";
import type { Table } from "./points.js";

/** What centroids come to, in the caller's coordinates: k centroids of d coordinates, row after row. */
export interface Outcome {
  readonly centroids: Float64Array;
  /** For each point its nearest centroid, the first of several. */
  readonly labels: Int32Array;
  readonly inertia: number;
}

/** What centroids come to, with the derivatives there, in the problem's unit of weight. */
export interface Evaluation extends Outcome, Derivatives {
  /** The centroids as rounding has left them in the frame: the derivatives are those of this place, to the last digit. */
  readonly place: Float64Array;
  /** As `InSingle` has it, where all this was computed in float32. */
  readonly refined?: ((labels?: Int32Array) => Derivatives) | undefined;
}

/** What centroids come to for some of the points, with all digits. */
export interface Batch extends Derivatives {
  readonly centroids: Float64Array;
  readonly inertia: number;
}

export class Problem {
  readonly n: number;
  readonly d: number;
  readonly #k: number;
  readonly #means: Float64Array;
  readonly #frame: Frame;
  readonly #costs: Costs;
  readonly #weights: Float64Array | undefined;
  /** In what weights are counted: a power of two near the largest, so that float32 holds them as well as it can. */
  readonly unit: number;

  /** For k centroids of points, in a frame around these. */
  constructor(table: Table, frame: Frame, k: number, weights: Float64Array | undefined) {
    this.n = table.n;
    this.d = table.d;
    this.#k = k;
    this.#means = table.means;
    this.#frame = frame;
    this.#weights = weights;
    this.unit = weights === undefined ? 1 : powerOfTwoNear(weights.reduce((a, b) => Math.max(a, b)));
    const counted = weights?.map((weight) => weight / this.unit);
    this.#costs = costsOf(table, frame, k, counted);
  }

  /** The cost of all points, and its derivatives. */
  evaluate(centroids: Float64Array): Evaluation {
    return this.#evaluate(this.#costs, centroids);
  }

  /** The cost of all points, in float64, and their labels. */
  outcome(centroids: Float64Array): Outcome {
    const { cost, labels } = this.#costs.assess(this.#place(centroids));
    return { centroids, labels, inertia: cost * this.distanceUnit };
  }

  /** The cost of some points, which may come more than once, and its derivatives. */
  evaluateRows(rows: readonly number[], centroids: Float64Array): Batch {
    const at = this.#evaluate(this.#costs.some(rows, this.#k), centroids);
    const { gradient, curvature } = at.refined?.() ?? at;
    return { centroids, gradient, curvature, inertia: at.inertia };
  }

  /**
   * Where Newton's steps for one point after another lead from the centroids. `seen` has the second derivatives of all
   * points so far, for each coordinate of the centroids, and then those of these points too.
   */
  stepByEach(rows: readonly number[], centroids: Float64Array, seen: Float64Array): Float64Array {
    const W = this.#place(centroids);
    this.#costs.stepByEach(rows, W, seen);
    return placesOutOf(this.#costs.frame, W);
  }

  /** What the weighted squared distances of `nearest` are counted in. */
  get distanceUnit(): number {
    return this.unit * this.#costs.frame.scale ** 2;
  }

  /** Weighted squared distances of the points to the nearest of the centroids. */
  nearest(centroids: Float64Array): ArrayLike<number> {
    return this.#costs.nearest(this.#place(centroids));
  }

  /** What is nearest to the points once one more of them is chosen. */
  withOneMore(before: Nearest | undefined, row: number): Nearest {
    return (before ?? this.#costs.nowhere()).with(this.#place(this.point(row)));
  }

  /** Of the given points the one that leaves the least cost if it is chosen too, the first of several. */
  bestOf(before: Nearest | undefined, rows: readonly number[]): { readonly row: number; readonly nearest: Nearest } {
    const places = rows.map((row) => this.#place(this.point(row)));
    const { which, nearest } = (before ?? this.#costs.nowhere()).withBestOf(places);
    return { row: rows[which] as number, nearest };
  }

  /** For each cluster the sum of the weights of its points. */
  sizes(labels: Int32Array): Float64Array {
    const sizes = new Float64Array(this.#k);
    const weights = this.#weights;
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row] as number;
      sizes[label] = (sizes[label] as number) + (weights ? (weights[row] as number) : 1);
    }
    return sizes;
  }

  /** The mean variance of the coordinates. */
  variance(): number {
    const { frame } = this.#costs;
    return (this.#costs.around(this.#place(this.#means)) / (this.n * this.d)) * frame.scale ** 2;
  }

  /** The weights of the points, in the unit of weight; nothing, where all count alike. */
  get weights(): ArrayLike<number> | undefined {
    return this.#costs.weights;
  }

  /** A point in the caller's coordinates. */
  point(row: number): Float64Array {
    return this.#costs.point(row);
  }

  /** Centroids as they are, but none outside of where squared distances can be computed. */
  near(centroids: Float64Array): Float64Array {
    return near(centroids, this.#frame);
  }

  #place(centroids: Float64Array): Float64Array {
    return placesIn(this.#costs.frame, centroids);
  }

  #evaluate(costs: Costs, centroids: Float64Array): Evaluation {
    const { frame } = costs;
    const at = costs.descent(this.#place(centroids));
    const { single } = at;
    return {
      centroids,
      place: single ? placesOutOf(frame, single.W) : centroids,
      get labels() {
        return at.labels;
      },
      inertia: at.cost * this.distanceUnit,
      ...outOfFrame(frame, at),
      refined: single && ((labels) => outOfFrame(frame, single.refined(labels))),
    };
  }
}

/** The cost at centroids, its derivatives and the cluster of each point, with all digits and in the caller's units. */
export function sumsAt(centroids: Float64Array, costs: Costs): Assessment & Derivatives {
  const { frame } = costs;
  const at = costs.exactly(placesIn(frame, centroids));
  return { cost: at.cost * frame.scale ** 2, labels: at.labels, ...outOfFrame(frame, at) };
}

/** Derivatives by the caller's coordinates. */
const outOfFrame = (frame: Frame, { gradient, curvature }: Derivatives): Derivatives => ({
  gradient: slopesOutOf(frame, gradient),
  curvature,
});

const powerOfTwoNear = (value: number): number => 2 ** Math.round(Math.log2(value));
