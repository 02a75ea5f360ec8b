/**
 * Every reduction of the table, along the stream and inside an entry, at the lengths where the engine goes another way:
 * its values, gradients and gradients of gradients are the reference's, bit for bit, since all numbers that come up
 * here are exact in float32.
 */
import { describe, expect, test } from "vitest";
import { plan } from "../../packages/autograd/src/engine/schedule/plan.js";
import { isFold } from "../../packages/autograd/src/engine/schedule/schedule.js";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import { folds } from "../../packages/autograd/src/folds.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { constant, type DType, fill, type Node } from "../../packages/autograd/src/graph.js";
import { entries, mul, reduceSum, scatterAdd } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { type Shape, sizeOf } from "../../packages/autograd/src/shape.js";
import { applyEntry } from "./cases.js";

const reductions = entries.filter((entry) => entry.kind === "reduce");

/** Around lanes, groups in float32, blocks, and where float64 takes over. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130];

const PLACES: readonly (readonly [string, (length: number) => Shape, axis: number])[] = [
  ["along the stream", (length) => [length], 0],
  ["inside an entry", (length) => [37, length], 1],
  ["inside a single entry", (length) => [1, length, 1], 1],
];

/** Powers of two whose products stay small, with as many zeros in each line. */
function lineValues(shape: Shape, axis: number, zeros: number): number[] {
  const length = shape[axis] as number;
  return Array.from({ length: sizeOf(shape) }, (_, at) => {
    const along = at % length;
    const isZero = (along === length >> 1 && zeros > 0) || (along === 0 && zeros > 1);
    return isZero ? 0 : ([2, -0.5, 1, -1, -2, 0.5][along % 6] as number);
  });
}

const leaf = (values: readonly number[], shape: Shape, dtype: DType): Node =>
  constant(dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values), shape);

/** The values, gradients and gradients of gradients of a reduction, each entry with a weight of its own. */
function everythingOf(y: Node, x: Node): Node[] {
  if (y.dtype === "int32") return [y];
  const weigh = (node: Node): Node => {
    const weights = Array.from({ length: sizeOf(node.shape) }, (_, at) => [1, -2, 0.5, 4][(at * 7) % 4] as number);
    return mul(node, leaf(weights, node.shape, node.dtype));
  };
  const first = gradientNodes(weigh(y), [x], leaf(Array(sizeOf(y.shape)).fill(1), y.shape, y.dtype));
  const total = first.map((slope) => slope.shape.reduceRight((sum, _, axis) => reduceSum(sum, axis), weigh(slope)));
  return [y, ...first, ...total.flatMap((sum) => gradientNodes(sum, [x], leaf([1], sum.shape, sum.dtype)))];
}

const unsigned = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);

describe.each(reductions.map((entry) => [entry.name, entry] as const))("%s", (_, entry) => {
  describe.each(PLACES)("%s", (_, shapeOf, axis) => {
    describe.each(["float32", "float64"] as const)("%s", (dtype) => {
      test.each([0, 1, 2])("has the reference's values and gradients with %i zeros in a line", (zeros) => {
        for (const length of LENGTHS) {
          const shape = shapeOf(length);
          const x = leaf(lineValues(shape, axis, zeros), shape, dtype);
          const outputs = everythingOf(applyEntry(entry, [x], { axis }), x);
          const exact = evaluate(outputs).map(unsigned);
          const values = prepare(outputs, [])([]).map(unsigned);
          expect({ length, values }).toEqual({ length, values: exact });
        }
      });
    });
  });

  test.each([
    [2, 20],
    [20, 2],
    [7, 40],
    [40, 7],
  ])(
    "of %i places and %i lines, with one value in each and all multiplied by 2, is the reference's",
    (length, count) => {
      const where = Int32Array.from({ length: count }, (_, line) => (line * line) % length);
      const values = leaf(lineValues([count], 0, 0), [count, 1], "float32");
      const placed = scatterAdd(values, constant(where, [count, 1]), 1, length);
      const dense = leaf(lineValues([count, length], 1, 0), [count, length], "float32");
      for (const x of [placed, dense].flatMap((each) => [each, mul(fill(each.shape, 2), each)])) {
        for (const axis of [0, 1]) {
          const node = applyEntry(entry, [x], { axis });
          expect(unsigned(valuesOf(node))).toEqual(unsigned(evaluate([node])[0] as Float64Array));
        }
      }
    },
  );

  test("is tested along the stream and inside an entry", () => {
    const isAlongStream = (shape: Shape, axis: number): boolean => {
      const node = applyEntry(entry, [leaf(lineValues(shape, axis, 0), shape, "float32")], { axis });
      const { passes } = plan([node], ({ inputs }) => inputs.length === 0).schedule;
      return passes.some((pass) => pass.members.some((member) => isFold(pass, member)));
    };
    for (const length of LENGTHS.filter((length) => length > 1)) {
      expect(isAlongStream([length], 0)).toBe(true);
      expect(isAlongStream([37, length], 1)).toBe(false);
    }
  });
});

test("every fold is of some reduction", () => {
  const used = new Set(entries.flatMap((entry) => (entry.kind === "reduce" ? [entry.fold] : [])));
  expect(used).toEqual(new Set(Object.values(folds)));
});

test.each(Object.entries(folds))("%s of equal entries is what it is of a line of them", (_, fold) => {
  const entry = reductions.find((each) => each.fold === fold) as (typeof reductions)[number];
  for (const length of [0, 1, 2, 5, 20]) {
    for (const value of [0, -0, 1, -1, 2, 0.5, -Infinity]) {
      const expected = entry.meaning(new Float64Array(length).fill(value));
      expect(length === 0 ? fold.start : fold.repeated(value, length)).toBe(expected);
    }
  }
});
