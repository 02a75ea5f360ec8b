/** The graphs by `@tensorflow/tfjs`, on its WebAssembly backend with SIMD and one thread. */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { GraphPeer, TaskName } from "./task.js";

export const tensorflow: GraphPeer = {
  name: "tfjs",
  load: async () => {
    const { default: tf } = await import("@tensorflow/tfjs");
    const { default: backend } = await import("@tensorflow/tfjs-backend-wasm");
    backend.setThreadsCount(1);
    await tf.setBackend("wasm");
    const graphs: Readonly<Record<TaskName, (inputs: Tensor[]) => Tensor[]>> = {
      matmul: ([A, B]) => [tf.matMul(A as Tensor2D, B as Tensor2D)],
      perceptron: ([X, Y, ...layers]) => {
        const loss = (W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor): Scalar => {
          const scores = (X as Tensor2D).matMul(W1).add(b1).relu().matMul(W2).add(b2);
          return scores.logSumExp(1).sub(scores.mul(Y!).sum(1)).mean();
        };
        const { value, grads } = tf.valueAndGrads(loss as never)(layers);
        return [value, ...grads];
      },
      "logistic regression": ([X, y, w]) => {
        const { value, grad } = tf.valueAndGrad((w: Tensor) => {
          const scores = (X as Tensor2D).matMul(w.reshape([32, 1])).reshape([100_000]) as Tensor1D;
          return scores.softplus().sub(scores.mul(y!)).mean();
        })(w!);
        return [value, grad];
      },
      "sum of tanh²": ([x]) => [x!.mul(2).add(1).tanh().square().sum()],
    };
    return ({ name, inputs }) => {
      const given = inputs.map(({ data, shape }) => tf.tensor(data, shape));
      return () => {
        const results = tf.tidy(() => graphs[name](given));
        const read = results.map((each) => each.dataSync() as Float32Array);
        for (const each of results) each.dispose();
        return read;
      };
    };
  },
};
