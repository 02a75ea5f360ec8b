/** The algebra of the operation table: what is stated holds, for meanings and for lanes, and nothing else is assumed. */
import { gradients, tensor } from "@protograd/autograd";
import { describe, expect, test } from "vitest";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import {
  type Algebra,
  type Attributes,
  constant,
  type Entry,
  fill,
  type Node,
  type Nodes,
} from "../../packages/autograd/src/graph.js";
import { map } from "../../packages/autograd/src/kinds.js";
import {
  div,
  entries,
  mul,
  neg,
  operations,
  reduceSum,
  scatterAdd,
  transpose,
} from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { applyEntry, choices, rangesOf, SPECIAL, vector } from "./cases.js";

type MapEntry = Extract<Entry, { kind: "map" }>;

const maps = entries.filter((entry) => entry.kind === "map");

const ORDINARY = SPECIAL.filter((value) => Number.isFinite(value) && value !== 0);
const POWERS = Array.from({ length: 277 }, (_, at) => 2 ** (at - 149)).flatMap((power) => [power, -power]);

/** Numbers of every sort: all of 16 bits (the sign, the exponent and 7 digits), as many of 32 bits, and whole numbers. */
const MANY = [
  ...SPECIAL,
  ...[2 ** 16, 0x9e3779b1].flatMap((step) => {
    const bits = Uint32Array.from({ length: 2 ** 16 }, (_, at) => Math.imul(at, step));
    return Array.from(new Float32Array(bits.buffer));
  }),
  ...Array.from({ length: 4001 }, (_, at) => at - 2000),
];

const resultOf = ({ meaning }: MapEntry, attributes: Attributes, values: readonly number[]): number =>
  Math.fround(meaning(...(values as never), attributes));

interface Statement {
  readonly text: string;
  /** The numbers to try for each input. */
  readonly tries: readonly (readonly number[])[];
  /** Whether a result is as stated; `undefined` where nothing is stated of it. */
  holds(result: number, values: readonly number[]): boolean | undefined;
}

/** All that is stated of an operation. */
function statementsOf(entry: MapEntry, attributes: Attributes): Statement[] {
  const { identities = [], zeros = [], linear = [] } = entry.algebra?.(attributes) ?? {};
  const own = entry.examples.flatMap(({ inputs }) => inputs.flatMap(({ values = [] }) => values));
  const some = [...SPECIAL, ...own];
  return [
    ...identities.map((pattern): Statement => {
      const others = pattern.filter((given) => given === "any").length;
      return {
        text: `is x for (${pattern})`,
        tries: pattern.map((given) => {
          if (given === "x") return others > 0 ? some : [...MANY, ...own];
          return given === "any" ? some : [given];
        }),
        holds: (result, values) => Object.is(result, values[pattern.indexOf("x")]),
      };
    }),
    ...zeros.map(
      (pattern): Statement => ({
        text: `is 0 for (${pattern})`,
        tries: pattern.map((given) => (given === 0 ? [0, -0] : [...ORDINARY, ...own.filter((value) => value !== 0)])),
        holds: (result) => result === 0,
      }),
    ),
    ...linear.map(
      (pattern): Statement => ({
        text: `is f(1) · x for (${pattern})`,
        tries: pattern.map((given) => {
          if (given === "any") return [...POWERS, ...some];
          return pattern.length > 1 ? some : [...MANY, ...own];
        }),
        holds: (result, values) => {
          const x = pattern.indexOf("x");
          const factor = resultOf(entry, attributes, values.with(x, 1));
          if (!POWERS.includes(factor) || Math.abs(factor) < 1) return undefined;
          return Object.is(result, Math.fround(factor * (values[x] as number)));
        },
      }),
    ),
  ];
}

/** Where a statement does not hold, of the meaning or of the lanes. */
function exceptionsTo(entry: MapEntry, attributes: Attributes, { text, tries, holds }: Statement): string[] {
  const rows = choices(tries);
  // What is constant is a leaf here, like all else: the engine must not make use of what it is held to.
  const columns = tries.map((_, input) => vector(rows.map((row) => row[input] as number)));
  const lanes = valuesOf(applyEntry(entry, columns, attributes));
  return rows.flatMap((row, at) => {
    const results = [resultOf(entry, attributes, row), lanes[at] as number];
    return results.every((result) => holds(result, row) !== false) ? [] : [`${text}, but (${row}) gives ${results}`];
  });
}

