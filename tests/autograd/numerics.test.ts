/** The numerics contract: what float32 the engine computes, down to the bit, wherever an entry lies. */
import { type Tensor, tensor } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { valuesOf } from "../../packages/autograd/src/engine.js";
import { constant, type Example, type Node } from "../../packages/autograd/src/graph.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { applyEntry, choices, draws, runs, SPECIAL, vector } from "./cases.js";

/** Whole numbers in the order of the float32 numbers, so that neighbours are 1 apart. */
function orderOf(value: number): number {
  const bits = new DataView(Float32Array.of(value).buffer).getInt32(0, true);
  return bits < 0 ? -(2 ** 31) - bits : bits;
}

/** How many float32 numbers two numbers are apart. 0 and −0 are as far from each other as NaN is from all others. */
function ulpsApart(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  return a === b || Number.isNaN(a) || Number.isNaN(b) ? Infinity : Math.abs(orderOf(a) - orderOf(b));
}

/** These are not the nearest float32 number, but close. */
const APPROXIMATE = ["exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "pow", "power"];

const maps = entries.filter((entry) => entry.kind === "map");

describe.each(maps.map((entry) => [entry.name, entry] as const))("%s", (name, entry) => {
  const ulps = APPROXIMATE.includes(name) ? 2 : 0;
  const { meaning } = entry as unknown as { meaning: (...values: unknown[]) => number };
  const { length: count } = (entry.examples[0] as Example).inputs;
  const rows = choices(Array.from({ length: count }, () => SPECIAL));
  const columns = Array.from({ length: count }, (_, input) => rows.map((row) => row[input] as number));

  test.each(entry.examples.map(({ attributes }) => [attributes]))("special values %o", (attributes) => {
    const values = valuesOf(applyEntry(entry, columns.map(vector), attributes));
    const wrong = Array.from(values, (value, at) => {
      const given = columns.map((column) => column[at]);
      const expected = Math.fround(meaning(...given, attributes));
      return ulpsApart(value, expected) <= ulps ? "" : `${given}: ${value}, expected ${expected}`;
    });
    expect(wrong.filter(Boolean).slice(0, 5)).toEqual([]);
  });

  test("has the same bits wherever an entry lies", () => {
    for (let size = 0; size <= 40; size++) {
      const inputs = columns.map((column) =>
        Array.from({ length: size }, (_, at) => column[(at * 37) % column.length]),
      );
      const { attributes } = entry.examples[0] as Example;
      const together = valuesOf(applyEntry(entry, (inputs as number[][]).map(vector), attributes));
      const alone = Array.from({ length: size }, (_, at) => {
        const single = (inputs as number[][]).map((column) => vector([column[at] as number]));
        return valuesOf(applyEntry(entry, single, attributes))[0] as number;
      });
      expect(Array.from(together)).toEqual(alone);
    }
  });
});

describe.each(maps.map((entry) => [entry.name, entry] as const))("%s in float64", (_, entry) => {
  const doubles = [...SPECIAL, 0.1, -2.7, 1e-300, 1e300, Math.PI];
  const { inputs, attributes } = entry.examples[0] as Example;
  const columns = inputs.map((_, which) =>
    doubles.map((_, at) => doubles[(at * (1 + 10 * which)) % doubles.length] as number),
  );
  const double = (values: readonly number[]): Node => constant(Float64Array.from(values), [values.length]);

  test("has the same bits wherever an entry lies, those of its meaning but for the last digit", () => {
    const { meaning } = entry as unknown as { meaning: (...values: unknown[]) => number };
    const together = valuesOf(applyEntry(entry, columns.map(double), attributes));
    const alone = doubles.map((_, at) => {
      const single = columns.map((column) => double([column[at] as number]));
      return valuesOf(applyEntry(entry, single, attributes))[0] as number;
    });
    expect(Array.from(together)).toEqual(alone);
    alone.forEach((value, at) => {
      const exact = meaning(...columns.map((column) => column[at]), attributes);
      const isClose = Object.is(value, exact) || Math.abs(value - exact) <= 2 ** -51 * Math.abs(exact);
      expect(isClose, `${columns.map((column) => column[at])}: ${value}, expected ${exact}`).toBe(true);
    });
  });
});

describe("where an angle is nearly a multiple of a quarter turn, and little is left of it", () => {
  // The float32 numbers next to n · π/2, up to where the host computes and beyond.
  const angles = Float32Array.from({ length: 3 * 20_000 }, (_, at) => {
    const nearest = new Int32Array(Float32Array.of((Math.ceil((at + 1) / 3) * Math.PI) / 2).buffer);
    return new Float32Array(Int32Array.of((nearest[0] as number) + (at % 3) - 1).buffer)[0] as number;
  });

  test.each([
    ["sin", Math.sin],
    ["cos", Math.cos],
  ] as const)("%s is within 2 ulps", (name, exact) => {
    const both = tensor([...angles, ...angles.map((angle) => -angle)]);
    const values = both[name]().data;
    let worst = 0;
    both.data.forEach((angle, at) => {
      worst = Math.max(worst, ulpsApart(values[at] as number, Math.fround(exact(angle))));
    });
    expect(worst).toBeLessThanOrEqual(2);
  });
});

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

describe.each([
  ["exp", Math.exp, (x: number) => x * 105],
  ["log", Math.log, (x: number) => 2 ** (x * 148)],
  ["log1p", Math.log1p, (x: number) => (x < 0 ? -(2 ** (40 * x)) : 2 ** (296 * x - 148))],
  ["expm1", Math.expm1, (x: number) => 105 * x ** 3],
  ["sin", Math.sin, (x: number) => 20_000 * x ** 3],
  ["cos", Math.cos, (x: number) => 20_000 * x ** 3],
  ["tanh", Math.tanh, (x: number) => 12 * x ** 5],
  ["softplus", softplus, (x: number) => 110 * x ** 3],
  ["logSigmoid", (x: number) => -softplus(-x), (x: number) => 100 * x ** 3],
] as const)("%s", (name, exact, spread) => {
  test("is within 2 ulps over its whole range", () => {
    const inputs = Float32Array.from({ length: 200_000 }, (_, at) => spread((at - 99_999.5) / 100_000));
    const values = tensor(inputs)[name]().data;
    let worst = 0;
    inputs.forEach((input, at) => {
      worst = Math.max(worst, ulpsApart(values[at] as number, Math.fround(exact(input))));
    });
    expect(worst).toBeLessThanOrEqual(2);
  });
});

test("the softplus and the log of the sigmoid are exact where they end", () => {
  const ends = tensor([-Infinity, -200, -100, 100, 200, Infinity, Number.NaN]);
  const small = Math.fround(Math.exp(-100));
  expect([...ends.softplus().data]).toEqual([0, 0, small, 100, 200, Infinity, Number.NaN]);
  expect([...ends.logSigmoid().data]).toEqual([-Infinity, -200, -100, -small, 0, 0, Number.NaN]);
});

const length = fc.constantFrom(3, 17, 33, 100);

test("a row has the same bits, however many rows there are and however long they are", () => {
  fc.assert(
    fc.property(draws(), fc.integer({ min: 1, max: 40 }), length, (draw, rows, columns) => {
      const values = Float32Array.from({ length: rows * columns }, () => draw(4096) / 1024 - 2);
      const row = draw(rows);
      const all = results(tensor(values, [rows, columns]), row);
      const transposed = results(tensor(values, [rows, columns]).add(0).transpose().add(0).transpose(), row);
      const alone = results(tensor(values.slice(row * columns, (row + 1) * columns), [1, columns]), 0);
      expect([all, transposed]).toEqual([alone, alone]);
    }),
    runs(12),
  );
});

test("equal rows have equal sums, wherever they lie", () => {
  fc.assert(
    fc.property(draws(), fc.integer({ min: 1, max: 40 }), length, (draw, rows, columns) => {
      const row = Array.from({ length: columns }, () => draw(4096) / 1024 - 2);
      const sums = tensor(Array(rows).fill(row)).exp().reduceSum(1).data;
      expect(new Set(sums).size).toBe(1);
    }),
    runs(60),
  );
});

/** What becomes of one row. */
const results = (x: Tensor, row: number): unknown[] =>
  [x, x.square().add(1).log(), x.exp().sub(x.tanh()), x.sqrt()].flatMap((y) => [
    Array.from(y.slice(0, row, row + 1).data),
    y.reduceMin(1).data[row],
    y.reduceMax(1).data[row],
    y.argmin(1).data[row],
    y.argmax(1).data[row],
  ]);

test("the first of equal extremes wins, and before it the first NaN, along either axis and over a long one", () => {
  const special = fc.array(fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(special, (line) => {
      const first = (wins: (a: number, b: number) => boolean): number => {
        const nan = line.findIndex((value) => Number.isNaN(value));
        return nan >= 0 ? nan : line.reduce((best, value, at) => (wins(value, line[best] as number) ? at : best), 0);
      };
      const [smallest, largest] = [first((a, b) => a < b), first((a, b) => a > b)];
      const rows = tensor([...line, ...line, ...line], [3, line.length]);
      for (const x of [rows, rows.add(0).transpose()]) {
        const axis = x === rows ? 1 : 0;
        expect(Array.from(x.argmin(axis).data)).toEqual([smallest, smallest, smallest]);
        expect(Array.from(x.argmax(axis).data)).toEqual([largest, largest, largest]);
      }
      expect(rows.reduceMin(1).data[2]).toBe(line[smallest]);
      expect(rows.reduceMax(1).data[1]).toBe(line[largest]);
      expect(tensor(line).reduceMin().item()).toBe(line[smallest]);
      expect(tensor(line).argmax(0).item()).toBe(largest);
    }),
    runs(100),
  );
});

describe("a sum is within a millionth of the sum of its terms' sizes", () => {
  const terms = Float32Array.from({ length: 1e7 }, (_, at) => 1 + Math.sin(at * 0.7) * (at % 3));
  test.each([
    [[1e7], 0],
    [[1e6, 10], 0],
    [[10, 1e6], 1],
    [[3, 1e6], 1],
    [[1e6, 3], 1],
    [[50, 1000, 20], 1],
    [[100_000, 33], 1],
    [[20_000, 100], 1],
  ])("shape %o, axis %i", (shape, axis) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const length = shape[axis] as number;
    const inner = shape.slice(axis + 1).reduce((product, each) => product * each, 1);
    const values = terms.subarray(0, size);
    const sums = tensor(values, shape).reduceSum(axis).data;
    const exact = new Float64Array(sums.length);
    const sizes = new Float64Array(sums.length);
    values.forEach((value, at) => {
      const place = Math.floor(at / (length * inner)) * inner + (at % inner);
      exact[place] = (exact[place] as number) + value;
      sizes[place] = (sizes[place] as number) + Math.abs(value);
    });
    const worst = sums.reduce(
      (most, sum, at) => Math.max(most, Math.abs(sum - (exact[at] as number)) / (sizes[at] as number)),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1e-6);
  });
});
