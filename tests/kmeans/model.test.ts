/** What a model answers, and what becomes of it as a document: the same again, or an error that names the field. */
import { type KMeansDocument, KMeansModel, kmeans, makeBlobs, type Points } from "@protograd/kmeans";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inertiaOf, type Rows, squaredDistance } from "./textbook.js";

const { points } = makeBlobs({ samples: 40, centers: 3, clusterStd: 2, randomState: 9 });
const model = kmeans(points, { k: 3, seed: 1 });

const distancesOf = (rows: Rows, W: Rows): number[][] =>
  rows.map((x) => W.map((w) => Math.sqrt(squaredDistance(x, w))));

const expectRelative = (actual: number, expected: number, tolerance: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
};

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;

/** Rows within some distance of the points, near or far. */
const others = (reach: number) =>
  fc.array(fc.tuple(...[0, 1].map(() => fc.double({ min: -reach, max: reach, noNaN: true }))), {
    minLength: 1,
    maxLength: 9,
  }) as fc.Arbitrary<number[][]>;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("answers about other points", () => {
  test("are those of the textbook", () => {
    const law = (rows: number[][]): void => {
      const expected = distancesOf(rows, model.centroids);
      const distances = model.transform(rows);
      expect(distances.map((row) => row.length)).toEqual(rows.map(() => 3));
      distances.flat().forEach((distance, at) => {
        expect(Math.abs(distance - (expected.flat()[at] as number))).toBeLessThanOrEqual(1e-12);
      });
      const labels = [...model.predict(rows)];
      rows.forEach((_, i) => {
        const [own, least] = [expected[i]?.[labels[i] as number] as number, Math.min(...(expected[i] as number[]))];
        expect(own - least).toBeLessThanOrEqual(1e-12);
      });
      expectRelative(model.score(rows), -inertiaOf(rows, model.centroids), 1e-12);
    };
    fc.assert(fc.property(others(100), law));
  });

  test("a tie goes to the first centroid", () => {
    const two = kmeans([[-1], [1]], { init: [[1], [-1]] });
    expect([...two.predict([[0], [0.5], [-0.5]])]).toEqual([0, 0, 1]);
  });

  test("are right for points that are far from all that the model has seen", () => {
    for (const far of [1e10, 1e19, 1e25, 1e50, 1e100, 1e140]) {
      for (const x of [
        [far, 0],
        [0, -far],
      ]) {
        for (const distance of model.transform([x]).flat()) expectRelative(distance, far, 1e-5);
        expectRelative(model.score([x]) / far, -far, 1e-5);
      }
    }
  });

  test("far points are given to the centroid on their side", () => {
    const two = kmeans([[-2], [-1], [1], [2]], { init: [[-1], [1]] });
    for (const far of [10, 1e3, 1e6]) expect([...two.predict([[-far], [far]])]).toEqual([0, 1]);
  });

  test("are right for a model of tiny points", () => {
    const tiny = kmeans([[1e-100], [2e-100], [9e-100]], { init: [[1e-100], [9e-100]] });
    for (const distance of tiny.transform([[1]]).flat()) expectRelative(distance, 1, 1e-12);
    expectRelative(tiny.score([[1]]), -1, 1e-12);
  });

  test("each point is answered for itself", () => {
    const whole = { labels: model.predict(points), distances: model.transform(points) };
    points.forEach((x, i) => {
      expect(model.predict([x])[0]).toBe(whole.labels[i]);
      expect(model.transform([x])[0]).toEqual(whole.distances[i]);
    });
  });
});

function errorOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

test("a model is made by kmeans and by fromJSON, and says so to those who try new", () => {
  const Model = KMeansModel as unknown as new (...given: unknown[]) => KMeansModel;
  for (const given of [[], [{ k: 3 }], [points, { k: 3 }]]) {
    expect(() => new Model(...given)).toThrow(
      "KMeansModel: not made with new; use kmeans(points, options) or KMeansModel.fromJSON(json)",
    );
  }
});

