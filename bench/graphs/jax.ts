/** The graphs by `@jax-js/jax`, on its WebAssembly device. */
import type { numpy } from "@jax-js/jax";
import type { GraphPeer, TaskName } from "./task.js";

type NumpyArray = numpy.Array;

export const jax: GraphPeer = {
  name: "jax-js",
  load: async () => {
    // It asks the browser for its name, and Node 20 has no `navigator` to answer.
    if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
    const { defaultDevice, init, jit, nn, numpy: np, valueAndGrad } = await import("@jax-js/jax");
    await init("wasm");
    defaultDevice("wasm");
    type Graph = (...inputs: NumpyArray[]) => unknown;
    // An array is used up by the function that it is passed to; `ref` keeps it.
    const graphs: Readonly<Record<TaskName, Graph>> = {
      matmul: (A, B) => np.matmul(A!, B!),
      perceptron: (X, Y, W1, b1, W2, b2) =>
        valueAndGrad(([W1, b1, W2, b2]: NumpyArray[], X: NumpyArray, Y: NumpyArray) => {
          const scores = np.matmul(nn.relu(np.matmul(X, W1!).add(b1!)), W2!).add(b2!);
          return nn
            .logSoftmax(scores)
            .mul(Y)
            .sum()
            .mul(-1 / 256);
        })([W1!, b1!, W2!, b2!], X!, Y!),
      "logistic regression": (X, y, w) =>
        valueAndGrad((w: NumpyArray, X: NumpyArray, y: NumpyArray) => {
          const scores = np.matmul(X, w);
          return nn
            .softplus(scores.ref)
            .sub(scores.mul(y))
            .sum()
            .mul(1 / 100_000);
        })(w!, X!, y!),
      "sum of tanh²": (x) => np.square(np.tanh(x!.mul(2).add(1))).sum(),
    };
    const leaves = (value: unknown): NumpyArray[] =>
      Array.isArray(value) ? value.flatMap(leaves) : [value as NumpyArray];
    return ({ name, inputs }) => {
      const given = inputs.map(({ data, shape }) => np.array(data).reshape(shape));
      const compiled = jit(graphs[name] as never) as unknown as Graph;
      return () => leaves(compiled(...given.map((each) => each.ref))).map((each) => each.dataSync() as Float32Array);
    };
  },
};
