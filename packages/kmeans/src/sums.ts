/**
 * The cost of many points as a sum over parts of them: what each part comes to, what several come to together, and the
 * step that follows. Parts may be batches of a stream, or shards on other machines: sums are plain data.
 */
import { checkNames, show } from "./argument.js";
import { costsOf } from "./by-size.js";
import { type Frame, frameAround } from "./frame.js";
import { type Points, readTable, readWeights, rowsOf, type Table, type Weights } from "./points.js";
import { sumsAt } from "./problem.js";
import { newtonStep } from "./steps.js";

/** What some points come to at k centroids of d coordinates. `JSON.stringify` keeps all of it. */
export interface Sums {
  /** How many points there are. */
  readonly count: number;
  /** Σ weight · (squared distance to the nearest centroid). */
  readonly cost: number;
  /** ∂cost/∂centroids, k rows of d: 2 Σ weight · (w − x) over the points of each cluster. */
  readonly gradient: readonly (readonly number[])[];
  /** ∂²cost/∂centroids², the same for all coordinates of a centroid: for each 2 Σ weight over its points. */
  readonly curvature: readonly number[];
}

/** Options of `shardSums`. */
export interface ShardOptions {
  /** How much each point counts, from 0. Default 1 for all. */
  readonly weights?: Weights;
}

/**
 * What some of the points come to at centroids, which are k rows, in float64. Nobody needs all the points at once, or in
 * one place: `mergeSums` adds what parts come to, and `nextCentroids` makes a step of Lloyd's algorithm of it.
 * @example const sums = mergeSums([shardSums(shardA, centroids), shardSums(shardB, centroids)]);
 * @example const next = nextCentroids(centroids, sums);
 */
export function shardSums(points: Points, centroids: Points, options: ShardOptions = {}): Sums {
  checkNames("shardSums", options, ["weights"], "no option at all");
  const table = readTable("shardSums", points);
  const places = readTable("shardSums", centroids, "centroids");
  if (places.d !== table.d) {
    throw new RangeError(`shardSums: the points have ${table.d} columns; expected ${places.d}, as the centroids`);
  }
  const weights = options.weights === undefined ? undefined : readWeights("shardSums", options.weights, table.n);
  const W = new Float64Array(places.n * places.d);
  places.copy(0, W);
  return sumsOf(table, weights, W, frameAround(places)).sums;
}

/** The sums of a table's points, computed in a frame, and the cluster of each point. */
export function sumsOf(table: Table, weights: Float64Array | undefined, centroids: Float64Array, frame: Frame) {
  const { n, d } = table;
  const costs = costsOf(table, frame, centroids.length / d, weights);
  const { cost, gradient, curvature, labels } = sumsAt(centroids, costs);
  // Adding 0 makes 0 of −0, which JSON does not know.
  const rows = rowsOf(
    gradient.map((value) => value + 0),
    d,
  );
  return { labels, sums: { count: n, cost, gradient: rows, curvature: everyOf(curvature, d) } };
}

/**
 * The sums of all parts together. What comes first is added first: in the same order the result has the same bits.
 * @example mergeSums([{ count: 1, cost: 4, gradient: [[-4]], curvature: [2] }]).cost // 4
 */
export function mergeSums(parts: readonly Sums[]): Sums {
  const [first, ...others] = Array.isArray(parts) ? (parts as readonly Sums[]) : [];
  if (first === undefined) throw new TypeError(`mergeSums: the parts are ${show(parts)}; expected an array of sums`);
  return others.reduce((sum, part, at) => {
    const [k, d] = [sum.curvature.length, sum.gradient[0]?.length];
    if (part.curvature.length !== k || part.gradient[0]?.length !== d) {
      throw new RangeError(
        `mergeSums: part ${at + 1} is of ${part.curvature.length} centroids of ${part.gradient[0]?.length} coordinates; expected ${k} of ${d}, as part 0`,
      );
    }
    return {
      count: sum.count + part.count,
      cost: sum.cost + part.cost,
      gradient: sum.gradient.map((row, i) => row.map((value, j) => value + (part.gradient[i]?.[j] as number))),
      curvature: sum.curvature.map((value, i) => value + (part.curvature[i] as number)),
    };
  }, first);
}

/**
 * Lloyd's step, which is Newton's: each centroid w − gradient / curvature, the mean of its points. A centroid without
 * points stays.
 * @example nextCentroids([[0]], { count: 2, cost: 10, gradient: [[-8]], curvature: [4] }) // [[2]]
 */
export function nextCentroids(centroids: readonly (readonly number[])[], sums: Sums): number[][] {
  const d = centroids[0]?.length ?? 0;
  const stepped = newtonStep(Float64Array.from(centroids.flat()), derivativesIn(sums));
  return rowsOf(stepped, d);
}

/** The derivatives in sums, each for all coordinates, row after row. */
export const derivativesIn = ({ gradient, curvature }: Sums) => ({
  gradient: Float64Array.from(gradient.flat()),
  curvature: Float64Array.from(curvature.flatMap((value, i) => (gradient[i] as readonly number[]).map(() => value))),
});

/** Every d-th entry. */
const everyOf = (flat: Float64Array, d: number): number[] =>
  Array.from({ length: flat.length / d }, (_, row) => flat[row * d] as number);
