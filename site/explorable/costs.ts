/**
 * The cost and everything that follows from it, as graphs of the package: each function is traced once for each k, and
 * serves any number of points. No number on the page is computed in another way.
 */
import {
  compile,
  gradients,
  hessianVectorProduct,
  ones,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
} from "@protograd/autograd";
import { kmeansCost, squaredDistances } from "@protograd/kmeans";
import { flatOf, type Place, placeAt } from "./place.js";

type DType = "float32" | "float64";

const costOf = (W: Tensor, X: Tensor): Tensor => kmeansCost(X, W);

/** Points or prototypes as a tensor [n, 2]. */
export const tensorOf = (flat: Float64Array, dtype: DType = "float32"): Tensor =>
  tensor(flat, [flat.length / 2, 2], { dtype });

const survey = compile((X: Tensor, W: Tensor, rate: Tensor) => {
  const [cost, gradient] = valueAndGrad(costOf)(W, X);
  const curvature = hessianVectorProduct(costOf)(W, ones(W.shape), X);
  const hasPoints = curvature.greater(0);
  return {
    cost,
    gradient,
    // 2 is the curvature of a single point: where there are points, the maximum changes nothing.
    newton: where(hasPoints, gradient.neg().div(curvature.maximum(2)), 0),
    safeRate: tensor(1).div(curvature.reduceMax().maximum(2)),
    descent: gradient.neg().mul(rate).div(curvature.reduceMax().maximum(2)),
    labels: squaredDistances(X, W).argmin(1),
  };
});

/** What prototypes come to. */
export interface Survey {
  readonly cost: number;
  /** ∂E/∂w of each prototype. */
  readonly gradient: readonly Place[];
  /** −g / h of each: where Lloyd's algorithm goes. */
  readonly newton: readonly Place[];
  /** −ε g of each. */
  readonly descent: readonly Place[];
  /** 1 / the largest second derivative: a rate with which the cost never rises. */
  readonly safeRate: number;
  /** For each point its nearest prototype. */
  readonly labels: Int32Array;
}

/** `rate` is a multiple of the safe one. */
export function surveyOf(points: Float64Array, prototypes: readonly Place[], rate: number): Survey {
  const found = survey(tensorOf(points), tensorOf(flatOf(prototypes)), tensor(rate));
  return {
    cost: found.cost.item(),
    gradient: placesIn(found.gradient),
    newton: placesIn(found.newton),
    descent: placesIn(found.descent),
    safeRate: found.safeRate.item(),
    labels: found.labels.data as Int32Array,
  };
}

const placesIn = ({ data, shape }: Tensor): Place[] =>
  Array.from({ length: shape[0] as number }, (_, at) => placeAt(data, at));

/** The tensors of chapter 3 by their names there, in the order in which they are computed. */
export const TENSORS = ["x", "W", "columns", "differences", "squares", "distances", "nearest", "cost"] as const;
export type TensorName = (typeof TENSORS)[number];

const chapter3 = compile((x: Tensor, W: Tensor) => {
  const columns = W.expandDims(2).transpose([2, 1, 0]);
  const differences = x.expandDims(2).sub(columns);
  const squares = differences.square();
  const distances = squares.reduceSum(1);
  const nearest = distances.reduceMin(1);
  const cost = nearest.reduceSum();
  const values = [x, W, columns, differences, squares, distances, nearest, cost];
  return { values, gradients: gradients(cost, values), label: distances.argmin(1) };
});

export type Matrix = readonly (readonly number[])[];

/** The cost of one point as a graph: each tensor's value and the gradient of the cost by it, in rows and columns. */
export interface PointGraph {
  readonly tensors: Readonly<Record<TensorName, { readonly value: Matrix; readonly gradient: Matrix }>>;
  /** Which prototype is nearest. */
  readonly label: number;
}

export function pointGraphOf(point: Place, prototypes: readonly Place[]): PointGraph {
  const found = chapter3(tensorOf(flatOf([point])), tensorOf(flatOf(prototypes)));
  const tensors = TENSORS.map((name, at) => [
    name,
    { value: matrixOf(found.values[at] as Tensor, name), gradient: matrixOf(found.gradients[at] as Tensor, name) },
  ]);
  return { tensors: Object.fromEntries(tensors), label: found.label.data[0] as number };
}

export const costOfPoint = ({ tensors }: PointGraph): number =>
  (tensors.cost.value[0] as readonly number[])[0] as number;

/** A prototype is a row of W, and a column of what is computed from it. */
function matrixOf({ data, shape }: Tensor, name: TensorName): Matrix {
  const columns = name === "nearest" || name === "cost" ? 1 : (shape.at(-1) as number);
  return Array.from({ length: data.length / columns }, (_, row) => [...data.slice(row * columns, (row + 1) * columns)]);
}

const pointCosts = compile((X: Tensor, W: Tensor) => squaredDistances(X, W));

/** The squared distance of a place to each prototype. */
export const distancesOf = (point: Place, prototypes: readonly Place[]): number[] => [
  ...pointCosts(tensorOf(flatOf([point])), tensorOf(flatOf(prototypes))).data,
];

const slope = compile((x: Tensor, W: Tensor, dx: Tensor, dW: Tensor) => {
  const cost = kmeansCost(x, W);
  const [byPoint, byPrototypes] = gradients(cost, [x, W]) as [Tensor, Tensor];
  return { cost, slope: byPoint.mul(dx).reduceSum().add(byPrototypes.mul(dW).reduceSum()) };
});

/** The cost of a point, and how steep it is along a direction in which the point and the prototypes move. */
export function slopeAlong(
  point: Place,
  prototypes: readonly Place[],
  pointMoves: Place,
  prototypesMove: readonly Place[],
): { readonly cost: number; readonly slope: number } {
  const found = slope(
    tensorOf(flatOf([point])),
    tensorOf(flatOf(prototypes)),
    tensorOf(flatOf([pointMoves])),
    tensorOf(flatOf(prototypesMove)),
  );
  return { cost: found.cost.item(), slope: found.slope.item() };
}

const difference = compile((X: Tensor, W: Tensor, direction: Tensor, h: Tensor) =>
  kmeansCost(X, W.add(direction.mul(h)))
    .sub(kmeansCost(X, W.sub(direction.mul(h))))
    .div(h.mul(2)),
);

const gradientAlone = compile((X: Tensor, W: Tensor) => valueAndGrad(costOf)(W, X)[1]);

/** Checks of the gradient at some points and prototypes, in one precision. */
export class Differences {
  readonly #X: Tensor;
  readonly #W: Tensor;
  readonly #directions: readonly Tensor[];
  readonly #dtype: DType;
  /** ∂E/∂W, entry after entry. */
  readonly analytic: readonly number[];

  constructor(points: Float64Array, prototypes: readonly Place[], dtype: DType) {
    const flat = flatOf(prototypes);
    this.#dtype = dtype;
    this.#X = tensorOf(points, dtype);
    this.#W = tensorOf(flat, dtype);
    this.#directions = Array.from(flat, (_, entry) =>
      tensorOf(
        flat.map((_, at) => (at === entry ? 1 : 0)),
        dtype,
      ),
    );
    this.analytic = [...gradientAlone(this.#X, this.#W).data];
  }

  /** (E(W + h) − E(W − h)) / 2h along each entry. */
  numeric(h: number): number[] {
    const step = tensor([h], [], { dtype: this.#dtype });
    return this.#directions.map((direction) => difference(this.#X, this.#W, direction, step).item());
  }
}
