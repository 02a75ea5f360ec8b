/** The pictures of the guide by the names of their files. */
import { block } from "./block.js";
import { costCurves } from "./cost-curves.js";
import { costGraph } from "./cost-graph.js";
import { descent } from "./descent.js";
import { differenceError } from "./difference-error.js";
import { minimum } from "./minimum.js";

export const pictures: { readonly [name: string]: () => string } = {
  "cost-graph.svg": costGraph,
  "descent.svg": descent,
  "minimum.svg": minimum,
  "cost-curves.svg": costCurves,
  "difference-error.svg": differenceError,
  "block.svg": block,
};
