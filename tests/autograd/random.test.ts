/** Random tensors: the generator is the published one, the numbers are distributed as they say, the same everywhere. */
import { randomNormal, randomUniform } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { philox } from "../../packages/autograd/src/random.js";
import { runs } from "./cases.js";

const wrong = (value: unknown): never => value as never;

const ALL = 0xffffffff;

test.each<[counter: readonly number[], key: readonly number[], expected: readonly number[]]>([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [ALL, ALL, ALL, ALL],
    [ALL, ALL],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
])("Philox4x32-10 of counter %j has the words of the authors' known answers", (counter, key, expected) => {
  expect(philox(counter as never, key as never)).toEqual(expected);
});

describe("the numbers of a seed are these, on every platform", () => {
  test("uniform: 53 bits of two words", () => {
    // The words of counter 0 and key 0 above, by hand.
    const [first, second] = [
      [0x6627e8d5, 0xe169c58d],
      [0xbc57ac4c, 0x9b00dbd8],
    ].map(([high, low]) => Number((BigInt(high!) >> 5n) * 2n ** 26n + (BigInt(low!) >> 6n)) / 2 ** 53);
    expect(randomUniform([2], { seed: 0, dtype: "float64" }).toArray()).toEqual([first, second]);
    const digits = (fraction: number | undefined): number => Math.floor((fraction as number) * 2 ** 24) / 2 ** 24;
    expect(randomUniform([2], { seed: 0 }).toArray()).toEqual([digits(first), digits(second)]);
  });

  test("normal: the polar method on them", () => {
    const drawn = randomNormal([4], { seed: 7, dtype: "float64" }).toArray() as number[];
    for (const pair of [0, 1]) {
      const fractions = (attempt: number): number[] => {
        const [a, b, c, d] = philox([pair, 0, attempt, 1], [7, 0]);
        return [(a >>> 5) * 2 ** 26 + (b >>> 6), (c >>> 5) * 2 ** 26 + (d >>> 6)].map((bits) => bits / 2 ** 52 - 1);
      };
      const inside = [0, 1, 2, 3, 4, 5, 6, 7].map(fractions).find(([x, y]) => Math.hypot(x!, y!) < 1) as number[];
      const square = inside[0]! ** 2 + inside[1]! ** 2;
      inside.forEach((each, at) => {
        const expected = each * Math.sqrt((-2 * Math.log(square)) / square);
        expect(Math.abs((drawn[2 * pair + at] as number) / expected - 1)).toBeLessThan(1e-14);
      });
    }
  });

  test("to the last bit", () => {
    expect(randomUniform([3], { seed: 1 }).toArray()).toEqual(UNIFORM_OF_1);
    expect(randomNormal([3], { seed: 1, dtype: "float64" }).toArray()).toEqual(NORMAL_OF_1);
    expect(randomNormal([2], { seed: 2 ** 53 - 1, dtype: "float64" }).toArray()).toEqual(NORMAL_OF_THE_LAST);
  });
});

const UNIFORM_OF_1 = [0.8902591466903687, 0.5857259035110474, 0.6719982624053955];
const NORMAL_OF_1 = [-0.36444358442471997, -0.18463698393389413, -0.22878817485114186];
const NORMAL_OF_THE_LAST = [0.6306421511304832, -0.5217213217626606];

const draws = { randomUniform, randomNormal };

describe.each(Object.entries(draws))("%s", (_, draw) => {
  const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

  test("draws the same for the same seed, and others for others", () => {
    fc.assert(
      fc.property(seeds, seeds, (seed, other) => {
        expect(draw([5], { seed }).data).toEqual(draw([5], { seed }).data);
        if (seed !== other) expect(draw([5], { seed }).data).not.toEqual(draw([5], { seed: other }).data);
      }),
      runs(100),
    );
  });

  test("begins with the same numbers, however many there are and in whatever shape", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), (seed, rows, columns) => {
        const all = draw([100], { seed }).data;
        const some = draw([rows, columns], { seed });
        expect(some.shape).toEqual([rows, columns]);
        expect(some.data).toEqual(all.slice(0, rows * columns));
      }),
      runs(50),
    );
  });
});

/** The largest difference between the share of the values below x and the probability of that (Kolmogorov). */
function distanceFrom(values: ArrayLike<number>, distribution: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.reduce((most, x, at) => Math.max(most, Math.abs((at + 0.5) / sorted.length - distribution(x))), 0);
}

/** Φ(x) by its series: ½ + φ(x) (x + x³/3 + x⁵/15 + …). */
function normalDistribution(x: number): number {
  let [term, sum] = [x, x];
  for (let odd = 3; odd < 200; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe("of 100,000 numbers the distribution is right", () => {
  // Larger than 1.95 / √n in one seed of a thousand; these seeds are fixed.
  const bound = 1.95 / Math.sqrt(100_000);

  test.each([1, 2, 3])("uniform, seed %i", (seed) => {
    const { data } = randomUniform([100_000], { seed, low: -2, high: 3 });
    expect(distanceFrom(data, (x) => (x + 2) / 5)).toBeLessThan(bound);
    expect([Math.min(...data.slice(0, 1e5)) >= -2, Math.max(...data.slice(0, 1e5)) < 3]).toEqual([true, true]);
  });

  test.each([1, 2, 3])("normal, seed %i", (seed) => {
    const { data } = randomNormal([100_000], { seed, mean: 5, deviation: 0.5 });
    expect(distanceFrom(data, (x) => normalDistribution((x - 5) / 0.5))).toBeLessThan(bound);
  });

  test("and one number says nothing about the next", () => {
    const x = randomNormal([100_000], { seed: 4 });
    const products = x.slice(0, 0, -1).mul(x.slice(0, 1));
    expect(Math.abs(products.reduceMean().item())).toBeLessThan(4 / Math.sqrt(100_000));
    const uniform = randomUniform([100_000], { seed: 4 }).sub(0.5);
    expect(Math.abs(uniform.mul(x).reduceMean().item())).toBeLessThan(4 / Math.sqrt(12 * 100_000));
  });
});

describe("errors say what was given and what was expected", () => {
  test.each<[string, () => unknown, string]>([
    [
      "no seed",
      () => randomNormal([2], wrong({})),
      "randomNormal: seed is undefined; expected a whole number from 0 below 2⁵³",
    ],
    [
      "a seed",
      () => randomUniform([2], { seed: -1 }),
      "randomUniform: seed is -1; expected a whole number from 0 below 2⁵³",
    ],
    [
      "bounds",
      () => randomUniform([2], { seed: 1, low: 1, high: 0 }),
      "randomUniform: low is 1 and high is 0; expected finite numbers, low the smaller",
    ],
    [
      "an option that is none",
      () => randomNormal([2], wrong({ seed: 1, std: 2 })),
      "randomNormal: there is no option std; expected seed, mean, deviation, dtype",
    ],
    [
      "a type that there is not",
      () => randomNormal([2], { seed: 1, dtype: wrong("int32") }),
      'randomNormal: dtype is "int32" (string); expected "float32" or "float64"',
    ],
    ["a shape", () => randomNormal(wrong(3), { seed: 1 }), "randomNormal: the shape is 3; expected an array"],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });
});
