/**
 * The reference interpreter: what a graph means, node by node, in float64. Slow, short and obvious, so that everything
 * faster can be compared with it. Knows the kinds of operation, and no operation by name.
 */
import { type Axis, type Entry, type Node, type Nodes, noValuesYet, topologicalOrder } from "./graph.js";
import { indexError, type Shape, sizeOf, splitAt } from "./shape.js";
import { allocate, contiguous, copyEntries, isContiguous, type View } from "./view.js";

/** Values in an array, and the order in which to read them. */
interface Value {
  readonly data: ArrayLike<number>;
  readonly view: View;
}

/** How to store the entries of a float32 node: as they are, or in float64, to see beyond their rounding. */
export type Precision = "float32" | "float64";

/**
 * The values of `outputs`, row-major. `known` gives the values of nodes that need no computing: arguments, and whatever
 * has been computed before. Each operation computes in float64; its result is stored with `precision`.
 */
export function evaluate(
  outputs: Nodes,
  known: (node: Node) => ArrayLike<number> | undefined = () => undefined,
  precision: Precision = "float64",
): Float64Array[] {
  const order = topologicalOrder(outputs, (node) => known(node) !== undefined);
  const values = new Map<Node, Value>();
  const releases = lastUses(order, outputs);
  for (const node of order) {
    const given = known(node);
    const value = given ? { data: given, view: contiguous(node.shape) } : compute(node, values);
    values.set(node, precision === "float32" && node.dtype === "float32" ? rounded(value) : value);
    for (const input of releases.get(node) ?? []) values.delete(input);
  }
  return outputs.map((output) => dense(values.get(output) as Value));
}

const rounded = ({ data, view }: Value): Value => ({
  data: data instanceof Float64Array ? new Float32Array(data) : data,
  view,
});

function compute(node: Node, values: ReadonlyMap<Node, Value>): Value {
  const { operation, attributes, shape } = node;
  if (operation.kind === "leaf") {
    const value = operation.meaning(attributes, shape);
    if (value) return value;
    throw noValuesYet();
  }
  if (sizeOf(shape) === 0) return { data: [], view: contiguous(shape) };
  const inputs = node.inputs.map((input) => values.get(input) as Value);
  return (interpreters[operation.kind] as Interpreter<Entry>)(operation, inputs, node);
}

type Interpreter<Rules> = (rules: Rules, inputs: readonly Value[], node: Node) => Value;

const interpreters: { readonly [Kind in Entry["kind"]]: Interpreter<Extract<Entry, { kind: Kind }>> } = {
  map: (rules, inputs, { attributes, shape }) => {
    const entry = entriesOf(rules, inputs.map(dense), attributes);
    return store(shape, (result) => {
      for (let at = 0; at < result.length; at++) result[at] = entry(at);
    });
  },

  view: (rules, [input], { attributes, shape }) => {
    const { data, view } = input as Value;
    const seen = rules.meaning(view, attributes);
    return seen === undefined ? { data: dense(input as Value), view: contiguous(shape) } : { data, view: seen };
  },

  reduce: (rules, [input], { attributes, shape }) => {
    const values = dense(input as Value);
    const { length, inner } = splitAt((input as Value).view.shape, (attributes as Axis).axis);
    const line = new Float64Array(length);
    return store(shape, (result) => {
      for (let at = 0; at < result.length; at++) {
        const start = Math.floor(at / inner) * length * inner + (at % inner);
        for (let along = 0; along < length; along++) line[along] = values[start + along * inner] as number;
        result[at] = rules.meaning(line);
      }
    });
  },

  index: (rules, [values, indices], { attributes, shape }) => {
    const { axis, length } = attributes as Axis & { length: number };
    const positions = positionsOf(indices as Value, axis, length);
    return store(shape, (result) => rules.meaning(dense(values as Value), positions, result));
  },

  assemble: (rules, parts, { attributes, shape }) => {
    const { outer } = splitAt(shape, (attributes as Axis).axis);
    return store(shape, (result) => rules.meaning(parts.map(dense), outer, result));
  },
};

/** Each entry of a map, one after another. Separate arguments take a fifth of the time of an array of them. */
function entriesOf(
  { meaning }: Extract<Entry, { kind: "map" }>,
  columns: readonly Float64Array[],
  attributes: object,
): (at: number) => number {
  const [x, y] = columns as [Float64Array, Float64Array];
  if (columns.length === 1) return (at) => meaning(x[at] as number, attributes);
  if (columns.length === 2) return (at) => meaning(x[at] as number, y[at] as number, attributes);
  return (at) => meaning(...columns.map((column) => column[at] as number), attributes);
}

/**
 * Where each index points in an array that has `length` entries along the axis. Negative indices count from the end.
 */
function positionsOf(indices: Value, axis: number, length: number): Float64Array {
  const { length: count, inner } = splitAt(indices.view.shape, axis);
  return dense(indices).map((index, at) => {
    if (index < -length || index >= length) throw indexError("computed indices", index, axis, length);
    const outer = Math.floor(at / (count * inner));
    return (outer * length + (index < 0 ? index + length : index)) * inner + (at % inner);
  });
}

function store(shape: Shape, fill: (result: Float64Array) => void): Value {
  const data = allocate(shape, Float64Array);
  fill(data);
  return { data, view: contiguous(shape) };
}

/** The values in row-major order. */
function dense({ data, view }: Value): Float64Array {
  if (!isContiguous(view) || data.length !== sizeOf(view.shape)) {
    const entries = allocate(view.shape, Float64Array);
    copyEntries(view, data, 0, entries);
    return entries;
  }
  return data instanceof Float64Array ? data : new Float64Array(data);
}

/** The values that nobody needs after each node, so that a long computation holds only what it still uses. */
function lastUses(order: Nodes, outputs: Nodes): ReadonlyMap<Node, Nodes> {
  const kept = new Set(outputs);
  const lastUser = new Map<Node, Node>();
  for (const node of order) for (const input of node.inputs) lastUser.set(input, node);
  const releases = new Map<Node, Node[]>();
  for (const [node, user] of lastUser) {
    if (kept.has(node)) continue;
    const group = releases.get(user);
    if (group) group.push(node);
    else releases.set(user, [node]);
  }
  return releases;
}
