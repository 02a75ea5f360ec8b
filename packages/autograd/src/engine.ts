/**
 * How values are computed: a graph becomes a program, and the program runs with the values of the graph's leaves.
 * Programs are kept by the structure of their graphs, values for as long as their nodes live. A few values that are only
 * moved are no program; and where WebAssembly is refused, the reference interpreter computes, with each result rounded to
 * float32. Knows graphs, not tensors.
 */
import { isAvailable } from "./engine/run/program.js";
import { computing } from "./engine/run/programs.js";
import {
  arrays,
  fillOf,
  lengthsInFill,
  type Node,
  type Nodes,
  topologicalOrder,
  type Values,
  valuesHeldBy,
} from "./graph.js";
import { closed, isOpen } from "./lengths.js";
import { isFewMoves } from "./moves.js";
import { evaluate } from "./reference.js";
import { type Shape, sizeOf } from "./shape.js";

const computed = new WeakMap<Node, Values>();

/** The values of one node, row-major. Belongs to the node: read, never write. */
export function valuesOf(node: Node): Values {
  const before = valuesIn(node);
  if (before) return before;
  const isMoved = isFewMoves(node, (each) => valuesIn(each) !== undefined);
  const [values] = (isMoved ? interpret([node], valuesIn) : prepare([node], [])([])) as [Values];
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
  const prepared = prepareForAll(outputs, parameters, [])?.([]);
  if (prepared) return prepared;
  const numbers = numbered(parameters);
  return (nodes) =>
    interpret(outputs, (node) =>
      numbers.has(node) ? valuesOf(nodes[numbers.get(node) as number] as Node) : valuesIn(node),
    );
}

/**
 * The same where lengths of the parameters are open: what is ready once they are known, if it can be. `undefined` where
 * the graph is none for all lengths, or cannot be compiled. `example` are lengths in their places.
 */
export function prepareForAll(
  outputs: Nodes,
  parameters: Nodes,
  example: Shape,
): ((lengths: Shape) => Prepared | undefined) | undefined {
  if (parameters.length > 0) computeConstants(outputs, parameters);
  const numbers = numbered(parameters);
  const isGiven = (node: Node): boolean =>
    numbers.has(node) || (fillOf(node) === undefined && valuesIn(node) !== undefined);
  const program = isAvailable() ? computing(outputs, isGiven, example) : undefined;
  if (program === undefined) return undefined;
  const { leaves } = program;
  const sources = leaves.map((leaf) => numbers.get(leaf) ?? leaf);
  return (lengths) => {
    const constants = leaves.map((leaf) => constantIn(leaf, lengths));
    const run = program.with(lengths);
    if (run === undefined) return undefined;
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
  };
}

const numbered = (parameters: Nodes): ReadonlyMap<Node, number> =>
  new Map(parameters.map((parameter, at) => [parameter, at]));

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

/** The value of a constant, once, where the open lengths are these. */
function constantIn(node: Node, lengths: Shape): Values | undefined {
  const counted = lengthsInFill(node);
  const value = counted ? sizeOf(closed(counted, lengths)) : fillOf(node);
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
  const isConstant = (node: Node): boolean =>
    node.operation.kind !== "leaf" && !depending.has(node) && !fills.has(node) && valuesIn(node) === undefined;
  if (!order.some(isConstant)) return;
  const wanted = new Set<Node>(order.filter((node) => depending.has(node)));
  for (const node of [...order].reverse()) {
    if (!wanted.has(node) || valuesIn(node) !== undefined) continue;
    const { kind } = node.operation;
    if (depending.has(node) || kind === "view" || kind === "assemble" || node.shape.some(isOpen))
      for (const input of node.inputs) wanted.add(input);
    else if (kind !== "leaf" && !fills.has(node)) valuesOf(node);
  }
}
