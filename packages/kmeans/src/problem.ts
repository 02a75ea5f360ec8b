/**
 * The problem that all algorithms solve: points in their frame, and the cost with its derivatives at given centroids,
 * in one pass over the points. Knows no algorithm, and does no arithmetic on points itself: that is autograd's.
 */
import { compile, concat, gradients, type Indices, type ReadonlyFloats, type Tensor } from "@protograd/autograd";
import { squaredDistances } from "./cost.js";
import { areFew, costOfRows, stepByEach } from "./few-points.js";
import {
  type Arithmetic,
  type Arithmetics,
  arithmeticsFor,
  type Frame,
  type Framed,
  fromFrame,
  inFrame,
  infinite,
  isMuch,
  near,
  placeInFrame,
  placesIn,
  placesOutOf,
  pointAt,
  someOf,
} from "./frame.js";
import type { Table } from "./points.js";

/** What centroids come to, in the caller's coordinates: k centroids of d coordinates, row after row. */
export interface Outcome {
  readonly centroids: Float64Array;
  /** For each point its nearest centroid, the first of several. */
  readonly labels: Indices;
  readonly inertia: number;
}

/** Derivatives of the cost, in the problem's unit of weight. */
export interface Derivatives {
  /** ∂E/∂w = 2 Σ (w − x) over the points of a centroid, each times its weight. */
  readonly gradient: Float64Array;
  /** ∂²E/∂w² = 2 Σ weight, the same for all coordinates of a centroid: the Hessian has nothing off its diagonal. */
  readonly curvature: Float64Array;
}

/** What centroids come to, with the derivatives there. */
export interface Evaluation extends Outcome, Derivatives {
  /** The centroids as rounding has left them in the frame: the derivatives are those of this place, to the last digit. */
  readonly place: Float64Array;
  /**
   * Where all this was computed in float32: the derivatives once more in float64, if each point belongs to the cluster
   * that its label says. Takes about as long as finding the labels.
   */
  readonly refined?: (labels: Indices) => Derivatives;
}

