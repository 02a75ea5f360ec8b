/**
 * What formulas cost, counted in instructions: enough to say whether it is better to compute again or to keep.
 * Knows nothing of passes.
 */

import { attributesKey } from "../../graph.js";
import type { Formula } from "../formula/formula.js";
import { Code } from "../instructions/assembler.js";
import { type Lane, Lanes } from "../instructions/lanes.js";

type MapRules = NonNullable<Extract<Formula, { kind: "map" }>["rules"]>;

const counted = new WeakMap<MapRules, Map<string, number>>();
const known = new WeakMap<Formula, number>();

/** How many instructions compute one entry of a formula, without those for what it reads. */
export function instructionsOf(formula: Formula): number {
  if (formula.kind !== "map") return 1;
  const { rules, attributes, inputs } = formula;
  if (rules === undefined) return 0;
  const before = known.get(formula);
  if (before !== undefined) return before;
  const counts = counted.get(rules) ?? new Map<string, number>();
  counted.set(rules, counts);
  const key = attributesKey(attributes);
  const count = counts.get(key) ?? measure(rules, attributes, inputs.length);
  counts.set(key, count);
  known.set(formula, count);
  return count;
}

/** Writes the instructions once and counts those that compute: not the moves between variables. */
function measure({ lanes: write }: MapRules, attributes: object, inputs: number): number {
  const code = new Code([]);
  const lanes = new Lanes(code, true);
  const given = Array.from({ length: inputs }, (): Lane => ({ local: code.local("v128"), type: "float" }));
  write(lanes, ...(given as never), attributes);
  return code.computing;
}
