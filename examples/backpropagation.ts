/**
 * A network with its gradient written by hand, as one finds it in a tutorial, checked with no tensor in sight; and the
 * same with the mistakes that one makes.
 */
import { checkGradientOf, checkTaylorOf } from "@protograd/autograd";

interface Network {
  /** Row by row, one for each hidden unit. */
  readonly hidden: Float64Array[];
  readonly output: Float64Array;
  readonly bias: number;
}

const inputs = [
  [0.5, -1],
  [2, 0.25],
  [-1.5, 1],
];
const targets = [1, -0.5, 0.25];

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, each, at) => sum + each * (b[at] as number), 0);

const activate = ({ hidden }: Network, x: number[]): number[] => hidden.map((row) => Math.tanh(dot(row, x)));

const errorOf = ({ output, bias }: Network, activations: number[], target: number): number =>
  dot(output, activations) + bias - target;

/** ½ Σ (prediction − target)². */
const loss = (network: Network): number =>
  inputs.reduce((sum, x, at) => sum + errorOf(network, activate(network, x), targets[at] as number) ** 2 / 2, 0);

/** Backpropagation. `slopeOfTanh` is from the value a = tanh z. */
function backpropagate(network: Network, slopeOfTanh: (a: number) => number): Network {
  const hidden = network.hidden.map((row) => new Float64Array(row.length));
  const output = new Float64Array(network.output.length);
  let bias = 0;
  for (const [at, x] of inputs.entries()) {
    const activations = activate(network, x);
    const error = errorOf(network, activations, targets[at] as number);
    bias += error;
    for (const [unit, a] of activations.entries()) {
      (output[unit] as number) += error * a;
      const back = error * (network.output[unit] as number) * slopeOfTanh(a);
      for (const [input, value] of x.entries()) ((hidden[unit] as Float64Array)[input] as number) += back * value;
    }
  }
  return { hidden, output, bias };
}

const at: Network = {
  hidden: [Float64Array.of(0.3, -0.8), Float64Array.of(-1.2, 0.5), Float64Array.of(0.7, 0.1)],
  output: Float64Array.of(1.5, -0.6, 0.4),
  bias: 0.1,
};

const gradients: Record<string, (network: Network) => Network> = {
  "as it should be": (network) => backpropagate(network, (a) => 1 - a * a),
  "with the slope of the sigmoid": (network) => backpropagate(network, (a) => a * (1 - a)),
  "without the bias": (network) => ({ ...backpropagate(network, (a) => 1 - a * a), bias: 0 }),
};

for (const [name, gradient] of Object.entries(gradients)) {
  console.log(`\nBackpropagation ${name}`);
  for (const check of [checkGradientOf, checkTaylorOf]) {
    try {
      console.log(String(check({ value: loss, gradient, at })));
    } catch (error) {
      console.log((error as Error).message);
    }
  }
}
