/**
 * Who computes: plain loops where there is little, graphs where there is much. The numbers of points, coordinates and
 * prototypes alone decide: for one problem it is always the same.
 */
import type { Costs } from "./costs.js";
import { CostsByGraph } from "./costs-by-graph.js";
import { CostsInLoops } from "./costs-in-loops.js";
import { arithmeticsFor, type Frame, framedPoints, isMuch, wideEnough } from "./frame.js";
import type { Table } from "./points.js";

/** The costs of a table's points at k prototypes, in a frame that was made for these points or for others. */
export function costsOf(table: Table, frame: Frame, k: number, weights?: Float64Array): Costs {
  if (isMuch(table.n * table.d * k)) return new CostsByGraph(arithmeticsFor(table, frame, k, weights));
  const wide = wideEnough(frame, table);
  return new CostsInLoops(framedPoints(table, wide), wide, weights);
}
