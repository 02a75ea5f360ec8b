/**
 * Random uses of the operations in the table, for property tests: fast-check draws the numbers, this file turns them
 * into shapes, attributes and inputs that fit. Entrywise operations and reductions are known by their kind;
 * what else needs attributes of its own has a line in `attributesFor`, and without one is drawn from its examples.
 */
import fc from "fast-check";
import { explainGraph } from "../../packages/autograd/src/explain.js";
import {
  apply,
  constant,
  type Entry,
  type Example,
  fill,
  type Node,
  topologicalOrder,
} from "../../packages/autograd/src/graph.js";
import { add, div, expand, mul, reduceSum, reshape, sqrt, square } from "../../packages/autograd/src/ops.js";
import { type Shape, sameShape, sizeOf, withAxis } from "../../packages/autograd/src/shape.js";
import { Tensor } from "../../packages/autograd/src/tensor.js";

export { shapes } from "../../packages/autograd/src/fast-check.js";

/** A whole number from 0 below n. */
export type Draw = (n: number) => number;

/** How often to try a property: `count` times, or as many times more as the environment's SOAK says. */
export const runs = (count: number): { numRuns: number } => ({ numRuns: count * Number(process.env.SOAK ?? 1) });

/** A source of whole numbers that fast-check controls and can shrink. */
export const draws = (): fc.Arbitrary<Draw> =>
  fc.array(fc.nat(1 << 20), { minLength: 64, maxLength: 64 }).map((numbers) => {
    let next = 0;
    return (n) => (numbers[next++ % numbers.length] as number) % n;
  });

const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const POSITIVE = [0, 2 ** -149, 3 * 2 ** -140, 2 ** -126, 1e-3, 0.5, 1, 3.7, 100, 1e30, LARGEST, Infinity];

/** Numbers at which arithmetic in float32 is special, and some others. */
export const SPECIAL: readonly number[] = [...POSITIVE, ...POSITIVE.map((value) => -value), NaN].map(Math.fround);

/** Every choice of one entry of each list; the first list goes on the quickest. */
export const choices = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((begun, list) => list.flatMap((each) => begun.map((choice) => [...choice, each])), [[]]);

/** A float32 leaf of one axis. */
export const vector = (values: readonly number[]): Node => constant(Float32Array.from(values), [values.length]);

/** Values between −2 and 2 in steps of 1/1024: exact in float32, and sometimes equal. */
export function drawValues(draw: Draw, shape: Shape, [low, high]: readonly [number, number] = [-2, 2]): Float32Array {
  const steps = Math.floor((high - low) * 1024);
  return Float32Array.from({ length: sizeOf(shape) }, () => low + draw(steps + 1) / 1024);
}

export const drawLeaf = (draw: Draw, shape: Shape): Node => constant(drawValues(draw, shape), shape);

/** The same in float64, with digits that float32 does not have. */
export const drawDoubleLeaf = (draw: Draw, shape: Shape): Node =>
  constant(
    Float64Array.from(drawValues(draw, shape), (value) => value + draw(1024) * 2 ** -40),
    shape,
  );

/** An entry applied to `inputs`; the types of single entries are lost in a walk over the table. */
export const applyEntry = (entry: Entry, inputs: readonly Node[], attributes: object): Node =>
  apply(entry as never, inputs as never, attributes as never);

/** The inputs of an example as leaves; values that it leaves open are drawn. */
export const leavesFor = (entry: Entry, { inputs }: Example, draw: Draw): Node[] =>
  inputs.map(({ shape, values }, which) =>
    constant(
      entry.kind === "index" && which === 1
        ? Int32Array.from(values ?? [])
        : Float32Array.from(values ?? drawValues(draw, shape)),
      shape,
    ),
  );

/** The range of the values that an entrywise operation's examples have for each input: where it may be used. */
export const rangesOf = ({ examples }: Entry): [number, number][] =>
  (examples[0] as Example).inputs.map(({ values }) => [Math.min(...(values ?? [])), Math.max(...(values ?? []))]);

/** How an entrywise operation's input is brought into the range that the operation is defined for. */
export type Bend = (x: Node, range: readonly [low: number, high: number]) => Node;

/**
 * Some use of an entry whose first input is `x`, or `undefined` where none fits its shape. `other` gives further
 * inputs; an entrywise operation gets them, and `x`, bent into the range that it is defined for.
 */
export function applySomehow(
  entry: Entry,
  x: Node,
  other: (shape: Shape) => Node,
  draw: Draw,
  bend: Bend = smoothly,
): Node | undefined {
  const { kind, name, examples } = entry;
  if (kind === "map") {
    const inputs = rangesOf(entry).map((range, which) => bend(which === 0 ? x : other(x.shape), range));
    return applyEntry(entry, inputs, (examples[draw(examples.length)] as Example).attributes);
  }
  const axes = x.shape.flatMap((length, axis) => (length > 0 ? [axis] : []));
  if (kind === "reduce") {
    return axes.length === 0 ? undefined : applyEntry(entry, [x], { axis: axes[draw(axes.length)] });
  }
  const use = attributesFor[name]?.(x, axes, other, draw);
  return use && applyEntry(entry, [x, ...use.others], use.attributes);
}

