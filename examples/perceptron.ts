/**
 * A perceptron with one hidden layer learns what no straight line separates: XOR, and two moons. Adam trains it. Prints
 * the progress, and draws what the perceptron then thinks of each place. Run it with `npx -y pnpm@12 perceptron`.
 */
import * as Plot from "@observablehq/plot";
import {
  adam,
  arange,
  compile,
  concat,
  type OptimizerState,
  ones,
  randomNormal,
  randomUniform,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@protograd/autograd";
import { axis, COLOURS, legend, svgOf, writePicture } from "./picture.js";

// A layer's weights are drawn so that its sums are about as large as its inputs.
const layer = (inputs: number, outputs: number, seed: number) => ({
  weight: randomNormal([inputs, outputs], { seed, deviation: 1 / Math.sqrt(inputs) }),
  bias: zeros([outputs]),
});
const perceptron = (seed: number) => ({ hidden: layer(2, 16, 2 * seed), output: layer(16, 1, 2 * seed + 1) });
type Perceptron = ReturnType<typeof perceptron>;

// The score of each point: above 0 for class 1, below for class 0. The sigmoid of it is the probability of class 1.
const scoresOf = ({ hidden, output }: Perceptron, points: Tensor): Tensor =>
  points.matmul(hidden.weight).add(hidden.bias).tanh().matmul(output.weight).add(output.bias).squeeze(1);

// The cross-entropy: −log of the probability of the right class, log(1 + eˢ) − y s.
const lossOf = (net: Perceptron, points: Tensor, labels: Tensor): Tensor => {
  const scores = scoresOf(net, points);
  return scores.softplus().sub(labels.mul(scores)).reduceMean();
};
const shareRight = (net: Perceptron, points: Tensor, labels: Tensor): Tensor =>
  scoresOf(net, points).greater(0).equal(labels).reduceMean();

// The loss, its gradient and Adam's step: one program.
const optimizer = adam({ learningRate: 0.05 });
const step = compile((net: Perceptron, state: OptimizerState<Perceptron>, points: Tensor, labels: Tensor) => {
  const [loss, gradient] = valueAndGrad(lossOf)(net, points, labels);
  return { loss, right: shareRight(net, points, labels), next: optimizer.update(gradient, state, net) };
});

function train(name: string, points: Tensor, labels: Tensor, steps: number): Perceptron {
  console.log(`${name}: ${points.shape[0]} points`);
  let net = perceptron(1);
  let state = optimizer.init(net);
  for (let at = 0; at <= steps; at++) {
    const { loss, right, next } = step(net, state, points, labels);
    if (at % (steps / 5) === 0) {
      console.log(
        `  step ${String(at).padStart(3)}  loss ${loss.item().toFixed(4)}  right ${(100 * right.item()).toFixed(0)} %`,
      );
    }
    [net, state] = next;
  }
  return net;
}

// XOR: the corners of a square, of which opposite ones are alike.
const corners = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const exclusive = tensor([0, 1, 1, 0]);

// Two half circles that reach into each other, with some noise.
const n = 200;
const angles = randomUniform([n], { seed: 5, high: Math.PI });
const isLower = arange(n).greaterEqual(n / 2);
const sign = ones([n]).sub(isLower.mul(2));
const circles = concat(
  [angles.cos().mul(sign).add(isLower).expandDims(1), angles.sin().mul(sign).add(isLower.mul(0.5)).expandDims(1)],
  1,
);
const moons = circles.add(randomNormal([n, 2], { seed: 6, deviation: 0.12 }));

/** The points on the probability of class 1 at each place, in bands: pale where both classes are about as likely. */
function draw(name: string, title: string, net: Perceptron, points: Tensor, labels: Tensor): void {
  const margin = 0.4;
  const bound = (extreme: Tensor, by: number): number[] => Array.from(extreme.data, (value) => value + by);
  const [x1, y1] = bound(points.reduceMin(0), -margin) as [number, number];
  const [x2, y2] = bound(points.reduceMax(0), margin) as [number, number];
  // The centres of the cells of a grid, row by row.
  const cells = 80;
  const along = (from: number, to: number): Tensor =>
    arange(cells)
      .add(0.5)
      .mul((to - from) / cells)
      .add(from);
  const grid = [cells, cells, 1];
  const places = concat(
    [along(x1, x2).reshape([1, cells, 1]).expand(grid), along(y1, y2).reshape([cells, 1, 1]).expand(grid)],
    2,
  );
  const likely = scoresOf(net, places.reshape([-1, 2])).sigmoid();
  const colour = (label: number): string => COLOURS[label] as string;
  const dots = points.toArray() as number[][];
  writePicture(
    name,
    svgOf({
      ariaLabel: title,
      x: { ...axis("x"), domain: [x1, x2] },
      y: { ...axis("y"), domain: [y1, y2] },
      inset: 0,
      // A band has the colour of its lower bound, and 0.4 is in the middle of these.
      color: { type: "diverging", pivot: 0.4, domain: [0, 0.8], clamp: true, range: ["#9fc9e3", "white", "#f3d390"] },
      marks: [
        Plot.contour(likely.data as ArrayLike<number> as number[], {
          ...{ width: cells, height: cells, x1, y1, x2, y2 },
          fill: (value: number) => value,
          thresholds: [0, 0.1, 0.3, 0.5, 0.7, 0.9],
          stroke: "white",
        }),
        Plot.dot(dots, { x: "0", y: "1", r: 4, fill: (_, at) => colour(labels.at(at)), stroke: "white" }),
        ...legend(
          [
            ["class 0", { r: 5, fill: colour(0) }],
            ["class 1", { r: 5, fill: colour(1) }],
          ],
          "top-left",
          32,
        ),
      ],
    }),
  );
}

draw(
  "xor.svg",
  "The four corners of XOR, opposite ones alike, and a band between them",
  train("XOR", corners, exclusive, 200),
  corners,
  exclusive,
);
console.log();
draw(
  "moons.svg",
  "Two moons that reach into each other, and a curve between them",
  train("Two moons", moons, isLower, 500),
  moons,
  isLower,
);
