/** The arbitraries for fast-check: what they draw keeps to its constraints, and what fails shrinks to something simple. */
import { type Tensor, zeros } from "@protograd/autograd";
import { broadcastable, shapes, tensors } from "@protograd/autograd/fast-check";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "./cases.js";

/** What is left of the counterexamples of a law, for each of some seeds. */
const shrunk = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => boolean): T[] =>
  Array.from({ length: 20 }, (_, seed) => {
    const { counterexample } = fc.check(fc.property(arbitrary, law), { seed, numRuns: 1000 });
    if (counterexample === null) throw new Error(`seed ${seed}: no counterexample`);
    return counterexample[0];
  });

const some = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { seed: 1, numRuns: 2000 });

describe("shapes", () => {
  test("keep to their constraints and reach their ends", () => {
    const ranks = new Set<number>();
    const lengths = new Set<number>();
    for (const shape of some(shapes({ minRank: 1, maxRank: 2, minLength: 2, maxLength: 5 }))) {
      ranks.add(shape.length);
      for (const length of shape) lengths.add(length);
    }
    expect([...ranks].sort()).toEqual([1, 2]);
    expect([...lengths].sort()).toEqual([2, 3, 4, 5]);
  });

  test("shrink to few and short axes", () => {
    for (const shape of shrunk(shapes(), (shape) => shape.reduce((size, length) => size * length, 1) < 6)) {
      expect(
        [
          [3, 2],
          [2, 3],
          [2, 4],
          [4, 2],
          [3, 3],
        ].map(String),
      ).toContain(String(shape.filter((length) => length > 1)));
    }
  });
});

describe("broadcastable", () => {
  test("broadcast to the result", () => {
    fc.assert(
      fc.property(broadcastable(3), ({ shapes: [a = [], b = [], c = []], result }) => {
        expect(zeros(a).add(zeros(b)).add(zeros(c)).shape).toEqual(result);
      }),
      runs(200),
    );
  });

  test("differ in rank and in lengths often enough", () => {
    const pairs = some(broadcastable());
    const differing = pairs.filter(({ shapes: [a, b] }) => String(a) !== String(b));
    expect(differing.length).toBeGreaterThan(pairs.length / 4);
    expect(pairs.some(({ shapes: [a = [], b = []] }) => a.length !== b.length)).toBe(true);
  });

  test("keep to the least rank and length", () => {
    for (const { shapes: parts } of some(broadcastable(2, { minRank: 1, minLength: 2 }))) {
      for (const part of parts) {
        expect(part.length).toBeGreaterThanOrEqual(1);
        expect(Math.min(...part)).toBeGreaterThanOrEqual(2);
      }
    }
  });
});

describe("tensors", () => {
  test("have the shape and the range that are asked for", () => {
    for (const x of some(tensors({ shape: [2, 3], min: -1, max: 3 }))) {
      expect(x.shape).toEqual([2, 3]);
      expect(x.data.every((value) => value >= -1 && value <= 3)).toBe(true);
    }
    expect(some(tensors({ shape: [], min: 0.1, max: 0.9 })).every((x) => x.item() >= 0.1 && x.item() <= 0.9)).toBe(
      true,
    );
    expect(new Set(some(tensors({ shape: shapes({ maxRank: 2 }) })).map(({ rank }) => rank))).toEqual(
      new Set([0, 1, 2]),
    );
    expect(() => tensors({ min: 1, max: 0 })).toThrow("tensors: min is 1 and max is 0; expected min at most max");
  });

  test("of a range too narrow for round numbers too", () => {
    const [low, high] = [0.50001, 0.50002];
    for (const x of some(tensors({ shape: [], min: low, max: high }))) {
      expect(x.item()).toBeGreaterThanOrEqual(Math.fround(low));
      expect(x.item()).toBeLessThanOrEqual(Math.fround(high));
    }
  });

  test("are special where that is asked for, and only there", () => {
    const values = (special: boolean): number[] => some(tensors({ shape: [4], special })).flatMap((x) => [...x.data]);
    const specials = values(true);
    for (const wanted of [NaN, Infinity, -Infinity, -0, 2 ** -149]) {
      expect(specials.some((value) => Object.is(value, wanted))).toBe(true);
    }
    expect(values(false).every(Number.isFinite)).toBe(true);
  });

  test("shrink to small shapes and round numbers", () => {
    const isSmall = (x: Tensor): boolean => x.data.every((value) => value < 0.3);
    const left = shrunk(tensors({ shape: shapes({ minLength: 1 }) }), isSmall);
    for (const x of left) expect([...x.data].filter((value) => value !== 0)).toEqual([1]);
    expect(left.filter(({ size }) => size <= 2).length).toBeGreaterThan(left.length / 2);
  });

  test("are printed as tensors where a law fails", () => {
    const law = fc.property(tensors({ shape: [2] }), (x) => x.reduceSum().item() < 1);
    expect(() => fc.assert(law, { seed: 1 })).toThrow(/Counterexample: \[Tensor \[2\] \[/);
  });
});
