/**
 * Clustered test data as scikit-learn's `make_blobs` makes it, bit for bit. Knows random numbers, not clustering.
 */
import { RandomState } from "./random.js";

/** Options of `makeBlobs`, by scikit-learn's names in camel case. */
export interface BlobOptions {
  /** How many points in all, spread evenly over the centres; or how many around each. Default 100. */
  readonly samples?: number | readonly number[];
  /** How many coordinates a point has. Default 2; centres that are given have their own. */
  readonly features?: number;
  /** How many centres are drawn, or their coordinates. Default 3, or one for each entry of `samples`. */
  readonly centers?: number | readonly (readonly number[])[];
  /** The standard deviation around the centres, one for all or one for each. Default 1. */
  readonly clusterStd?: number | readonly number[];
  /** Between which bounds each coordinate of a centre is drawn. Default [−10, 10]. */
  readonly centerBox?: readonly [low: number, high: number];
  /** Whether the points come in random order, not cluster by cluster. Default true. */
  readonly shuffle?: boolean;
  /** A whole number from 0 below 2³². The same one gives the same blobs on every platform. */
  readonly randomState: number;
}

/** What `makeBlobs` makes. */
export interface Blobs {
  /** n points of d coordinates. */
  readonly points: number[][];
  /** For each point the centre that it was drawn around. */
  readonly labels: Int32Array;
  /** The centres, k points of d coordinates. */
  readonly centers: number[][];
}

/**
 * Normally distributed points around centres: scikit-learn's `make_blobs`, with the same points for the same
 * `randomState`. Throws where the options do not fit together.
 * @example const { points, labels } = makeBlobs({ samples: 500, randomState: 1111 });
 * @example points.length // 500
 */
export function makeBlobs(options: BlobOptions): Blobs {
  const { clusterStd = 1, centerBox = [-10, 10], shuffle = true, randomState } = options;
  const random = new RandomState(randomState);
  const centers = centersFor(options, centerBox, random);
  const counts = countsFor(options.samples ?? 100, centers.length);
  const deviations = typeof clusterStd === "number" ? centers.map(() => clusterStd) : clusterStd;
  if (deviations.length !== centers.length || deviations.some((deviation) => !(deviation >= 0))) {
    throw new RangeError(
      `makeBlobs: clusterStd is [${deviations.join(", ")}]; expected a number from 0, or one for each of the ${centers.length} centres`,
    );
  }

  const points = centers.flatMap((center, cluster) =>
    Array.from({ length: counts[cluster] as number }, () =>
      center.map((mean) => random.normal(mean, deviations[cluster])),
    ),
  );
  const labels = counts.flatMap((count, cluster) => Array<number>(count).fill(cluster));
  const order = shuffle ? random.permutation(points.length) : points.map((_, at) => at);
  return {
    points: order.map((at) => points[at] as number[]),
    labels: Int32Array.from(order, (at) => labels[at] as number),
    centers,
  };
}

function centersFor(
  { samples, centers, features = 2 }: BlobOptions,
  [low, high]: readonly [number, number],
  random: RandomState,
): number[][] {
  if (typeof centers === "object") {
    const d = centers[0]?.length ?? 0;
    centers.forEach((center, at) => {
      if (center.length === d && center.every(Number.isFinite)) return;
      throw new RangeError(
        `makeBlobs: centre ${at} is [${center.join(", ")}]; expected ${d} finite numbers, as centre 0`,
      );
    });
    return centers.map((center) => [...center]);
  }
  const count = centers ?? (typeof samples === "object" ? samples.length : 3);
  checkCount("centers", count, 1);
  checkCount("features", features, 1);
  return Array.from({ length: count }, () => Array.from({ length: features }, () => random.uniform(low, high)));
}

/** The remainder of an uneven division goes to the first centres, one each. */
function countsFor(samples: number | readonly number[], centers: number): readonly number[] {
  if (typeof samples === "number") {
    checkCount("samples", samples, 0);
    const each = Math.floor(samples / centers);
    return Array.from({ length: centers }, (_, at) => each + (at < samples % centers ? 1 : 0));
  }
  if (samples.length !== centers) {
    throw new RangeError(
      `makeBlobs: samples names ${samples.length} counts for ${centers} centres; expected one for each`,
    );
  }
  samples.forEach((count, at) => {
    checkCount(`samples[${at}]`, count, 0);
  });
  return samples;
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`makeBlobs: ${name} is ${String(value)}; expected a whole number from ${least}`);
}
