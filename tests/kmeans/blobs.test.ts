/** Random numbers as NumPy's and blobs as scikit-learn's, to the last bit. */
import { type BlobOptions, makeBlobs } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logarithm } from "../../packages/kmeans/src/logarithm.js";
import { RandomState } from "../../packages/kmeans/src/random.js";
import cases from "../reference/make_blobs.json" with { type: "json" };

interface Parameters {
  n_samples: number;
  n_features?: number;
  centers?: number;
  cluster_std?: number;
  center_box?: number[];
  shuffle?: boolean;
  random_state: number;
}

describe("makeBlobs", () => {
  test.each(cases.map((each) => [JSON.stringify(each.parameters), each] as const))(
    "is scikit-learn's for %s",
    (_, each) => {
      const given: Parameters = each.parameters;
      const blobs = makeBlobs({
        samples: given.n_samples,
        features: given.n_features ?? 2,
        centers: given.centers ?? 3,
        clusterStd: given.cluster_std ?? 1,
        centerBox: (given.center_box ?? [-10, 10]) as [number, number],
        shuffle: given.shuffle ?? true,
        randomState: given.random_state,
      });
      expect(blobs.centers).toEqual(each.centers);
      expect(blobs.points).toEqual(each.points);
      expect([...blobs.labels]).toEqual(each.labels);
    },
  );

  test("its defaults are scikit-learn's: 100 points, 3 centres, 2 features", () => {
    const { points, labels, centers } = makeBlobs({ randomState: 0 });
    expect([points.length, points[0]?.length, labels.length, centers.length]).toEqual([100, 2, 100, 3]);
  });

  test("draws as many points as asked around the centres that are given", () => {
    const blobs = makeBlobs({
      samples: [2, 0, 3],
      centers: [[0], [5], [100]],
      clusterStd: [0, 1, 0.1],
      shuffle: false,
      randomState: 7,
    });
    expect([...blobs.labels]).toEqual([0, 0, 2, 2, 2]);
    expect(blobs.points.slice(0, 2)).toEqual([[0], [0]]);
    expect(blobs.centers).toEqual([[0], [5], [100]]);
  });

  test("shuffling moves points with their labels", () => {
    const options = {
      samples: 50,
      centers: [
        [0, 0],
        [1000, 0],
      ],
      randomState: 3,
    };
    const { points, labels } = makeBlobs(options);
    points.forEach((point, at) => {
      expect((point[0] as number) > 500).toBe(labels[at] === 1);
    });
  });

  test.each<[string, Partial<BlobOptions>, string]>([
    ["samples", { samples: -1 }, "makeBlobs: samples is -1; expected a whole number from 0"],
    [
      "samples for each",
      { samples: [1, 2], centers: 3 },
      "makeBlobs: samples names 2 counts for 3 centres; expected one for each",
    ],
    ["features", { features: 0 }, "makeBlobs: features is 0; expected a whole number from 1"],
    ["centers", { centers: 1.5 }, "makeBlobs: centers is 1.5; expected a whole number from 1"],
    [
      "centres of unequal length",
      { centers: [[1, 2], [3]] },
      "makeBlobs: centre 1 is [3]; expected 2 finite numbers, like centre 0",
    ],
    [
      "clusterStd",
      { clusterStd: [1, 2] },
      "makeBlobs: clusterStd is [1, 2]; expected a number from 0, or one for each of the 3 centres",
    ],
    [
      "no centres",
      { centers: [] },
      "makeBlobs: centers is []; expected at least one centre with at least one coordinate",
    ],
    ["centres of nothing", { centers: [[]] }, "makeBlobs: centers is [[]]; expected at least one centre"],
    ["options", { n_samples: 3 } as never, "makeBlobs: there is no option n_samples; expected samples, features"],
    ["kinds of centerBox", { centerBox: 3 as never }, "makeBlobs: centerBox is 3; expected two finite numbers"],
    ["centerBox", { centerBox: [0, Infinity] }, "makeBlobs: centerBox is"],
    [
      "randomState",
      { randomState: -1 },
      "the seed of the random numbers is -1; expected a whole number from 0 below 2³²",
    ],
  ])("refuses wrong %s", (_, options, message) => {
    expect(() => makeBlobs({ randomState: 0, ...options })).toThrow(message);
  });
});

describe("RandomState", () => {
  test("draws what numpy.random.RandomState draws", () => {
    const random = new RandomState(42);
    expect([random.uniform(), random.uniform()]).toEqual([0.3745401188473625, 0.9507143064099162]);
    const normal = new RandomState(0);
    expect([normal.normal(), normal.normal(), normal.normal()]).toEqual([
      1.764052345967664, 0.4001572083672233, 0.9787379841057392,
    ]);
    expect(new RandomState(5489).uint32()).toBe(3499211612); // the generator's published first number
  });

  test("permutations hold each number once", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (n, seed) => {
        const sorted = new RandomState(seed).permutation(n).sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: n }, (_, at) => at));
      }),
    );
  });

  test("whole numbers stay within their bound, and reach it", () => {
    const random = new RandomState(1);
    const drawn = new Set(Array.from({ length: 200 }, () => random.integer(5)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(random.integer(2 ** 32 - 1)).toBeLessThan(2 ** 32);
  });
});

describe("logarithm", () => {
  test("is within one bit of Math.log, and exact where that is known", () => {
    expect([logarithm(1), logarithm(2), logarithm(0.5)]).toEqual([0, Math.LN2, -Math.LN2]);
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const theirs = Math.log(x);
        expect(Math.abs(logarithm(x) - theirs)).toBeLessThanOrEqual(2 ** -52 * Math.abs(theirs));
      }),
      { numRuns: 2000 },
    );
  });

  /** log x to 60 decimal places, with whole numbers only: 2 artanh((x − 1) / (x + 1)) for x = m / 2⁵³. */
  function decimals(m: bigint): bigint {
    const scale = 10n ** 60n;
    const s = ((m - 2n ** 53n) * scale) / (m + 2n ** 53n);
    let [power, sum] = [s, 0n];
    for (let n = 1n; power !== 0n; n += 2n) {
      sum += power / n;
      power = (((power * s) / scale) * s) / scale;
    }
    return 2n * sum;
  }

  test("is the float64 nearest to the true logarithm", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 50n, max: 2n ** 53n - 1n }), (m) => {
        expect(logarithm(Number(m) / 2 ** 53)).toBe(Number(`${decimals(m)}e-60`));
      }),
      { numRuns: 1000 },
    );
  });
});
