/**
 * K-means in Protograd: the cost is written down as a graph, the framework finds the gradient, and we descend.
 * Prints the cost on the way, then the prototypes, and draws the points before and after.
 */
import { concat, gradientDescent, type Tensor, tensor } from "@protograd/autograd";
import { makeBlobs } from "@protograd/kmeans";
import { writePicture } from "./picture.js";
import { scatterSvg } from "./scatter.js";

// Ideal clustered data: scikit-learn's make_blobs(500, random_state=1111).
const { points } = makeBlobs({ samples: 500, randomState: 1111 });

// The points, and the prototypes, which start at three of them.
const k = 3;
const X = tensor(points); // [500, 2]
let W = X.take([162, 308, 381]); // [3, 2]

// The squared distance of each point to each prototype, and the cost: for each point the smallest, summed.
const distances = (W: Tensor) => {
  const Xc = concat(Array(k).fill(X.expandDims(2)), 2); // [500, 2, 3]
  const Wc = W.expandDims(2).transpose([2, 1, 0]); // [1, 2, 3]
  return Xc.sub(Wc).square().reduceSum(1); // [500, 3]
};
const cost = (W: Tensor) => distances(W).reduceMin(1).reduceSum(); // []

// Descend.
const step = gradientDescent(cost, { learningRate: 0.001 });
for (let i = 0; i <= 100; i++) {
  W = step(W);
  if (i % 10 === 0) console.log(`Iteration ${i}, cost ${cost(W).item()}`);
}

// What was learned: the prototypes, and for each point the nearest of them.
const prototypes = W.toArray() as number[][];
const labels = distances(W).argmin(1).data; // Int32Array(500)
prototypes.forEach(([x, y], cluster) => {
  const size = labels.filter((label) => label === cluster).length;
  console.log(`Prototype ${cluster} at (${x?.toFixed(3)}, ${y?.toFixed(3)}), ${size} points`);
});

writePicture("seed-data.svg", scatterSvg(points));
writePicture("seed-clusters.svg", scatterSvg(points, { labels, prototypes }));
