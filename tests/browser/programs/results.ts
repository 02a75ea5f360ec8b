/** Some of everything that the packages compute, as plain data: the same on each platform, up to float32's rounding. */
import { concat, grad, gradientDescent, type Tensor, tensor } from "@protograd/autograd";
import { kmeans, makeBlobs } from "@protograd/kmeans";

/** The seed's program and its gradient, a fit of its points, and functions that the interpreter rounds otherwise. */
export function results() {
  const { points } = makeBlobs({ samples: 500, randomState: 1111 });
  const k = 3;
  const X = tensor(points);
  const start = X.take([162, 308, 381]);
  const distances = (W: Tensor) => {
    const Xc = concat(Array(k).fill(X.expandDims(2)), 2);
    const Wc = W.expandDims(2).transpose([2, 1, 0]);
    return Xc.sub(Wc).square().reduceSum(1);
  };
  const cost = (W: Tensor) => distances(W).reduceMin(1).reduceSum();
  const step = gradientDescent(cost, { learningRate: 0.001 });
  let W = start;
  const costs: number[] = [];
  for (let i = 0; i <= 100; i++) {
    W = step(W);
    if (i % 10 === 0) costs.push(cost(W).item());
  }
  const model = kmeans(points, { k, seed: 1 });
  return {
    costs,
    gradient: [...grad(cost)(start).data],
    smooth: [
      ...tensor(points[0] as number[])
        .tanh()
        .softmax(0).data,
    ],
    labels: [...model.labels],
    centroids: model.centroids.flat(),
    inertia: model.inertia,
  };
}
