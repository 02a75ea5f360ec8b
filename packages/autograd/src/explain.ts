/**
 * Graphs as readable text: one line for each node, inputs before their users, and below them what the engine makes of
 * the graph. Computes nothing.
 */
import { checkArray } from "./argument.js";
import { describeKernels } from "./engine/describe.js";
import { fillOf, formatType, type Node, type Nodes, topologicalOrder } from "./graph.js";
import { formatNumber } from "./nested.js";
import { formatShape } from "./shape.js";
import { leavesOf, located } from "./structure.js";
import { checkTensor, Indices, type Tensor } from "./tensor.js";
import { gradients } from "./transforms.js";

/**
 * The graph that `x` is a recipe of; `x` is a tensor, indices, or a structure of them. Where `x` is a scalar tensor and
 * `xs` are given, the graph of its gradient with respect to each of them follows, and uses the lines above it. Then
 * comes what the engine makes of both together: the formulas that remain when views have become indices, and the
 * kernels, as loops with what they keep for a block, what they store and what they add up.
 * @example console.log(explain(tensor([3, 4]).square().reduceSum()));
 * // graph
 * //   %1  constant             [2]
 * //   %2  square %1            [2]
 * //   %3  reduceSum %2 axis 0  [1]
 * //   %4  reshape %3           []
 * // result %4
 * // simplified
 * //   t1[i] = square(%1[i])  [2]
 * //   t2 = sum over i in 2 of t1[i]  []
 * // result t2
 * // kernel 1
 * //   for n in 2:  reads %1, writes t2
 * //     t2 += square(%1[n])
 */
export function explain(x: unknown, xs: readonly Tensor[] = []): string {
  const names = new Map<Node, string>();
  const { sections, outputs } = graphsOf(x, xs, names);
  const size = topologicalOrder(outputs).length;
  if (size > MOST_EXPLAINED) return [...sections, `kernels: not shown for a graph of ${size} nodes`].join("\n");
  const isGiven = (node: Node): boolean => node.operation.kind === "leaf" && fillOf(node) === undefined;
  return [...sections, ...describeKernels(outputs, isGiven, (node) => names.get(node) as string)].join("\n");
}

/** The largest graph whose kernels a reader may want to see, in nodes. */
const MOST_EXPLAINED = 500;

/** Only the graph of `x`. */
export const explainGraph = (x: unknown): string => graphsOf(x, [], new Map()).sections.join("\n");

/** The sections on the graph and on its gradient; names all nodes. */
function graphsOf(
  x: unknown,
  xs: readonly Tensor[],
  names: Map<Node, string>,
): { sections: string[]; outputs: Node[] } {
  const outputs = leavesOf(x).map(({ leaf, path }) =>
    leaf instanceof Indices ? leaf.node : checkTensor("explain", located("the argument", path), leaf).node,
  );
  const by = checkArray("explain", "xs", xs).map((each, at) => checkTensor("explain", `xs[${at}]`, each).node);
  const sections = ["graph", ...linesOf(outputs, names), `result ${namesOf(outputs, names)}`];
  if (by.length > 0) {
    const slopes = gradients(checkTensor("explain", "the argument", x), xs).map(({ node }) => node);
    const lines = linesOf([...by, ...slopes], names);
    sections.push(`gradient with respect to ${namesOf(by, names)}`, ...lines, `result ${namesOf(slopes, names)}`);
    outputs.push(...slopes);
  }
  return { sections, outputs };
}

/**
 * A line for each node that has no name yet; it gets one on the way. A constant that is a single number has no line:
 * the number appears in its place.
 */
function linesOf(outputs: Nodes, names: Map<Node, string>): string[] {
  const rows: [name: string, step: string, shape: string][] = [];
  const shown = new Set(outputs);
  let number = [...names.values()].filter((name) => name.startsWith("%")).length;
  for (const node of topologicalOrder(outputs, (each) => names.has(each))) {
    if (names.has(node)) continue;
    const value = soleValue(node);
    if (value !== undefined && !shown.has(node)) {
      names.set(node, value);
      continue;
    }
    const name = `%${++number}`;
    names.set(node, name);
    const step = [node.operation.name, value, namesOf(node.inputs, names), attributesOf(node)]
      .filter(Boolean)
      .join(" ");
    rows.push([name, step, formatType(node)]);
  }
  const nameWidth = rows.reduce((width, [name]) => Math.max(width, name.length), 0);
  const stepWidth = rows.reduce((width, [, step]) => Math.max(width, step.length), 0);
  return rows.map(([name, step, shape]) => `  ${name.padEnd(nameWidth)}  ${step.padEnd(stepWidth)}  ${shape}`);
}

const namesOf = (nodes: Nodes, names: ReadonlyMap<Node, string>): string =>
  nodes.map((node) => names.get(node)).join(", ");

function soleValue(node: Node): string | undefined {
  const value = fillOf(node);
  return value === undefined ? undefined : formatNumber(value, node.dtype);
}

/** The attributes of the operation that the shape of its result does not show. */
function attributesOf({ operation, attributes }: Node): string {
  if (operation.kind === "leaf") return "";
  return Object.entries(attributes)
    .filter(([name]) => name !== "shape" && name !== "length")
    .map(([name, value]) => `${name} ${Array.isArray(value) ? formatShape(value) : value}`)
    .join(" ");
}
