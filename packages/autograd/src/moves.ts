/**
 * Nodes that compute nothing: their values are those of others in another order, in part or repeated. To copy a few
 * takes less time than to compile the loop that copies them. Knows the kinds of operation, and none by name.
 */
import type { Node } from "./graph.js";
import { sizeOf } from "./shape.js";
import { contiguous, type View } from "./view.js";

/** Up to how many entries of a node are few. */
const FEW = 2 ** 12;

/** Up to how many nodes are looked at. */
const MOST_NODES = 64;

/** Whether a node has few entries, and these are copied from what is known, on the way through few others. */
export function isFewMoves(node: Node, isKnown: (node: Node) => boolean): boolean {
  let nodes = 0;
  const areFew = ({ shape }: Node): boolean => sizeOf(shape) <= FEW;
  /** How the values of a node are read, if they are copied: what lies in memory need not be few until then. */
  const viewOf = (node: Node): View | undefined => {
    const { operation, inputs, attributes, shape } = node;
    if (++nodes > MOST_NODES) return undefined;
    if (isKnown(node)) return contiguous(shape);
    if (operation.kind === "view") {
      const source = viewOf(inputs[0] as Node);
      return source && (operation.meaning(source, attributes) ?? (areFew(node) ? contiguous(shape) : undefined));
    }
    const isMove = operation.kind === "assemble" || (operation.kind === "index" && operation.fold === undefined);
    if (!isMove || !areFew(node)) return undefined;
    return inputs.every((input) => areFew(input) && viewOf(input)) ? contiguous(shape) : undefined;
  };
  return areFew(node) && viewOf(node) !== undefined;
}
