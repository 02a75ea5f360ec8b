/**
 * The logistic function and its integral, to the last digits for any x: e is only ever raised to −|x|. Knows nodes, not
 * tensors.
 */
import { like, type Node } from "./graph.js";
import { add, div, exp, lessEqual, log1p, neg, sub, where } from "./ops.js";

export function sigmoid(x: Node): Node {
  const decay = decayOf(x);
  return div(where(isFrom0(x), like(x, 1), decay), add(decay, like(decay, 1)));
}

export const softplus = (x: Node): Node => add(where(isFrom0(x), x, like(x, 0)), log1p(decayOf(x)));

export const logSigmoid = (x: Node): Node => sub(where(isFrom0(x), like(x, 0), x), log1p(decayOf(x)));

/** e^−|x|, differentiable at 0 from the right: what is made of it is smooth there. */
const decayOf = (x: Node): Node => exp(where(isFrom0(x), neg(x), x));

const isFrom0 = (x: Node): Node => lessEqual(like(x, 0), x);
