/** The engine against the reference interpreter: the same values, however a graph is fused, laid out and cut. */

import { gradients, indices, ones, type Tensor, tensor, zeros } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import {
  type Attributes,
  constant,
  type Entry,
  type Node,
  type Operation,
  topologicalOrder,
  type Values,
} from "../../packages/autograd/src/graph.js";
import { add, entries, expand, mul, reduceSum, reshape, slice, transpose } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { type Shape, sameShape, sizeOf } from "../../packages/autograd/src/shape.js";
import {
  applySomehow,
  asItIs,
  type Draw,
  drawDoubleLeaf,
  drawGraph,
  drawLeaf,
  draws,
  drawValues,
  printed,
  runs,
} from "./cases.js";
import { expectClose, nudged } from "./closeness.js";

/** Lengths around the widths of lanes and blocks. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 17];

const drawShape = (draw: Draw, rank = draw(4)): Shape =>
  Array.from({ length: rank }, () => LENGTHS[draw(LENGTHS.length)] as number);

type DrawLeaf = (draw: Draw, shape: Shape) => Node;

/** A leaf as a caller might come by it: transposed, a part of something, or the same thing many times. */
function drawInput(draw: Draw, shape: Shape, drawLeaf: DrawLeaf): Node {
  const axis = draw(Math.max(1, shape.length));
  const manner = shape.length === 0 ? 0 : draw(4);
  if (manner === 1) {
    const reversed = shape.map((_, at) => shape.length - 1 - at);
    return transpose(drawLeaf(draw, [...shape].reverse()), reversed);
  }
  if (manner === 2) {
    const start = draw(3);
    const longer = shape.with(axis, (shape[axis] as number) + start + draw(3));
    return slice(drawLeaf(draw, longer), axis, start, start + (shape[axis] as number));
  }
  if (manner === 3) return expand(drawLeaf(draw, shape.with(axis, 1)), shape);
  return drawLeaf(draw, shape);
}

/** Sizes that tests can afford: gradients of gradients have axes of several inputs. */
const drawSmallShape = (draw: Draw): Shape => {
  const shape = drawShape(draw);
  return sizeOf(shape) <= 450 ? shape : shape.slice(0, 2);
};

const graphsOf = (leaf: DrawLeaf) =>
  draws().map((draw) => {
    const inputs = Array.from({ length: 1 + draw(3) }, () => drawInput(draw, drawSmallShape(draw), leaf));
    const y = drawGraph(entries, inputs, 2 + draw(8), draw, 1000);
    return { ...printed(y), outputs: everythingOf(inputs, y, draw) };
  });

/** Values, gradients, and gradients of gradients. */
function everythingOf(inputs: readonly Node[], y: Node, draw: Draw): Node[] {
  const first = gradientNodes(y, inputs);
  const total = first.map((each) => sumOf(mul(each, drawLeaf(draw, each.shape)))).reduce(add);
  return [y, ...first, ...gradientNodes(total, inputs)];
}

const sumOf = (x: Node): Node =>
  reshape(
    x.shape.reduceRight((sum, _, axis) => reduceSum(sum, axis), x),
    [],
  );

/** Each node computed alone, from the values of its inputs. */
function unfused(outputs: readonly Node[]): Values[] {
  const values = new Map<Node, Node>();
  for (const node of topologicalOrder(outputs)) {
    const inputs = node.inputs.map((input) => values.get(input) as Node);
    values.set(node, constant(valuesOf({ ...node, inputs }), node.shape));
  }
  return outputs.map((output) => valuesOf(values.get(output) as Node));
}

describe("random graphs", () => {
  const cases = graphsOf(drawLeaf);

  test("fused, with first and second derivatives", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => expectClose(outputs, prepare(outputs, [])([]))),
      runs(80),
    );
  });

  test("node by node", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => expectClose(outputs, unfused(outputs))),
      runs(50),
    );
  });
});

describe("random graphs of float64", () => {
  const cases = graphsOf(drawDoubleLeaf);
  const mixed = graphsOf((draw, shape) => (draw(2) > 0 ? drawDoubleLeaf : drawLeaf)(draw, shape));

  test("fused, with first and second derivatives, to the digits of float64", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => {
        for (const { dtype } of outputs) expect(dtype).toBe("float64");
        expectClose(outputs, prepare(outputs, [])([]), 1e-14);
      }),
      runs(60),
    );
  });

  test("node by node", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => expectClose(outputs, unfused(outputs), 1e-14)),
      runs(25),
    );
  });

  test("with float32 among it", () => {
    fc.assert(
      fc.property(mixed, ({ outputs }) => expectClose(outputs, prepare(outputs, [])([]))),
      runs(50),
    );
  });
});

