/** Points, starts and weights as arrays of every kind and from everywhere, and a document of such arrays. */
import { type Tensor, tensor } from "@protograd/autograd";
import {
  type Init,
  KMeansModel,
  type KMeansOptions,
  kmeans,
  kmeansCost,
  kmeansSteps,
  makeBlobs,
  type Points,
  squaredDistances,
  type Weights,
} from "@protograd/kmeans";
import { afterEach, describe, expect, test, vi } from "vitest";
import { arrays, bigints, detached, elsewhere, emptied, others } from "../arrays.js";

/** Four points of two coordinates, row after row, and as whole numbers that every kind of array holds. */
const FLAT = [0, 1, 2, 1, 30, 40, 33, 41];
const ROWS = [FLAT.slice(0, 2), FLAT.slice(2, 4), FLAT.slice(4, 6), FLAT.slice(6, 8)];
const START = [0, 0, 30, 30];

/** So many that the package leaves float32 as it is, and works on it without a copy of its own. */
const MANY = Array.from({ length: 2 ** 14 }, (_, at) => (at % 4 < 2 ? at % 7 : 50 + (at % 5)));

const wrong = (value: unknown) => value as never;
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const last = <T>(run: Generator<unknown, T, void>): T => {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value as T;
  }
};

const model = kmeans(ROWS, { init: [START.slice(0, 2), START.slice(2)] });

/** All that takes points. */
const operations: Readonly<Record<string, (points: Points) => unknown>> = {
  kmeans: (points) => kmeans(points, { k: 2, seed: 1 }),
  kmeansSteps: (points) => last(kmeansSteps(points, { k: 2, seed: 1 })),
  predict: (points) => model.predict(points),
  transform: (points) => model.transform(points),
  score: (points) => model.score(points),
};

/** All that takes an array, and what it is called where it is refused. */
interface Taker {
  readonly take: (values: ArrayLike<number>) => unknown;
  /** An array that it takes. */
  readonly values: readonly number[];
  /** Of the array itself, and of the entry at index 0. */
  readonly called: string;
  readonly entry: string;
}

const forPoints = Object.entries(operations).flatMap(([operation, act]): [string, Taker][] => [
  [
    `${operation}, points as rows`,
    {
      take: (row) => act([ROWS[0] as number[], ROWS[1] as number[], row]),
      values: ROWS[2] as number[],
      called: `${operation}: points, row 2 is`,
      entry: `${operation}: points, row 2, column 0`,
    },
  ],
  [
    `${operation}, points as an array with a shape`,
    {
      take: (data) => act({ data, shape: [4, 2] }),
      values: FLAT,
      called: `${operation}: points is { data, shape }, where data is`,
      entry: `${operation}: points, row 0, column 0`,
    },
  ],
]);

const takers: readonly [string, Taker][] = [
  ...forPoints,
  [
    "kmeans, init as rows",
    {
      take: (row) => kmeans(ROWS, { init: [row, [3, 3]] }),
      values: [30, 40],
      called: "kmeans: init, row 0 is",
      entry: "kmeans: init, row 0, column 0",
    },
  ],
  [
    "kmeans, init as an array with a shape",
    {
      take: (data) => kmeans(ROWS, { init: { data, shape: [2, 2] } }),
      values: START,
      called: "kmeans: init is { data, shape }, where data is",
      entry: "kmeans: init, row 0, column 0",
    },
  ],
  [
    "kmeans, weights",
    {
      take: (weights) => kmeans(ROWS, { k: 2, seed: 1, weights }),
      values: [1, 2, 3, 4],
      called: "kmeans: the weights are",
      entry: "kmeans: weight 0",
    },
  ],
  [
    "kmeans, weights as an array with a shape",
    {
      take: (data) => kmeans(ROWS, { k: 2, seed: 1, weights: { data, shape: [4] } }),
      values: [1, 2, 3, 4],
      called: "kmeans: the weights are { data, shape }, where data is",
      entry: "kmeans: weight 0",
    },
  ],
];

const gone = /^an? \w+ whose buffer was transferred or shrank; expected a copy, made beforehand by slice\(\)$/;

