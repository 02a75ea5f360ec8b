/**
 * The operation table: for each operation its meaning, its gradient rule, what its kind leaves open of its shape, and
 * what the engine may simplify by.
 * To add an operation is to add an entry here, its builder below the table, and a method on `Tensor`;
 * nothing else in the framework names single operations, nor do the tests that walk the table. Computes nothing.
 *
 * A gradient rule is given the upstream gradient g = ∂L/∂result and returns ∂L/∂input for each input, as graph:
 * so gradients have gradients, and a backward pass runs exactly as a forward one does.
 */
import {
  exponential,
  exponentialMinus1,
  hyperbolicTangent,
  logarithm,
  logarithmOf1Plus,
  powerOf,
} from "./engine/instructions/exponentials.js";
import { cosine, sine } from "./engine/instructions/waves.js";
import { folds } from "./folds.js";
import { apply, type Entry, fill, like, type Node } from "./graph.js";
import { type AlgebraOf, assemble, index, map, named, reduce, view, withAlgebra } from "./kinds.js";
import { type Shape, sameShape, withAxis } from "./shape.js";
import { expandView, reshapeView, sliceView, transposeView } from "./view.js";

const unary = map<readonly [x: Node]>;
const binary = map<readonly [a: Node, b: Node]>;
const ternary = map<readonly [condition: Node, a: Node, b: Node]>;
const withExponent = map<readonly [x: Node], { readonly exponent: number }>;

