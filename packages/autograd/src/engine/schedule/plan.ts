/**
 * What a graph is compiled to, before it is bytes: its formulas, the passes that compute them, what each pass keeps,
 * and which passes are one function. Knows nothing of instructions or memory.
 */
import type { Node, Nodes } from "../../graph.js";
import { typicalSize } from "../../lengths.js";
import type { Formula } from "../formula/formula.js";
import { type Output, simplify } from "../formula/simplify.js";
import { likenessesOf } from "./alike.js";
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
  /** Where several passes are alike: the one of them that is written, and what is in memory for this one. */
  readonly alike: { readonly first: Planned; readonly inMemory: readonly Formula[] } | undefined;
}

/** The passes that are written: of those that are alike the first. */
export const writtenIn = ({ kernels }: Pick<Plan, "kernels">): Planned[] =>
  kernels.flat().filter((planned) => (planned.alike?.first ?? planned) === planned);

/** Whether there may be more than one chunk. */
export const isCut = ({ pass, chunk }: Planned): boolean => pass.length > chunk;

export function plan(outputs: Nodes, isGiven: (node: Node) => boolean): Plan {
  const simplified = simplify(outputs, isGiven);
  const scheduled = schedule(simplified.map(({ from }) => from));
  const planPass = planner(scheduled);
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
    const planned = planPass(pass);
    kernels.at(-1)?.push(planned);
    hasLong ||= isLong;
    members += planned.alike ? 1 : pass.members.length;
    isFull = members > LARGEST_KERNEL;
  }
  return { outputs: simplified, schedule: scheduled, kernels };
}

/** Plans passes one after another. What is not cut into chunks is planned once for all passes that are alike. */
function planner(scheduled: Schedule): (pass: Pass) => Planned {
  const { passes, stored } = scheduled;
  const likenesses = passes.length < MANY_PASSES ? undefined : likenessesOf(scheduled);
  const firsts = new Map<string, Planned>();
  return (pass) => {
    const likeness = likenesses?.get(pass);
    const first = likeness && firsts.get(likeness.key);
    if (first) {
      const alike = { first, inMemory: likeness.inMemory };
      // Only who describes the passes asks for it.
      return {
        pass,
        alike,
        chunk: first.chunk,
        get staging() {
          return stage(pass, stored);
        },
      };
    }
    const staging = stage(pass, stored);
    const chunk = chunkOf(pass, stored, staging);
    const planned: Mutable<Planned> = { pass, staging, chunk, alike: undefined };
    if (likeness && !isCut(planned)) {
      planned.alike = { first: planned, inMemory: likeness.inMemory };
      firsts.set(likeness.key, planned);
    }
    return planned;
  };
}

/** With fewer it takes longer to find those that are alike than to write them all. */
const MANY_PASSES = 16;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Up to how many computed entries a pass is an afterthought of the pass before it. */
const SHORT = 2 ** 14;
const LARGEST_KERNEL = 1000;

const computedEntries = ({ members }: Pass): number =>
  members.reduce((work, formula) => work + typicalSize(formula.axes), 0);
