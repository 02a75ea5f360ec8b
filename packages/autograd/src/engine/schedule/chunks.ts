/**
 * At which places a long pass is cut: into chunks of as many entries of the stream as the pass says, however long the
 * stream is. Each chunk folds for itself, and what comes of it is combined with what came of those before: sums have
 * the same bits whoever computes the chunks. Knows nothing of instructions or threads.
 */
import { sizeOf } from "../../shape.js";
import type { Formula, Reduce } from "../formula/formula.js";
import { instructionsOf } from "./cost.js";
import { isFold, type Pass } from "./schedule.js";
import { firstOfPair, type Staging } from "./staging.js";

/** A power of two, and thus whole blocks. */
const SHORTEST = 64;

/** So many entries are enough however little is computed: then memory is what takes the time. */
const LONGEST = 2 ** 17;

/** So many instructions for one lane are enough too: about a tenth of a millisecond. */
const ENOUGH = 2 ** 22;

/** But so many are needed for each accumulator: to clear and to combine these costs no more than one or two in a hundred. */
const ENOUGH_TO_COMBINE = 2 ** 12;

/** How many entries of the stream a chunk has. */
export function chunkOf(pass: Pass, stored: ReadonlySet<Formula>, staging: Staging): number {
  const isKept = (formula: Formula): boolean => stored.has(formula) || staging.staged.has(formula);
  /** What an entry takes with all that is computed where it is read. */
  const costs = new Map<Formula, number>();
  let work = 0;
  let accumulators = 0;
  for (const formula of pass.members) {
    let cost = instructionsOf(formula);
    for (const { from } of formula.reads) cost += isKept(from) ? 1 : (costs.get(from) ?? 1);
    if (isFold(pass, formula)) {
      if (firstOfPair(staging, formula as Reduce) !== formula) continue;
      const size = sizeOf(formula.shape);
      const placed = staging.placed.get(formula);
      accumulators += size;
      work += cost * (placed === undefined ? size : size / (formula.shape[placed] as number));
    } else {
      if (formula.kind === "reduce") cost *= formula.length;
      costs.set(formula, cost);
      const axis = pass.axes.get(formula);
      if (isKept(formula)) work += cost * sizeOf(axis === undefined ? formula.shape : formula.shape.toSpliced(axis, 1));
    }
  }
  let chunk = SHORTEST;
  while (chunk < LONGEST && chunk * work < ENOUGH) chunk *= 2;
  while (chunk * work < ENOUGH_TO_COMBINE * accumulators) chunk *= 2;
  return chunk;
}