describe("as a document", () => {
  const documentOf = (from: KMeansModel): KMeansDocument => JSON.parse(JSON.stringify(from));

  const expectSame = (a: KMeansModel, b: KMeansModel, rows: Points): void => {
    expect(a.toJSON()).toStrictEqual(b.toJSON());
    expect(a).toBeInstanceOf(KMeansModel);
    for (const field of [
      "centroids",
      "labels",
      "inertia",
      "iterations",
      "converged",
      "clusterSizes",
      "history",
    ] as const) {
      expect(a[field]).toStrictEqual(b[field]);
    }
    expect(a.predict(rows)).toStrictEqual(b.predict(rows));
    expect(a.transform(rows)).toStrictEqual(b.transform(rows));
    expect(a.score(rows)).toBe(b.score(rows));
  };

  test("a model comes back exactly, from the document, its text, and the text of the text", () => {
    const problem = fc.record({
      rows: fc.array(fc.array(fc.double({ min: -1e100, max: 1e100, noNaN: true }), { minLength: 2, maxLength: 2 }), {
        minLength: 5,
        maxLength: 5,
      }),
      factor: fc.constantFrom(1, 1e-99, 1e-3, 1e39),
      weights: fc.array(fc.double({ min: 0.1, max: 9, noNaN: true }), { minLength: 5, maxLength: 5 }),
      algorithm: fc.constantFrom("lloyd", "gradient-descent", "online", "mini-batch"),
      seed: fc.nat(),
    });
    const law = ({ rows, factor, weights, algorithm, seed }: ValueOf<typeof problem>): void => {
      const given = rows.map((row) => row.map((value) => value * factor));
      const made = kmeans(given, { k: 2, seed, weights, algorithm, maxIterations: 5 });
      expectSame(KMeansModel.fromJSON(made.toJSON()), made, given);
      expectSame(KMeansModel.fromJSON(JSON.stringify(made)), made, given);
      expectSame(KMeansModel.fromJSON(documentOf(KMeansModel.fromJSON(documentOf(made)))), made, given);
    };
    fc.assert(fc.property(problem, law), { numRuns: 60 });
  });

  test("also one that was aborted before its first iteration, and one of centroids at −0", () => {
    for (const rows of [points, [[-0], [5]]]) {
      const error = errorOf(() => kmeans(rows, { init: rows.slice(0, 2), signal: AbortSignal.abort() }));
      const aborted = error.cause as KMeansModel;
      expectSame(KMeansModel.fromJSON(JSON.stringify(aborted)), aborted, rows);
    }
    const zero = kmeans([[-0], [-0], [5]], { init: [[-0], [5]] });
    expectSame(KMeansModel.fromJSON(JSON.stringify(zero)), zero, [[-0], [1]]);
  });

  test("it says what it is: a format, a version, and plain data", () => {
    const document = model.toJSON();
    expect([document.format, document.version]).toEqual(["@protograd/kmeans", 1]);
    expect(documentOf(model)).toStrictEqual(document);
  });

  test("neither document nor model changes with the other", () => {
    const before = documentOf(model);
    const document = model.toJSON();
    const back = KMeansModel.fromJSON(document);
    const spoil = (value: unknown): void => {
      if (!Array.isArray(value)) return;
      value.forEach(spoil);
      value.length = 0;
    };
    Object.values(document).forEach(spoil);
    expect(documentOf(model)).toStrictEqual(before);
    expect(documentOf(back)).toStrictEqual(before);
    expect(back.predict(points)).toEqual(model.labels);
  });
});

