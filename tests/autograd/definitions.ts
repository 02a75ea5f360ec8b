/**
 * What each operation means, a second time and as plainly as can be: on nested arrays, one entry at a time, by its
 * index. What is independent here is which numbers meet. Entrywise operations and reductions need no line: what they
 * make of numbers once these have met is the table's own meaning, and `face.test.ts` holds it against written values.
 */
import type { Entry, Node } from "../../packages/autograd/src/graph.js";
import { contiguous } from "../../packages/autograd/src/view.js";

export type Nested = number | Nested[];
type Index = readonly number[];
type Definition = (inputs: readonly Nested[], attributes: never, node: Node) => (index: Index) => number;

/** The result of a node's operation on nested arrays. */
export function define(node: Node, inputs: readonly Nested[]): Nested {
  const { name, kind } = node.operation as Entry;
  const definition = byName[name] ?? byKind[kind];
  if (definition === undefined) throw new Error(`definitions.ts has no definition of ${name}`);
  return build(node.shape, definition(inputs, node.attributes as never, node));
}

export const build = (shape: readonly number[], entry: (index: Index) => number): Nested => {
  const visit = (index: Index): Nested =>
    index.length === shape.length
      ? entry(index)
      : Array.from({ length: shape[index.length] as number }, (_, at) => visit([...index, at]));
  return visit([]);
};

export const at = (nested: Nested, index: Index): number =>
  index.reduce<Nested>((rest, position) => (rest as Nested[])[position] as Nested, nested) as number;

const moved = (index: Index, axis: number, position: number): Index =>
  index.map((old, along) => (along === axis ? position : old));

const lengthOf = ({ shape }: Node, axis: number): number => shape[axis] as number;

const flat = (nested: Nested): number[] => (Array.isArray(nested) ? nested.flatMap(flat) : [nested]);

const byKind: Partial<Record<Entry["kind"], Definition>> = {
  map: (inputs, attributes, { operation }) => {
    const { meaning } = operation as { meaning: (...values: unknown[]) => number };
    return (index) => meaning(...inputs.map((input) => at(input, index)), attributes);
  },
  reduce: ([x], { axis }: { axis: number }, { operation, inputs: [input] }) => {
    const { meaning } = operation as { meaning: (line: Float64Array) => number };
    return (index) =>
      meaning(
        Float64Array.from({ length: lengthOf(input as Node, axis) }, (_, along) =>
          at(x as Nested, moved(index, axis, along)),
        ),
      );
  },
  view: ([x], attributes, { operation, inputs: [input] }) => {
    const { meaning } = operation as Extract<Entry, { kind: "view" }>;
    const { strides, offset } = meaning(contiguous((input as Node).shape), attributes) as ReturnType<typeof contiguous>;
    const data = flat(x as Nested);
    return (index) =>
      data[index.reduce((sum, position, axis) => sum + position * (strides[axis] as number), offset)] as number;
  },
};

const byName: Readonly<Record<string, Definition>> = {
  expand:
    ([x], _, { inputs: [input] }) =>
    (index) =>
      at(
        x as Nested,
        index.map((position, axis) => position % lengthOf(input as Node, axis)),
      ),
  transpose:
    ([x], { axes }: { axes: Index }) =>
    (index) =>
      at(
        x as Nested,
        axes.map((_, axis) => index[axes.indexOf(axis)] as number),
      ),
  reshape: ([x], _, { shape }) => {
    const values = flat(x as Nested);
    return (index) =>
      values[index.reduce((sum, position, axis) => sum * (shape[axis] as number) + position, 0)] as number;
  },
  slice:
    ([x], { axis, start }: { axis: number; start: number }) =>
    (index) =>
      at(x as Nested, moved(index, axis, (index[axis] as number) + start)),
  gather:
    ([x, indices], { axis }: { axis: number }) =>
    (index) =>
      at(x as Nested, moved(index, axis, at(indices as Nested, index))),
  scatterAdd: ([x, indices], { axis }: { axis: number }, { inputs: [values] }) => {
    const count = lengthOf(values as Node, axis);
    return (index) =>
      Array.from({ length: count }, (_, along) => moved(index, axis, along))
        .filter((from) => at(indices as Nested, from) === index[axis])
        .reduce((sum, from) => sum + at(x as Nested, from), 0);
  },
  concat: (parts, { axis }: { axis: number }, { inputs }) => {
    const origins = parts.flatMap((part, which) =>
      Array.from({ length: lengthOf(inputs[which] as Node, axis) }, (_, along) => ({ part, along })),
    );
    return (index) => {
      const { part, along } = origins[index[axis] as number] as { part: Nested; along: number };
      return at(part, moved(index, axis, along));
    };
  },
};
