/**
 * What is computed several neighbours at a time: products of matrices and the nearest of many prototypes, at the sizes
 * around a tile, a block and a group of a sum, of operands that are transposed, sliced and expanded. All numbers are
 * whole, so results are those of plain loops to the bit.
 */
import { compile, gradients, type Tensor, tensor } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepare } from "../../packages/autograd/src/engine.js";
import type { DType } from "../../packages/autograd/src/graph.js";
import { runs } from "./cases.js";
import { expectClose } from "./closeness.js";

type Matrix = readonly (readonly number[])[];

/** Small whole numbers that look like chance. */
const matrix = (rows: number, columns: number, seed: number): Matrix =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => ((row * 31 + column * 17 + seed * 7) % 11) - 5),
  );

const given = (values: Matrix, columns: number, dtype: DType): Tensor =>
  tensor(dtype === "float64" ? Float64Array.from(values.flat()) : Float32Array.from(values.flat()), [
    values.length,
    columns,
  ]);

const sum = (length: number, entry: (at: number) => number): number => {
  let total = 0;
  for (let at = 0; at < length; at++) total += entry(at);
  return total;
};

const entry = (values: Matrix, row: number, column: number): number =>
  (values[row] as readonly number[])[column] as number;

const SIZES = [0, 1, 2, 3, 4, 5, 15, 16, 17, 33];
/** Around a section. */
const LONG = [511, 512, 513, 515, 1024, 1025, 1091];
const SUMMED = [0, 1, 4, 5, 8, 9, 16, 17, 63, 64, 65, 130];

/** How an operand of the product lies: what is made of a matrix so that it is the matrix again. */
const LYING: Readonly<Record<string, (values: Matrix, columns: number, dtype: DType) => Tensor>> = {
  "as it is": given,
  transposed: (values, columns, dtype) =>
    given(
      Array.from({ length: columns }, (_, column) => values.map((row) => row[column] as number)),
      values.length,
      dtype,
    ).transpose(),
  "a slice of more": (values, columns, dtype) => {
    const wide = values.map((row) => [9, ...row, 9]);
    const more = [Array(columns + 2).fill(9), ...wide];
    return given(more, columns + 2, dtype)
      .slice(0, 1)
      .slice(1, 1, columns + 1);
  },
};

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  describe.each(Object.entries(LYING))("a matrix %s", (_, left) => {
    test.each(Object.entries(LYING))("times one %s", (_, right) => {
      const product = compile((A: Tensor, B: Tensor) => A.matmul(B));
      for (const summed of SUMMED) {
        for (const m of SIZES) {
          const n = SIZES[(m + summed) % SIZES.length] as number;
          const [A, B] = [matrix(m, summed, 1), matrix(summed, n, 2)];
          const found = product(left(A, summed, dtype), right(B, n, dtype));
          const expected = A.flatMap((_, i) =>
            Array.from({ length: n }, (_, j) => sum(summed, (each) => entry(A, i, each) * entry(B, each, j))),
          );
          expect(
            [...found.data].map((value) => value + 0),
            `${m} × ${summed} × ${n}`,
          ).toEqual(expected);
        }
      }
    });
  });

  test.each(LONG)("sums of %i products, in sections where they are longer than one", (summed) => {
    const product = compile((A: Tensor, B: Tensor) => A.matmul(B));
    const bent = compile((A: Tensor, B: Tensor) => A.matmul(B).sub(1).relu());
    for (const [left, m] of Object.values(LYING).flatMap((left) => [7, 9, 18].map((m) => [left, m] as const))) {
      for (const [right, n] of Object.values(LYING).map((right, at) => [right, [16, 35, 9][at] as number] as const)) {
        const [A, B] = [matrix(m, summed, 1), matrix(summed, n, 2)];
        const operands = [left(A, summed, dtype), right(B, n, dtype)] as const;
        const expected = A.flatMap((_, i) =>
          Array.from({ length: n }, (_, j) => sum(summed, (each) => entry(A, i, each) * entry(B, each, j))),
        );
        expect([...product(...operands).data].map((value) => value + 0)).toEqual(expected);
        expect([...bent(...operands).data]).toEqual(expected.map((value) => Math.max(0, value - 1)));
      }
    }
  });

  test("many products at once, of which one operand is the same", () => {
    const product = compile((A: Tensor, B: Tensor) => A.matmul(B));
    for (const [batch, m, summed, n] of [
      [2, 3, 17, 5],
      [3, 2, 64, 16],
      [5, 1, 9, 33],
      [1, 17, 65, 2],
    ] as const) {
      const all = Array.from({ length: batch }, (_, at) => matrix(m, summed, at));
      const B = matrix(summed, n, 3);
      const A = given(all.flat(), summed, dtype).reshape([batch, m, summed]);
      const found = product(A, given(B, n, dtype).expandDims(0).expand([batch, summed, n]));
      const expected = all
        .flat()
        .flatMap((row) =>
          Array.from({ length: n }, (_, j) => sum(summed, (each) => (row[each] as number) * entry(B, each, j))),
        );
      expect([...found.data].map((value) => value + 0)).toEqual(expected);
    }
  });

  test("the sum of sums that are bent", () => {
    const bent = compile((A: Tensor, B: Tensor) => A.matmul(B).relu().reduceSum(1));
    for (const [n, summed, m] of [
      [16, 9, 3],
      [33, 17, 9],
      [17, 64, 17],
      [100, 5, 70],
    ] as const) {
      const [A, B] = [matrix(n, summed, 4), matrix(summed, m, 5)];
      const found = bent(given(A, summed, dtype), given(B, m, dtype));
      const expected = A.map((_, i) =>
        sum(m, (j) =>
          Math.max(
            0,
            sum(summed, (each) => entry(A, i, each) * entry(B, each, j)),
          ),
        ),
      );
      expect([...found.data]).toEqual(expected);
    }
  });

  test.each(SIZES.filter((k) => k > 0))(
    "the nearest of %i, the first of those that are as near, NaN before all",
    (k) => {
      const nearest = compile((X: Tensor, W: Tensor) => {
        const squares = X.expandDims(1).sub(W.expandDims(0)).square().reduceSum(2);
        return [squares.argmin(1), squares.reduceMin(1), squares.argmax(1)];
      });
      for (const n of [1, 15, 16, 17, 33]) {
        for (const d of [1, 5, 8, 9, 17]) {
          const [X, W] = [matrix(n, d, 6), matrix(k, d, 8).map((row) => [...row])];
          // The last ones are the first ones again; and one is nowhere.
          for (let j = k >> 1; j < k; j++) W[j] = [...(W[j - (k >> 1)] as number[])];
          if (n === 33 && k > 2) (W[2] as number[])[0] = NaN;
          const squares = X.map((x) => W.map((w) => sum(d, (c) => ((x[c] as number) - (w[c] as number)) ** 2)));
          const best = (isBetter: (a: number, b: number) => boolean): number[] =>
            squares.map((line) => {
              const nowhere = line.findIndex(Number.isNaN);
              return nowhere >= 0
                ? nowhere
                : line.reduce((best, _, j) => (isBetter(line[j] as number, line[best] as number) ? j : best), 0);
            });
          const [position, value, farthest] = nearest(given(X, d, dtype), given(W, d, dtype)) as [
            Tensor,
            Tensor,
            Tensor,
          ];
          const expected = best((a, b) => a < b);
          expect([...position.data]).toEqual(expected);
          expect([...value.data]).toEqual(expected.map((j, i) => entry(squares, i, j)));
          expect([...farthest.data]).toEqual(best((a, b) => a > b));
        }
      }
    },
  );
});