describe("random graphs of special values", () => {
  /** Not the largest: whether a sum of such numbers, and −∞, goes beyond float32 on the way depends on the order. */
  const LARGE = 1e30;
  const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 2 ** -149, -(2 ** -140), LARGE, 1, -1];

  const drawSpecialLeaf = (draw: Draw, shape: Shape): Node => {
    const oneIn = 2 + draw(6);
    const values = drawValues(draw, shape).map((value) =>
      draw(oneIn) === 0 ? (SPECIAL[draw(SPECIAL.length)] as number) : value,
    );
    return constant(values, shape);
  };

  /** Operations meet what they are not defined for, and nothing is summed up at the end: a NaN is seen where it arises. */
  const cases = draws().map((draw) => {
    const inputs = [0, 1].map(() => drawSpecialLeaf(draw, drawSmallShape(draw)));
    const pool = [...inputs];
    const other = (shape: Shape): Node =>
      pool.find((node) => draw(2) === 0 && sameShape(node.shape, shape)) ?? drawSpecialLeaf(draw, shape);
    for (let steps = 1 + draw(6); steps > 0; steps--) {
      const entry = entries[draw(entries.length)] as Entry;
      const node = applySomehow(entry, pool[draw(pool.length)] as Node, other, draw, asItIs);
      if (node?.dtype === "float32" && sizeOf(node.shape) <= 1000) pool.push(node);
    }
    const y = pool.at(-1) as Node;
    const first = gradientNodes(y, inputs, drawSpecialLeaf(draw, y.shape));
    const second = first.flatMap((each) => gradientNodes(each, inputs, drawLeaf(draw, each.shape)));
    return { ...printed(y), outputs: [y, ...first, ...second] };
  });

  /** The same graph, but sums begin with their first term, not with 0, and are rounded at each step. */
  function addedOtherwise(outputs: readonly Node[]): Node[] {
    const others = new Map<Node, Node>();
    for (const node of topologicalOrder(outputs)) {
      const inputs = node.inputs.map((input) => others.get(input) as Node);
      others.set(node, { ...node, inputs, operation: addingOtherwise(node.operation) });
    }
    return outputs.map((output) => others.get(output) as Node);
  }

  function addingOtherwise(operation: Operation): Operation {
    const plus = (a: number | undefined, b: number): number => (a === undefined ? b : Math.fround(a + b));
    if (operation.kind === "reduce" && operation.fold.name === "sum") {
      const meaning = (line: Float64Array): number => line.reduce<number | undefined>(plus, undefined) ?? 0;
      return { ...operation, meaning };
    }
    if (operation.kind !== "index" || operation.fold === undefined) return operation;
    const meaning = (values: Float64Array, positions: Float64Array, result: Float64Array): void => {
      const sums = new Map<number, number>();
      positions.forEach((position, at) => {
        sums.set(position, plus(sums.get(position), values[at] as number));
      });
      for (const [position, sum] of sums) result[position] = sum;
    };
    return { ...operation, meaning };
  }

  /**
   * The same graph, but each result is off by as much as float32 may be: of large terms that cancel out, as the second
   * derivatives of log eˣ do, something may be left.
   */
  function roundedOtherwise(outputs: readonly Node[], trial: number): Node[] {
    const others = new Map<Node, Node>();
    let rounded = 0;
    const off = (value: number): number => value * (1 + 2 ** -22 * Math.sin(trial * 7919 + rounded++));
    for (const node of topologicalOrder(outputs)) {
      const inputs = node.inputs.map((input) => others.get(input) as Node);
      const { operation } = node;
      const other: Operation =
        operation.kind === "map"
          ? { ...operation, meaning: (...values: [...number[], Attributes]) => off(operation.meaning(...values)) }
          : operation;
      others.set(node, { ...node, inputs, operation: other });
    }
    return outputs.map((output) => others.get(output) as Node);
  }

  const kindOf = (value: number): string => (Number.isFinite(value) ? "a number" : String(value));

  const hasPlaces = (output: Node): boolean =>
    topologicalOrder([output]).some(({ operation }) => operation.kind === "index" && operation.fold !== undefined);

  /**
   * NaN where the reference has NaN, ∞ where it has ∞, and a number close to its numbers elsewhere. Three things differ:
   * - Float64 holds what float32 does not. So nothing is expected where the reference itself finds another kind of
   *   value if its results are rounded to float32, or its leaves or results off by as much as rounding is.
   * - A sum of −0 alone may be 0 or −0, and 1 / 0 is −1 / −0. So neither where another way to add makes a difference.
   * - The engine does not compute what an index never pointed to, where the reference multiplies 0 by what is there. So
   *   the engine may have a number where 0 · ∞ or 0 · NaN is the reference's NaN, if `skipsZeros` and there are places.
   */
  function expectSameKinds(outputs: readonly Node[], values: readonly Values[], skipsZeros: boolean): void {
    const references = [
      evaluate(outputs),
      evaluate(outputs, undefined, "float32"),
      evaluate(addedOtherwise(outputs), undefined, "float32"),
      ...[1, 2, 3].map((trial) => evaluate(outputs, (node) => nudged(node, trial, 1e-6))),
      ...[1, 2].map((trial) => evaluate(roundedOtherwise(outputs, trial))),
    ];
    outputs.forEach((output, which) => {
      const mayBeNumber = skipsZeros && hasPlaces(output);
      (values[which] as Values).forEach((found, at) => {
        const candidates = references.map((reference) => reference[which]?.[at] as number);
        const [exact] = candidates as [number];
        const kind = kindOf(exact);
        if (candidates.some((candidate) => kindOf(candidate) !== kind)) return;
        if (kind === "NaN" ? mayBeNumber || Number.isNaN(found) : kindOf(found) === kind) {
          const doubt = Math.max(...candidates.map((candidate) => Math.abs(candidate - exact)));
          if (kind !== "a number" || Math.abs(found - exact) <= 1e-4 * Math.max(1, Math.abs(exact)) + 100 * doubt)
            return;
        }
        expect.fail(`output ${which}, entry ${at}: ${found} where the reference has ${candidates}`);
      });
    });
  }

  test("fused, with first and second derivatives", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => expectSameKinds(outputs, prepare(outputs, [])([]), true)),
      runs(200),
    );
  });

  test("node by node", () => {
    fc.assert(
      fc.property(cases, ({ outputs }) => expectSameKinds(outputs, unfused(outputs), false)),
      runs(100),
    );
  });

  test("are not all of one kind", () => {
    const kinds = new Map<string, number>();
    for (const { outputs } of fc.sample(cases, { numRuns: 300, seed: 1 })) {
      for (const gradient of evaluate(outputs.slice(1), undefined, "float32").flatMap((values) => [...values])) {
        kinds.set(kindOf(gradient), (kinds.get(kindOf(gradient)) ?? 0) + 1);
      }
    }
    for (const kind of ["NaN", "Infinity", "-Infinity", "a number"]) expect(kinds.get(kind)).toBeGreaterThan(100);
  });
});

