/** Chapter 3: the cost of one point and three prototypes as a graph, with the numbers that go through it and back. */
import { gradients, Tensor, tensor } from "@protograd/autograd";
import { type Node, topologicalOrder } from "../../packages/autograd/src/graph.js";
import { formatShape } from "../../packages/autograd/src/shape.js";
import { type Box, type Edge, graphSvg, type Matrix } from "./graph.js";

/** The tensors of chapter 3 by their names there; the last is the cost. */
function tensorsOfTheCost() {
  const x = tensor([[2, 1]]);
  // biome-ignore format: one prototype after another
  const W = tensor([[1, 1], [2, 3], [4, 0]]);
  const columns = W.expandDims(2).transpose([2, 1, 0]);
  const differences = x.expandDims(2).sub(columns);
  const squares = differences.square();
  const distances = squares.reduceSum(1);
  const nearest = distances.reduceMin(1);
  const cost = nearest.reduceSum();
  return { x, W, columns, differences, squares, distances, nearest, cost };
}

export function costGraph(): string {
  const named = tensorsOfTheCost();
  const { cost } = named;
  const results = new Map(
    Object.entries(named).map(([name, { node, shape }]) => [origin(node), `${name} ${formatShape(shape)}`]),
  );
  const operations = topologicalOrder([cost.node])
    .filter((node) => node === origin(node))
    .sort((a, b) => a.serial - b.serial);
  const boxes = operations.map(
    (node): Box => ({ title: titleOf(node), text: results.get(node) ?? formatShape(node.shape) }),
  );
  const edge = (input: Node, to: number): Edge => {
    const value = new Tensor(input);
    const [gradient] = gradients(cost, [value]) as [Tensor];
    return { from: operations.indexOf(origin(input)), to, down: matrixOf(value), up: matrixOf(gradient) };
  };
  const edges = operations.flatMap(({ inputs }, to) => inputs.map((input) => edge(input, to)));
  return graphSvg({
    ariaLabel: "The cost graph of one point and three prototypes: on each edge a value, and the gradient of E by it",
    boxes: [...boxes, { title: "E", text: "the cost" }],
    edges: [...edges, edge(cost.node, boxes.length)],
    down: "values, forwards",
    up: "gradients ∂E/∂(value), backwards",
    note: "Reshapes are left out: they carry the same numbers on under another shape.",
  });
}

/** The operation that computed these numbers, whatever their shape is now. */
const origin = (node: Node): Node => (node.operation.name === "reshape" ? origin(node.inputs[0] as Node) : node);

function titleOf({ operation, attributes }: Node): string {
  const { axis, axes } = attributes as { readonly axis?: number; readonly axes?: readonly number[] };
  if (axis !== undefined) return `${operation.name} axis ${axis}`;
  return axes === undefined ? operation.name : `${operation.name} axes ${formatShape(axes)}`;
}

/** The entries in rows along the last axis that is longer than 1. */
function matrixOf({ shape, data }: Tensor): Matrix {
  const length = shape.filter((each) => each !== 1).at(-1) ?? 1;
  return Array.from({ length: data.length / length }, (_, row) => [...data.slice(row * length, (row + 1) * length)]);
}
