/**
 * The matrix product as what it is: products of entries, summed over the inner axis. The engine makes one pass of it.
 * Knows nodes, not tensors.
 */
import { expandDims } from "./arrangement.js";
import { broadcast } from "./broadcasting.js";
import type { Node } from "./graph.js";
import { mul, reduceSum, transpose } from "./ops.js";
import { reduce } from "./reductions.js";
import { broadcastShapes, formatShape } from "./shape.js";

/** As NumPy's `matmul`: a vector is a row on the left and a column on the right. */
export function matrixProduct(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new RangeError(
      `matmul: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}; expected vectors or matrices, use mul for a scalar`,
    );
  }
  const inner = a.shape.at(-1) as number;
  const rows = b.shape.at(b.shape.length === 1 ? -1 : -2);
  if (rows !== inner) {
    throw new RangeError(
      `matmul: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not multiply: ${inner} columns against ${rows} rows`,
    );
  }
  if (b.shape.length === 1) return sumOfProducts(a, b, -1);
  if (a.shape.length === 1) return sumOfProducts(expandDims(a, -1), b, -2);
  broadcastShapes("matmul, before the last two axes", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  // [..., m, 1, inner] · [..., 1, n, inner], summed over the last axis
  return sumOfProducts(expandDims(a, -2), expandDims(transposeLast(b), -3), -1);
}

const sumOfProducts = (a: Node, b: Node, axis: number): Node =>
  reduce("matmul", reduceSum, mul(...broadcast("matmul", [a, b])), axis);

function transposeLast(x: Node): Node {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}