const attributesOf = (entry: MapEntry): Attributes[] => entry.examples.map(({ attributes }) => attributes);

const wrongStatements = (entry: MapEntry): string[] =>
  attributesOf(entry).flatMap((attributes) =>
    statementsOf(entry, attributes).flatMap((statement) => exceptionsTo(entry, attributes, statement).slice(0, 3)),
  );

const named = (name: string, rules: object): MapEntry => ({ ...rules, name }) as unknown as MapEntry;

/** A number that stands for a missing one. */
const CODE = -999;

/** Operations that are like another one for all numbers but this. */
const almost = {
  identity: named(
    "identity",
    map<readonly [x: Node]>(
      (x) => (x === CODE ? 0 : x),
      (lanes, x) => lanes.choose(lanes.equal(x, lanes.number(CODE)), lanes.number(0), x),
      (g) => [g],
      [[CODE, 0, 3]],
    ),
  ),
  twice: named(
    "twice",
    map<readonly [x: Node]>(
      (x) => (x === CODE ? 1 : 2 * x),
      (lanes, x) => lanes.choose(lanes.equal(x, lanes.number(CODE)), lanes.number(1), lanes.add(x, x)),
      (g) => [g],
      [[CODE, 0, 3]],
    ),
  ),
  product: named(
    "product",
    map<readonly [a: Node, b: Node]>(
      (a, b) => (b === CODE ? 1 : a * b),
      (lanes, a, b) => lanes.choose(lanes.equal(b, lanes.number(CODE)), lanes.number(1), lanes.mul(a, b)),
      (g) => [g, g],
      [
        [0, 2, 3],
        [CODE, 4, 5],
      ],
    ),
  ),
};

describe("what is stated holds", () => {
  test.each(maps.map((entry) => [entry.name, entry] as const))("of %s", (_, entry) => {
    expect(wrongStatements(entry)).toEqual([]);
  });

  test.each(maps.map((entry) => [entry.name, entry] as const))("and has one x each, in %s", (_, entry) => {
    for (const { identities = [], linear = [] } of attributesOf(entry).map((each) => entry.algebra?.(each) ?? {})) {
      for (const pattern of [...identities, ...linear]) expect(pattern.filter((given) => given === "x").length).toBe(1);
    }
  });

  const mistakes: [statement: string, of: MapEntry, algebra: Algebra<Nodes>][] = [
    ["x + 0 is x", operations.add, { identities: [["x", 0]] }],
    ["0 − x is x", operations.sub, { identities: [[0, "x"]] }],
    ["x · 1 is 1", operations.mul, { identities: [[1, "any"]] }],
    ["1 / x is x", operations.div, { identities: [[1, "x"]] }],
    ["max(x, the smallest finite) is x", operations.maximum, { identities: [["x", Math.min(...ORDINARY)]] }],
    ["max(x, 0) is x", operations.maximum, { identities: [["x", 0]] }],
    ["a or b is a", operations.where, { identities: [["any", "x", "any"]] }],
    ["|x| is x", operations.abs, { identities: [["x"]] }],
    ["a number that stands for a missing one is x", almost.identity, { identities: [["x"]] }],
    ["e⁰ is 0", operations.exp, { zeros: [[0]] }],
    ["x⁰ is 0", operations.pow, { zeros: [[0]] }],
    ["a b is 0 where a is, but for one b", almost.product, { zeros: [[0, "any"]] }],
    ["2 x is linear, but for one x", almost.twice, { linear: [["x"]] }],
    ["0 + x is 0", operations.add, { zeros: [[0, "any"]] }],
    ["x / 0 is 0", operations.div, { zeros: [["any", 0]] }],
    ["0 ≤ 0 is 0", operations.lessEqual, { zeros: [[0, 0]] }],
    ["√x is linear", operations.sqrt, { linear: [["x"]] }],
    ["|x| is linear", operations.abs, { linear: [["x"]] }],
    ["a / x is linear", operations.div, { linear: [["any", "x"]] }],
    ["x + b is linear", operations.add, { linear: [["x", "any"]] }],
  ] as never;

  test.each(mistakes)("and a statement that does not is found out: %s", (_, rules, algebra) => {
    expect(wrongStatements(named("mistaken", { ...rules, algebra: () => algebra }))).not.toEqual([]);
  });
});

