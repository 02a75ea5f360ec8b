/** The graphs by `@protograd/autograd`. */
import { compile, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import type { GraphPeer, TaskName } from "./task.js";

type Graph = (...inputs: Tensor[]) => Tensor[];

interface Layers {
  readonly W1: Tensor;
  readonly b1: Tensor;
  readonly W2: Tensor;
  readonly b2: Tensor;
}

const graphs: Readonly<Record<TaskName, Graph>> = {
  matmul: (A, B) => [A!.matmul(B!)],

  perceptron: (X, Y, W1, b1, W2, b2) => {
    const loss = ({ W1, b1, W2, b2 }: Layers): Tensor => {
      const scores = X!.matmul(W1).add(b1).relu().matmul(W2).add(b2);
      return scores.logSumExp(1).sub(scores.mul(Y!).reduceSum(1)).reduceMean();
    };
    const [value, gradient] = valueAndGrad(loss)({ W1: W1!, b1: b1!, W2: W2!, b2: b2! });
    return [value, gradient.W1, gradient.b1, gradient.W2, gradient.b2];
  },

  "logistic regression": (X, y, w) =>
    valueAndGrad((w: Tensor) => {
      const scores = X!.matmul(w);
      return scores.softplus().sub(scores.mul(y!)).reduceMean();
    })(w!),

  "sum of tanh²": (x) => [x!.mul(2).add(1).tanh().square().reduceSum()],
};

export const protograd: GraphPeer = {
  name: "protograd",
  load:
    async () =>
    ({ name, inputs }) => {
      const given = inputs.map(({ data, shape }) => tensor(data, shape));
      const compiled = compile(graphs[name]);
      return () => compiled(...given).map((each) => each.data);
    },
};
