/**
 * How values come about: the reference interpreter computes a graph, each operation in float64, each result rounded
 * to float32, so that it does not matter which of them somebody reads. Values that were read are remembered for as
 * long as their node lives. Knows graphs, not tensors.
 */
import { type Node, type Nodes, topologicalOrder } from "./graph.js";
import { evaluate } from "./reference.js";

export type Values = Float32Array | Int32Array;

const computed = new WeakMap<Node, Values>();

/** The values of one node, row-major. Belongs to the node: read, never write. */
export function valuesOf(node: Node): Values {
  const before = computed.get(node) ?? heldBy(node);
  if (before) return before;
  const [values] = run([node], [], []) as [Values];
  computed.set(node, values);
  return values;
}

/** The values of `outputs` where each parameter has the values that stand at its place in `given`. */
export function run(outputs: Nodes, parameters: Nodes, given: readonly Values[]): Values[] {
  const bound = new Map(parameters.map((parameter, at) => [parameter, given[at] as Values]));
  const results = evaluate(outputs, (node) => bound.get(node) ?? computed.get(node), "float32");
  return results.map((result, at) =>
    (outputs[at] as Node).dtype === "int32" ? new Int32Array(result) : new Float32Array(result),
  );
}

/** Whether a node can be computed: nothing that it depends on is an argument still to come. */
export const isComputable = (node: Node): boolean =>
  topologicalOrder([node], (each) => computed.has(each)).every(
    ({ operation, attributes, shape }) =>
      operation.kind !== "leaf" || operation.meaning(attributes, shape) !== undefined,
  );

/** The array that a leaf was made of. */
function heldBy({ operation, attributes, shape }: Node): Values | undefined {
  if (operation.kind !== "leaf") return undefined;
  const held = operation.meaning(attributes, shape)?.data;
  return held instanceof Float32Array || held instanceof Int32Array ? held : undefined;
}
