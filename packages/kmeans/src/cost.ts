/**
 * The cost of k-means as a graph, after Bottou & Bengio, "Convergence Properties of the K-Means Algorithms" (1995):
 * E(w) = Σᵢ minₖ ‖xᵢ − wₖ‖². Everything that this package does follows from these lines.
 */
import { concat, Tensor } from "@protograd/autograd";
import { show } from "./argument.js";

/**
 * The squared distance of each point to each prototype, (x − w)² summed over the features. Never ‖x‖² − 2x·w + ‖w‖²,
 * which loses all digits far from the origin.
 * @param points shape [n, d]
 * @param prototypes shape [k, d]
 * @returns shape [n, k]
 * @example squaredDistances(tensor([[0, 0], [3, 4]]), tensor([[0, 0]])) // [[0], [25]]
 */
export function squaredDistances(points: Tensor, prototypes: Tensor): Tensor {
  checkPair("squaredDistances", points, prototypes);
  const [k] = prototypes.shape as [number, number];
  // The copies follow the TensorFlow program of the seed. `sub` would broadcast; the engine stores nothing either way.
  const Xc = concat(Array<Tensor>(k).fill(points.expandDims(2)), 2); // [n, d, k]
  const Wc = prototypes.expandDims(2).transpose([2, 1, 0]); // [1, d, k]
  return Xc.sub(Wc).square().reduceSum(1);
}

/**
 * The cost: the squared distance of each point to its nearest prototype, summed over the points.
 * @param points shape [n, d]
 * @param prototypes shape [k, d]
 * @returns a scalar
 * @example kmeansCost(tensor([[0], [1], [5]]), tensor([[0], [5]])) // 1
 */
export function kmeansCost(points: Tensor, prototypes: Tensor): Tensor {
  checkPair("kmeansCost", points, prototypes);
  return squaredDistances(points, prototypes).reduceMin(1).reduceSum();
}

function checkPair(operation: string, points: Tensor, prototypes: Tensor): void {
  const [from, to] = [shapeOf(operation, "points", points), shapeOf(operation, "prototypes", prototypes)];
  if (from.length === 2 && to.length === 2 && from[1] === to[1] && to[0] !== 0) return;
  throw new RangeError(
    `${operation}: points have shape [${from.join(", ")}] and prototypes [${to.join(", ")}]; expected [n, d] and [k, d] with k from 1`,
  );
}

function shapeOf(operation: string, name: string, value: Tensor): readonly number[] {
  if (value instanceof Tensor) return value.shape;
  const isForeign = typeof (value as Partial<Tensor> | undefined)?.reduceSum === "function";
  throw new TypeError(
    isForeign
      ? `${operation}: ${name} are ${show(value)} of another copy of @protograd/autograd than the one that @protograd/kmeans imports; install only one`
      : `${operation}: ${name} are ${show(value)}; expected a tensor of rank 2, such as tensor([[1, 2]])`,
  );
}