/** A node that a failing property prints as its graph and the values of its leaves. */
export interface Printed {
  readonly node: Node;
}

export const printed = (node: Node): Printed & fc.WithToStringMethod => ({
  node,
  [fc.toStringMethod]: () => {
    const leaves = topologicalOrder([node]).filter(({ operation }) => operation.kind === "leaf");
    return [explainGraph(new Tensor(node)), ...leaves.map((leaf) => String(new Tensor(leaf)))].join("\n");
  },
});

interface Use {
  readonly others: readonly Node[];
  readonly attributes: object;
}

const attributesFor: Readonly<
  Record<string, (x: Node, axes: readonly number[], other: (shape: Shape) => Node, draw: Draw) => Use | undefined>
> = {
  expand: ({ shape }, _, __, draw) => ({
    others: [],
    attributes: { shape: shape.map((length) => (length === 1 ? 1 + draw(3) : length)) },
  }),
  transpose: ({ shape }, _, __, draw) => {
    const left = shape.map((_, axis) => axis);
    return { others: [], attributes: { axes: shape.map(() => left.splice(draw(left.length), 1)[0]) } };
  },
  reshape: ({ shape }, _, __, draw) => ({
    others: [],
    attributes: { shape: [[sizeOf(shape)], [1, ...shape], [...shape, 1], [...shape].reverse()][draw(4)] },
  }),
  slice: ({ shape }, axes, _, draw) => {
    if (axes.length === 0) return undefined;
    const axis = axes[draw(axes.length)] as number;
    const start = draw(shape[axis] as number);
    return { others: [], attributes: { axis, start, end: start + draw((shape[axis] as number) - start + 1) } };
  },
  gather: ({ shape }, axes, _, draw) => {
    if (axes.length === 0) return undefined;
    const axis = axes[draw(axes.length)] as number;
    const length = shape[axis] as number;
    return { others: [drawIndices(draw, withAxis(shape, axis, 1 + draw(3)), length)], attributes: { axis, length } };
  },
  scatterAdd: ({ shape }, axes, _, draw) => {
    if (axes.length === 0) return undefined;
    const length = 1 + draw(4);
    return { others: [drawIndices(draw, shape, length)], attributes: { axis: axes[draw(axes.length)], length } };
  },
  concat: ({ shape }, axes, other, draw) => {
    if (axes.length === 0) return undefined;
    const axis = axes[draw(axes.length)] as number;
    return { others: [other(withAxis(shape, axis, draw(3)))], attributes: { axis } };
  },
};

const drawIndices = (draw: Draw, shape: Shape, length: number): Node =>
  constant(
    Int32Array.from({ length: sizeOf(shape) }, () => draw(length)),
    shape,
  );

/** low … high as x goes from −∞ to ∞. */
const smoothly: Bend = (x, [low, high]) => {
  const middle = fill(x.shape, (low + high) / 2);
  return add(middle, mul(fill(x.shape, (high - low) / 2), limit(x)));
};

/** Not at all: operations meet what they are not defined for. */
export const asItIs: Bend = (x) => x;

/** x / √(1 + x²): from −1 to 1, with derivatives that float32 computes without cancellation, as those of tanh are not. */
const limit = (x: Node): Node => div(x, sqrt(add(fill(x.shape, 1), square(x))));

/**
 * A random graph of up to `steps` operations on the leaves: each step uses some entry on some earlier node.
 * None is larger than `largest`. Ends in the sum of the last nodes, so that most of the graph matters.
 */
export function drawGraph(
  entries: readonly Entry[],
  leaves: readonly Node[],
  steps: number,
  draw: Draw,
  largest = 64,
): Node {
  const pool = [...leaves];
  const other = (shape: Shape): Node => {
    const fitting = pool.filter((node) => sameShape(node.shape, shape));
    return fitting.length > 0 && draw(4) > 0
      ? (fitting[draw(fitting.length)] as Node)
      : expandScalar(total(pool[draw(pool.length)] as Node), shape);
  };
  for (let step = 0; step < steps; step++) {
    const entry = entries[draw(entries.length)] as Entry;
    const node = applySomehow(entry, pool[draw(pool.length)] as Node, other, draw);
    if (node !== undefined && node.dtype !== "int32" && sizeOf(node.shape) <= largest) pool.push(node);
  }
  return pool.slice(-3).map(total).reduce(add);
}

/** The sum of all entries, each limited, as a scalar. */
function total(x: Node): Node {
  const line = reshape(limit(x), [sizeOf(x.shape)]);
  return reshape(reduceSum(line, 0), []);
}

const expandScalar = (x: Node, shape: Shape): Node =>
  expand(
    reshape(
      x,
      shape.map(() => 1),
    ),
    shape,
  );
