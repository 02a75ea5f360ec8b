/**
 * The graph: immutable nodes, each an operation on earlier nodes, and what the five kinds of operation must define. The
 * graph is strict: shapes match exactly and axes count from the front. Broadcasting, plain numbers and negative axes
 * belong to the face, `tensor`. Knows no operation by name and computes nothing.
 */
import type { Combination, Lane, Lanes } from "./engine/instructions/lanes.js";
import { formatShape, type Shape, sizeOf } from "./shape.js";
import { contiguous, type View } from "./view.js";

export type DType = "float32" | "float64" | "int32";

/** The type in which entries are stored. */
export const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const;

/** How many bytes an entry takes. */
export const bytesOf = (dtype: DType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** The type of a result of inputs of several types: float64 if one of them is. */
export const widest = (nodes: readonly { readonly dtype: DType }[]): DType =>
  nodes.some(({ dtype }) => dtype === "float64") ? "float64" : "float32";

export interface Node {
  readonly operation: Operation;
  readonly inputs: readonly Node[];
  /** What the operation must be told besides its inputs: an axis, a shape, an exponent. */
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Counts up as nodes are made: a node has a larger number than those it depends on. */
  readonly serial: number;
}

export type Nodes = readonly Node[];
export type Attributes = object;

/** One gradient for each input; `undefined` where none flows, because the input is an index or a condition. */
export type InputGradients<Inputs extends Nodes> = { readonly [Input in keyof Inputs]: Node | undefined };

/** What every entry of the operation table defines. `Inputs` is a tuple, so that a rule cannot forget an input. */
export interface Rules<Inputs extends Nodes, A extends Attributes> {
  shape(inputs: Inputs, attributes: A): Shape;
  dtype(inputs: Inputs): DType;
  /** The chain rule, as a graph: from upstream, ∂L/∂result, to ∂L/∂input for each input. */
  gradient(upstream: Node, inputs: Inputs, result: Node, attributes: A): InputGradients<Inputs>;
  /** The cases on which the tests try the operation. */
  readonly examples: readonly Example<A>[];
}

/** Inputs of an operation under test. Where `values` are missing, any numbers will do, and the tests draw them. */
export interface Example<A extends Attributes = Attributes> {
  readonly inputs: readonly { readonly shape: Shape; readonly values?: readonly number[] }[];
  readonly attributes: A;
}

/** Each entry of the result is a function of the same entry of each input. */
export interface MapRules<Inputs extends Nodes, A extends Attributes> extends Rules<Inputs, A> {
  readonly kind: "map";
  meaning(...values: [...{ [Input in keyof Inputs]: number }, A]): number;
  /** The meaning as instructions, in float32. */
  lanes(lanes: Lanes, ...values: [...{ [Input in keyof Inputs]: Lane }, A]): Lane;
  /** Laws that the operation obeys. What is not stated is not assumed. */
  algebra?(attributes: A): Algebra<Inputs>;
  /** True for the operation that hides its derivative on purpose. */
  readonly stopsGradient?: true;
}

/**
 * Laws that save the engine work, each for inputs of a pattern: "x" is the input in question, a number is an input that
 * has this value everywhere, and "any" is an input that may be anything. The tests check each one.
 */
export interface Algebra<Inputs extends Nodes> {
  /** The result is x, bit for bit. */
  readonly identities?: readonly Pattern<Inputs, "x" | "any" | number>[];
  /** The result is 0 if the others are finite and not 0; here −0 is 0 too. */
  readonly zeros?: readonly Pattern<Inputs, 0 | "any">[];
  /** The result f(x) is f(1) · x, bit for bit where f(1) is a power of two from 1 or the negative of one. */
  readonly linear?: readonly Pattern<Inputs, "x" | "any">[];
}

type Pattern<Inputs extends Nodes, Given> = { readonly [Input in keyof Inputs]: Given };

/** The same entries in another order, in part, or repeated; `undefined` where they must be stored first. */
export interface ViewRules<A extends Attributes> extends Rules<readonly [Node], A> {
  readonly kind: "view";
  meaning(view: View, attributes: A): View | undefined;
}

/** Each line of entries along one axis becomes one entry; the axis stays, with length 1. */
export interface ReduceRules extends Rules<readonly [Node], Axis> {
  readonly kind: "reduce";
  /**
   * How the engine goes through a line, entry by entry. If the fold chooses an entry and the result is int32, the
   * result is its position. A line of one entry becomes that entry.
   */
  readonly fold: Named<Fold>;
  meaning(line: Float64Array): number;
}

/** How a line becomes one number, entry by entry: a row of the table in `folds`. */
export type Fold = Combining | Choosing;

interface FoldRules {
  /** The value before the first entry, which is also the result for a line without entries. */
  readonly start: number;
  /** The result for a line of `length` equal entries. */
  repeated(entry: number, length: number): number;
}

/**
 * Combines entries two by two, in an order that must not matter: each lane and each block its own, and then these
 * results.
 */
export interface Combining extends FoldRules {
  readonly kind: "combining";
  readonly step: Combination;
  /** How many entries are combined in float32 before float64 takes over; twice as many if that is the whole line. */
  readonly inFloat32: number;
  /** Whether an entry of 0 changes nothing. */
  readonly skipsZeros: boolean;
  /** Whether a factor of all entries may be applied once, to the result. */
  readonly takesOutFactors: boolean;
}

/** Chooses one entry, unrounded, by its position: the first entry that no other beats. */
export interface Choosing extends FoldRules {
  readonly kind: "choosing";
  wins(lanes: Lanes, entry: Lane, best: Lane): Lane;
}

/**
 * Reads values, or puts them, at the positions along one axis that an index tensor names. `positions` says for each
 * index where it points in the array whose axis has the given `length`.
 */
export interface IndexRules extends Rules<readonly [values: Node, indices: Node], Axis & { readonly length: number }> {
  readonly kind: "index";
  /** How values that meet at one position are combined; `undefined` where values are read. It must skip zeros. */
  readonly fold: Named<Combining> | undefined;
  meaning(values: Float64Array, positions: Float64Array, result: Float64Array): void;
}

/** Several inputs side by side along one axis, in blocks: see `splitAt`. */
export interface AssembleRules extends Rules<Nodes, Axis> {
  readonly kind: "assemble";
  meaning(parts: readonly Float64Array[], blocks: number, result: Float64Array): void;
}

export interface Axis {
  readonly axis: number;
}

/** Where a graph begins. `meaning` gives the values if the node itself holds them. */
export interface Leaf<A extends Attributes> {
  readonly kind: "leaf";
  readonly name: string;
  meaning(attributes: A, shape: Shape): { data: ArrayLike<number>; view: View } | undefined;
}

export type Named<R> = R & { readonly name: string };

/** An entry of the operation table. */
export type Entry = Named<
  MapRules<Nodes, Attributes> | ViewRules<Attributes> | ReduceRules | IndexRules | AssembleRules
>;

export type Operation = Leaf<Attributes> | Entry;

/** The node of an operation on `inputs`; shape and dtype follow from the operation's rules. */
export function apply<Inputs extends Nodes, A extends Attributes>(
  operation: Entry & Rules<Inputs, A>,
  inputs: Inputs,
  attributes: A,
): Node {
  const rules: Rules<Inputs, A> = operation;
  return make(operation, inputs, attributes, rules.shape(inputs, attributes), rules.dtype(inputs));
}

const make = (operation: Operation, inputs: Nodes, attributes: Attributes, shape: Shape, dtype: DType): Node => ({
  operation,
  inputs,
  attributes,
  shape: Object.freeze(shape),
  dtype,
  serial: nodesMade++,
});

let nodesMade = 0;

/** The shape of a node, and its type where that is float64. */
export const formatType = ({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): string =>
  dtype === "float64" ? `${formatShape(shape)} float64` : formatShape(shape);

/** The values of a node, row-major. */
export type Values = Float32Array | Float64Array | Int32Array;

/**
 * A leaf that holds its values, row-major. It keeps the array without a copy: nobody may write to it any more.
 * `isShared` says that somebody else has it too.
 */
export const constant = (values: Values, shape: Shape, isShared = false): Node =>
  make(constantRules, [], { values, isShared }, shape, dtypeOf(values));

export const dtypeOf = (values: Values): DType =>
  values instanceof Int32Array ? "int32" : values instanceof Float32Array ? "float32" : "float64";

/** A leaf with the numbers 0, 1, …, length − 1. */
export const range = (length: number): Node =>
  constant(
    Float32Array.from({ length }, (_, at) => at),
    [length],
  );

/** A leaf with the same value everywhere. */
export const fill = (shape: Shape, value: number, dtype: DType = "float32"): Node =>
  make(fullRules, [], { value: rounded(value, dtype) }, shape, dtype);

/** The same, of the shape and the type of `x`. */
export const like = (x: Node, value: number): Node => fill(x.shape, value, x.dtype);

/** The same, where the value is a number of entries, the product of these lengths. */
export const fillWithSize = (shape: Shape, lengths: Shape, dtype: DType): Node =>
  make(fullRules, [], { value: rounded(sizeOf(lengths), dtype), lengths }, shape, dtype);

const rounded = (value: number, dtype: DType): number => (dtype === "float32" ? Math.fround(value) : value);

/** A leaf without values of its own: an argument, given at each evaluation. */
export const parameter = (shape: Shape, dtype: DType): Node => make(parameterRules, [], {}, shape, dtype);

/** Why a parameter cannot be read. */
export const noValuesYet = (): Error =>
  new Error(
    "this tensor is an argument of a function that is being compiled or checked and has no values yet; return it from the function and read the result",
  );

/** Attributes as text: the same text for equal attributes only. */
export function attributesKey(attributes: Attributes): string {
  let text = "";
  for (const name in attributes) {
    const value: unknown = attributes[name as keyof Attributes];
    text += `${name} ${Object.is(value, -0) ? "-0" : value} `;
  }
  return text;
}

interface Full {
  readonly value: number;
  /** The lengths whose product the value is, if it is one. */
  readonly lengths?: Shape;
}

/** The value of a leaf that is the same everywhere. */
export const fillOf = ({ operation, attributes }: Node): number | undefined =>
  operation === fullRules ? (attributes as Full).value : undefined;

/** The lengths whose product this value is, if it is one. */
export const lengthsInFill = ({ operation, attributes }: Node): Shape | undefined =>
  operation === fullRules ? (attributes as Full).lengths : undefined;

interface Held {
  readonly values: Values;
  readonly isShared: boolean;
}

/** The values that a leaf holds. */
export const valuesHeldBy = ({ operation, attributes, shape }: Node): Values | undefined =>
  operation === constantRules ? whole((attributes as Held).values, shape) : undefined;

/** Whether somebody else also has the array with the values of a node. */
export const isShared = ({ operation, attributes }: Node): boolean =>
  operation === constantRules && (attributes as Held).isShared;

const constantRules: Leaf<Held> = {
  kind: "leaf",
  name: "constant",
  meaning: ({ values }, shape) => ({ data: whole(values, shape), view: contiguous(shape) }),
};

/** A tensor may share an array with its caller, who may give the memory of that array away. */
function whole(values: Values, shape: Shape): Values {
  // Not `length`, which in V8 11 may still be the old one.
  const length = values.byteLength / values.BYTES_PER_ELEMENT;
  if (length === sizeOf(shape)) return values;
  throw new TypeError(
    `the array of a tensor of shape ${formatShape(shape)} now has ${length} values; expected ${sizeOf(shape)}. Its buffer was transferred (by postMessage or structuredClone) or resized: give the tensor a copy, tensor(values) without copy: false`,
  );
}

const fullRules: Leaf<Full> = {
  kind: "leaf",
  name: "full",
  meaning: ({ value }, shape) => ({ data: [value], view: { shape, strides: shape.map(() => 0), offset: 0 } }),
};

const parameterRules: Leaf<Attributes> = { kind: "leaf", name: "parameter", meaning: () => undefined };

/**
 * Every node that `outputs` are computed from, inputs before their users, each once. Nodes for which `isKnown`
 * holds are taken as given and not followed further. Iterative, so that the length of a chain has no limit.
 */
export function topologicalOrder(outputs: readonly Node[], isKnown: (node: Node) => boolean = () => false): Node[] {
  const order: Node[] = [];
  const entered = new Set<Node>();
  const left = new Set<Node>();
  const stack: Node[] = [];
  for (const output of outputs) {
    stack.push(output);
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      if (!entered.has(node)) {
        entered.add(node);
        if (!isKnown(node)) for (const input of node.inputs) if (!entered.has(input)) stack.push(input);
        continue;
      }
      // Everything above it on the stack, its inputs, is done.
      stack.pop();
      if (left.has(node)) continue;
      left.add(node);
      order.push(node);
    }
  }
  return order;
}