// biome-ignore format: one operation a line, in columns
const entrywise = {
  //                    meaning                         the same on lanes, float32                            gradient: upstream g, inputs, result y                  values to test at
  neg:          unary(  (x) => -x,                      (lanes, x) => lanes.neg(x),                           (g) => [neg(g)],                                        [[-1.5, 0, 2]]),
  square:       unary(  (x) => x * x,                   (lanes, x) => lanes.mul(x, x),                        (g, [x]) => [mul(like(x, 2), mul(g, x))],               [[-1.5, 0, 2]]),
  sqrt:         unary(  (x) => Math.sqrt(x),            (lanes, x) => lanes.sqrt(x),                          (g, _, y) => [div(g, mul(like(y, 2), unsignedZero(y)))], [[0.25, 1, 3]]),
  exp:          unary(  (x) => Math.exp(x),             (lanes, x) => exponential(lanes, x),                  (g, _, y) => [mul(g, y)],                               [[-1.5, 0, 1]]),
  log:          unary(  (x) => Math.log(x),             (lanes, x) => logarithm(lanes, x),                    (g, [x]) => [div(g, unsignedZero(x))],                  [[0.25, 1, 3]]),
  log1p:        unary(  (x) => Math.log1p(x),           (lanes, x) => logarithmOf1Plus(lanes, x),             (g, [x]) => [div(g, add(like(x, 1), x))],               [[-0.75, 0, 3]]),
  expm1:        unary(  (x) => Math.expm1(x),           (lanes, x) => exponentialMinus1(lanes, x),            (g, [x]) => [mul(g, exp(x))],                           [[-1.5, 0, 1]]),
  sin:          unary(  (x) => Math.sin(x),             (lanes, x) => sine(lanes, x),                         (g, [x]) => [mul(g, cos(x))],                           [[-1.5, 0, 2]]),
  cos:          unary(  (x) => Math.cos(x),             (lanes, x) => cosine(lanes, x),                       (g, [x]) => [neg(mul(g, sin(x)))],                      [[-1.5, 0, 2]]),
  tanh:         unary(  (x) => Math.tanh(x),            (lanes, x) => hyperbolicTangent(lanes, x),            (g, _, y) => [mul(g, sub(like(y, 1), square(y)))],      [[-1.5, 0, 2]]),
  abs:          unary(  (x) => Math.abs(x),             (lanes, x) => lanes.abs(x),                           (g, [x]) => [mul(g, sign(x))],                          [[-1.5, 0, 2]]),
  sign:         unary(  (x) => Math.sign(x) + 0,        (lanes, x) => lanes.sign(x),                          () => [undefined],                                      [[-1.5, 0, 2]]),
  floor:        unary(  (x) => Math.floor(x),           (lanes, x) => lanes.floor(x),                         () => [undefined],                                      [[-1.5, 0, 2]]),
  pow:          withExponent((x, { exponent }) => x ** exponent,
                                                        (lanes, x, { exponent }) => powerOf(lanes, x, exponent), (g, [x], _, { exponent }) => [powerRule(g, x, exponent)], [[0.25, 1, 3]],
                        [-1, 0, 0.5, 1, 2, 3].map((exponent) => ({ exponent }))),
  stopGradient: { ...unary((x) => x,                    (_, x) => x,                                          () => [undefined],                                      [[-1.5, 0, 2]]), stopsGradient: true as const },

  add:          binary( (a, b) => a + b,                (lanes, a, b) => lanes.add(a, b),                     (g) => [g, g],                                          [[-1, 0.5, 2], [3, 0.5, -1]]),
  sub:          binary( (a, b) => a - b,                (lanes, a, b) => lanes.sub(a, b),                     (g) => [g, neg(g)],                                     [[-1, 0.5, 2], [3, 0.5, -1]]),
  mul:          binary( (a, b) => a * b,                (lanes, a, b) => lanes.mul(a, b),                     (g, [a, b]) => [mul(g, b), mul(g, a)],                  [[-1, 0.5, 2], [3, 0.5, -1]]),
  div:          binary( (a, b) => a / b,                (lanes, a, b) => lanes.div(a, b),                     (g, [, b], y) => [div(g, b), neg(div(mul(g, y), b))],   [[-1, 0.5, 2], [3, 0.5, 1]]),
  maximum:      binary( (a, b) => Math.max(a, b),       (lanes, a, b) => lanes.max(a, b),                     (g, [a, b]) => route(first(lessEqual(b, a), a), g),     [[-1, 0.5, 2], [3, 0.5, -1]]),
  minimum:      binary( (a, b) => Math.min(a, b),       (lanes, a, b) => lanes.min(a, b),                     (g, [a, b]) => route(first(lessEqual(a, b), a), g),     [[-1, 0.5, 2], [3, 0.5, -1]]),

  power:        binary( (a, b) => a ** b,               (lanes, a, b) => lanes.byHost("pow", a, b),           (g, [a, b], y) => [byBase(g, a, b), byExponent(g, a, b, y)], [[0.25, 1, 3], [-1, 0.5, 2]]),

  less:         binary( (a, b) => (a < b ? 1 : 0),      (lanes, a, b) => lanes.indicator(lanes.less(a, b)),      () => [undefined, undefined],                        [[-1, 0.5, 2], [3, 0.5, -1]]),
  lessEqual:    binary( (a, b) => (a <= b ? 1 : 0),     (lanes, a, b) => lanes.indicator(lanes.lessEqual(a, b)), () => [undefined, undefined],                        [[-1, 0.5, 2], [3, 0.5, -1]]),
  equal:        binary( (a, b) => (a === b ? 1 : 0),    (lanes, a, b) => lanes.indicator(lanes.equal(a, b)),     () => [undefined, undefined],                        [[-1, 0.5, 2], [3, 0.5, -1]]),
  where:        ternary((c, a, b) => (c !== 0 ? a : b), (lanes, c, a, b) => lanes.choose(lanes.notEqual(c, lanes.number(0)), a, b),
                                                                                                              (g, [c]) => [undefined, ...route(c, g)],                [[1, 0, 1], [-1, 0.5, 2], [3, 0.25, -1]]),
};

