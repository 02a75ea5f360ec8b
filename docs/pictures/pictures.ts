/** The pictures of the guide by the names of their files. */
import { costCurves } from "./cost-curves.js";
import { costGraph } from "./cost-graph.js";
import { descent } from "./descent.js";
import { differenceError } from "./difference-error.js";

export const pictures: { readonly [name: string]: () => string } = {
  "cost-graph.svg": costGraph,
  "descent.svg": descent,
  "cost-curves.svg": costCurves,
  "difference-error.svg": differenceError,
};
