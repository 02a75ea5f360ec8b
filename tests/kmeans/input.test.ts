/** Bad input: whatever it is, an error names the operation, the row, the column and the value. Nothing hangs on it. */
import { tensor } from "@protograd/autograd";
import { type KMeansOptions, kmeans, kmeansSteps, type Points } from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { unnamed } from "./textbook.js";

const model = kmeans(
  [
    [1, 2],
    [3, 4],
    [5, 7],
  ],
  { k: 2, seed: 1 },
);

/** All that takes points. */
const operations = {
  kmeans: (points: Points) => kmeans(points, { k: 1 }),
  kmeansSteps: (points: Points) => kmeansSteps(points, { k: 1 }),
  predict: (points: Points) => model.predict(points),
  transform: (points: Points) => model.transform(points),
  score: (points: Points) => model.score(points),
};

type Kind = typeof TypeError | typeof RangeError;

const expectRefused = (act: () => unknown, kind: Kind, message: string): void =>
  expect(act).toThrow(expect.objectContaining({ name: kind.name, message }));

/** Values that are no finite number, and how they read in an error. */
const wrongs: readonly [value: unknown, shown: string][] = [
  [Number.NaN, "NaN"],
  [Infinity, "Infinity"],
  [-Infinity, "-Infinity"],
  ["1", '"1" (string)'],
  ["", '"" (string)'],
  [undefined, "undefined"],
  [null, "null"],
  [true, "true"],
  [1n, "1n (bigint)"],
  [Symbol("x"), "Symbol(x)"],
  [() => 1, "a function"],
  [{}, "an Object"],
  [Object.create(null), "an Object"],
  [new Date(0), "a Date"],
  [[1], "[1]"],
  [[1n], "[1n (bigint)]"],
];

const kindOf = (value: unknown): Kind => (typeof value === "number" ? RangeError : TypeError);

/** The same array without an entry at that place: a sparse one. */
function withHole(values: unknown[], at: number): unknown[] {
  const sparse = [...values];
  delete sparse[at];
  return sparse;
}

const expectFinite = (values: Iterable<number>): void => {
  for (const value of values) expect(value).toSatisfy(Number.isFinite);
};

/** Rows of numbers, all of one length. */
const tables = (columns = fc.integer({ min: 1, max: 4 })): fc.Arbitrary<number[][]> =>
  columns.chain((d) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: d, maxLength: d }), {
      minLength: 1,
      maxLength: 6,
    }),
  );