// biome-ignore format: one operation a line, in columns
const algebra: AlgebraOf<typeof entrywise> = {
  //              the result is x                                     is 0                                    is f(1) · x
  neg:          {                                                     zeros: [[0]],                           linear: [["x"]] },
  square:       {                                                     zeros: [[0]] },
  sqrt:         {                                                     zeros: [[0]] },
  expm1:        {                                                     zeros: [[0]] },
  sin:          {                                                     zeros: [[0]] },
  tanh:         {                                                     zeros: [[0]] },
  abs:          {                                                     zeros: [[0]] },
  sign:         {                                                     zeros: [[0]] },
  floor:        {                                                     zeros: [[0]] },
  pow:          ({ exponent }) => exponent === 1 ? { identities: [["x"]] } : exponent > 0 ? { zeros: [[0]] } : {},
  stopGradient: { identities: [["x"]] },

  // x + 0 is not x where x is −0.
  add:          { identities: [["x", -0], [-0, "x"]],                 zeros: [[0, 0]] },
  sub:          { identities: [["x", 0]],                             zeros: [[0, 0]] },
  mul:          { identities: [["x", 1], [1, "x"]],                   zeros: [[0, "any"], ["any", 0]],        linear: [["x", "any"], ["any", "x"]] },
  div:          { identities: [["x", 1]],                             zeros: [[0, "any"]],                    linear: [["x", "any"]] },
  maximum:      { identities: [["x", -Infinity], [-Infinity, "x"]],   zeros: [[0, 0]] },
  power:        { identities: [["x", 1]] },
  minimum:      { identities: [["x", Infinity], [Infinity, "x"]],     zeros: [[0, 0]] },

  less:         {                                                     zeros: [[0, 0]] },
  where:        { identities: [[1, "x", "any"], [0, "any", "x"]],     zeros: [["any", 0, 0], [0, "any", 0]] },
};

const views = {
  /** Repeats axes of length 1. Its adjoint is the sum: ⟨expand x, y⟩ = ⟨x, reduceSum y⟩. */
  expand: view<{ readonly shape: Shape }>(
    (input, { shape }) => expandView(input, shape),
    (g, [x]) => [sumTo(x.shape, g)],
    [
      { inputs: [{ shape: [2, 1, 3] }], attributes: { shape: [2, 4, 3] } },
      { inputs: [{ shape: [1, 1] }], attributes: { shape: [3, 2] } },
      { inputs: [{ shape: [1, 2] }], attributes: { shape: [0, 2] } },
    ],
  ),
  transpose: view<{ readonly axes: readonly number[] }>(
    (input, { axes }) => transposeView(input, axes),
    (g, _, __, { axes }) => [transpose(g, inverse(axes))],
    [
      { inputs: [{ shape: [2, 3] }], attributes: { axes: [1, 0] } },
      { inputs: [{ shape: [2, 3, 4] }], attributes: { axes: [2, 0, 1] } },
    ],
  ),
  reshape: view<{ readonly shape: Shape }>(
    (input, { shape }) => reshapeView(input, shape),
    (g, [x]) => [reshape(g, x.shape)],
    [
      { inputs: [{ shape: [2, 6] }], attributes: { shape: [3, 4] } },
      { inputs: [{ shape: [1, 1] }], attributes: { shape: [] } },
    ],
  ),
  slice: view<{ readonly axis: number; readonly start: number; readonly end: number }>(
    (input, { axis, start, end }) => sliceView(input, axis, start, end),
    (g, [x], _, { axis, start, end }) => [padWithZeros(g, x.shape, axis, start, end)],
    [
      { inputs: [{ shape: [5] }], attributes: { axis: 0, start: 1, end: 4 } },
      { inputs: [{ shape: [2, 4] }], attributes: { axis: 1, start: 0, end: 4 } },
      { inputs: [{ shape: [2, 4] }], attributes: { axis: 1, start: 2, end: 2 } },
    ],
  ),
};

/** Lines with what is apt to go wrong: equal entries, one zero, two. */
const LINES = [
  [1, 0.5, 0.5],
  [2, 2, 1],
  [0, 0.5, 2],
  [0, 0, 1],
];