describe("a wrong or damaged document", () => {
  const whole = model.toJSON();
  const fields = Object.keys(whole) as (keyof KMeansDocument)[];
  const damaged = (field: keyof KMeansDocument, value: unknown): unknown => ({ ...whole, [field]: value });
  const expectNamed = (document: unknown, field: string): void => {
    const named = new RegExp(`^fromJSON: the document('s| has) ${field}\\b.*; (expected|this library reads) `);
    expect(() => KMeansModel.fromJSON(document)).toThrow(
      expect.objectContaining({
        name: expect.stringMatching(/^(Type|Range)Error$/),
        message: expect.stringMatching(named),
      }),
    );
  };

  test.each(fields)("without %s is refused by that name", (field) => {
    const { [field]: _, ...rest } = whole;
    expectNamed(rest, field);
    expectNamed(JSON.stringify(rest), field);
  });

  test("with a field of another kind is refused by its name", () => {
    const array = Array.isArray;
    const other = fc
      .tuple(fc.constantFrom(...fields), fc.anything({ withNullPrototype: true, withDate: true, withMap: true }))
      .filter(([field, value]) => {
        const right = whole[field];
        return typeof value !== typeof right || array(value) !== array(right);
      });
    fc.assert(
      fc.property(other, ([field, value]) => expectNamed(damaged(field, value), field)),
      { numRuns: 500 },
    );
  });

  test("with one entry of an array damaged is refused by the field's name", () => {
    const arrays = ["centroids", "origin", "labels", "clusterSizes", "history"] as const;
    const damage = fc.record({
      field: fc.constantFrom(...arrays),
      at: fc.nat(1000),
      inside: fc.boolean(),
      value: fc.constantFrom<unknown>(Number.NaN, Infinity, null, undefined, "1", {}, true, [[0]]),
    });
    const law = ({ field, at, inside, value }: ValueOf<typeof damage>): void => {
      const values: unknown[] = structuredClone(whole[field]);
      const rows = inside && field === "centroids" ? (values[at % 3] as unknown[]) : values;
      rows[at % rows.length] = value;
      expectNamed(damaged(field, values), field);
    };
    fc.assert(fc.property(damage, law), { numRuns: 500 });
  });

  test.each<[keyof KMeansDocument, unknown]>([
    ["format", "kmeans"],
    ["version", 2],
    ["version", 0],
    ["centroids", []],
    ["centroids", [[], [], []]],
    ["centroids", [[1, 2], [3], [4, 5]]],
    ["origin", [0]],
    ["origin", [0, 0, 0]],
    ["scale", 0],
    ["scale", -1],
    ["scale", Infinity],
    ["scale", 5e-324],
    ["labels", [3]],
    ["labels", [-1]],
    ["labels", [0.5]],
    ["inertia", -1],
    ["inertia", Number.NaN],
    ["iterations", -1],
    ["iterations", 1.5],
    ["iterations", whole.iterations + 1],
    ["clusterSizes", [1, 2]],
    ["clusterSizes", [1, 2, -3]],
    ["history", [...whole.history, 1]],
    ["history", whole.history.map((inertia) => -inertia)],
  ])("whose %s is %j is refused", (field, value) => {
    const name = field === "iterations" || field === "history" ? "(iterations|history)" : field;
    expectNamed(damaged(field, value), name);
  });

  test.each<[string, unknown, string]>([
    ["nothing", undefined, 'fromJSON: the document\'s format is undefined; expected "@protograd/kmeans" (string)'],
    ["null", null, 'fromJSON: the document\'s format is undefined; expected "@protograd/kmeans" (string)'],
    ["a number", 5, 'fromJSON: the document\'s format is undefined; expected "@protograd/kmeans" (string)'],
    ["an array", [], 'fromJSON: the document\'s format is undefined; expected "@protograd/kmeans" (string)'],
    ["a document of ml-kmeans", { clusters: [], centroids: [] }, "fromJSON: the document's format is undefined"],
    ["text that is not JSON", "{", "fromJSON: the text is not JSON; expected what JSON.stringify makes of a model"],
    ["text that is cut short", JSON.stringify(model).slice(0, -9), "fromJSON: the text is not JSON; expected what"],
    ["a later version", damaged("version", 2), "fromJSON: the document has version 2; this library reads 1"],
    ["another format", damaged("format", "x"), 'fromJSON: the document\'s format is "x" (string); expected'],
    [
      "labels of no cluster",
      damaged("labels", [0, 3]),
      "the document's labels is [0, 3]; expected an array of whole numbers from 0 below 3",
    ],
  ])("%s", (_, document, message) => {
    expect(() => KMeansModel.fromJSON(document)).toThrow(message);
  });

  test("any value whatever is refused, without a crash", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (document) => {
        expect(() => KMeansModel.fromJSON(document)).toThrow(/^fromJSON: the (document's format|text) is /);
      }),
      { numRuns: 300 },
    );
  });
});
