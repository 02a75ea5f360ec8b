/**
 * The problems for all peers: points, prototypes to start from, and the cost and its gradient there in float64, to
 * check against.
 */
import { makeBlobs } from "@protograd/kmeans";

/** k prototypes for n points of d coordinates. All numbers are float32, so that everybody starts from the same ones. */
export interface Problem {
  readonly n: number;
  readonly d: number;
  readonly k: number;
  /** Shape [n, d], row by row. */
  readonly points: Float32Array;
  /** Shape [k, d], row by row. */
  readonly prototypes: Float32Array;
}

/** The cost Σᵢ minₖ ‖xᵢ − wₖ‖² and its gradient with respect to the prototypes, shape [k, d]. */
export interface CostAndGradient {
  readonly cost: number;
  readonly gradient: ArrayLike<number>;
}

/** How many points, of how many coordinates, in how many clusters. */
export type Size = readonly [n: number, d: number, k: number];

/** The seed's program, many points in the plane with more clusters and with more points, and many dimensions. */
export const SIZES: readonly Size[] = [
  [500, 2, 3],
  [100_000, 2, 8],
  [1_000_000, 2, 3],
  [100_000, 32, 32],
];

/** The sizes at which threads take part in a step, and the seed's, at which they do not. */
export const SIZES_FOR_THREADS: readonly Size[] = [...SIZES, [1_000_000, 16, 16]];

/** The sizes at which a whole fit takes long enough for somebody to wait for it. */
export const SIZES_OF_FITS: readonly Size[] = [
  [1_000_000, 2, 3],
  [100_000, 32, 32],
];

/**
 * Shuffled blobs, and for prototypes some of the points. At 500 points both are the seed's. The others are blobs that
 * overlap: there ten iterations neither converge nor leave a cluster empty, which each library would treat differently.
 */
export function makeProblem([n, d, k]: Size): Problem {
  const isSeed = n === 500;
  const clusterStd = isSeed ? 1 : 4;
  const { points } = makeBlobs({ samples: n, features: d, centers: k, clusterStd, randomState: 1111 });
  const start = isSeed ? [162, 308, 381] : Array.from({ length: k }, (_, cluster) => cluster);
  return {
    n,
    d,
    k,
    points: Float32Array.from(points.flat()),
    prototypes: Float32Array.from(start.flatMap((point) => points[point] as number[])),
  };
}

/** How a size is written in the tables. */
export const nameOfSize = (size: Size): string => size.map((count) => count.toLocaleString("en")).join(" × ");

export const nameOf = ({ n, d, k }: Problem): string => nameOfSize([n, d, k]);

/** The rows of a matrix of shape [?, width], as plain arrays. */
export function rowsOf(values: Float32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
}

/** The cost and its gradient in float64, as their formulas read. */
export function exactCostAndGradient({ n, d, k, points, prototypes }: Problem): CostAndGradient {
  const gradient = new Float64Array(k * d);
  let cost = 0;
  for (let i = 0; i < n; i++) {
    let nearest = 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < k; cluster++) {
      let distance = 0;
      for (let j = 0; j < d; j++) distance += (points[i * d + j]! - prototypes[cluster * d + j]!) ** 2;
      if (distance < smallest) [nearest, smallest] = [cluster, distance];
    }
    cost += smallest;
    for (let j = 0; j < d; j++) {
      gradient[nearest * d + j]! += 2 * (prototypes[nearest * d + j]! - points[i * d + j]!);
    }
  }
  return { cost, gradient };
}