// biome-ignore format: one operation a line, in columns
const reductions = {
  //                 result   fold            meaning of a line                                        gradient                                                                                     lines to test
  reduceSum: reduce("float", folds.sum,      sumOf,                                                   (g, [x]) => [expand(g, x.shape)],                                                            LINES),
  reduceProd: reduce("float", folds.product, (line) => line.reduce((product, x) => product * x, 1),   (g, [x], _, { axis }) => [mul(expand(g, x.shape), productOfOthers(x, axis))],                LINES),
  // The gradient of an extreme goes where its position points: no rule compares values again to find out who won.
  reduceMin: reduce("float", folds.smallest, (line) => line[firstSmallest(line)] ?? Infinity,         (g, [x], _, { axis }) => [scatterAdd(g, argmin(x, axis), axis, x.shape[axis] as number)],    LINES),
  reduceMax: reduce("float", folds.largest,  (line) => line[firstLargest(line)] ?? -Infinity,         (g, [x], _, { axis }) => [scatterAdd(g, argmax(x, axis), axis, x.shape[axis] as number)],    LINES),
  argmin:    reduce("int32", folds.smallest, (line) => firstSmallest(line),                           () => [undefined],                                                                           LINES),
  argmax:    reduce("int32", folds.largest,  (line) => firstLargest(line),                            () => [undefined],                                                                           LINES),
};

const indexed = {
  /** `result[…, m, …] = values[…, indices[…, m, …], …]`: NumPy's `take_along_axis`. */
  gather: index(
    undefined,
    ([, indices]) => indices.shape,
    (values, positions, result) => {
      positions.forEach((position, at) => {
        result[at] = values[position] as number;
      });
    },
    (g, [, indices], _, { axis, length }) => [scatterAdd(g, indices, axis, length), undefined],
    [
      { inputs: [{ shape: [4] }, { shape: [3], values: [3, 0, 3] }], attributes: { axis: 0, length: 4 } },
      { inputs: [{ shape: [3, 2] }, { shape: [1, 2], values: [2, 0] }], attributes: { axis: 0, length: 3 } },
    ],
  ),
  /** The adjoint of `gather`: `result[…, indices[…, m, …], …] += values[…, m, …]`, and 0 elsewhere. */
  scatterAdd: index(
    folds.sum,
    ([, indices], { axis, length }) => withAxis(indices.shape, axis, length),
    (values, positions, result) => {
      positions.forEach((position, at) => {
        result[position] = (result[position] as number) + (values[at] as number);
      });
    },
    (g, [, indices], _, { axis }) => [gather(g, indices, axis), undefined],
    [
      { inputs: [{ shape: [3] }, { shape: [3], values: [3, 0, 3] }], attributes: { axis: 0, length: 4 } },
      { inputs: [{ shape: [2, 1] }, { shape: [2, 1], values: [2, 0] }], attributes: { axis: 1, length: 3 } },
    ],
  ),
};

const assembled = {
  concat: assemble(
    (parts, blocks, result) => {
      let at = 0;
      for (let block = 0; block < blocks; block++) {
        for (const part of parts) {
          const length = part.length / blocks;
          result.set(part.subarray(block * length, (block + 1) * length), at);
          at += length;
        }
      }
    },
    (g, parts, _, { axis }) => {
      let end = 0;
      return parts.map((part) => {
        const start = end;
        end += part.shape[axis] as number;
        return slice(g, axis, start, end);
      });
    },
    [
      { inputs: [{ shape: [2] }, { shape: [3] }], attributes: { axis: 0 } },
      { inputs: [{ shape: [2, 1] }, { shape: [2, 0] }, { shape: [2, 2] }], attributes: { axis: 1 } },
    ],
  ),
};

/** The table. Everything else knows an operation only by its entry here. */
export const operations = named({
  ...withAlgebra(entrywise, algebra),
  ...views,
  ...reductions,
  ...indexed,
  ...assembled,
});