/** What a refusal says after the place that it names. */
function refusalOf(act: () => unknown, place: string): string {
  let message = "";
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    message = (error as Error).message;
  }
  expect(message.slice(0, place.length)).toBe(place);
  return message.slice(place.length + 1);
}

describe.each(takers)("%s", (_, { take, values, called, entry }) => {
  const expected = written(take([...values]));

  test.each(arrays)("takes the numbers of: %s", (_, make) => {
    expect(written(take(make(values)))).toEqual(expected);
  });

  test.each(emptied)("says what became of: %s", (_, make) => {
    expect(refusalOf(() => take(make(values)), called)).toMatch(gone);
  });

  test.each(bigints)("refuses: %s", (_, make) => {
    const shown = `is ${values[0]}n (bigint); expected a finite number`;
    expect(refusalOf(() => take(wrong(make(values))), entry)).toMatch(new RegExp(`^${shown.replace(/[()]/g, "\\$&")}`));
  });

  test("refuses a sparse array", () => {
    const sparse = Object.assign(new Array(values.length), values);
    delete sparse[0];
    expect(refusalOf(() => take(sparse), entry)).toMatch(/^is undefined; expected a finite number/);
  });

  test.each(others)("refuses: %s", (_, make, shown) => {
    const place = called.replace("{ data, shape }, where data is", "{ data:");
    const message = refusalOf(() => take(wrong(make(values))), place);
    expect(message.slice(0, shown.length)).toBe(shown);
    expect(message).toMatch(/; expected /);
  });
});

describe("many points", () => {
  const shape = [MANY.length / 2, 2];
  const options: KMeansOptions = { k: 2, seed: 1 };
  const expected = written(kmeans({ data: MANY, shape }, options));
  const labels = written(model.predict({ data: MANY, shape }));

  /** In float32 and in float64 sums are rounded otherwise. */
  const rounded = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value), (_, each) => (typeof each === "number" ? Number(each.toPrecision(6)) : each));

  test.each(arrays)("in one array: %s", (_, make) => {
    const data = make(MANY);
    expect(rounded(kmeans({ data, shape }, options))).toEqual(rounded(expected));
    expect(written(model.predict({ data, shape }))).toEqual(labels);
  });
});

describe("rows of different kinds", () => {
  test("are points and starts", () => {
    const mixed = ROWS.map((row, at) => (arrays[(7 * at) % arrays.length] as (typeof arrays)[number])[1](row));
    for (const act of Object.values(operations)) expect(written(act(mixed))).toEqual(written(act(ROWS)));
    expect(written(kmeans(ROWS, { init: mixed }))).toEqual(written(kmeans(ROWS, { init: ROWS })));
  });

  test("all rows of another realm are points", () => {
    const rows = elsewhere<number[][]>("[[0, 1], [2, 1], new Float64Array([30, 40]), new Uint8Array([33, 41])]");
    for (const act of Object.values(operations)) expect(written(act(rows))).toEqual(written(act(ROWS)));
  });
});

describe("tensors", () => {
  const weights = [1, 2, 3, 4];
  const byArrays = kmeans(ROWS, { init: ROWS.slice(0, 2), weights });

  test("are starts and weights", () => {
    const byTensors = kmeans(tensor(ROWS), { init: tensor(ROWS).slice(0, 0, 2), weights: tensor(weights) });
    expect(written(byTensors)).toEqual(written(byArrays));
  });

  test("of another copy of the library are points, starts and weights, but no part of a graph of ours", async () => {
    vi.resetModules();
    const other = await import("@protograd/autograd");
    const theirs = other.tensor(ROWS) as never as Tensor;
    const byTheirs = kmeans(theirs, {
      init: theirs.slice(0, 0, 2),
      weights: other.tensor(weights) as never as Tensor,
    });
    expect(written(byTheirs)).toEqual(written(byArrays));
    for (const act of Object.values(operations)) expect(written(act(theirs))).toEqual(written(act(ROWS)));
    for (const [operation, act] of Object.entries({ squaredDistances, kmeansCost })) {
      const message = `${operation}: points are a Tensor of another copy of @protograd/autograd than the one that @protograd/kmeans imports; install only one`;
      expect(() => act(theirs, tensor(ROWS))).toThrow(expect.objectContaining({ name: "TypeError", message }));
      expect(() => act(tensor(ROWS), theirs)).toThrow(message.replace("points", "prototypes"));
    }
  });
});