/** A table, and a place in it. */
const places = tables().chain((rows) =>
  fc.record({
    rows: fc.constant(rows),
    row: fc.nat(rows.length - 1),
    column: fc.nat((rows[0] as number[]).length - 1),
  }),
);

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(Object.entries(operations))("points for %s", (operation, act) => {
  test("an entry that is no finite number is named by row, column and value", () => {
    const law = ({ rows, row, column }: { rows: unknown[][]; row: number; column: number }, which: number): void => {
      const [value, shown] = wrongs[which] as [unknown, string];
      (rows[row] as unknown[])[column] = value;
      expectRefused(
        () => act(rows as number[][]),
        kindOf(value),
        `${operation}: points, row ${row}, column ${column} is ${shown}; expected a finite number`,
      );
    };
    wrongs.forEach((_, which) => {
      fc.assert(
        fc.property(places, (place) => law(structuredClone(place), which)),
        { numRuns: 8 },
      );
    });
  });

  test("so it is in typed arrays and tensors", () => {
    const law = ({ rows, row, column }: { rows: number[][]; row: number; column: number }, value: number): void => {
      const broken = rows.map((each) => [...each]);
      (broken[row] as number[])[column] = value;
      const shape = [rows.length, (rows[0] as number[]).length] as const;
      const forms: Points[] = [
        broken.map((each) => Float32Array.from(each)),
        broken.map((each) => Float64Array.from(each)),
        { data: Float32Array.from(broken.flat()), shape },
        { data: Float64Array.from(broken.flat()), shape },
        tensor(broken),
      ];
      const message = `${operation}: points, row ${row}, column ${column} is ${value}; expected a finite number`;
      for (const form of forms) expectRefused(() => act(form), RangeError, message);
    };
    const numbers = fc.constantFrom(Number.NaN, Infinity, -Infinity);
    fc.assert(fc.property(places, numbers, law), { numRuns: 20 });
  });

  test("the first of several wrong entries is named", () => {
    expectRefused(
      () =>
        act([
          [1, 2],
          [3, Number.NaN],
          ["4", 5],
        ] as never),
      RangeError,
      `${operation}: points, row 1, column 1 is NaN; expected a finite number`,
    );
  });

  test.each([1.1e140, -1.1e140, 1e200, Number.MAX_VALUE])("%d is too large to be squared", (value) => {
    expectRefused(
      () =>
        act([
          [0, 0],
          [1, value],
        ]),
      RangeError,
      `${operation}: points, row 1, column 1 is ${value}; expected at most 1e+140, so that squares can be computed`,
    );
  });

  test("a row that is longer or shorter than the first is named", () => {
    const law = ({ rows, row }: { rows: number[][]; row: number }, change: number): void => {
      const d = (rows[0] as number[]).length;
      const columns = Math.max(0, d + change);
      fc.pre(row > 0 && columns !== d);
      const ragged = rows.map((each, i) => (i === row ? Array<number>(columns).fill(1) : each));
      const message = `${operation}: points, row ${row} has ${columns} columns; expected ${d}, as row 0`;
      expectRefused(() => act(ragged), RangeError, message);
      expectRefused(() => act(ragged.map((each) => Float64Array.from(each))), RangeError, message);
    };
    fc.assert(fc.property(places, fc.integer({ min: -2, max: 2 }), law), { numRuns: 50 });
  });

  test("a row that is none is named", () => {
    const law = ({ rows, row }: { rows: unknown[]; row: number }, which: number): void => {
      const [value, shown] = wrongs[which] as [unknown, string];
      fc.pre(!Array.isArray(value));
      const broken = rows.map((each, i) => (i === row ? value : each));
      const message = `${operation}: points, row ${row} is ${shown}; expected rows of numbers, such as [[1, 2], [3, 4]]`;
      expectRefused(() => act(broken as never), TypeError, message);
    };
    fc.assert(fc.property(places, fc.nat(wrongs.length - 1), law), { numRuns: 60 });
  });

  test.each<[string, unknown, Kind, string]>([
    ["no rows", [], RangeError, "points is empty; expected at least one row"],
    ["a row without columns", [[], []], RangeError, "points, row 0 has 0 columns; expected at least 1"],
    [
      "one row of numbers",
      [1, 2, 3],
      TypeError,
      "points, row 0 is 1; expected rows of numbers, such as [[1, 2], [3, 4]]",
    ],
    [
      "strings",
      ["12", "34"],
      TypeError,
      'points, row 0 is "12" (string); expected rows of numbers, such as [[1, 2], [3, 4]]',
    ],
    [
      "a hole among the rows",
      withHole([[1, 2], [], [3, 4]], 1),
      TypeError,
      "points, row 1 is undefined; expected rows of numbers, such as [[1, 2], [3, 4]]",
    ],
    [
      "a hole in a row",
      [[1, 2], withHole([3, 4], 1)],
      TypeError,
      "points, row 1, column 1 is undefined; expected a finite number",
    ],
    [
      "a DataView as a row",
      [new DataView(new ArrayBuffer(8))],
      TypeError,
      "points, row 0 is a DataView; expected rows of numbers, such as [[1, 2], [3, 4]]",
    ],
    [
      "bigints",
      [BigInt64Array.of(1n, 2n)],
      TypeError,
      "points, row 0, column 0 is 1n (bigint); expected a finite number",
    ],
    [
      "a bigint array with a shape",
      { data: BigInt64Array.of(1n, 2n), shape: [1, 2] },
      TypeError,
      "points, row 0, column 0 is 1n (bigint); expected a finite number",
    ],
    ["a vector", tensor([1, 2]), RangeError, "points has shape [2]; expected [n, d], at least one row and one column"],
    ["a scalar", tensor(1), RangeError, "points has shape []; expected [n, d], at least one row and one column"],
    [
      "a tensor of rank 3",
      tensor([[[1, 2]]]),
      RangeError,
      "points has shape [1, 1, 2]; expected [n, d], at least one row and one column",
    ],
    [
      "a shape of one length",
      { data: Float32Array.of(1, 2), shape: [2] },
      RangeError,
      "points has shape [2]; expected [n, d], at least one row and one column",
    ],
    [
      "a shape of no rows",
      { data: Float32Array.of(), shape: [0, 2] },
      RangeError,
      "points has shape [0, 2]; expected [n, d], at least one row and one column",
    ],
    [
      "a shape of parts of rows",
      { data: Float32Array.of(1, 2, 3), shape: [1.5, 2] },
      RangeError,
      "points has shape [1.5, 2]; expected [n, d], at least one row and one column",
    ],
    [
      "a shape of strings",
      { data: Float32Array.of(1, 2), shape: ["1", "2"] },
      RangeError,
      'points has shape ["1", "2"]; expected [n, d], at least one row and one column',
    ],
    [
      "a shape of bigints",
      { data: Float32Array.of(1, 2), shape: [1n, 2n] },
      RangeError,
      "points has shape [1n (bigint), 2n (bigint)]; expected [n, d], at least one row and one column",
    ],
    [
      "a shape that does not fit",
      { data: Float32Array.of(1, 2, 3), shape: [2, 2] },
      RangeError,
      "points has 3 values; expected 4 for shape [2, 2]",
    ],
  ])("%s", (_, points, kind, message) => {
    expectRefused(() => act(points as Points), kind, `${operation}: ${message}`);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a number", 5, "5"],
    ["a text", "1,2", '"1,2" (string)'],
    ["a set", new Set([[1, 2]]), "a Set"],
    ["a typed array without a shape", Float32Array.of(1, 2), "a Float32Array"],
    ["data without a shape", { data: [1, 2] }, "{ data: [1, 2], shape: undefined }"],
    ["a shape that is none", { data: Float32Array.of(1, 2), shape: 2 }, "{ data: a Float32Array, shape: 2 }"],
    ["a buffer", { data: new ArrayBuffer(8), shape: [1, 2] }, "{ data: an ArrayBuffer, shape: [1, 2] }"],
    ["a view", { data: new DataView(new ArrayBuffer(8)), shape: [1, 2] }, "{ data: a DataView, shape: [1, 2] }"],
  ])("%s", (_, points, shown) => {
    expectRefused(
      () => act(points as Points),
      TypeError,
      `${operation}: points is ${shown}; expected rows of numbers, a tensor of rank 2, or { data, shape: [n, d] }`,
    );
  });
});