/** All entries, for those who walk the table. */
export const entries: readonly Entry[] = Object.values(operations);

// The operations as functions, for gradient rules and for the face to build graph with.

export const neg = (x: Node): Node => apply(operations.neg, [x], {});
export const square = (x: Node): Node => apply(operations.square, [x], {});
export const sqrt = (x: Node): Node => apply(operations.sqrt, [x], {});
export const exp = (x: Node): Node => apply(operations.exp, [x], {});
export const log = (x: Node): Node => apply(operations.log, [x], {});
export const log1p = (x: Node): Node => apply(operations.log1p, [x], {});
export const expm1 = (x: Node): Node => apply(operations.expm1, [x], {});
export const sin = (x: Node): Node => apply(operations.sin, [x], {});
export const cos = (x: Node): Node => apply(operations.cos, [x], {});
export const tanh = (x: Node): Node => apply(operations.tanh, [x], {});
export const abs = (x: Node): Node => apply(operations.abs, [x], {});
export const sign = (x: Node): Node => apply(operations.sign, [x], {});
export const floor = (x: Node): Node => apply(operations.floor, [x], {});
export const stopGradient = (x: Node): Node => apply(operations.stopGradient, [x], {});
export const pow = (x: Node, exponent: number): Node => apply(operations.pow, [x], { exponent });
export const add = (a: Node, b: Node): Node => apply(operations.add, [a, b], {});
export const sub = (a: Node, b: Node): Node => apply(operations.sub, [a, b], {});
export const mul = (a: Node, b: Node): Node => apply(operations.mul, [a, b], {});
export const div = (a: Node, b: Node): Node => apply(operations.div, [a, b], {});
export const maximum = (a: Node, b: Node): Node => apply(operations.maximum, [a, b], {});
export const minimum = (a: Node, b: Node): Node => apply(operations.minimum, [a, b], {});
export const power = (a: Node, b: Node): Node => apply(operations.power, [a, b], {});
export const less = (a: Node, b: Node): Node => apply(operations.less, [a, b], {});
export const lessEqual = (a: Node, b: Node): Node => apply(operations.lessEqual, [a, b], {});
export const equal = (a: Node, b: Node): Node => apply(operations.equal, [a, b], {});
export const where = (condition: Node, a: Node, b: Node): Node => apply(operations.where, [condition, a, b], {});
export const expand = (x: Node, shape: Shape): Node => apply(operations.expand, [x], { shape });
export const transpose = (x: Node, axes: readonly number[]): Node => apply(operations.transpose, [x], { axes });
export const reshape = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : apply(operations.reshape, [x], { shape });
export const slice = (x: Node, axis: number, start: number, end: number): Node =>
  apply(operations.slice, [x], { axis, start, end });
export const reduceSum = (x: Node, axis: number): Node => apply(operations.reduceSum, [x], { axis });
export const reduceProd = (x: Node, axis: number): Node => apply(operations.reduceProd, [x], { axis });
export const reduceMin = (x: Node, axis: number): Node => apply(operations.reduceMin, [x], { axis });
export const reduceMax = (x: Node, axis: number): Node => apply(operations.reduceMax, [x], { axis });
export const argmin = (x: Node, axis: number): Node => apply(operations.argmin, [x], { axis });
export const argmax = (x: Node, axis: number): Node => apply(operations.argmax, [x], { axis });
export const gather = (values: Node, indices: Node, axis: number): Node =>
  apply(operations.gather, [values, indices], { axis, length: values.shape[axis] as number });
export const scatterAdd = (values: Node, indices: Node, axis: number, length: number): Node =>
  apply(operations.scatterAdd, [values, indices], { axis, length });
export const concat = (parts: readonly Node[], axis: number): Node => apply(operations.concat, parts, { axis });

// What several gradient rules share.

/** x, but 0 for −0: what is divided by it is infinite in the direction of the numbers that x is defined for. */
const unsignedZero = (x: Node): Node => add(x, like(x, 0));

