/** `@jax-js/jax` on its WebAssembly device, which outside a browser has one thread. */
import type { numpy } from "@jax-js/jax";
import type { Peer } from "./peer.js";

export const jax: Peer = {
  name: "jax-js",
  load: async () => {
    // It asks the browser for its name, and Node 20 has no `navigator` to answer.
    if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
    const { defaultDevice, init, jit, numpy: np, valueAndGrad } = await import("@jax-js/jax");
    await init("wasm");
    defaultDevice("wasm");
    return ({ n, d, k, points, prototypes }) => {
      const X = np.array(points).reshape([n, d]);
      const W = np.array(prototypes).reshape([k, d]);
      const cost = (W: numpy.Array, X: numpy.Array) => {
        // Broadcasting instead of the seed's copies: as fast when compiled, and compiled faster.
        const Xc = X.reshape([n, d, 1]);
        const Wc = W.reshape([k, d, 1]).transpose([2, 1, 0]);
        return np.square(Xc.sub(Wc)).sum(1).min(1).sum();
      };
      const step = jit(valueAndGrad(cost));
      return {
        run: () => {
          // An array is used up by the function that it is passed to; `ref` keeps it. Reading uses it up too.
          const [value, gradient] = step(W.ref, X.ref);
          return { cost: value.dataSync()[0] as number, gradient: gradient.dataSync() };
        },
        dispose: () => {
          X.dispose();
          W.dispose();
          step.dispose();
        },
      };
    };
  },
};
