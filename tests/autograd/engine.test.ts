/** The engine against the reference interpreter: the same values, however a graph is fused, laid out and cut. */

import { gradients, indices, ones, type Tensor, tensor, zeros } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { constant, type Node, topologicalOrder, type Values } from "../../packages/autograd/src/graph.js";
import { add, entries, expand, mul, reduceSum, reshape, slice, transpose } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { type Shape, sizeOf } from "../../packages/autograd/src/shape.js";
import { type Draw, drawDoubleLeaf, drawGraph, drawLeaf, draws, printed, runs } from "./cases.js";
import { expectClose } from "./closeness.js";

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
      runs(150),
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
      runs(100),
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