describe("arrays that steps were begun with", () => {
  test("may go away, where they had to be converted", () => {
    const data = Float64Array.from(FLAT);
    const options: KMeansOptions = { init: [START.slice(0, 2), START.slice(2)] };
    const run = kmeansSteps({ data, shape: [4, 2] }, options);
    run.next();
    detached(data);
    expect(written(last(run))).toEqual(written(kmeans(ROWS, options)));
  });
});

describe("makeBlobs", () => {
  const made = (options: object) => written(makeBlobs({ randomState: 1, ...options }));
  const lists = { samples: [3, 2], clusterStd: [1, 2] };

  test.each(arrays)("takes the numbers of: %s", (_, make) => {
    for (const [name, values] of Object.entries(lists)) {
      expect(made({ centers: 2, [name]: make(values) })).toEqual(made({ centers: 2, [name]: values }));
    }
    expect(made({ centers: [make([1, 2]), [3, 4]] })).toEqual(
      made({
        centers: [
          [1, 2],
          [3, 4],
        ],
      }),
    );
    expect(made({ samples: make([3, 2]) })).toEqual(made({ samples: [3, 2] }));
  });

  test.each(emptied)("says what became of: %s", (_, make) => {
    for (const [name, values] of Object.entries(lists)) {
      expect(refusalOf(() => made({ centers: 2, [name]: make(values) }), `makeBlobs: ${name} is`)).toMatch(gone);
    }
    expect(refusalOf(() => made({ centers: [make([1, 2])] }), "makeBlobs: centre 0 is")).toMatch(gone);
  });

  test.each<[string, (values: readonly number[]) => unknown]>([
    ...bigints,
    ...others.map(([name, make]): [string, typeof make] => [name, make]),
  ])("refuses: %s", (_, make) => {
    for (const [name, values] of Object.entries(lists)) {
      expect(() => made({ centers: 2, [name]: make(values) })).toThrow(/^makeBlobs: .*; expected /);
    }
    expect(() => made({ centers: [make([1, 2])] })).toThrow(/^makeBlobs: cent.*; expected /);
    expect(() => made({ centers: make([1, 2]) })).toThrow(/^makeBlobs: centers.*; expected /);
  });

  test.each(["samples", "features", "centers", "clusterStd", "centerBox", "shuffle"])("%s is not null", (name) => {
    expect(made({ [name]: undefined })).toEqual(made({}));
    expect(() => made({ [name]: null })).toThrow(new RegExp(`^makeBlobs: ${name} is null; expected `));
  });
});

describe("a document", () => {
  const document = model.toJSON();

  test("of another realm is one", () => {
    const read = elsewhere<object>("JSON.parse(values[0])", [JSON.stringify(model)]);
    expect(written(KMeansModel.fromJSON(read))).toEqual(document);
  });

  test("may have arrays of a subclass", () => {
    const [, make] = arrays.find(([name]) => name.startsWith("subclass of Array")) as (typeof arrays)[number];
    const fields = { labels: make(document.labels), centroids: make(document.centroids as never) };
    expect(written(KMeansModel.fromJSON({ ...document, ...fields }))).toEqual(document);
  });

  test.each(["centroids", "origin", "labels", "clusterSizes", "history"] as const)("has no hole in %s", (field) => {
    const sparse = [...document[field]];
    delete sparse[0];
    expect(() => KMeansModel.fromJSON({ ...document, [field]: sparse })).toThrow(
      `fromJSON: the document's ${field} is [`,
    );
  });

  test("has no hole in a row", () => {
    const centroids = document.centroids.map((row) => [...row]);
    delete centroids[1]?.[0];
    expect(() => KMeansModel.fromJSON({ ...document, centroids })).toThrow("fromJSON: the document's centroids is [");
  });

  test.each(["origin", "labels", "clusterSizes", "history"] as const)("has a plain array in %s", (field) => {
    const makers = [...arrays.filter(([, make]) => !Array.isArray(make([1]))), ...bigints, ...others, ...emptied];
    for (const [, make] of makers) {
      expect(() => KMeansModel.fromJSON({ ...document, [field]: make([1, 2]) })).toThrow(
        new RegExp(`^fromJSON: the document's ${field} is .*; expected an array of `),
      );
    }
  });
});

