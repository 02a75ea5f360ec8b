/** The fit, beside the page: it may take as long as it takes. */
import type { Answer, Order } from "./messages.js";
import { quantise } from "./quantise.js";

/** The global scope of a worker, as far as it is needed here. */
interface Scope {
  onmessage: ((event: MessageEvent<Order>) => void) | null;
  postMessage(answer: Answer, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = ({ data: { pixels, k } }) => {
  try {
    const began = performance.now();
    const quantised = quantise(pixels, k, ({ iteration, inertia }) =>
      scope.postMessage({ progress: { iteration, inertia } }),
    );
    const milliseconds = performance.now() - began;
    scope.postMessage({ quantised, milliseconds }, [quantised.pixels.buffer]);
  } catch (error) {
    scope.postMessage({ failure: (error as Error).message });
  }
};
