/**
 * What a graph is compiled to, before it is bytes: its formulas, the passes that compute them, what each pass keeps,
 * and which passes are one function. Knows nothing of instructions or memory.
 */
import type { Node, Nodes } from "../../graph.js";
import { typical } from "../../lengths.js";
import { sizeOf } from "../../shape.js";
import { type Output, simplify } from "../formula/simplify.js";
import { chunkOf } from "./chunks.js";
import { type Pass, type Schedule, schedule } from "./schedule.js";
import { type Staging, stage } from "./staging.js";

export interface Plan {
  readonly outputs: readonly Output[];
  readonly schedule: Schedule;
  /** Passes that are one function: at most one of them is long. */
  readonly kernels: readonly (readonly Planned[])[];
}

export interface Planned {
  readonly pass: Pass;
  readonly staging: Staging;
  /** How many entries of the stream are computed together, where it has more. */
  readonly chunk: number;
}

/** Whether there may be more than one chunk. */
export const isCut = ({ pass, chunk }: Planned): boolean => pass.length > chunk;

export function plan(outputs: Nodes, isGiven: (node: Node) => boolean): Plan {
  const simplified = simplify(outputs, isGiven);
  const scheduled = schedule(simplified.map(({ from }) => from));
  const kernels: Planned[][] = [];
  let isFull = true;
  let hasLong = false;
  let members = 0;
  for (const pass of scheduled.passes) {
    const isLong = computedEntries(pass) > SHORT;
    if (isFull || (isLong && hasLong)) {
      kernels.push([]);
      hasLong = false;
      members = 0;
    }
    const staging = stage(pass, scheduled.stored);
    kernels.at(-1)?.push({ pass, staging, chunk: chunkOf(pass, scheduled.stored, staging) });
    hasLong ||= isLong;
    members += pass.members.length;
    isFull = members > LARGEST_KERNEL;
  }
  return { outputs: simplified, schedule: scheduled, kernels };
}

/** Up to how many computed entries a pass is an afterthought of the pass before it. */
const SHORT = 2 ** 14;
const LARGEST_KERNEL = 1000;

const computedEntries = ({ members }: Pass): number =>
  members.reduce((work, formula) => work + sizeOf(formula.axes.map(typical)), 0);
