/**
 * Clustered test data like that of scikit-learn's `make_blobs`: the same draws in the same order, hence the same
 * points. Knows random numbers, not clustering.
 */
import { checkNames, checkWhole, entriesOf, isArrayLike, show } from "./argument.js";
import { RandomState } from "./random.js";

/**
 * Options of `makeBlobs`, with scikit-learn's names in camel case. A missing or `undefined` option has its default;
 * `null` is refused.
 */
export interface BlobOptions {
  /** How many points in total, spread evenly over the centres; or how many around each. Default 100. */
  readonly samples?: number | ArrayLike<number>;
  /** How many coordinates a point has. Default 2; given centres bring their own number. */
  readonly features?: number;
  /** How many centres to draw, or their coordinates. Default 3, or one for each entry of `samples`. */
  readonly centers?: number | readonly ArrayLike<number>[];
  /** The standard deviation around the centres, one for all or one for each. Default 1. */
  readonly clusterStd?: number | ArrayLike<number>;
  /** The bounds between which each coordinate of a centre is drawn. Default [−10, 10]. */
  readonly centerBox?: readonly [low: number, high: number];
  /** Whether the points come in random order rather than cluster by cluster. Default true. */
  readonly shuffle?: boolean;
  /** A whole number from 0 below 2³². The same number gives the same blobs on every platform. */
  readonly randomState: number;
}

/** The result of `makeBlobs`. */
export interface Blobs {
  /** n points of d coordinates. */
  readonly points: number[][];
  /** For each point the centre around which it was drawn. */
  readonly labels: Int32Array;
  /** The centres, k points of d coordinates. */
  readonly centers: number[][];
}

/**
 * Normally distributed points around centres: scikit-learn's `make_blobs`, with the same points for the same
 * `randomState` on every platform. In about one coordinate of 3,000 scikit-learn's last bit depends on the platform's
 * logarithm; here it is the correctly rounded one. Throws if the options do not fit together.
 * @example const { points, labels } = makeBlobs({ samples: 500, randomState: 1111 });
 * @example points.length // 500
 */
export function makeBlobs(options: BlobOptions): Blobs {
  checkNames("makeBlobs", options, OPTIONS, "randomState");
  const { samples: wanted = 100, clusterStd = 1, shuffle = true, randomState } = options;
  const samples = isArrayLike(wanted) ? entriesOf("makeBlobs: samples is", wanted) : wanted;
  const random = new RandomState(randomState);
  const centers = centersFor({ ...options, samples }, random);
  const counts = countsFor(samples, centers.length);
  const deviations = isArrayLike(clusterStd)
    ? entriesOf("makeBlobs: clusterStd is", clusterStd)
    : centers.map(() => clusterStd);
  if (deviations.length !== centers.length || !deviations.every((each) => Number.isFinite(each) && each >= 0)) {
    throw new RangeError(
      `makeBlobs: clusterStd is ${show(clusterStd)}; expected a number from 0, or one for each of the ${centers.length} centres`,
    );
  }
  if (typeof shuffle !== "boolean") {
    throw new TypeError(`makeBlobs: shuffle is ${show(shuffle)}; expected true or false`);
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

const OPTIONS = ["samples", "features", "centers", "clusterStd", "centerBox", "shuffle", "randomState"];

function centersFor(
  { samples, centers = Array.isArray(samples) ? samples.length : 3, features = 2, centerBox = [-10, 10] }: BlobOptions,
  random: RandomState,
): number[][] {
  if (Array.isArray(centers)) return givenCenters(centers);
  checkWhole("makeBlobs", "centers", centers, 1);
  checkWhole("makeBlobs", "features", features, 1);
  const [low, high] = Array.isArray(centerBox) ? centerBox : [];
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    throw new RangeError(`makeBlobs: centerBox is ${show(centerBox)}; expected two finite numbers`);
  }
  return Array.from({ length: centers as number }, () =>
    Array.from({ length: features }, () => random.uniform(low, high)),
  );
}

function givenCenters(centers: readonly ArrayLike<number>[]): number[][] {
  const d = centers[0]?.length ?? 0;
  const rows = Array.from(centers, (center, at) =>
    isArrayLike(center) ? entriesOf(`makeBlobs: centre ${at} is`, center) : [],
  );
  const wrong = rows.findIndex((row) => row.length !== d || !row.every(Number.isFinite));
  if (d > 0 && wrong < 0) return rows;
  throw new RangeError(
    d === 0
      ? `makeBlobs: centers is ${show(centers)}; expected at least one centre with at least one coordinate`
      : `makeBlobs: centre ${wrong} is ${show(centers[wrong])}; expected ${d} finite numbers, like centre 0`,
  );
}

/** If the division leaves a remainder, the first centres get one more each. */
function countsFor(samples: number | readonly number[], centers: number): readonly number[] {
  if (!isArrayLike(samples)) {
    checkWhole("makeBlobs", "samples", samples, 0);
    const each = Math.floor(samples / centers);
    return Array.from({ length: centers }, (_, at) => each + (at < samples % centers ? 1 : 0));
  }
  if (samples.length !== centers) {
    throw new RangeError(
      `makeBlobs: samples names ${samples.length} counts for ${centers} centres; expected one for each`,
    );
  }
  samples.forEach((count, at) => {
    checkWhole("makeBlobs", `samples[${at}]`, count, 0);
  });
  return samples;
}
