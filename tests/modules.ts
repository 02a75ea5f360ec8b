/** How many WebAssembly modules some work makes: what the engine compiles. */
import { isAvailable } from "../packages/autograd/src/engine/run/program.js";
import { platform } from "../packages/autograd/src/engine/run/webassembly.js";

export function modulesMadeBy(work: () => void): number {
  // The engine's own trial counts for nobody.
  isAvailable();
  const { Module } = platform as NonNullable<typeof platform>;
  let made = 0;
  class Counted extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      super(bytes);
      made++;
    }
  }
  Object.assign(platform as object, { Module: Counted });
  try {
    work();
  } finally {
    Object.assign(platform as object, { Module });
  }
  return made;
}
