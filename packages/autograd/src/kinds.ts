/**
 * The kinds of operation as functions that complete an entry of the table: the shape rule, the dtype rule and the
 * form of examples are the same for every operation of a kind. Knows no single operation.
 */
import type {
  Algebra,
  AssembleRules,
  Attributes,
  Example,
  IndexRules,
  MapRules,
  Named,
  Node,
  Nodes,
  ReduceRules,
  ViewRules,
} from "./graph.js";
import { widest } from "./graph.js";
import { formatShape, type Shape, sameShape, withAxis } from "./shape.js";
import { contiguous } from "./view.js";

type None = Record<never, never>;

/** `samples` are values for each input. Their range is the range in which the property tests draw. */
export function map<Inputs extends Nodes, A extends Attributes = None>(
  meaning: MapRules<Inputs, A>["meaning"],
  lanes: MapRules<Inputs, A>["lanes"],
  gradient: MapRules<Inputs, A>["gradient"],
  samples: { readonly [Input in keyof Inputs]: readonly number[] },
  attributes: readonly A[] = [{} as A],
): MapRules<Inputs, A> {
  const inputs = samples.map((values) => ({ shape: [values.length], values }));
  return {
    kind: "map",
    shape: commonShape,
    dtype: widest,
    meaning,
    lanes,
    gradient,
    examples: attributes.map((given) => ({ inputs, attributes: given })),
  };
}

/** What is stated of the operations of a table: plainly, or for their attributes. */
export type AlgebraOf<Table> = {
  readonly [Name in keyof Table]?: Table[Name] extends MapRules<infer Inputs, infer A>
    ? Algebra<Inputs> | ((attributes: A) => Algebra<Inputs>)
    : never;
};

/** A table of entrywise operations, each with what is stated of it. */
export const withAlgebra = <Table extends Record<string, object>>(table: Table, algebra: AlgebraOf<Table>): Table =>
  Object.fromEntries(
    Object.entries(table).map(([name, rules]) => {
      const stated = algebra[name];
      return [name, { ...rules, ...(stated && { algebra: typeof stated === "function" ? stated : () => stated }) }];
    }),
  ) as Table;

export function view<A extends Attributes>(
  meaning: ViewRules<A>["meaning"],
  gradient: ViewRules<A>["gradient"],
  examples: readonly Example<A>[],
): ViewRules<A> {
  return {
    kind: "view",
    shape: ([x], attributes) => (meaning(contiguous(x.shape), attributes) as { shape: Shape }).shape,
    dtype: ([x]) => x.dtype,
    meaning,
    gradient,
    examples,
  };
}

/** `dtype` is that of the result where it is not the input's. `lines` are lines of one length to test. */
export function reduce(
  dtype: "float" | "int32",
  fold: ReduceRules["fold"],
  meaning: ReduceRules["meaning"],
  gradient: ReduceRules["gradient"],
  lines: readonly (readonly number[])[],
): ReduceRules {
  const shape = [lines.length, (lines[0] as readonly number[]).length];
  return {
    kind: "reduce",
    shape: ([x], { axis }) => withAxis(x.shape, axis, 1),
    dtype: ([x]) => (dtype === "int32" ? dtype : widest([x])),
    fold,
    meaning,
    gradient,
    examples: [
      { inputs: [{ shape: [4] }], attributes: { axis: 0 } },
      { inputs: [{ shape: [2, 3, 2] }], attributes: { axis: 1 } },
      { inputs: [{ shape, values: lines.flat() }], attributes: { axis: 1 } },
      { inputs: [{ shape: [2, 1], values: [0, -3] }], attributes: { axis: 1 } },
      { inputs: [{ shape: [0, 2] }], attributes: { axis: 1 } },
      { inputs: [{ shape: [2, 0] }], attributes: { axis: 1 } },
    ],
  };
}

export function index(
  fold: IndexRules["fold"],
  shape: IndexRules["shape"],
  meaning: IndexRules["meaning"],
  gradient: IndexRules["gradient"],
  examples: IndexRules["examples"],
): IndexRules {
  return { kind: "index", fold, shape, dtype: ([values]) => values.dtype, meaning, gradient, examples };
}

export function assemble(
  meaning: AssembleRules["meaning"],
  gradient: AssembleRules["gradient"],
  examples: AssembleRules["examples"],
): AssembleRules {
  return {
    kind: "assemble",
    shape: (parts, { axis }) => {
      const { shape } = parts[0] as Node;
      const total = parts.reduce((length, part) => length + (part.shape[axis] as number), 0);
      return withAxis(shape, axis, total);
    },
    dtype: (parts) => ((parts[0] as Node).dtype === "int32" ? "int32" : widest(parts)),
    meaning,
    gradient,
    examples,
  };
}

/** The table, each entry told its own name. */
export const named = <Table extends Record<string, object>>(table: Table) =>
  Object.fromEntries(Object.entries(table).map(([name, rules]) => [name, { ...rules, name }])) as {
    readonly [Name in keyof Table]: Named<Table[Name]>;
  };

function commonShape(inputs: Nodes): Shape {
  const [first, ...others] = inputs as readonly [Node, ...Node[]];
  const other = others.find((node) => !sameShape(node.shape, first.shape));
  if (other === undefined) return first.shape;
  throw new Error(
    `the graph is strict: an entrywise operation got shapes ${formatShape(first.shape)} and ${formatShape(other.shape)}; expected equal shapes`,
  );
}
