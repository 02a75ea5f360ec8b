/** Counts the WebAssembly modules that the platform compiles. */
import { platform } from "../../packages/autograd/src/engine/run/webassembly.js";

/** How many modules are compiled while `work` is done. */
export function modulesMadeBy(work: () => void): number {
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
