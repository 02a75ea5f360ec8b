/**
 * Broadcasting: operands of several shapes brought to one, by NumPy's rules. The strict graph knows no other way than an
 * explicit `expand`, whose gradient is the sum of what it repeated. Knows nodes and plain numbers, not tensors.
 */
import { fill, type Node, widest } from "./graph.js";
import { expand, reshape } from "./ops.js";
import { broadcastShapes, type Shape, sameShape } from "./shape.js";

/** Operands as nodes of one shape. A plain number is of the type of the nodes that it meets. */
export function broadcast<Operands extends readonly (Node | number)[]>(
  operation: string,
  operands: readonly [...Operands],
): { [At in keyof Operands]: Node } {
  const shape = broadcastShapes(
    operation,
    operands.map((operand) => (isNode(operand) ? operand.shape : [])),
  );
  const dtype = widest(operands.filter(isNode));
  return operands.map((operand) => (isNode(operand) ? broadcastTo(operand, shape) : fill(shape, operand, dtype))) as {
    [At in keyof Operands]: Node;
  };
}

const isNode = (operand: Node | number): operand is Node => typeof operand !== "number";

/** Axes of length 1 in front where there are too few, then an `expand` where lengths differ. */
export function broadcastTo(node: Node, shape: Shape): Node {
  const missing = shape.length - node.shape.length;
  const aligned = missing > 0 ? reshape(node, [...new Array<number>(missing).fill(1), ...node.shape]) : node;
  return sameShape(aligned.shape, shape) ? aligned : expand(aligned, shape);
}
