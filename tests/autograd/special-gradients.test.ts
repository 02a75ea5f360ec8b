/**
 * What gradients are where functions are special: at ±0, ±∞, NaN, the smallest and the largest numbers, and ties. Every
 * row of the operation table has its line here, and every method of tensors that is made of several rows.
 *
 * The principles: at a point where the slope has a limit, it is that limit (∞ at √0, 0 at e^−∞). Where the sides
 * disagree it is one that lies between them. NaN goes in as NaN and comes out as NaN, but not of what is linear, since
 * that has one slope for all x. What is not chosen gets 0, literally, and not 0 · ∞.
 */
import { checkGradients, gradients, ones, Tensor, tensor, where, zeros } from "@protograd/autograd";
import { describe, expect, test } from "vitest";
import { valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { attributesKey, constant, type Entry, type Node } from "../../packages/autograd/src/graph.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import type { Shape } from "../../packages/autograd/src/shape.js";
import { applyEntry } from "./cases.js";

const TINY = 2 ** -149;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const { NaN: NaNs } = Number;

const leaf = (values: readonly number[], shape: Shape = [values.length]): Node =>
  constant(Float32Array.from(values), shape);

const isClose = (found: number, expected: number): boolean =>
  Object.is(found, expected) ||
  found === expected ||
  (Number.isFinite(expected) && Math.abs(found - expected) <= 4e-7 * Math.abs(expected));

/** Holds a node to its values, be they computed by the engine or by the interpreter. */
function expectValues(
  node: Node,
  expected: readonly number[],
  at: (entry: number) => unknown = (entry) => entry,
): void {
  const [interpreted] = evaluate([node], undefined, "float32") as [Float64Array];
  for (const [by, values] of [
    ["engine", valuesOf(node)],
    ["interpreter", interpreted],
  ] as const) {
    const wrong = expected.flatMap((value, entry) => {
      const found = values[entry] as number;
      return isClose(found, Math.fround(value))
        ? []
        : [`${by} at ${at(entry)}: ${found}, expected ${Math.fround(value)}`];
    });
    expect(wrong).toEqual([]);
    expect(values.length).toBe(expected.length);
  }
}

const MAPS = entries.filter((entry) => entry.kind === "map");
const OTHERS = entries.filter((entry) => entry.kind !== "map");

// Functions of one number.

const AT = [0, -0, Infinity, -Infinity, NaNs, TINY, -TINY, LARGEST, -LARGEST, -1];

type Slopes = Readonly<Record<string, readonly [slopes: readonly number[], why: string]>>;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

// biome-ignore format: one function a line, in columns
const ROWS: Slopes = {
  //                 at 0         −0        ∞        −∞        NaN   2⁻¹⁴⁹                  −2⁻¹⁴⁹    LARGEST                      −LARGEST     −1
  neg:             [[-1,       -1,       -1,       -1,       -1,   -1,                     -1,       -1,                          -1,          -1], "a line has the same slope everywhere"],
  square:          [[0,        0,        Infinity, -Infinity, NaNs, 2 * TINY,              -2 * TINY, Infinity,                   -Infinity,   -2], "2x; of the largest it is beyond float32"],
  sqrt:            [[Infinity, Infinity, 0,        NaNs,     NaNs, 0.5 / Math.sqrt(TINY),  NaNs,     0.5 / Math.sqrt(LARGEST),    NaNs,        NaNs], "√ rises vertically at either 0, and is not defined below"],
  exp:             [[1,        1,        Infinity, 0,        NaNs, 1,                      1,        Infinity,                    0,           Math.exp(-1)], "eˣ"],
  log:             [[Infinity, Infinity, 0,        0,        NaNs, Infinity,               -Infinity, 1 / LARGEST,                -1 / LARGEST, -1], "1 / x, at either 0 from the right; below 0, where log is NaN, it is 1 / x nevertheless, so that where can hide it"],
  log1p:           [[1,        1,        0,        0,        NaNs, 1,                      1,        1 / LARGEST,                 -1 / LARGEST, Infinity], "1 / (1 + x), as log at 1 + x"],
  expm1:           [[1,        1,        Infinity, 0,        NaNs, 1,                      1,        Infinity,                    0,           Math.exp(-1)], "eˣ"],
  sin:             [[1,        1,        NaNs,     NaNs,     NaNs, 1,                      1,        Math.cos(LARGEST),           Math.cos(LARGEST), Math.cos(1)], "cos x, which of ±∞ has no limit"],
  cos:             [[0,        0,        NaNs,     NaNs,     NaNs, -TINY,                  TINY,     -Math.sin(LARGEST),          Math.sin(LARGEST), Math.sin(1)], "−sin x, which of ±∞ has no limit"],
  tanh:            [[1,        1,        0,        0,        NaNs, 1,                      1,        0,                           0,           1 - Math.tanh(-1) ** 2], "1 − tanh² x"],
  abs:             [[0,        0,        1,        -1,       NaNs, 1,                      -1,       1,                           -1,          -1], "the sign; at the kink the middle of both sides; NaN has no sign"],
  sign:            [[0,        0,        0,        0,        0,    0,                      0,        0,                           0,           0], "between its jumps it is constant"],
  floor:           [[0,        0,        0,        0,        0,    0,                      0,        0,                           0,           0], "between its jumps it is constant"],
  "pow exponent -1": [[-Infinity, -Infinity, 0,    0,        NaNs, -Infinity,              -Infinity, 0,                          0,           -1], "−1 / x², which falls on both sides of the pole"],
  "pow exponent 0":  [[0,      0,        0,        0,        0,    0,                      0,        0,                           0,           0], "x⁰ is 1, of NaN too"],
  "pow exponent 0.5": [[Infinity, Infinity, 0,     0,        NaNs, 0.5 / Math.sqrt(TINY),  NaNs,     0.5 / Math.sqrt(LARGEST),    NaNs,        NaNs], "as √; (−∞)ʸ is what IEEE 754 makes of it"],
  "pow exponent 1":  [[1,      1,        1,        1,        1,    1,                      1,        1,                           1,           1], "x itself is a line"],
  "pow exponent 2":  [[0,      0,        Infinity, -Infinity, NaNs, 2 * TINY,              -2 * TINY, Infinity,                   -Infinity,   -2], "as square"],
  "pow exponent 3":  [[0,      0,        Infinity, Infinity, NaNs, 0,                      0,        Infinity,                    Infinity,    3], "3x²"],
  stopGradient:    [[0,        0,        0,        0,        0,    0,                      0,        0,                           0,           0], "none, on purpose"],
};

// biome-ignore format: one function a line, in columns
const CURVES: Slopes = {
  //            at 0     −0    ∞  −∞ NaN   2⁻¹⁴⁹ −2⁻¹⁴⁹ LARGEST −LARGEST −1
  relu:       [[0,    0,    1, 0, 1,    1,    0,    1,      0,       0], "as maximum: at 0 the constant gets it, of NaN x does"],
  sigmoid:    [[0.25, 0.25, 0, 0, NaNs, 0.25, 0.25, 0,      0,       sigmoid(-1) * sigmoid(1)], "y · (1 − y)"],
  softplus:   [[0.5,  0.5,  1, 0, NaNs, 0.5,  0.5,  1,      0,       sigmoid(-1)], "the sigmoid"],
  logSigmoid: [[0.5,  0.5,  0, 1, NaNs, 0.5,  0.5,  0,      1,       sigmoid(1)], "the sigmoid of −x"],
};

// Functions of two numbers, and of three.

// biome-ignore format: a list of pairs
const PAIRS = [
  [0, 0], [-0, 0], [0, -0], [1, 1], [Infinity, Infinity], [LARGEST, LARGEST], [TINY, TINY], // ties
  [NaNs, 1], [1, NaNs], [NaNs, NaNs], [NaNs, -Infinity], [Infinity, NaNs],
  [Infinity, -Infinity], [Infinity, 1], [1, Infinity], [0, Infinity], [Infinity, 0], [-Infinity, 0],
  [1, 0], [1, -0], [-1, 0], [0, 1], [0, TINY], [1, TINY], [TINY, 1], [LARGEST, TINY], [TINY, LARGEST], [LARGEST, -LARGEST],
] as const;

type PairRule = readonly [slopes: (a: number, b: number) => readonly [a: number, b: number], why: string];

const nothing: PairRule = [() => [0, 0], "between its jumps it is constant"];
const toA = [1, 0] as const;
const toB = [0, 1] as const;
const chosen = (isFirst: (a: number, b: number) => boolean): PairRule => [
  (a, b) => (Number.isNaN(a) ? toA : Number.isNaN(b) ? toB : isFirst(a, b) ? toA : toB),
  "to the one that is the result: the first NaN, else the extreme, of equals the first",
];

const PAIR_ROWS: Readonly<Record<string, PairRule>> = {
  add: [() => [1, 1], "a plane has the same slopes everywhere"],
  sub: [() => [1, -1], "a plane has the same slopes everywhere"],
  mul: [(a, b) => [b, a], "to each the other"],
  div: [(a, b) => [1 / b, -a / (b * b)], "1 / b and −a / b²; of 0 / 0 the second is NaN"],
  power: [
    (a, b) => [
      b === 0 && a === 0 ? 0 : Math.fround(a ** (b - 1)) * b,
      (a === 0 ? b >= 0 : a ** b === 0) ? 0 : a ** b * Math.log(a),
    ],
    "b · aᵇ⁻¹, of 0⁰ 0, and of what float32 does not hold ∞; aᵇ · log a, and 0 where aᵇ stays 0 as b grows",
  ],
  maximum: chosen((a, b) => a >= b),
  minimum: chosen((a, b) => a <= b),
  less: nothing,
  lessEqual: nothing,
  equal: nothing,
};

const TRIPLES = [1, 0, -0, NaNs, Infinity, TINY].flatMap((condition) =>
  PAIRS.map(([a, b]) => [condition, a, b] as const),
);

// What moves numbers, adds them, or chooses among them.

interface Case {
  readonly of: readonly { readonly values: readonly number[]; readonly shape?: Shape }[];
  readonly attributes: object;
  readonly upstream: readonly number[];
  /** For each input; `undefined` for indices. */
  readonly slopes: readonly (readonly number[] | undefined)[];
  readonly why: string;
}

const SPECIAL = [NaNs, Infinity, -Infinity, 0];

const line = (values: readonly number[], upstream: number, slopes: readonly number[], why: string): Case => ({
  of: [{ values }],
  attributes: { axis: 0 },
  upstream: [upstream],
  slopes: [slopes],
  why,
});

const OTHER_ROWS: Readonly<Record<string, readonly Case[]>> = {
  expand: [
    {
      of: [{ values: SPECIAL, shape: [4, 1] }],
      attributes: { shape: [4, 2] },
      upstream: [1, 2, Infinity, 1, Infinity, -Infinity, LARGEST, LARGEST],
      slopes: [[3, Infinity, NaNs, Infinity]],
      why: "the sum of what comes to each copy, whatever is copied; ∞ − ∞ is NaN",
    },
  ],
  transpose: [
    {
      of: [{ values: SPECIAL, shape: [2, 2] }],
      attributes: { axes: [1, 0] },
      upstream: [1, NaNs, Infinity, 4],
      slopes: [[1, Infinity, NaNs, 4]],
      why: "each number goes back to where it came from",
    },
  ],
  reshape: [
    {
      of: [{ values: SPECIAL, shape: [2, 2] }],
      attributes: { shape: [4] },
      upstream: [1, NaNs, Infinity, 4],
      slopes: [[1, NaNs, Infinity, 4]],
      why: "each number goes back to where it came from",
    },
  ],
  slice: [
    {
      of: [{ values: SPECIAL }],
      attributes: { axis: 0, start: 1, end: 3 },
      upstream: [NaNs, Infinity],
      slopes: [[0, NaNs, Infinity, 0]],
      why: "0 to what was cut off, NaN or not",
    },
  ],
  concat: [
    {
      of: [{ values: [NaNs] }, { values: [1, Infinity] }],
      attributes: { axis: 0 },
      upstream: [1, NaNs, Infinity],
      slopes: [[1], [NaNs, Infinity]],
      why: "each part gets its own; one part's NaN is not the other's",
    },
  ],
  gather: [
    {
      of: [{ values: SPECIAL }, { values: [1, 1, 3] }],
      attributes: { axis: 0, length: 4 },
      upstream: [Infinity, -Infinity, NaNs],
      slopes: [[0, NaNs, 0, NaNs], undefined],
      why: "the sum of what comes to each use, 0 to what is not used",
    },
  ],
  scatterAdd: [
    {
      of: [{ values: [NaNs, Infinity, 0] }, { values: [1, 1, 3] }],
      attributes: { axis: 0, length: 4 },
      upstream: [NaNs, Infinity, NaNs, 2],
      slopes: [[Infinity, Infinity, 2], undefined],
      why: "what comes to the place it was put; what comes to other places is nobody's",
    },
  ],
  reduceSum: [
    line(SPECIAL, 1, [1, 1, 1, 1], "a sum rises as any of its terms does, whatever the others are"),
    line([LARGEST, LARGEST, TINY], Infinity, [Infinity, Infinity, Infinity], "what comes goes to each term"),
  ],
  reduceProd: [
    line([0, 3, 5], 2, [30, 0, 0], "to each the product of the others, which does not divide by 0"),
    line([0, -0, 5], 2, [-0, 0, 0], "with two zeros every product of others has one"),
    line([0, Infinity, 2], 1, [Infinity, 0, NaNs], "the product of the others, 0 · ∞ among them"),
    line([NaNs, 1, 2], 1, [2, NaNs, NaNs], "the product of the others"),
  ],
  reduceMin: [
    line([1, 0, -0, 0], 2, [0, 2, 0, 0], "of equals, ±0 among them, the first"),
    line([3, NaNs, -Infinity, NaNs], 2, [0, 2, 0, 0], "the first NaN is the minimum"),
    line([Infinity, Infinity], NaNs, [NaNs, 0], "0, not 0 · NaN, to the others"),
  ],
  reduceMax: [
    line([-1, 0, -0, 0], 2, [0, 2, 0, 0], "of equals, ±0 among them, the first"),
    line([3, NaNs, Infinity, NaNs], 2, [0, 2, 0, 0], "the first NaN is the maximum"),
    line([-Infinity, -Infinity], Infinity, [Infinity, 0], "0, not 0 · ∞, to the others"),
  ],
  argmin: [line(SPECIAL, 1, [0, 0, 0, 0], "whole numbers have no slope")],
  argmax: [line(SPECIAL, 1, [0, 0, 0, 0], "whole numbers have no slope")],
};

// Methods that are made of several rows and go along lines.

interface Line {
  readonly at: readonly number[];
  readonly value: readonly number[];
  /** The gradient of Σ value · (1, 2, …). */
  readonly slopes: readonly number[];
  /** The gradient of Σ slopes · (1, 2, …), where it says something. */
  readonly second?: readonly number[];
  readonly why: string;
}

const root = Math.SQRT1_2;

// biome-ignore format: one line a line, in columns
const LINES: Readonly<Record<string, readonly [f: (x: Tensor) => Tensor, ...lines: Line[]]>> = {
  reduceMean: [(x) => x.reduceMean(),
    { at: SPECIAL, value: [NaNs], slopes: [0.25, 0.25, 0.25, 0.25], second: [0, 0, 0, 0], why: "a mean rises as any of its terms does, whatever the others are" },
  ],
  clip: [(x) => x.clip(0, 1),
    { at: [-1, 0.5, 2], value: [0, 0.5, 1], slopes: [0, 2, 0], second: [0, 0, 0], why: "what is out of bounds gets 0" },
    { at: [0, -0, 1], value: [0, 0, 1], slopes: [1, 2, 3], second: [0, 0, 0], why: "at a bound x is chosen, as in PyTorch" },
    { at: [Infinity, -Infinity, NaNs], value: [1, 0, NaNs], slopes: [0, 0, 3], why: "NaN is chosen, as in maximum and minimum" },
  ],
  reduceVariance: [(x) => x.reduceVariance(),
    { at: [1, 3], value: [1], slopes: [-1, 1], second: [-0.5, 0.5], why: "2 (x − mean) / n" },
    { at: [2, 2], value: [0], slopes: [0, 0], second: [-0.5, 0.5], why: "at the bottom of the parabola" },
    { at: [Infinity, 1], value: [NaNs], slopes: [NaNs, NaNs], why: "∞ − ∞" },
    { at: [NaNs, 1], value: [NaNs], slopes: [NaNs, NaNs], why: "the mean is NaN, and each term is compared with it" },
  ],
  cumulativeSum: [(x) => x.cumulativeSum(0),
    { at: [1, 2], value: [1, 3], slopes: [3, 2], second: [0, 0], why: "an entry is in its own sum and in all that follow" },
    { at: [1, Infinity], value: [1, Infinity], slopes: [3, 2], second: [0, 0], why: "whatever the others are; and nothing comes before its time" },
    { at: [2, NaNs], value: [2, NaNs], slopes: [3, 2], second: [0, 0], why: "the same" },
  ],
  norm: [(x) => x.norm(),
    { at: [3, 4], value: [5], slopes: [0.6, 0.8], second: [-0.064, 0.048], why: "x / ‖x‖" },
    { at: [0, -0], value: [0], slopes: [0, 0], second: [0, 0], why: "at the tip of the cone the middle of all directions" },
    { at: [TINY, 0], value: [TINY], slopes: [1, 0], why: "x / ‖x‖, though x² is 0 in float32" },
    { at: [3 * TINY, -4 * TINY], value: [5 * TINY], slopes: [0.6, -0.8], why: "x / ‖x‖, though x² is 0 in float32" },
    { at: [3e30, 4e30], value: [5e30], slopes: [0.6, 0.8], why: "x / ‖x‖, though x² is ∞ in float32" },
    { at: [LARGEST, LARGEST], value: [Infinity], slopes: [root, root], why: "x / ‖x‖, though ‖x‖ is beyond float32" },
    { at: [Infinity, 1], value: [Infinity], slopes: [NaNs, 0], why: "∞ / ∞, and 1 / ∞" },
    { at: [NaNs, 1], value: [NaNs], slopes: [NaNs, NaNs], why: "the length is NaN, and each x is divided by it" },
  ],
  logSumExp: [(x) => x.logSumExp(),
    { at: [0, 0], value: [Math.LN2], slopes: [0.5, 0.5], second: [-0.25, 0.25], why: "the softmax" },
    { at: [-1000, 1000], value: [1000], slopes: [0, 1], second: [0, 0], why: "the softmax" },
    { at: [LARGEST, -LARGEST], value: [LARGEST], slopes: [1, 0], second: [0, 0], why: "the softmax" },
    { at: [-Infinity, 0], value: [0], slopes: [0, 1], second: [0, 0], why: "−∞ is the log of 0, which adds nothing" },
    { at: [-Infinity], value: [-Infinity], slopes: [0], second: [0], why: "moved by any number −∞ stays −∞" },
    { at: [-Infinity, -Infinity], value: [-Infinity], slopes: [0, 0], second: [0, 0], why: "moved by any number −∞ stays −∞. JAX and TensorFlow, which make 0 · ∞ of it, give NaN, and their users ask for 0" },
    { at: [Infinity, 0], value: [Infinity], slopes: [NaNs, 0], why: "eˣ / Σeˣ is ∞ / ∞ and 1 / ∞" },
    { at: [Infinity, 1e30], value: [Infinity], slopes: [NaNs, 0], why: "next to ∞ the largest number is nothing too" },
    { at: [Infinity, Infinity], value: [Infinity], slopes: [NaNs, NaNs], why: "∞ / ∞" },
    { at: [NaNs, 0], value: [NaNs], slopes: [NaNs, NaNs], why: "the sum is NaN, and each term is divided by it" },
  ],
  softmax: [(x) => x.softmax(),
    { at: [0, 0], value: [0.5, 0.5], slopes: [-0.25, 0.25], second: [0, 0], why: "y · (upstream − Σ y · upstream)" },
    { at: [LARGEST, -LARGEST], value: [1, 0], slopes: [0, 0], second: [0, 0], why: "certain, and far from any change" },
    { at: [-Infinity, 0], value: [0, 1], slopes: [0, 0], second: [0, 0], why: "what is masked with −∞ has no weight and gets no gradient" },
    { at: [-Infinity, -Infinity], value: [NaNs, NaNs], slopes: [NaNs, NaNs], why: "no weights add up to 1: 0 / 0, as in SciPy, JAX and PyTorch" },
    { at: [Infinity, 0], value: [NaNs, NaNs], slopes: [NaNs, NaNs], why: "∞ / ∞, as in SciPy, JAX and PyTorch" },
    { at: [NaNs, 0], value: [NaNs, NaNs], slopes: [NaNs, NaNs], why: "the sum is NaN, and each term is divided by it" },
  ],
  matmul: [(x) => x.matmul(tensor([[1, NaNs], [Infinity, 0]])),
    { at: [0, Infinity], value: [Infinity, NaNs], slopes: [NaNs, Infinity], second: [0, 0], why: "the rows of the other matrix, summed" },
  ],
  take: [(x) => x.take([2, 2]),
    { at: [NaNs, Infinity, 5], value: [5, 5], slopes: [0, 0, 3], second: [0, 0, 0], why: "to what is taken, 0 to the rest" },
  ],
  expandDims: [(x) => x.expandDims(1),
    { at: [NaNs, Infinity], value: [NaNs, Infinity], slopes: [1, 2], second: [0, 0], why: "each number goes back to where it came from" },
  ],
  squeeze: [(x) => x.reshape([1, 2]).squeeze(),
    { at: [NaNs, Infinity], value: [NaNs, Infinity], slopes: [1, 2], second: [0, 0], why: "each number goes back to where it came from" },
  ],
};

/** Comparisons that are rows with their sides changed. */
const COMPARISONS = ["greater", "greaterEqual"] as const;

const titled = <T extends readonly [unknown, string]>(table: Readonly<Record<string, T>>): [string, string, T][] =>
  Object.entries(table).map(([name, rule]) => [name, rule[1], rule]);

const labelOf = (entry: Entry, attributes: object): string => `${entry.name} ${attributesKey(attributes)}`.trim();

describe("each row of the table has its line here, and each line a row", () => {
  const mapsOf = (inputs: number): Entry[] =>
    MAPS.filter(({ examples }) => examples.every((example) => example.inputs.length === inputs));

  test.each([
    [
      "of one number",
      ROWS,
      mapsOf(1).flatMap((entry) => entry.examples.map((each) => labelOf(entry, each.attributes))),
    ],
    ["of two", PAIR_ROWS, mapsOf(2).map(({ name }) => name)],
    ["of three", { where: TRIPLES }, mapsOf(3).map(({ name }) => name)],
    ["that are no maps", OTHER_ROWS, OTHERS.map(({ name }) => name)],
  ])("%s", (_, lines, rows) => {
    expect(Object.keys(lines).sort()).toEqual([...rows].sort());
  });

  test("and each method of tensors that is no row of its own", () => {
    const rows = entries.map(({ name }) => name);
    const methods = Object.getOwnPropertyNames(Tensor.prototype).filter(
      (name) => !["constructor", "data", "dtype"].includes(name),
    );
    const composed = methods.filter((name) => !rows.includes(name));
    expect([...Object.keys(CURVES), ...Object.keys(LINES), ...COMPARISONS].sort()).toEqual(composed.sort());
  });
});

/** Gradients with the given upstream everywhere. */
const slopesOf = (y: Node, inputs: readonly Node[], upstream: number): Node[] =>
  gradientNodes(y, inputs, leaf(Array(inputs[0]?.shape[0] as number).fill(upstream)));

/** What is not taken, with an upstream of 0, gets 0, and not 0 · x, wherever the slope is a number. */
function expectZeros(gradient: Node, slopes: readonly number[]): void {
  for (const values of [valuesOf(gradient), ...evaluate([gradient], undefined, "float32")]) {
    const wrong = slopes.filter((slope, entry) => Number.isFinite(Math.fround(slope)) && values[entry] !== 0);
    expect(wrong).toEqual([]);
  }
}

describe("of one number", () => {
  const x = leaf(AT);
  const rows = MAPS.flatMap((entry) =>
    entry.examples.map(({ attributes }) => [labelOf(entry, attributes), entry, attributes] as const),
  );

  test.each(titled(ROWS))("%s: %s", (label, _, [slopes]) => {
    const [, entry, attributes] = rows.find(([each]) => each === label) as (typeof rows)[number];
    const y = applyEntry(entry, [x], attributes);
    expectValues(slopesOf(y, [x], 1)[0] as Node, slopes, (at) => AT[at]);
    expectZeros(slopesOf(y, [x], 0)[0] as Node, slopes);
  });

  test.each(titled(CURVES))("%s: %s", (name, _, [slopes]) => {
    const y = new Tensor(x)[name as "relu"]().node;
    expectValues(slopesOf(y, [x], 1)[0] as Node, slopes, (at) => AT[at]);
    expectZeros(slopesOf(y, [x], 0)[0] as Node, slopes);
  });

  test.each<[string, (x: Tensor) => Tensor]>([
    ["square", (x) => x.square()],
    ["pow(2)", (x) => x.pow(2)],
  ])("%s of a large number takes no part where its upstream is 0, and its share where it is small", (_, f) => {
    const large = leaf([LARGEST, -LARGEST]);
    const y = f(new Tensor(large)).node;
    expectValues(slopesOf(y, [large], 0)[0] as Node, [0, 0]);
    expectValues(slopesOf(y, [large], 2 ** -10)[0] as Node, [LARGEST * 2 ** -9, -LARGEST * 2 ** -9]);
  });
});

describe("of two numbers", () => {
  const [a, b] = [leaf(PAIRS.map(([first]) => first)), leaf(PAIRS.map(([, second]) => second))];

  const hold = (y: Node, [slopes]: PairRule): void => {
    const expected = PAIRS.map(([first, second]) => slopes(first, second));
    [0, 1].forEach((input) => {
      const each = expected.map((pair) => pair[input] as number);
      expectValues(slopesOf(y, [a, b], 1)[input] as Node, each, (at) => PAIRS[at]);
      expectZeros(slopesOf(y, [a, b], 0)[input] as Node, each);
    });
  };

  test.each(titled(PAIR_ROWS))("%s: %s", (name, _, rule) => {
    hold(applyEntry(MAPS.find((entry) => entry.name === name) as Entry, [a, b], {}), rule);
  });

  test.each(COMPARISONS)(`%s: ${nothing[1]}`, (name) => {
    hold(new Tensor(a)[name](new Tensor(b)).node, nothing);
  });

  test("where: to the one that is chosen, 0 to the other; NaN is not 0 and chooses the first", () => {
    const inputs = [0, 1, 2].map((input) => leaf(TRIPLES.map((triple) => triple[input] as number)));
    const y = applyEntry(MAPS.find(({ name }) => name === "where") as Entry, inputs, {});
    const isFirst = TRIPLES.map(([condition]) => condition !== 0);
    for (const upstream of [1, Infinity, NaNs]) {
      const [condition, first, second] = slopesOf(y, inputs, upstream) as [Node, Node, Node];
      expectValues(
        condition,
        isFirst.map(() => 0),
      );
      expectValues(
        first,
        isFirst.map((is) => (is ? upstream : 0)),
      );
      expectValues(
        second,
        isFirst.map((is) => (is ? 0 : upstream)),
      );
    }
  });
});

describe("of what moves numbers, adds them, or chooses among them", () => {
  const cases = Object.entries(OTHER_ROWS).flatMap(([name, each]) =>
    each.map((rule) => [name, rule.why, rule] as const),
  );

  test.each(cases)("%s: %s", (name, _, { of, attributes, upstream, slopes }) => {
    const entry = OTHERS.find((each) => each.name === name) as Entry;
    const inputs = of.map(({ values, shape = [values.length] }, at) =>
      entry.kind === "index" && at === 1 ? constant(Int32Array.from(values), shape) : leaf(values, shape),
    );
    const y = applyEntry(entry, inputs, attributes);
    const found = gradientNodes(y, inputs, leaf(upstream, y.shape));
    slopes.forEach((expected, at) => {
      if (expected) expectValues(found[at] as Node, expected);
    });
  });
});

describe("along lines", () => {
  const cases = Object.entries(LINES).flatMap(([name, [f, ...lines]]) =>
    lines.map((each) => [name, each.at.map(String), each.why, f, each] as const),
  );

  const counted = (x: Tensor): Tensor =>
    tensor(
      Array.from({ length: x.size }, (_, at) => at + 1),
      x.shape,
    );

  test.each(cases)("%s of %j: %s", (_, __, ___, f, { at, value, slopes, second }) => {
    const x = tensor([...at]);
    const y = f(x);
    const [gradient] = gradients(y, [x], counted(y)) as [Tensor];
    expectValues(y.node, value);
    expectValues(gradient.node, slopes);
    if (second) expectValues((gradients(gradient, [x], counted(x))[0] as Tensor).node, second);
  });

  test("one line's NaN is not another's", () => {
    const x = tensor([
      [NaNs, 0],
      [-Infinity, -Infinity],
      [0, 0],
      [Infinity, 0],
      [3, 4],
    ]);
    const row = (f: (x: Tensor) => Tensor, at: number): number[] => {
      const y = f(x);
      const [gradient] = gradients(y, [x], ones(y.shape)) as [Tensor];
      return [...gradient.slice(0, at, at + 1).data];
    };
    expect([1, 2].map((at) => row((each) => each.logSumExp(1), at))).toEqual([
      [0, 0],
      [0.5, 0.5],
    ]);
    expect([2, 4].map((at) => row((each) => each.norm(1), at))).toEqual([[0, 0], [0.6, 0.8].map(Math.fround)]);
    expect(row((each) => each.softmax(1), 2)).toEqual([0, 0]);
  });

  test("what is masked with −∞ gets no gradient, and a line without anything left needs two wheres", () => {
    const mask = tensor([
      [1, 0],
      [0, 0],
    ]);
    const scores = tensor([
      [1, 2],
      [3, 4],
    ]);
    const some = mask.reduceMax(1, { keepDims: true });
    const weights = (x: Tensor): Tensor => where(some, where(mask, x, where(some, -Infinity, 0)).softmax(1), 0);
    const y = weights(scores);
    expect(y.toArray()).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(
      gradients(
        y,
        [scores],
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )[0]?.toArray(),
    ).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("what is made of branches is smooth where they meet", () => {
  const line = tensor([0, 1e-3, -1.5, 20, -20]);

  test.each<[string, (x: Tensor) => Tensor]>([
    ["sigmoid", (x) => x.sigmoid()],
    ["softplus", (x) => x.softplus()],
    ["logSigmoid", (x) => x.logSigmoid()],
    ["logSumExp", (x) => x.logSumExp()],
    ["softmax", (x) => x.softmax()],
    ["norm", (x) => x.norm()],
  ])("%s", (_, f) => {
    const { kinks, checked } = checkGradients(f, [line], { order: 2 });
    expect([kinks, checked]).toEqual([[], 10]);
  });

  test("the variance, over all and over axes, has right derivatives", () => {
    const x = tensor([
      [0, 1e-3, -1.5],
      [2, 2, 20],
    ]);
    for (const axes of [undefined, 0, 1, [0, 1]]) {
      for (const correction of [0, 1]) {
        const weights = tensor([1, -2, 3]);
        const f = (at: Tensor): Tensor => at.reduceVariance(axes, { keepDims: true, correction }).mul(weights);
        expect(checkGradients(f, [x], { order: 2 }).kinks).toEqual([]);
      }
    }
  });

  test("but for what is clipped at its bounds, where the sides disagree", () => {
    const { kinks, checked } = checkGradients((x: Tensor) => x.clip(0, 1).reduceSum(), [tensor([-1, 0, 0.5, 1, 2])]);
    expect([checked, kinks.map(({ analytic, left, right }) => [analytic, left, right])]).toEqual([
      5,
      [
        [1, 0, expect.closeTo(1, 6)],
        [1, expect.closeTo(1, 6), 0],
      ],
    ]);
  });

  test("but for the norm at 0, of which every checker says that it has a kink", () => {
    const { kinks } = checkGradients((x: Tensor) => x.norm(), [zeros([3])]);
    expect(kinks.map(({ analytic, left, right }) => [analytic, left, right])).toEqual(Array(3).fill([0, -1, 1]));
  });
});
