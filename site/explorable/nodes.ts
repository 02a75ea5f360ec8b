/** The operations of chapter 3 in words: what is written for each, and what it hands on when the gradient comes back. */
import type { TensorName } from "./costs.js";

export interface NodeText {
  /** The operation. */
  readonly title: string;
  readonly code: string;
  /** What it does with the gradient that comes from below. */
  readonly rule: string;
}

export const NODES: Readonly<Record<TensorName, NodeText>> = {
  x: { title: "x", code: "the chosen point", rule: "moved this way, the point’s cost grows fastest" },
  W: { title: "W", code: "the prototypes, one in each row", rule: "moved this way, the point’s cost grows fastest" },
  columns: {
    title: "transpose",
    code: "columns = W.expandDims(2).transpose([2, 1, 0])",
    rule: "each entry goes back where it was",
  },
  differences: {
    title: "sub",
    code: "differences = x.expandDims(2).sub(columns)",
    rule: "columns get what came, times −1; x gets what came, summed",
  },
  squares: { title: "square", code: "squares = differences.square()", rule: "what came, times 2 · difference" },
  distances: { title: "reduceSum", code: "distances = squares.reduceSum(1)", rule: "both coordinates get what came" },
  nearest: {
    title: "reduceMin",
    code: "nearest = distances.reduceMin(1)",
    rule: "the smallest gets what came, the others get 0",
  },
  cost: { title: "reduceSum", code: "cost = nearest.reduceSum()", rule: "each entry gets what came" },
};

/** In which order gradients come back, from the cost to the prototypes and the point. */
export const BACKWARDS: readonly TensorName[] = [
  "cost",
  "nearest",
  "distances",
  "squares",
  "differences",
  "columns",
  "W",
  "x",
];

/** Whose rule makes the gradient of a tensor: the operation that uses it. */
export const USER: Readonly<Record<TensorName, TensorName | undefined>> = {
  cost: undefined,
  nearest: "cost",
  distances: "nearest",
  squares: "distances",
  differences: "squares",
  columns: "differences",
  W: "columns",
  x: "differences",
};