/** Whether `a` is chosen of two: where it `wins`, and where it is NaN. Where only the other is NaN it does not win. */
const first = (wins: Node, a: Node): Node => where(equal(a, a), wins, like(a, 1));

/** Upstream to the one of two inputs that `condition` chose, zero to the other. */
const route = (condition: Node, g: Node): readonly [Node, Node] => [
  where(condition, g, like(g, 0)),
  where(condition, like(g, 0), g),
];

/** n · xⁿ⁻¹, without the 0 · ∞ that the formula makes of x = 0 where n is 0. */
function powerRule(g: Node, x: Node, n: number): Node {
  if (n === 0) return like(x, 0);
  return mul(like(x, n), mul(g, pow(x, n - 1)));
}

/** b · aᵇ⁻¹, without the 0 · ∞ that the formula makes of a = b = 0. */
function byBase(g: Node, a: Node, b: Node): Node {
  const isLevel = where(equal(b, like(b, 0)), equal(a, like(a, 0)), like(b, 0));
  return where(isLevel, like(a, 0), mul(b, mul(g, power(a, sub(b, like(b, 1))))));
}

/** aᵇ · log a; 0 where aᵇ stays 0, or is 1, as b grows, though log a is infinite. */
function byExponent(g: Node, a: Node, b: Node, y: Node): Node {
  const isLevel = where(equal(a, like(a, 0)), lessEqual(like(b, 0), b), equal(y, like(y, 0)));
  return where(isLevel, like(b, 0), mul(g, mul(y, log(a))));
}

/** Sums away what `expand` repeated. */
const sumTo = (shape: Shape, g: Node): Node =>
  shape.reduceRight((sum, length, axis) => (length === sum.shape[axis] ? sum : reduceSum(sum, axis)), g);

/**
 * For each entry the product of the others in its line, without dividing by any: an entry of one half of the line meets
 * its partner in the other half, times what the other pairs come to. Takes about 4 n multiplications for n entries.
 */
function productOfOthers(x: Node, axis: number): Node {
  const length = x.shape[axis] as number;
  if (length < 2) return like(x, 1);
  const half = Math.ceil(length / 2);
  const left = slice(x, axis, 0, half);
  const missing = fill(withAxis(x.shape, axis, 2 * half - length), 1, x.dtype);
  const right = concat([slice(x, axis, half, length), missing], axis);
  const others = productOfOthers(mul(left, right), axis);
  return slice(concat([mul(others, right), mul(others, left)], axis), axis, 0, length);
}

const inverse = (axes: readonly number[]): readonly number[] => axes.map((_, axis) => axes.indexOf(axis));

/** Puts `g` back to where `slice` took it from, with zeros around. */
function padWithZeros(g: Node, shape: Shape, axis: number, start: number, end: number): Node {
  const zeros = (length: number): Node => fill(withAxis(shape, axis, length), 0, g.dtype);
  return concat([zeros(start), g, zeros((shape[axis] as number) - end)], axis);
}

// The order of minima and maxima: the first extreme entry wins, and before it the first NaN, as in NumPy.

const firstSmallest = (line: Float64Array): number => firstOf(line, (value, best) => value < best);
const firstLargest = (line: Float64Array): number => firstOf(line, (value, best) => value > best);

function firstOf(line: Float64Array, wins: (value: number, best: number) => boolean): number {
  const nan = line.findIndex((value) => Number.isNaN(value));
  return nan >= 0 ? nan : line.reduce((best, value, at) => (wins(value, line[best] as number) ? at : best), 0);
}

/** A sum in halves of halves: of a million terms it is still right to the last digits, which differences are made of. */
function sumOf(line: Float64Array): number {
  if (line.length <= 128) return line.reduce((sum, x) => sum + x, 0);
  const middle = line.length >> 1;
  return sumOf(line.subarray(0, middle)) + sumOf(line.subarray(middle));
}
