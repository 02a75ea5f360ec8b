/**
 * How values come about: a graph becomes a program, and a program with the values of its leaves runs. Programs are
 * kept by the structure of their graphs, values for as long as their nodes live. Where WebAssembly is refused the
 * reference interpreter computes, with each result rounded to float32. Knows graphs, not tensors.
 */
import { isAvailable } from "./engine/run/program.js";
import { computing } from "./engine/run/programs.js";
import { arrays, fillOf, type Node, type Nodes, topologicalOrder, type Values, valuesHeldBy } from "./graph.js";
import { evaluate } from "./reference.js";

const computed = new WeakMap<Node, Values>();

/** The values of one node, row-major. Belongs to the node: read, never write. */
export function valuesOf(node: Node): Values {
  const before = valuesIn(node);
  if (before) return before;
  const [values] = prepare([node], [])([]) as [Values];
  computed.set(node, values);
  return values;
}

/** The values that `outputs` have where the parameters have those of the `given` nodes, each at its place. */
export type Prepared = (given: Nodes) => Values[];

/**
 * Makes ready for many runs. What does not depend on the parameters is computed now, unless it is only another view
 * of what there is.
 */
export function prepare(outputs: Nodes, parameters: Nodes): Prepared {
  if (parameters.length > 0) computeConstants(outputs, parameters);
  const numbers = new Map(parameters.map((parameter, at) => [parameter, at]));
  const isGiven = (node: Node): boolean =>
    numbers.has(node) || (fillOf(node) === undefined && valuesIn(node) !== undefined);
  const given = (node: Node, nodes: Nodes): Node => nodes[numbers.get(node) ?? -1] ?? node;
  const program = isAvailable() ? computing(outputs, isGiven) : undefined;
  if (program === undefined) {
    return (nodes) => interpret(outputs, (node) => (numbers.has(node) ? valuesOf(given(node, nodes)) : valuesIn(node)));
  }
  const { leaves, run } = program;
  const constants = leaves.map(constantIn);
  const sources = leaves.map((leaf) => numbers.get(leaf) ?? leaf);
  return (nodes) => {
    const owners: Node[] = [];
    const values: Values[] = [];
    for (let at = 0; at < sources.length; at++) {
      const source = sources[at] as number | Node;
      const owner = typeof source === "number" ? (nodes[source] as Node) : source;
      owners.push(owner);
      values.push(constants[at] ?? valuesOf(owner));
    }
    return run(owners, values);
  };
}

/** Whether a node can be computed: nothing that it depends on is an argument still to come. */
export const isComputable = (node: Node): boolean =>
  topologicalOrder([node], (each) => valuesIn(each) !== undefined).every(
    ({ operation, attributes, shape }) =>
      operation.kind !== "leaf" || operation.meaning(attributes, shape) !== undefined,
  );

/** The values that a node has: computed before, or the array that it was made of. */
function valuesIn(node: Node): Values | undefined {
  return valuesHeldBy(node) ?? computed.get(node);
}

/** The value of a constant, once. */
function constantIn(node: Node): Values | undefined {
  const value = fillOf(node);
  return value === undefined ? undefined : arrays[node.dtype].of(value);
}

function interpret(outputs: Nodes, known: (node: Node) => Values | undefined): Values[] {
  return evaluate(outputs, known, "float32").map((result, at) => new arrays[(outputs[at] as Node).dtype](result));
}

/** Computes what the outputs need and the parameters do not change; only views of it stay in the graph. */
function computeConstants(outputs: Nodes, parameters: Nodes): void {
  const order = topologicalOrder(outputs, (node) => valuesIn(node) !== undefined);
  const depending = new Set<Node>(parameters);
  const fills = new Set<Node>();
  for (const node of order) {
    if (node.inputs.some((input) => depending.has(input))) depending.add(node);
    else if (fillOf(node) !== undefined || (node.inputs.length > 0 && node.inputs.every((input) => fills.has(input)))) {
      fills.add(node);
    }
  }
  const wanted = new Set<Node>(order.filter((node) => depending.has(node)));
  for (const node of [...order].reverse()) {
    if (!wanted.has(node) || valuesIn(node) !== undefined) continue;
    const { kind } = node.operation;
    if (depending.has(node) || kind === "view" || kind === "assemble")
      for (const input of node.inputs) wanted.add(input);
    else if (kind !== "leaf" && !fills.has(node)) valuesOf(node);
  }
}
