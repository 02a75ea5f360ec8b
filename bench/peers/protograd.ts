/** The cost of `@protograd/kmeans`, differentiated and compiled by `@protograd/autograd`. */
import type { Tensor } from "@protograd/autograd";
import type { Peer } from "./peer.js";

export const protograd: Peer = {
  name: "protograd",
  load: async () => {
    const { compile, tensor, valueAndGrad } = await import("@protograd/autograd");
    const { kmeansCost } = await import("@protograd/kmeans");
    return ({ n, d, k, points, prototypes }) => {
      const X = tensor(points, [n, d]);
      const W = tensor(prototypes, [k, d]);
      const step = compile(valueAndGrad((W: Tensor) => kmeansCost(X, W)));
      return {
        run: () => {
          const [cost, gradient] = step(W);
          return { cost: cost.item(), gradient: gradient.data };
        },
        dispose: () => {},
      };
    };
  },
};
