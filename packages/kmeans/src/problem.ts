/**
 * The problem that all algorithms solve: points in their frame, and the cost with its derivatives at given centroids,
 * in one pass over the points. Knows no algorithm, and does no arithmetic on points itself: that is autograd's.
 */
import {
  compile,
  hessianVectorProduct,
  ones,
  type ReadonlyFloats,
  type ReadonlyIntegers,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@protograd/autograd";
import { squaredDistances } from "./cost.js";
import { FARTHEST, type Frame, type Framed, inFrame } from "./frame.js";

/** What centroids come to, in the caller's coordinates: k centroids of d coordinates, row after row. */
export interface Outcome {
  readonly centroids: Float64Array;
  /** For each point its nearest centroid, the first of several. */
  readonly labels: ReadonlyIntegers;
  readonly inertia: number;
}

/** The same with derivatives. Labels are found when they are asked for: in most iterations nobody does. */
export interface Evaluation extends Outcome {
  /** The centroids as float32 in the frame has them: there the derivatives are those of this place, to the last digit. */
  readonly place: Float64Array;
  /** ∂E/∂w = 2 Σ (w − x) over the points of a centroid, each times its weight, in the problem's unit of weight. */
  readonly gradient: Float64Array;
  /** ∂²E/∂w² = 2 Σ weight, the same for all coordinates of a centroid: the Hessian has nothing off its diagonal. */
  readonly curvature: Float64Array;
}

export class Problem {
  readonly n: number;
  readonly d: number;
  readonly #points: Framed;
  readonly #frame: Frame;
  readonly #given: Float64Array | undefined;
  readonly #weights: Tensor | undefined;
  /** In what weights are counted: a power of two near the largest, so that float32 holds them as well as it can. */
  readonly unit: number;

  constructor(points: Framed, frame: Frame, weights: Float64Array | undefined) {
    [this.n, this.d] = points.X.shape as readonly [number, number];
    this.#points = points;
    this.#frame = frame;
    this.#given = weights;
    this.unit = weights === undefined ? 1 : powerOfTwoNear(weights.reduce((a, b) => Math.max(a, b)));
    this.#weights =
      weights &&
      tensor(
        weights.map((weight) => weight / this.unit),
        [this.n],
      );
  }

  /** The cost of all points, and its derivatives. */
  evaluate(centroids: Float64Array): Evaluation {
    return this.#evaluate(this.#points, this.#weights, centroids);
  }

  /** The cost of all points, and their labels. */
  outcome(centroids: Float64Array): Outcome {
    const { cost, labels } = assess(this.#points, this.#inFrame(centroids), this.#weights ?? null);
    return { centroids, labels: labels.data, inertia: this.#inertia(cost) };
  }

  /** The cost of some points, which may come more than once. */
  evaluateRows(rows: readonly number[], centroids: Float64Array): Evaluation {
    return this.#evaluate(this.#rows(rows), this.#weights && take(this.#weights, rows, []), centroids);
  }

  /** Weighted squared distances of the points to the nearest of the centroids. */
  nearest(centroids: Float64Array): ReadonlyFloats {
    return nearest(this.#points, this.#inFrame(centroids), this.#weights ?? null).data;
  }

  /**
   * Squared distances of the points to the nearest of what is given so far and each of the candidates, which are
   * points too: only their weighted sums, one for each candidate. In the units of the frame.
   */
  potentials(closest: Tensor | undefined, candidates: readonly number[]): ReadonlyFloats {
    return potentials(this.#points, closest ?? null, this.#rows(candidates), this.#weights ?? null).data;
  }

  /** The squared distances themselves, once one more point is chosen. Shape [n]. */
  closestWith(closest: Tensor | undefined, chosen: number): Tensor {
    return closestWith(this.#points, closest ?? null, this.#rows([chosen]));
  }

  /** For each of k clusters the sum of the weights of its points. */
  sizes(labels: ReadonlyIntegers, k: number): Float64Array {
    const sizes = new Float64Array(k);
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row] as number;
      sizes[label] = (sizes[label] as number) + (this.#given === undefined ? 1 : (this.#given[row] as number));
    }
    return sizes;
  }

  /** The mean variance of the coordinates. */
  variance(): number {
    // The origin is about the mean, so little is lost by subtracting squares.
    const X = inFrame(this.#points);
    const means = X.reduceMean(0);
    const variance = X.square().reduceMean().sub(means.square().reduceMean()).item();
    return Math.max(0, variance) * this.#frame.scale ** 2;
  }

  /** The weight of a point, in the unit of weight. */
  weight(row: number): number {
    return this.#weights === undefined ? 1 : (this.#weights.data[row] as number);
  }

  /** A point in the caller's coordinates. */
  point(row: number): Float64Array {
    const { X, origin: subtracted } = this.#points;
    const { origin, scale } = this.#frame;
    const values = X.data.subarray(row * this.d, (row + 1) * this.d);
    return origin.map((start, j) => {
      const value = values[j] as number;
      return start + scale * (subtracted === null ? value : Math.fround((value - start) / scale));
    });
  }

  /** Centroids as they are, but none so far away that squared distances would overflow: these come as near as need be. */
  near(centroids: Float64Array): Float64Array {
    const { origin, scale } = this.#frame;
    return centroids.map((value, at) => {
      const start = origin[at % this.d] as number;
      return Math.min(Math.max(value, start - FARTHEST * scale), start + FARTHEST * scale);
    });
  }

  #evaluate(points: Framed, weights: Tensor | undefined, centroids: Float64Array): Evaluation {
    const { origin, scale } = this.#frame;
    const W = this.#inFrame(centroids);
    const { cost, gradient, curvature } = derivatives(points, W, weights ?? null);
    let labels: ReadonlyIntegers | undefined;
    return {
      centroids,
      place: Float64Array.from(W.data, (value, at) => (origin[at % this.d] as number) + scale * value),
      get labels() {
        labels ??= assign(points, W).data;
        return labels;
      },
      inertia: this.#inertia(cost),
      gradient: Float64Array.from(gradient.data, (value) => value * scale),
      curvature: Float64Array.from(curvature.data),
    };
  }

  #inertia(cost: Tensor): number {
    return cost.item() * this.unit * this.#frame.scale ** 2;
  }

  #inFrame(centroids: Float64Array): Tensor {
    return placeInFrame(centroids, this.#frame);
  }

  #rows(rows: readonly number[]): Framed {
    return { ...this.#points, X: take(this.#points.X, rows, [this.d]) };
  }
}

/** Centroids in the frame, as every computation has them. Shape [k, d]. */
export function placeInFrame(centroids: Float64Array, { origin, scale }: Frame): Tensor {
  const d = origin.length;
  return tensor(
    centroids.map((value, at) => (value - (origin[at % d] as number)) / scale),
    [centroids.length / d, d],
  );
}

/** The cluster of each point; W of shape [k, d], in the same frame. */
export const assign = compile((points: Framed, W: Tensor) => squaredDistances(inFrame(points), W).argmin(1));

/** What an iteration goes by, from one pass. The product of the Hessian with ones is its diagonal. */
const derivatives = compile((points: Framed, W: Tensor, weights: Tensor | null) => {
  const X = inFrame(points);
  const costAt = (prototypes: Tensor): Tensor => weightedCost(X, prototypes, weights);
  const [cost, gradient] = valueAndGrad(costAt)(W);
  return { cost, gradient, curvature: hessianVectorProduct(costAt)(W, ones(W.shape)) };
});

const assess = compile((points: Framed, W: Tensor, weights: Tensor | null) => {
  const X = inFrame(points);
  return { cost: weightedCost(X, W, weights), labels: squaredDistances(X, W).argmin(1) };
});

/** `kmeansCost`, with each point's share times its weight. */
const weightedCost = (X: Tensor, W: Tensor, weights: Tensor | null): Tensor =>
  weighted(squaredDistances(X, W).reduceMin(1), weights).reduceSum();

const weighted = (values: Tensor, weights: Tensor | null): Tensor => (weights === null ? values : values.mul(weights));

const nearest = compile((points: Framed, W: Tensor, weights: Tensor | null) =>
  weighted(squaredDistances(inFrame(points), W).reduceMin(1), weights),
);

const potentials = compile(
  (points: Framed, closest: Tensor | null, candidates: Framed, weights: Tensor | null): Tensor => {
    const distances = squaredDistances(inFrame(points), inFrame(candidates));
    const least = closest === null ? distances : distances.minimum(closest.expandDims(1));
    return (weights === null ? least : least.mul(weights.expandDims(1))).reduceSum(0);
  },
);

const closestWith = compile((points: Framed, closest: Tensor | null, chosen: Framed) => {
  const distances = squaredDistances(inFrame(points), inFrame(chosen)).squeeze(1);
  return closest === null ? distances : distances.minimum(closest);
});

/** Some entries of a tensor along its first axis; each entry has the given shape. */
function take(from: Tensor, rows: readonly number[], shape: readonly number[]): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    values.set(from.data.subarray(row * size, (row + 1) * size), at * size);
  });
  return tensor(values, [rows.length, ...shape], { copy: false });
}

const powerOfTwoNear = (value: number): number => 2 ** Math.round(Math.log2(value));