/** Entries that differ from the reference; 0 / 0 may be 0, for what is not placed takes no part. */
function differences(outputs: readonly Node[]): string[] {
  const values = prepare(outputs, [])([]);
  return evaluate(outputs, undefined, "float32").flatMap((expected, which) =>
    Array.from(expected, (each, at) => {
      const value = values[which]?.[at] as number;
      const isRight = Number.isNaN(each)
        ? Number.isNaN(value) || value === 0
        : value === each || Math.abs(value - each) <= 2 ** -21 * Math.max(1, Math.abs(each));
      return isRight ? "" : `output ${which}, entry ${at}: ${value}, expected ${each}`;
    }).filter(Boolean),
  );
}

/** Of each row one number, at `first` in the first row and one place on in each other, and 0 in all other places. */
function placed(numbers: readonly number[], places: number, first: number): Node {
  const positions = Int32Array.from(numbers, (_, row) => (first + row) % places);
  return scatterAdd(matrix(numbers, numbers.length), constant(positions, [numbers.length, 1]), 1, places);
}

const matrix = (values: readonly number[], rows: number): Node =>
  constant(Float32Array.from(values), [rows, values.length / rows]);

/** A node, and its sums along both axes. */
const withSums = (node: Node): Node[] => [node, reduceSum(node, 0), reduceSum(node, 1)];

describe("what is not stated is not assumed", () => {
  const codes = vector([1, CODE, 3, CODE, 5]);

  test("of what is the identity, but for one number", () => {
    const node = applyEntry(almost.identity, [codes], {});
    expect(Array.from(valuesOf(node))).toEqual([1, 0, 3, 0, 5]);
    expect(differences([node, reduceSum(node, 0)])).toEqual([]);
  });

  test("of what is the double, but for one number", () => {
    const node = applyEntry(almost.twice, [codes], {});
    expect(Array.from(valuesOf(reduceSum(node, 0)))).toEqual([20]);
    expect(differences([node, reduceSum(node, 0)])).toEqual([]);
  });

  test.each([3, 4, 5, 17])(
    "of what is the product, but for one number, with 0 in all places but one of %i",
    (places) => {
      const one = placed([1, 1, 1], places, 0);
      const other = matrix(
        Array.from({ length: 3 * places }, (_, at) => (at % 2 === 0 ? CODE : at)),
        3,
      );
      const node = applyEntry(almost.product, [one, other], {});
      expect(differences(withSums(node))).toEqual([]);
    },
  );
});

describe("what is stated is used rightly", () => {
  const several = maps.filter(({ examples: [example] }) => (example?.inputs.length ?? 0) > 1);

  test.each(several.map((entry) => [entry.name, entry] as const))("where inputs of %s are constants", (_, entry) => {
    const { inputs } = entry.examples[0] as (typeof entry.examples)[number];
    const constants = inputs.length > 2 ? [0, -0, 1, 2, NaN] : SPECIAL;
    for (const given of choices(inputs.map(() => [undefined, ...constants]))) {
      const free = given.filter((value) => value === undefined).length;
      if (free === 0 || free === given.length) continue;
      const rows = choices(given.map((value) => (value === undefined ? SPECIAL : [value])));
      const nodes = given.map((value, input) =>
        value === undefined ? vector(rows.map((row) => row[input] as number)) : fill([rows.length], value),
      );
      const values = Array.from(valuesOf(applyEntry(entry, nodes, {})));
      expect(values).toEqual(rows.map((row) => resultOf(entry, {}, row)));
    }
  });

  test.each(maps.map((entry) => [entry.name, entry] as const))("where inputs of %s are 0 but in places", (_, entry) => {
    const ranges = rangesOf(entry);
    /** Eighths, of which sums are exact, and not 0. */
    const numbers = (input: number, count: number): number[] => {
      const [low, high] = ranges[input] as [number, number];
      const steps = 8 * (high - low) + 1;
      return Array.from({ length: count }, (_, at) => low + ((at * 7 + input) % steps) / 8 || 0.125);
    };
    for (const attributes of attributesOf(entry)) {
      for (const places of [3, 4, 5, 17]) {
        for (const manners of choices(ranges.map(() => ["dense", "placed", "elsewhere"]))) {
          const inputs = manners.map((manner, input) =>
            manner === "dense"
              ? matrix(numbers(input, 3 * places), 3)
              : placed(numbers(input, 3), places, manner === "placed" ? 0 : 1),
          );
          const node = applyEntry(entry, inputs, attributes);
          const hasSums = !evaluate([node])[0]?.includes(NaN);
          expect(differences(hasSums ? withSums(node) : [node])).toEqual([]);
        }
      }
    }
  });
});