describe("points for a model", () => {
  test.each(["predict", "transform", "score"] as const)("%s names a wrong number of columns", (operation) => {
    for (const points of [[[1, 2, 3]], tensor([[1, 2, 3]]), { data: Float64Array.of(1, 2, 3), shape: [1, 3] }]) {
      expectRefused(
        () => operations[operation](points),
        RangeError,
        `${operation}: the points have 3 columns; expected 2, as in the model`,
      );
    }
  });
});

const three: number[][] = [
  [1, 2],
  [3, 4],
  [5, 6],
];

describe("options", () => {
  const wholeFrom1 = "expected a whole number from 1";
  const init = 'expected "k-means++", "random" or k points to start at';

  const weights = "expected 3 numbers, a tensor of shape [3], or { data, shape: [3] }";

  const refused: readonly [name: keyof KMeansOptions, value: unknown, kind: Kind, message: string][] = [
    ["k", 0, RangeError, `k is 0; ${wholeFrom1}`],
    ["k", -1, RangeError, `k is -1; ${wholeFrom1}`],
    ["k", 1.5, RangeError, `k is 1.5; ${wholeFrom1}`],
    ["k", Number.NaN, RangeError, `k is NaN; ${wholeFrom1}`],
    ["k", Infinity, RangeError, `k is Infinity; ${wholeFrom1}`],
    ["k", "2", TypeError, `k is "2" (string); ${wholeFrom1}`],
    ["k", undefined, TypeError, `k is undefined; ${wholeFrom1}`],
    ["k", null, TypeError, `k is null; ${wholeFrom1}`],
    ["k", 4, RangeError, "k is 4 for 3 points; expected at most 3"],
    ["k", 1e9, RangeError, "k is 1000000000 for 3 points; expected at most 3"],
    ["init", "kmeans++", RangeError, `init is "kmeans++" (string); ${init}`],
    ["init", "", RangeError, `init is "" (string); ${init}`],
    ["init", 7, TypeError, `init is 7; ${init}`],
    ["init", null, TypeError, `init is null; ${init}`],
    [
      "init",
      {},
      TypeError,
      "init is an Object; expected rows of numbers, a tensor of rank 2, or { data, shape: [n, d] }",
    ],
    ["init", () => [[1, 2]], TypeError, `init is a function; ${init}`],
    ["init", [], RangeError, "init is empty; expected at least one row"],
    ["init", [[1, 2]], RangeError, "init has 1 rows; expected 2, the value of k"],
    [
      "init",
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      RangeError,
      "init has 3 rows; expected 2, the value of k",
    ],
    ["init", [[1], [2]], RangeError, "init has 1 columns; expected 2, as in the points"],
    [
      "init",
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      RangeError,
      "init has 3 columns; expected 2, as in the points",
    ],
    ["init", [[1, 2], [3]], RangeError, "init, row 1 has 1 columns; expected 2, as row 0"],
    [
      "init",
      [
        [1, 2],
        [3, Number.NaN],
      ],
      RangeError,
      "init, row 1, column 1 is NaN; expected a finite number",
    ],
    [
      "init",
      [
        [1, 2],
        [3, "4"],
      ],
      TypeError,
      'init, row 1, column 1 is "4" (string); expected a finite number',
    ],
    ["init", [1, 2], TypeError, "init, row 0 is 1; expected rows of numbers, such as [[1, 2], [3, 4]]"],
    ["init", [0, undefined], TypeError, "init, row 0 is 0; expected rows of numbers, such as [[1, 2], [3, 4]]"],
    ["restarts", 0, RangeError, `restarts is 0; ${wholeFrom1}`],
    ["restarts", 2.5, RangeError, `restarts is 2.5; ${wholeFrom1}`],
    ["restarts", "10", TypeError, `restarts is "10" (string); ${wholeFrom1}`],
    ["restarts", Infinity, RangeError, `restarts is Infinity; ${wholeFrom1}`],
    ["maxIterations", 0, RangeError, `maxIterations is 0; ${wholeFrom1}`],
    ["maxIterations", -3, RangeError, `maxIterations is -3; ${wholeFrom1}`],
    ["maxIterations", Infinity, RangeError, `maxIterations is Infinity; ${wholeFrom1}`],
    ["maxIterations", "3", TypeError, `maxIterations is "3" (string); ${wholeFrom1}`],
    ["tolerance", -1e-9, RangeError, "tolerance is -1e-9; expected a finite number from 0"],
    ["tolerance", Number.NaN, RangeError, "tolerance is NaN; expected a finite number from 0"],
    ["tolerance", Infinity, RangeError, "tolerance is Infinity; expected a finite number from 0"],
    ["tolerance", "0", TypeError, 'tolerance is "0" (string); expected a finite number from 0'],
    ["weights", 1, TypeError, `the weights are 1; ${weights}`],
    ["weights", "111", TypeError, `the weights are "111" (string); ${weights}`],
    ["weights", {}, TypeError, `the weights are an Object; ${weights}`],
    ["weights", null, TypeError, `the weights are null; ${weights}`],
    ["weights", { data: 1, shape: [3] }, TypeError, `the weights are { data: 1, shape: [3] }; ${weights}`],
    ["weights", { length: 3, 0: 1, 2: 1 }, TypeError, "weight 1 is undefined; expected a finite number from 0"],
    ["weights", { length: 3, 0: 1, 1: 1 }, TypeError, `the weights are an Object; ${weights}`],
    ["weights", tensor(1), RangeError, "the weights have shape []; expected [3], one for each point"],
    ["weights", tensor([[1, 1, 1]]), RangeError, "the weights have shape [1, 3]; expected [3], one for each point"],
    ["weights", tensor([1, 1]), RangeError, "the weights have shape [2]; expected [3], one for each point"],
    ["weights", { data: [1, 1], shape: [3] }, RangeError, "there are 2 weights for 3 points; expected one for each"],
    ["weights", [], RangeError, "there are 0 weights for 3 points; expected one for each"],
    ["weights", [1, 2], RangeError, "there are 2 weights for 3 points; expected one for each"],
    ["weights", [1, 2, 3, 4], RangeError, "there are 4 weights for 3 points; expected one for each"],
    ["weights", [1, -1, 1], RangeError, "weight 1 is -1; expected a finite number from 0"],
    ["weights", [1, 2e20, 1], RangeError, "weight 1 is 200000000000000000000; expected at most 100000000000000000000"],
    ["weights", [1, 1, Number.NaN], RangeError, "weight 2 is NaN; expected a finite number from 0"],
    ["weights", Float32Array.of(1, Infinity, 1), RangeError, "weight 1 is Infinity; expected a finite number from 0"],
    ["weights", [1, "1", 1], TypeError, 'weight 1 is "1" (string); expected a finite number from 0'],
    ["weights", [1, 1, null], TypeError, "weight 2 is null; expected a finite number from 0"],
    ["weights", [1, 1, 1n], TypeError, "weight 2 is 1n (bigint); expected a finite number from 0"],
    ["weights", [0, 0, 0], RangeError, "all weights are 0; expected at least one above"],
    ["weights", [-0, 0, 0], RangeError, "all weights are 0; expected at least one above"],
    ["seed", -1, RangeError, "seed is -1; expected a whole number from 0 to 4294967295"],
    ["seed", 2 ** 32, RangeError, "seed is 4294967296; expected a whole number from 0 to 4294967295"],
    ["seed", 0.5, RangeError, "seed is 0.5; expected a whole number from 0 to 4294967295"],
    ["seed", "1", TypeError, 'seed is "1" (string); expected a whole number from 0 to 4294967295'],
    [
      "algorithm",
      "elkan",
      RangeError,
      'algorithm is "elkan" (string); expected "lloyd", "gradient-descent", "online", "mini-batch"',
    ],
    [
      "algorithm",
      "toString",
      RangeError,
      'algorithm is "toString" (string); expected "lloyd", "gradient-descent", "online", "mini-batch"',
    ],
    [
      "learningRate",
      0.1,
      RangeError,
      'learningRate has no meaning for algorithm "lloyd"; it belongs to "gradient-descent"',
    ],
    ["batchSize", 10, RangeError, 'batchSize has no meaning for algorithm "lloyd"; it belongs to "mini-batch"'],
    ["onIteration", 1, TypeError, "onIteration is 1; expected a function"],
    ["onIteration", {}, TypeError, "onIteration is an Object; expected a function"],
    ["signal", {}, TypeError, "signal is an Object; expected an AbortSignal"],
    ["signal", null, TypeError, "signal is null; expected an AbortSignal"],
    ["onIteration", null, TypeError, "onIteration is null; expected a function"],
    ["restarts", null, TypeError, `restarts is null; ${wholeFrom1}`],
    ["maxIterations", null, TypeError, `maxIterations is null; ${wholeFrom1}`],
    ["tolerance", null, TypeError, "tolerance is null; expected a finite number from 0"],
    ["seed", null, TypeError, "seed is null; expected a whole number from 0 to 4294967295"],
    ["algorithm", null, TypeError, 'algorithm is null; expected "lloyd", "gradient-descent", "online", "mini-batch"'],
    ["signal", new AbortController(), TypeError, "signal is an AbortController; expected an AbortSignal"],
  ];

  test.each(refused.map((each) => [each[3], ...each] as const))("%s", (_, name, value, kind, message) => {
    const options = { k: 2, [name]: value } as KMeansOptions;
    expectRefused(() => kmeans(three, options), kind, `kmeans: ${message}`);
    expectRefused(() => kmeansSteps(three, options), kind, `kmeansSteps: ${message}`);
  });

  test.each<[string, unknown, Kind, string]>([
    ["learningRate", 0, RangeError, "learningRate is 0; expected a finite number above 0"],
    ["learningRate", -0.1, RangeError, "learningRate is -0.1; expected a finite number above 0"],
    ["learningRate", Infinity, RangeError, "learningRate is Infinity; expected a finite number above 0"],
    ["learningRate", "0.1", TypeError, 'learningRate is "0.1" (string); expected a finite number above 0'],
    ["learningRate", null, TypeError, "learningRate is null; expected a finite number above 0"],
    ["batchSize", null, TypeError, `batchSize is null; ${wholeFrom1}`],
    ["batchSize", 0, RangeError, `batchSize is 0; ${wholeFrom1}`],
    ["batchSize", 1.5, RangeError, `batchSize is 1.5; ${wholeFrom1}`],
    ["batchSize", "9", TypeError, `batchSize is "9" (string); ${wholeFrom1}`],
  ])("%s %j, where it has a meaning", (name, value, kind, message) => {
    const algorithm = name === "batchSize" ? "mini-batch" : "gradient-descent";
    expectRefused(() => kmeans(three, { k: 2, algorithm, [name]: value }), kind, `kmeans: ${message}`);
  });

  const known =
    "k, init, restarts, maxIterations, tolerance, weights, seed, algorithm, learningRate, batchSize, onIteration, signal";

  test.each<[string, unknown, string]>([
    ["none at all", undefined, "the options are undefined; expected an object with at least k"],
    ["null", null, "the options are null; expected an object with at least k"],
    ["a number, as ml-kmeans takes k", 2, "the options are 2; expected an object with at least k"],
    ["an array", [2], "the options are [2]; expected an object with at least k"],
    ["scikit-learn's name for k", { n_clusters: 2 }, `there is no option n_clusters; expected ${known}`],
    [
      "ml-kmeans's name for init",
      { k: 2, initialization: "random" },
      `there is no option initialization; expected ${known}`,
    ],
    ["a wrong capital", { k: 2, maxiterations: 3 }, `there is no option maxiterations; expected ${known}`],
    ["nothing in them", {}, "k is undefined; expected a whole number from 1"],
  ])("%s", (_, options, message) => {
    expectRefused(() => kmeans(three, options as KMeansOptions), TypeError, `kmeans: ${message}`);
  });

  test("each weight that is wrong is named, wherever it is", () => {
    const law = (rows: number[][], at: number, which: number): void => {
      const [value, shown] = wrongs[which] as [unknown, string];
      const weights: unknown[] = rows.map(() => 1);
      weights[at % rows.length] = value;
      const message = `kmeans: weight ${at % rows.length} is ${shown}; expected a finite number from 0`;
      expectRefused(() => kmeans(rows, { k: 1, weights: weights as number[] }), kindOf(value), message);
    };
    fc.assert(fc.property(tables(), fc.nat(), fc.nat(wrongs.length - 1), law));
  });

  test("more clusters than points are refused, not waited for", () => {
    const law = (rows: number[][], more: number): void => {
      const k = rows.length + more;
      expectRefused(
        () => kmeans(rows, { k }),
        RangeError,
        `kmeans: k is ${k} for ${rows.length} points; expected at most ${rows.length}`,
      );
    };
    fc.assert(fc.property(tables(), fc.integer({ min: 1, max: 1e9 }), law));
    expectRefused(
      () => kmeans([[1], [2]], { init: [[1], [2], [3]] }),
      RangeError,
      "kmeans: k is 3 for 2 points; expected at most 2",
    );
  });

  test("undefined stands for the default", () => {
    const none = { k: 2, seed: 1, init: undefined, restarts: undefined, maxIterations: undefined };
    const more = { tolerance: undefined, weights: undefined, algorithm: undefined, learningRate: undefined };
    const rest = { batchSize: undefined, onIteration: undefined, signal: undefined };
    const options = { ...none, ...more, ...rest } as unknown as KMeansOptions;
    expect(kmeans(three, options).toJSON()).toEqual(kmeans(three, { k: 2, seed: 1 }).toJSON());
  });
});