/** What may come before a product and after it: entry by entry, along a row, or to all of it. */
const AROUND: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  nothing: (x) => x,
  "a rectifier": (x) => x.relu(),
  "a curve": (x) => x.mul(0.1).tanh(),
  "its rows' means": (x) => x.sub(x.reduceMean(1, { keepDims: true })),
  "its columns' sums": (x) => x.add(x.reduceSum(0).mul(0.01)),
  "softmax of its rows": (x) => x.softmax(1),
  "the least of its rows": (x) => x.sub(x.reduceMin(1, { keepDims: true })),
  itself: (x) => x.add(x.transpose().transpose().square().mul(0.1)),
};

/** Lengths of which most are around a tile, a block or a group, and few are long. */
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 70 }) },
  { weight: 1, arbitrary: fc.constantFrom(511, 513, 600, 1030) },
);
const around = fc.constantFrom(...Object.keys(AROUND));

test("products of all sizes, with what comes before and after, have the reference's values and gradients", () => {
  fc.assert(
    fc.property(
      fc.record({ m: length, k: length, n: length, before: around, after: around, seed: fc.nat(999) }),
      fc.array(fc.constantFrom(...Object.keys(LYING)), { minLength: 2, maxLength: 2 }),
      ({ m, k, n, before, after, seed }, [left, right]) => {
        fc.pre(m * k * n < 2 ** 21 && n > 0);
        const scaled = (x: Tensor): Tensor => x.div(Math.sqrt(k) * 5);
        const lying = (which: string | undefined, values: Matrix, columns: number): Tensor =>
          (LYING[which as string] as (typeof LYING)[string])(values, columns, "float32");
        const A = lying(left, matrix(m, k, seed), k);
        const B = lying(right, matrix(k, n, seed + 1), n);
        const bend = (name: string, x: Tensor): Tensor => (AROUND[name] as (x: Tensor) => Tensor)(x);
        const y = bend(after, scaled(bend(before, A)).matmul(B));
        const slopes = gradients(y.square().reduceSum(), [A, B]);
        const outputs = [y, ...slopes].map(({ node }) => node);
        expectClose(outputs, prepare(outputs, [])([]));
      },
    ),
    runs(25),
  );
});