/** Squared distances of the points to the nearest of some places, in the units of the frame. */
export interface Nearest {
  /** Of each point. Shape [n]. */
  readonly distances: Tensor;
  /** Of all points, each times its weight. */
  readonly total: Tensor;
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
  readonly #arithmetics: Arithmetics;
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
    this.#arithmetics = arithmeticsFor(table, frame, k, counted);
  }

  /** The cost of all points, and its derivatives. */
  evaluate(centroids: Float64Array): Evaluation {
    return this.#evaluate(this.#arithmetics, centroids);
  }

  /** The cost of all points, in float64, and their labels. */
  outcome(centroids: Float64Array): Outcome {
    const { usual, exact } = this.#arithmetics;
    // Derivatives of few points take less time than another program.
    if (usual === exact && !isMuch(exact.points.X.size)) return this.evaluate(centroids);
    const { cost, labels } = assess(centroids, this.#arithmetics);
    return { centroids, labels, inertia: cost * this.unit * this.#arithmetics.exact.frame.scale ** 2 };
  }

  /** The cost of some points, which may come more than once, and its derivatives. */
  evaluateRows(rows: readonly number[], centroids: Float64Array): Batch {
    const { exact, usual } = this.#arithmetics;
    if (areFew(rows.length * centroids.length)) {
      const { frame } = exact;
      const { cost, gradient, curvature } = costOfRows(rows, placesIn(frame, centroids), exact);
      for (let entry = 0; entry < gradient.length; entry++) gradient[entry] = (gradient[entry] as number) * frame.scale;
      return { centroids, gradient, curvature, inertia: cost * this.unit * frame.scale ** 2 };
    }
    const at = this.#evaluate({ exact: someOf(rows, exact), usual: someOf(rows, usual) }, centroids);
    const { gradient, curvature } = at.refined?.(at.labels) ?? at;
    return { centroids, gradient, curvature, inertia: at.inertia };
  }

  /**
   * Where Newton's steps for one point after another lead from the centroids. `seen` has the second derivatives of all
   * points so far, for each coordinate of the centroids, and then those of these points too.
   */
  stepByEach(rows: readonly number[], centroids: Float64Array, seen: Float64Array): Float64Array {
    const { exact } = this.#arithmetics;
    const places = placesIn(exact.frame, centroids);
    stepByEach(rows, places, seen, exact);
    return placesOutOf(exact.frame, places);
  }

  /** What the weighted squared distances of `nearest` are counted in. */
  get distanceUnit(): number {
    return this.unit * this.#arithmetics.usual.frame.scale ** 2;
  }

  /** Weighted squared distances of the points to the nearest of the centroids. */
  nearest(centroids: Float64Array): ReadonlyFloats {
    const { usual } = this.#arithmetics;
    return nearest(usual.points, placeInFrame(centroids, usual), usual.weights).data;
  }

  /** What is nearest to the points once one more of them is chosen. */
  withOneMore(before: Nearest | undefined, row: number): Nearest {
    const { points, weights } = this.#arithmetics.usual;
    return nearestWith(points, this.#distances(before), this.#place(row), weights);
  }

  /** Of the given points the one that leaves the least cost if it is chosen too, the first of several. */
  bestOf(before: Nearest | undefined, rows: readonly number[]): { readonly row: number; readonly nearest: Nearest } {
    const { points, weights } = this.#arithmetics.usual;
    // Where points are few, one program does for any number of candidates; where they are many, one pass for all of them.
    if (rows.length > 1 && isMuch(this.n * this.d)) {
      const places = rows.map((row) => this.#place(row));
      const totals = totalsWith(points, this.#distances(before), places, weights).data;
      const row = rows[firstSmallest(totals)] as number;
      return { row, nearest: this.withOneMore(before, row) };
    }
    const outcomes = rows.map((row) => this.withOneMore(before, row));
    const best = firstSmallest(outcomes.map(({ total }) => total.item()));
    return { row: rows[best] as number, nearest: outcomes[best] as Nearest };
  }

  /** For each cluster the sum of the weights of its points. */
  sizes(labels: Indices): Float64Array {
    const sizes = new Float64Array(this.#k);
    const { data } = labels;
    const weights = this.#weights;
    for (let row = 0; row < data.length; row++) {
      const label = data[row] as number;
      sizes[label] = (sizes[label] as number) + (weights ? (weights[row] as number) : 1);
    }
    return sizes;
  }

  /** The mean variance of the coordinates. */
  variance(): number {
    const { usual } = this.#arithmetics;
    const around = nearestWith(usual.points, this.#distances(), placeInFrame(this.#means, usual), null);
    return (around.total.item() / (this.n * this.d)) * usual.frame.scale ** 2;
  }

  /** The weights of the points, in the unit of weight; nothing, where all count alike. */
  get weights(): ReadonlyFloats | undefined {
    return this.#arithmetics.usual.weights?.data;
  }

  /** A point in the caller's coordinates. */
  point(row: number): Float64Array {
    return pointAt(row, this.#arithmetics.exact);
  }

  /** Centroids as they are, but none outside of where squared distances can be computed. */
  near(centroids: Float64Array): Float64Array {
    return near(centroids, this.#frame);
  }

  #place(row: number): Tensor {
    return placeInFrame(this.point(row), this.#arithmetics.usual);
  }

  #distances(nearest?: Nearest): Tensor {
    return nearest?.distances ?? infinite(this.n, this.#arithmetics.usual);
  }

  #evaluate({ usual, exact }: Arithmetics, centroids: Float64Array): Evaluation {
    const { points, weights, frame } = usual;
    const W = placeInFrame(centroids, usual);
    // Who wants labels, one for each point, is not known yet: where they would be a good part of the work, they wait.
    const withLabels = W.size >= 32 || !isMuch(points.X.size);
    const { cost, labels: found, ...slopes } = derivatives(points, W, weights, withLabels);
    const refined = (labels: Indices): Derivatives =>
      derivativesIn(frame, derivativesWithin(exact.points, placeInFrame(centroids, exact), labels, exact.weights));
    let labels = found;
    return {
      centroids,
      place: usual === exact ? centroids : fromFrame(W, frame),
      get labels() {
        labels ??= nearestOf(points, W);
        return labels;
      },
      inertia: cost.item() * this.unit * frame.scale ** 2,
      ...derivativesIn(frame, slopes),
      ...(usual !== exact && { refined }),
    };
  }
}

/** As the caller has coordinates. */
function derivativesIn(
  { scale }: Frame,
  slopes: { readonly gradient: Tensor; readonly curvature: Tensor },
): Derivatives {
  const gradient = Float64Array.from(slopes.gradient.data);
  for (let at = 0; at < gradient.length; at++) gradient[at] = (gradient[at] as number) * scale;
  return { gradient, curvature: Float64Array.from(slopes.curvature.data) };
}

/** The cluster of each point. */
export const assign = (centroids: Float64Array, { usual }: Arithmetics): Indices =>
  nearestOf(usual.points, placeInFrame(centroids, usual));

/** The cluster of each point, and the cost in float64, in the units of the frame. */
export function assess(
  centroids: Float64Array,
  { usual, exact }: Arithmetics,
): { readonly labels: Indices; readonly cost: number } {
  const { cost, labels } = assessment(usual.points, placeInFrame(centroids, usual), usual.weights);
  const whole =
    usual === exact ? cost : costWithin(exact.points, placeInFrame(centroids, exact), labels, exact.weights);
  return { labels, cost: whole.item() };
}

/** The cost at centroids, its derivatives and the cluster of each point, in float64 and in the caller's units. */
export function sumsAt(centroids: Float64Array, exact: Arithmetic) {
  const { points, weights, frame } = exact;
  const { cost, labels, ...slopes } = derivatives(points, placeInFrame(centroids, exact), weights, true);
  return { cost: cost.item() * frame.scale ** 2, ...derivativesIn(frame, slopes), labels: labels as Indices };
}

const nearestOf = compile((points: Framed, W: Tensor) => squaredDistances(inFrame(points), W).argmin(1));

/** What an iteration goes by, from one pass. */
const derivatives = compile((points: Framed, W: Tensor, weights: Tensor | null, withLabels: boolean) => {
  const distances = squaredDistances(inFrame(points), W);
  const cost = weighted(distances.reduceMin(1), weights).reduceSum();
  return { cost, ...slopesOf(cost, W), labels: withLabels ? distances.argmin(1) : null };
});

/** The gradient of a cost, and the diagonal of its Hessian, which has nothing else: that times ones. */
function slopesOf(cost: Tensor, W: Tensor): { readonly gradient: Tensor; readonly curvature: Tensor } {
  const [gradient] = gradients(cost, [W]) as [Tensor];
  const [curvature] = gradients(gradient.reduceSum(), [W]) as [Tensor];
  return { gradient, curvature };
}

const assessment = compile((points: Framed, W: Tensor, weights: Tensor | null) => {
  const distances = squaredDistances(inFrame(points), W);
  return { cost: weighted(distances.reduceMin(1), weights).reduceSum(), labels: distances.argmin(1) };
});

/** The same where the nearest are known: then it takes no longer for many prototypes than for few. */
const within = (points: Framed, W: Tensor, labels: Indices, weights: Tensor | null): Tensor => {
  const shares = weighted(inFrame(points).sub(W.take(labels)).square().reduceSum(1), weights);
  // For each cluster apart, so that fewer additions wait for the one before.
  return labels
    .oneHot(W.shape[0] as number)
    .mul(shares.expandDims(1))
    .reduceSum(0)
    .reduceSum();
};

const costWithin = compile(within);

const derivativesWithin = compile((points: Framed, W: Tensor, labels: Indices, weights: Tensor | null) =>
  slopesOf(within(points, W, labels, weights), W),
);

const weighted = (values: Tensor, weights: Tensor | null): Tensor => (weights === null ? values : values.mul(weights));

const nearest = compile((points: Framed, W: Tensor, weights: Tensor | null) =>
  weighted(squaredDistances(inFrame(points), W).reduceMin(1), weights),
);

const nearestWith = compile((points: Framed, distances: Tensor, place: Tensor, weights: Tensor | null): Nearest => {
  const least = squaredDistances(inFrame(points), place).squeeze(1).minimum(distances);
  return { distances: least, total: weighted(least, weights).reduceSum() };
});

/** The totals of that for each of several places, of which one is to be chosen. */
const totalsWith = compile(
  (points: Framed, distances: Tensor, places: readonly Tensor[], weights: Tensor | null): Tensor => {
    const least = squaredDistances(inFrame(points), concat(places, 0)).minimum(distances.expandDims(1));
    return (weights === null ? least : least.mul(weights.expandDims(1))).reduceSum(0);
  },
);

const firstSmallest = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] as number) < (values[best] as number)) best = at;
  return best;
};

const powerOfTwoNear = (value: number): number => 2 ** Math.round(Math.log2(value));
