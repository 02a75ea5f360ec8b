/**
 * Graphs as text that a person can read: one line for each node, inputs before their users. Computes nothing.
 */
import { checkArray } from "./argument.js";
import { type Node, type Nodes, topologicalOrder } from "./graph.js";
import { formatNumber } from "./nested.js";
import { formatShape } from "./shape.js";
import { leavesOf, located } from "./structure.js";
import { checkTensor, Indices, type Tensor } from "./tensor.js";
import { gradients } from "./transforms.js";

/**
 * The graph that `x` is a recipe of; `x` is a tensor, indices, or a structure of them. Where `x` is a scalar tensor and
 * `xs` are given, the graph of its gradient with respect to each of them follows; it goes on from the lines above.
 * @example console.log(explain(tensor([3, 4]).square().reduceSum()));
 * // graph
 * //   %1  constant             [2]
 * //   %2  square %1            [2]
 * //   %3  reduceSum %2 axis 0  [1]
 * //   %4  reshape %3           []
 * // result %4
 */
export function explain(x: unknown, xs: readonly Tensor[] = []): string {
  const outputs = leavesOf(x).map(({ leaf, path }) =>
    leaf instanceof Indices ? leaf.node : checkTensor("explain", located("the argument", path), leaf).node,
  );
  const by = checkArray("explain", "xs", xs).map((each, at) => checkTensor("explain", `xs[${at}]`, each).node);
  const names = new Map<Node, string>();
  const sections = ["graph", ...linesOf(outputs, names), `result ${namesOf(outputs, names)}`];
  if (by.length > 0) {
    const slopes = gradients(checkTensor("explain", "the argument", x), xs).map(({ node }) => node);
    const lines = linesOf([...by, ...slopes], names);
    sections.push(`gradient with respect to ${namesOf(by, names)}`, ...lines, `result ${namesOf(slopes, names)}`);
  }
  return sections.join("\n");
}

/** A line for each node that has no name yet; each is named on the way. Constants that are one number stay in place. */
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
    rows.push([name, step, formatShape(node.shape)]);
  }
  const nameWidth = rows.reduce((width, [name]) => Math.max(width, name.length), 0);
  const stepWidth = rows.reduce((width, [, step]) => Math.max(width, step.length), 0);
  return rows.map(([name, step, shape]) => `  ${name.padEnd(nameWidth)}  ${step.padEnd(stepWidth)}  ${shape}`);
}

const namesOf = (nodes: Nodes, names: ReadonlyMap<Node, string>): string =>
  nodes.map((node) => names.get(node)).join(", ");

function soleValue({ attributes }: Node): string | undefined {
  return "value" in attributes ? formatNumber(attributes.value as number) : undefined;
}

/** What the operation was told besides its inputs and what its result's shape does not show already. */
function attributesOf({ operation, attributes }: Node): string {
  if (operation.kind === "leaf") return "";
  return Object.entries(attributes)
    .filter(([name]) => name !== "shape" && name !== "length")
    .map(([name, value]) => `${name} ${Array.isArray(value) ? formatShape(value) : value}`)
    .join(" ");
}
