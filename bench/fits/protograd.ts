/**
 * Lloyd's algorithm as Newton's method on the graph of the cost. The second derivatives are 2 · (count of the cluster)
 * on the diagonal and zero off it, so the product with ones is that diagonal, and W − gradient / diagonal is the mean.
 */
import { compile, hessianVectorProduct, ones, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import { kmeansCost, squaredDistances } from "@protograd/kmeans";
import type { Fitter } from "./fitter.js";

export const protogradFitter: Fitter = {
  name: "protograd",
  convert: (points) => {
    const X = tensor(points);
    return (start, iterations) => lloyd(X, tensor(start as number[][]), iterations);
  },
};

function lloyd(X: Tensor, start: Tensor, iterations: number) {
  const cost = (W: Tensor) => kmeansCost(X, W);
  const newtonStep = compile((W: Tensor) => {
    const [value, gradient] = valueAndGrad(cost)(W);
    const diagonal = hessianVectorProduct(cost)(W, ones(W.shape));
    return { value, next: W.sub(gradient.div(diagonal)) };
  });
  let W = start;
  for (let iteration = 0; iteration < iterations; iteration++) W = newtonStep(W).next;
  return { centroids: W.toArray() as number[][], labels: squaredDistances(X, W).argmin(1).data };
}
