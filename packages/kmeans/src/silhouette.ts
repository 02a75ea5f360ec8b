/**
 * How well points lie in their clusters, whoever made these (Rousseeuw 1987). All distances between points count, n² of
 * them, and none is kept. Knows no centroids.
 */
import { checkNames, entriesOf, error, isArrayLike, show } from "./argument.js";
import { costsOf } from "./by-size.js";
import { MOST_OTHERS } from "./costs.js";
import { frameAround } from "./frame.js";
import { type Points, readTable } from "./points.js";

/** Options of `silhouette`. */
export interface SilhouetteOptions {
  /** Called now and then with the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  /** Once aborted, an `AbortError` is thrown. */
  readonly signal?: {
    /** Whether to stop. */
    readonly aborted: boolean;
  };
}

/** What `silhouette` says of points in their clusters. */
export interface Silhouette {
  /** The mean over all points: near 1 where clusters are dense and apart, near 0 where they overlap. */
  readonly score: number;
  /**
   * For each point (b − a) / max(a, b), from −1 to 1: a is its mean distance to the others of its cluster, b that to
   * the points of the nearest other cluster. 0 for a point that is alone in its cluster.
   */
  readonly samples: Float64Array;
}

/**
 * The silhouette of points in clusters: each label is the number of a cluster, any whole numbers. As scikit-learn's
 * `silhouette_score` and `silhouette_samples`, with Euclidean distances. Takes time in proportion to n² · d.
 * Throws where the labels are not one for each point, or all alike, or all different.
 * @example const { labels } = kmeans([[0], [1], [8], [9]], { k: 2, seed: 1 });
 * @example silhouette([[0], [1], [8], [9]], labels).score // 0.87
 */
export function silhouette(points: Points, labels: ArrayLike<number>, options: SilhouetteOptions = {}): Silhouette {
  checkNames("silhouette", options, ["onProgress", "signal"], "no option at all");
  const table = readTable("silhouette", points);
  const { n } = table;
  const clusters = clustersOf(labels, n);
  const costs = costsOf(table, frameAround(table), n);
  /** Of each point the cluster, and the mean distance to the nearest other one. */
  const own = new Float64Array(n);
  const other = new Float64Array(n).fill(Infinity);
  let done = 0;
  for (const rows of clusters) {
    const sums = new Float64Array(n);
    for (let first = 0; first < rows.length; first += MOST_OTHERS) {
      if (options.signal?.aborted) throw abortError(done / n);
      const block = rows.slice(first, first + MOST_OTHERS);
      const distances = costs.distancesTo(block);
      for (let row = 0; row < n; row++) sums[row] = (sums[row] as number) + (distances[row] as number);
      done += block.length;
      options.onProgress?.(done / n);
    }
    const isOwn = new Uint8Array(n);
    for (const row of rows) isOwn[row] = 1;
    for (let row = 0; row < n; row++) {
      // A point is not among the others of its cluster; its distance to itself is 0.
      if (isOwn[row]) own[row] = (sums[row] as number) / (rows.length - 1);
      else other[row] = Math.min(other[row] as number, (sums[row] as number) / rows.length);
    }
  }
  // Alone in its cluster a point has 0 / 0 for a; where all points are in one place it has 0 for both.
  const samples = own.map((a, row) => ((other[row] as number) - a) / Math.max(a, other[row] as number) || 0);
  return { score: samples.reduce((sum, each) => sum + each, 0) / n, samples };
}

/** The rows of each cluster. */
function clustersOf(labels: ArrayLike<number>, n: number): number[][] {
  if (!isArrayLike(labels)) {
    throw new TypeError(`silhouette: the labels are ${show(labels)}; expected ${n} whole numbers, one for each point`);
  }
  const given = entriesOf("silhouette: the labels are", labels);
  if (given.length !== n) {
    throw new RangeError(`silhouette: there are ${given.length} labels for ${n} points; expected one for each`);
  }
  const clusters = new Map<number, number[]>();
  for (const [row, label] of given.entries()) {
    if (!Number.isInteger(label))
      throw error(label, `silhouette: label ${row} is ${show(label)}; expected a whole number`);
    const rows = clusters.get(label) ?? [];
    rows.push(row);
    clusters.set(label, rows);
  }
  if (clusters.size > 1 && clusters.size < n) return [...clusters.values()];
  throw new RangeError(
    `silhouette: the labels name ${clusters.size} clusters of ${n} points; expected from 2 to ${n - 1}, so that there are others in a cluster, and other clusters`,
  );
}

function abortError(done: number): Error {
  const error = new Error(`silhouette: aborted when ${(100 * done).toFixed(0)} % was done`);
  error.name = "AbortError";
  return error;
}