describe("of each row one place out of seven", () => {
  const [rows, places] = [37, 7];
  const wave = (...shape: number[]): Tensor =>
    tensor(
      Float32Array.from({ length: sizeOf(shape) }, (_, at) => (4321.1 * Math.sin(1 + 12.9898 * at)) % 1),
      shape,
    );
  const which = indices(Array.from({ length: rows }, (_, row) => (row * row + 3 * row) % places));

  test.each([1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 35])("and %i values are added to it", (width) => {
    const X = wave(rows, width);
    const W = wave(places, width).add(0.3);
    const across = wave(width, places).add(0.2);
    const shifted = X.sub(wave(width)).mul(0.5);
    const nearest = (points: Tensor): Tensor =>
      points.expandDims(1).sub(W.expandDims(0)).square().reduceSum(2).reduceMin(1).reduceSum();
    const cases = [
      gradients(nearest(X), [W, X]),
      gradients(nearest(shifted), [W]),
      gradients(W.take(which).mul(shifted).tanh().reduceSum(), [W]),
      gradients(across.take(which, 1).mul(X.transpose().exp()).square().reduceSum(), [across]),
      gradients(X.softmax(1).mul(W.take(which)).reduceSum(), [W, X]),
      // Here the place differs from value to value.
      gradients(X.expandDims(1).mul(W.expandDims(0)).reduceMax(1).square().reduceSum(), [W, X]),
      gradients(X.expandDims(1).sub(W.expandDims(0)).reduceMax(1).mul(shifted).reduceSum(), [W]),
    ];
    for (const found of cases.map((tensors) => tensors.map(({ node }) => node))) {
      const values = prepare(found, [])([]);
      evaluate(found).forEach((exact, at) => {
        const scale = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const errors = exact.map((value, entry) => Math.abs(value - (values[at]?.[entry] as number)));
        expect(Math.max(...errors)).toBeLessThanOrEqual(2e-6 * scale);
      });
    }
  });
});

describe("a computed index that is out of range is an error, though every index would read the same", () => {
  /** The positions 1 and 2. */
  const positions = () =>
    tensor([
      [3, 5, 2],
      [1, 2, 3],
    ]).argmax(1);
  const single = tensor([7]);

  test.each<[string, () => Tensor]>([
    ["of an axis of length 1", () => single.take(positions())],
    ["of an axis of length 0", () => zeros([0]).take(positions())],
    ["of a constant", () => ones([2]).take(positions())],
    ["of one entry, repeated", () => single.expand([2]).take(positions())],
    ["of what is itself read at indices", () => single.take(indices([0, 0])).take(positions())],
    ["added at, along an axis of length 1", () => positions().oneHot(1)],
    ["added at, then summed", () => positions().oneHot(2).reduceSum(1)],
    ["in a gradient", () => gradients(single.take(positions()).square().reduceSum(), [single])[0] as Tensor],
  ])("%s", (_, build) => {
    const { node } = build();
    expect(() => evaluate([node])).toThrow("out of range");
    expect(() => valuesOf(node)).toThrow("out of range");
  });
});
