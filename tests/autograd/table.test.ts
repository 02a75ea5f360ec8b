/** The operation table, entry by entry. A new entry is tested by what is here, without another line. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients } from "../../packages/autograd/src/check.js";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import type { Entry, Node } from "../../packages/autograd/src/graph.js";
import { constant, fill } from "../../packages/autograd/src/graph.js";
import { nest } from "../../packages/autograd/src/nested.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { Indices, Tensor } from "../../packages/autograd/src/tensor.js";
import { applyEntry, applySomehow, type Draw, drawLeaf, draws, leavesFor, printed, runs, shapes } from "./cases.js";
import { define, type Nested } from "./definitions.js";

const fixedDraw = (): Draw => {
  let state = 12345;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % n;
  };
};

const faceOf = (node: Node): Tensor | Indices => (node.dtype === "int32" ? new Indices(node) : new Tensor(node));

/** How many float32 numbers the values are away from the nearest to the reference, at most. */
function ulpsApart(values: ArrayLike<number>, reference: Float64Array): number {
  const nearest = Float32Array.from(reference);
  const distances = Array.from(nearest, (expected, at) => {
    const value = values[at] as number;
    return Object.is(value, expected) || value === expected ? 0 : Math.abs(orderOf(value) - orderOf(expected));
  });
  return Math.max(0, values.length - reference.length, ...distances);
}

/** Whole numbers in the order of the float32 numbers; NaN for NaN, which is equal to nothing. */
function orderOf(value: number): number {
  const [bits] = new Int32Array(Float32Array.of(value).buffer) as unknown as [number];
  if (Number.isNaN(value)) return NaN;
  return bits < 0 ? -(2 ** 31) - bits : bits;
}

const nestedOf = (node: Node): Nested => nest(evaluate([node])[0] as Float64Array, node.shape) as Nested;

/** Holds a node's first and second derivatives by all float inputs against differences. */
function expectRightGradients(node: Node): void {
  const entry = node.operation as Entry;
  if (node.dtype === "int32") {
    expect(entry.gradient(fill(node.shape, 1), node.inputs as never, node, node.attributes as never)).toEqual([
      undefined,
    ]);
    return;
  }
  if (entry.kind === "map" && entry.stopsGradient) {
    const [gradient] = gradientNodes(node, node.inputs, fill(node.shape, 1)) as [Node];
    expect(new Tensor(gradient).data.every((slope) => slope === 0)).toBe(true);
    return;
  }
  const f = (...inputs: (Tensor | Indices)[]): Tensor =>
    new Tensor(
      applyEntry(
        entry,
        inputs.map((input) => input.node),
        node.attributes,
      ),
    );
  const report = checkGradients(f, node.inputs.map(faceOf), { order: 2 });
  expect(report.differences).toEqual([]);
}

function expectRightValues(node: Node): void {
  expect(nestedOf(node)).toEqual(define(node, node.inputs.map(nestedOf)));
}

/** Values, or why there are none. */
function outcomeOf(compute: () => Iterable<number>): unknown {
  try {
    return [...compute()];
  } catch (error) {
    return error;
  }
}

/** What is built of exp and log, or of several products, is not the nearest float32 number, but close. */
const APPROXIMATE = ["exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow", "power"];

describe.each(entries.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
  const ulps = APPROXIMATE.includes(entry.name) ? 2 : 0;

  test("brings examples", () => {
    expect(entry.examples.length).toBeGreaterThan(0);
  });

  describe.each(entry.examples.map((example, at) => [at, example] as const))("example %i", (_, example) => {
    const node = applyEntry(entry, leavesFor(entry, example, fixedDraw()), example.attributes);

    test("has the values of its definition", () => expectRightValues(node));
    test("has right first and second derivatives", () => expectRightGradients(node));
    test("has the values and gradients that the reference has", () => {
      const floats = node.inputs.filter(({ dtype }) => dtype === "float32");
      const slopes = node.dtype === "int32" ? [] : gradientNodes(node, floats, drawLeaf(fixedDraw(), node.shape));
      const reference = evaluate([node, ...slopes], undefined, "float32");
      prepare(
        [node, ...slopes],
        [],
      )([]).forEach((values, at) => {
        // A gradient may go on with a result that is off already.
        expect(ulpsApart(values, reference[at] as Float64Array)).toBeLessThanOrEqual(at === 0 ? ulps : 4 * ulps);
      });
    });
  });

  if (entry.kind === "reduce") {
    test("has the values that the reference has where there is nothing to reduce", () => {
      const node = applyEntry(entry, [fill([2, 0], 1)], { axis: 1 });
      expect(outcomeOf(() => valuesOf(node))).toEqual(outcomeOf(() => evaluate([node])[0] as Float64Array));
    });
  }

  const uses = fc
    .tuple(shapes(), draws())
    .map(([shape, draw]) => applySomehow(entry, drawLeaf(draw, shape), (other) => drawLeaf(draw, other), draw))
    .filter((node) => node !== undefined)
    .map(printed);

  test("has the values of its definition for random shapes and values", () => {
    fc.assert(
      fc.property(uses, ({ node }) => expectRightValues(node)),
      runs(100),
    );
  });

  test("has right derivatives for random shapes and values", () => {
    const small = uses.filter(({ node }) => sizeOf(node.shape) <= 24);
    fc.assert(
      fc.property(small, ({ node }) => expectRightGradients(node)),
      runs(25),
    );
  });

  test(`computes in float32 what the reference computes in float64, to ${ulps} ulps`, () => {
    fc.assert(
      fc.property(uses, ({ node }) => {
        const inputs = node.inputs.map((input) => constant(valuesOf(input), input.shape));
        const rounded = applyEntry(entry, inputs, node.attributes);
        const [reference] = evaluate([rounded]) as [Float64Array];
        expect(ulpsApart(valuesOf(rounded), reference)).toBeLessThanOrEqual(ulps);
      }),
      runs(100),
    );
  });
});