describe("any value whatever", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });

  /** Either a model of finite numbers, or an error of ours. */
  const expectModelOrError = (act: () => ReturnType<typeof kmeans>): void => {
    let made: ReturnType<typeof kmeans>;
    try {
      made = act();
    } catch (error) {
      expect((error as Error).message).toMatch(/^kmeans: .*(; expected |; it belongs to )/s);
      expect(["TypeError", "RangeError"]).toContain((error as Error).name);
      return;
    }
    const { centroids, inertia, history, clusterSizes } = made;
    expectFinite([...centroids.flat(), inertia, ...history, ...clusterSizes]);
  };

  test("for points", () => {
    fc.assert(
      fc.property(anything, (points) => expectModelOrError(() => kmeans(points as Points, { k: 1, seed: 1 }))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.array(fc.array(anything)), (rows) =>
        expectModelOrError(() => kmeans(rows as Points, { k: 1, seed: 1 })),
      ),
      { numRuns: 300 },
    );
  });

  test("for any option, with any algorithm", () => {
    const names = fc.constantFrom(
      ...(["k", "init", "tolerance", "weights", "seed", "algorithm", "learningRate", "batchSize", "signal"] as const),
    );
    const algorithms = fc.constantFrom("lloyd", "gradient-descent", "online", "mini-batch");
    const law = (name: string, algorithm: string, value: unknown): void =>
      expectModelOrError(() => kmeans(three, { k: 2, seed: 1, algorithm, [name]: value } as KMeansOptions));
    fc.assert(fc.property(names, algorithms, anything, law), { numRuns: 500 });
  });

  test("for the options", () => {
    fc.assert(
      fc.property(anything, (options) => expectModelOrError(() => kmeans(three, options as KMeansOptions))),
      { numRuns: 300 },
    );
  });

  test("any numbers that are allowed, as points, weights and start", () => {
    const coordinate = fc.double({ min: -1e140, max: 1e140, noNaN: true });
    const row = fc.tuple(coordinate, coordinate);
    const weight = fc.double({ min: 0, max: 1e20, noNaN: true });
    const problem = fc.record({
      points: fc.tuple(row, row, row, row, row),
      weights: fc.tuple(weight, weight, weight, weight, weight).filter((all) => all.some((each) => each > 0)),
      init: fc.oneof(fc.constantFrom("k-means++", "random"), fc.tuple(row, row)),
      algorithm: fc.constantFrom("lloyd", "gradient-descent", "online", "mini-batch"),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(problem, ({ points, ...options }) => {
        const made = kmeans(points, { k: 2, ...options } as KMeansOptions);
        const { centroids, inertia, history, clusterSizes } = made;
        expectFinite([...centroids.flat(), inertia, ...history, ...clusterSizes]);
        expectFinite([...made.transform(points).flat(), made.score(points)]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["far", [[0], [1e50]]],
    ["far on both sides", [[-1e100], [1e100]]],
    ["far, all of it", [[1e140], [1e140]]],
  ])("a start that is %s ends where another one ends", (_, init) => {
    for (const algorithm of ["lloyd", "gradient-descent", "online"] as const) {
      const { labels, inertia } = kmeans([[0], [1], [9]], { algorithm, init, seed: 1, tolerance: 1e-12 });
      expect(unnamed(labels)).toEqual([0, 0, 1]);
      // Online never quite forgets through which points a centroid came.
      expect(Math.abs(inertia - 0.5)).toBeLessThan(algorithm === "online" ? 1e-2 : 1e-5);
    }
  });

  test.each([
    ["large", [1e20, 1e20, 1e20]],
    ["small", [5e-324, 5e-324, 5e-324]],
    ["far apart", [1, 1, 1e-60]],
  ])("weights that are %s give a model of finite numbers", (_, weights) => {
    for (const algorithm of ["lloyd", "gradient-descent", "online", "mini-batch"] as const) {
      const model = kmeans([[0], [1], [5]], { k: 2, seed: 1, weights, algorithm });
      expectFinite([...model.centroids.flat(), model.inertia, ...model.clusterSizes]);
      expect(model.clusterSizes.reduce((a, b) => a + b)).toBe(weights.reduce((a, b) => a + b));
    }
  });
});