describe("types", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const mixed = [[1, 2], Uint8Array.of(3, 4), Float64Array.of(5, 6)];

  test("take what is taken", () => {
    const canvas: Uint8ClampedArray = Uint8ClampedArray.of(1, 2, 3, 4);
    const points: Points[] = [
      mixed,
      [[1], [2]],
      [[1], [2]] as const,
      [Uint8Array.of(1), Uint8Array.of(2)],
      [new Float32Array(new SharedArrayBuffer(4)), Int32Array.of(2)],
      { data: canvas, shape: [2, 2] },
      { data: Uint16Array.of(1, 2), shape: [2, 1] as const },
      { data: [1, 2], shape: [2, 1] },
      { data: tensor([1, 2]).data, shape: [2, 1] },
      tensor([[1], [2]]),
      ...("Float16Array" in globalThis
        ? [{ data: Float16Array.of(1, 2), shape: [2, 1] }, [Float16Array.of(1), [2]]]
        : []),
    ];
    for (const each of points) {
      expect(kmeans(each, { k: 1 }).centroids).toHaveLength(1);
      const init: Init = each;
      expect(kmeans(each, { init }).inertia).toBe(0);
    }
    const weights: Weights[] = [
      [1, 2],
      [1, 2] as const,
      canvas.slice(0, 2),
      { length: 2, 0: 1, 1: 2 },
      { data: [1, 2], shape: [2] },
      { data: canvas.slice(0, 2), shape: [2] },
      tensor([1, 2]),
    ];
    for (const each of weights) expect(kmeans([[1], [4]], { k: 1, weights: each }).clusterSizes[0]).toBe(3);
  });

  test("refuse what is refused", () => {
    const view = new DataView(new ArrayBuffer(8));
    for (const act of [
      // @ts-expect-error strings are no points
      () => kmeans(["12", "34"], { k: 1 }),
      // @ts-expect-error nor are they coordinates
      () => kmeans([["1", "2"]], { k: 1 }),
      // @ts-expect-error nor is one of them data
      () => kmeans({ data: "12", shape: [1, 2] }, { k: 1 }),
      // @ts-expect-error a list of numbers is no points
      () => kmeans([1, 2], { k: 1 }),
      // @ts-expect-error nor is a typed array without a shape
      () => kmeans(Float32Array.of(1, 2), { k: 1 }),
      // @ts-expect-error nor are rows of rows
      () => kmeans([[[1]]], { k: 1 }),
      // @ts-expect-error bigints are no numbers
      () => kmeans([BigInt64Array.of(1n)], { k: 1 }),
      // @ts-expect-error nor with a shape
      () => kmeans({ data: BigInt64Array.of(1n), shape: [1, 1] }, { k: 1 }),
      // @ts-expect-error a view has no entries
      () => kmeans({ data: view, shape: [1, 1] }, { k: 1 }),
      // @ts-expect-error a string is no list of weights
      () => kmeans([[1]], { k: 1, weights: "1" }),
      // @ts-expect-error bigints are no weights
      () => kmeans([[1]], { k: 1, weights: BigInt64Array.of(1n) }),
      // @ts-expect-error strings are no start
      () => kmeans([[1]], { init: ["1"] }),
      // @ts-expect-error a list of numbers is no start
      () => kmeans([[1]], { init: [1] }),
      // @ts-expect-error null is no option
      () => kmeans([[1]], { k: 1, seed: null }),
    ]) {
      expect(act).toThrow(TypeError);
    }
  });
});