const reductions = entries.filter((entry) => entry.kind === "reduce");

test.each(reductions.map((entry) => [entry.name, entry] as const))("%s of one entry, or of equal ones", (_, entry) => {
  for (const length of [1, 2, 5]) {
    const expected = SPECIAL.map((value) => Math.fround(entry.meaning(new Float64Array(length).fill(value))));
    const lines = matrix(
      SPECIAL.flatMap((value) => new Array<number>(length).fill(value)),
      SPECIAL.length,
    );
    const constants = SPECIAL.map((value) => fill([1, length], value));
    const found = [lines, ...constants].map((x) => Array.from(valuesOf(applyEntry(entry, [x], { axis: 1 }))));
    // The sign of a sum that is 0 is not said.
    const [ofLines, ...ofConstants] = found.map((values) => values.map((value) => value + 0));
    const plain = expected.map((value) => value + 0);
    expect(ofLines).toEqual(plain);
    expect(ofConstants.flat()).toEqual(plain);
    if (entry.fold.name !== "sum" && entry.dtype([lines]) === "float32") expect(found[0]).toEqual(expected);
  }
});

describe("what is not placed takes no part, though for the reference 0 · ∞ and 0 / 0 are NaN", () => {
  test.each([3, 4, 5, 17])("in products and quotients, with %i places", (places) => {
    const one = placed([2, 3], places, 1);
    const other = matrix(
      Array.from({ length: 2 * places }, (_, at) => (at === 0 ? Infinity : ([0, 0.5, 0.25, NaN][at % places] ?? 1))),
      2,
    );
    const expected = (results: readonly number[]): number[] =>
      results.flatMap((result, row) => Array.from({ length: places }, (_, at) => (at === row + 1 ? result : 0)));
    expect(Array.from(valuesOf(mul(one, other)))).toEqual(expected([1, 0.75]));
    expect(Array.from(valuesOf(div(one, other)))).toEqual(expected([4, 12]));
    for (const node of [mul(one, other), div(one, other)]) expect(evaluate([node])[0]?.some(Number.isNaN)).toBe(true);
  });

  test.each([3, 4, 5, 17])("so that the gradient of a minimum among %i stays with the smallest", (count) => {
    const row = tensor([Array.from({ length: count }, (_, at) => (at === 1 ? 3 : Infinity))]);
    const [slope] = gradients(row.square().reduceMin(1).reduceSum(), [row]);
    expect(slope?.data).toEqual(Float32Array.from({ length: count }, (_, at) => (at === 1 ? 6 : 0)));
  });
});

describe("a factor that is taken out of a sum", () => {
  const tiny = 2 ** -149;
  // Of two numbers, for a sum of more may be rounded on the way.
  const rows = [
    [1, 3],
    [1.1, 0.7],
    [tiny, tiny],
    [2 ** 127, 2 ** 126],
    [0, 0],
  ];
  const along = matrix(rows.flat(), rows.length);
  const turned = [0, 1].flatMap((column) => rows.map((row) => row[column] as number));
  const across = transpose(matrix(turned, 2), [1, 0]);
  const constants = (value: number): Node => fill(along.shape, value);
  const sumsOf = (scale: (x: Node) => Node): Node[] => [along, across].map((x) => reduceSum(scale(x), 1));

  test.each<[string, (x: Node, c: Node) => Node]>([
    ["x · c", mul],
    ["c · x", (x, c) => mul(c, x)],
    ["x / c", div],
    ["−x · c", (x, c) => mul(neg(x), c)],
  ])("leaves it as it is: %s", (_, scale) => {
    for (const factor of [...POWERS, 3, -5]) {
      const sums = sumsOf((x) => scale(x, constants(factor)));
      const expected = evaluate(sums, undefined, "float32").map((each) => Array.from(each, Math.fround));
      // −0 + 0 is 0.
      expect(prepare(sums, [])([]).map((each) => Array.from(each, (value) => value + 0))).toEqual(expected);
    }
  });

  test("is no larger than float32 can hold, even if it is made of several", () => {
    const sums = sumsOf((x) => mul(mul(x, constants(2 ** 100)), constants(2 ** 100)));
    for (const values of prepare(sums, [])([])) {
      expect(Array.from(values)).toEqual([Infinity, Infinity, 2 ** 52, Infinity, 0]);
    }
  });
});
