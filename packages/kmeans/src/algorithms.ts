/**
 * The four ways to descend the cost. All go by the same derivatives: gradient descent takes W − ε g; Lloyd's algorithm
 * is Newton's method, W − g / h; online and mini-batch take Newton's step for a few points at a time, with the h of all
 * points seen so far, so that the rate is 1 / (points of the cluster so far) (Bottou & Bengio 1995).
 */
import { type Indices, indices, type ReadonlyFloats } from "@protograd/autograd";
import type { AlgorithmName, Settings } from "./options.js";
import type { Batch, Derivatives, Evaluation, Problem } from "./problem.js";
import type { RandomState } from "./random.js";

/** Where an iteration leads to. */
export interface Advanced {
  readonly centroids: Float64Array;
  /** Whether the algorithm ends here. */
  readonly isLast: boolean;
  /** The same centroids with all digits of float64, where computing in float32 has cost some. Takes a while. */
  readonly exactly?: (() => Float64Array) | undefined;
}

/** One iteration. May remember the ones before. */
export type Algorithm = (at: Evaluation) => Advanced;

type Make = (problem: Problem, settings: Settings, random: RandomState) => Algorithm;

export const algorithms: { readonly [Name in AlgorithmName]: Make } = {
  lloyd(problem) {
    let before: Evaluation | undefined;
    return (at) => {
      const isLast = before !== undefined && haveSameLabels(before, at);
      before = at;
      const moves = relocations(problem, at);
      const centroids = newtonStep(at.place, reassigned(problem, at, moves));
      const { refined } = at;
      const exactly = refined && (() => newtonStep(at.centroids, refined(moved(at.labels, moves, problem.d))));
      return { centroids, isLast, exactly };
    };
  },

  "gradient-descent"(problem, { learningRate }) {
    return (at) => {
      // Up to the next change of labels the cost is a parabola along each coordinate, and 1 / h leads to its bottom:
      // the smallest of these rates goes beyond no bottom, so the cost never rises.
      const { gradient, curvature } = withAllDigits(at);
      const rate = learningRate === undefined ? 1 / largest(curvature) : learningRate * problem.unit;
      const elsewhere = newtonStep(at.place, reassigned(problem, at, relocations(problem, at)));
      const centroids = at.centroids.map((w, entry) =>
        curvature[entry] === 0 ? (elsewhere[entry] as number) : w - rate * (gradient[entry] as number),
      );
      return { centroids, isLast: false };
    };
  },

  online(problem, { k }, random) {
    const seen = new Float64Array(k * problem.d);
    return (at) => {
      const centroids = at.centroids.slice();
      for (const { entry, row } of relocations(problem, at)) {
        centroids.set(problem.point(row), entry);
        seen.fill(0, entry, entry + problem.d);
      }
      return { centroids: problem.stepByEach(random.permutation(problem.n), centroids, seen), isLast: false };
    };
  },

  "mini-batch"(problem, { k, batchSize }, random) {
    const { n, d } = problem;
    const size = Math.min(batchSize, n);
    const seen = new Float64Array(k * d);
    const hasStalled = stallDetector(Math.min(1, (2 * size) / (n + 1)));
    let sinceReassigning = 0;
    return ({ centroids }) => {
      for (let drawn = 0; drawn < n; drawn += size) {
        const rows = Array.from({ length: size }, () => random.integer(n - 1));
        const batch = problem.evaluateRows(rows, centroids);
        centroids = stochasticStep(batch, seen);
        const weight = rows.reduce((sum, row) => sum + weightOf(problem, row), 0);
        if (weight > 0 && hasStalled(batch.inertia / weight)) return { centroids, isLast: true };
        sinceReassigning += size;
        if (sinceReassigning < 10 * k && !seen.includes(0)) continue;
        sinceReassigning = 0;
        reassignStarved(problem, centroids, seen, rows, random);
      }
      return { centroids, isLast: false };
    };
  },
};

/** Lloyd's algorithm, which forgets where it was, needs them at the end only. */
const withAllDigits = (at: Evaluation): Derivatives => at.refined?.(at.labels) ?? at;

/** W − g / h: for each centroid the mean of its points. Where h is 0 it has none, and stays. */
const newtonStep = (centroids: Float64Array, { gradient, curvature }: Derivatives): Float64Array =>
  centroids.map(
    (w, entry) => w - (curvature[entry] === 0 ? 0 : (gradient[entry] as number) / (curvature[entry] as number)),
  );

/** Newton's step by the gradient of a few points and the second derivatives of all that were `seen`, these among them. */
function stochasticStep({ centroids, gradient, curvature }: Batch, seen: Float64Array): Float64Array {
  for (let entry = 0; entry < seen.length; entry++)
    seen[entry] = (seen[entry] as number) + (curvature[entry] as number);
  return newtonStep(centroids, { gradient, curvature: seen });
}

/** Where an empty cluster goes: its first entry, and the row of a point with a large weighted squared distance. */
interface Move {
  readonly entry: number;
  readonly row: number;
}

function relocations(problem: Problem, at: Evaluation): Move[] {
  const empty: number[] = [];
  for (let entry = 0; entry < at.curvature.length; entry += problem.d) if (at.curvature[entry] === 0) empty.push(entry);
  if (empty.length === 0) return [];
  return farthest(problem.nearest(at.centroids), empty.length).map((row, which) => ({
    entry: empty[which] as number,
    row,
  }));
}

/**
 * The derivatives as they are if the points with the largest weighted squared distances belong to the empty clusters,
 * one to each, and to no other: so a step brings these clusters there, as scikit-learn's does.
 */
function reassigned(problem: Problem, at: Evaluation, moves: readonly Move[]): Derivatives {
  if (moves.length === 0) return at;
  const [gradient, curvature] = [at.gradient.slice(), at.curvature.slice()];
  const give = (entry: number, x: Float64Array, weight: number): void => {
    x.forEach((value, j) => {
      const w = at.place[entry + j] as number;
      gradient[entry + j] = (gradient[entry + j] as number) + 2 * weight * (w - value);
      curvature[entry + j] = (curvature[entry + j] as number) + 2 * weight;
    });
  };
  for (const { entry, row } of moves) {
    const [x, weight] = [problem.point(row), weightOf(problem, row)];
    give((at.labels.data[row] as number) * problem.d, x, -weight);
    give(entry, x, weight);
  }
  return { gradient, curvature };
}

/** The labels as they are if empty clusters have the points that they move to. */
function moved(labels: Indices, moves: readonly Move[], d: number): Indices {
  if (moves.length === 0) return labels;
  const values = Int32Array.from(labels.data);
  for (const { entry, row } of moves) values[row] = entry / d;
  return indices(values);
}

/** The rows of the largest distances, largest first and of equal ones the last, as scikit-learn takes them; none of 0. */
function farthest(distances: ReadonlyFloats, count: number): number[] {
  const found: number[] = [];
  for (const [row, distance] of distances.entries()) {
    const least = found.length < count ? 0 : (distances[found[count - 1] as number] as number);
    if (distance === 0 || distance < least) continue;
    const place = found.findIndex((other) => distance >= (distances[other] as number));
    found.splice(place < 0 ? found.length : place, 0, row);
    found.length = Math.min(found.length, count);
  }
  return found;
}

/** Where the clusters' weights differ the labels do; so most iterations need not look at labels, one for each point. */
const haveSameLabels = (a: Evaluation, b: Evaluation): boolean =>
  isSame(a.curvature, b.curvature) && isSame(a.labels.data, b.labels.data);

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const weightOf = ({ weights }: Problem, row: number): number => weights?.[row] ?? 1;

const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** Ten batches in a row, but for the first of all, whose smoothed cost is no better than the best so far. */
function stallDetector(share: number): (cost: number) => boolean {
  let [count, smoothed, best, sinceBest] = [0, 0, Infinity, 0];
  return (cost) => {
    count++;
    if (count === 1) return false;
    smoothed = count === 2 ? cost : smoothed * (1 - share) + cost * share;
    sinceBest = smoothed < best ? 0 : sinceBest + 1;
    best = Math.min(best, smoothed);
    return sinceBest >= 10;
  };
}

/**
 * Clusters that have seen less than a hundredth of what the largest has start again at points of the batch, and count
 * as much as the smallest of the others. At most half as many as there are points in the batch.
 */
function reassignStarved(
  problem: Problem,
  centroids: Float64Array,
  seen: Float64Array,
  rows: readonly number[],
  random: RandomState,
): void {
  const { d } = problem;
  const clusters = Array.from({ length: seen.length / d }, (_, cluster) => cluster * d);
  const least = largest(seen) / 100;
  const candidates = random
    .permutation(rows.length)
    .map((at) => rows[at] as number)
    .filter((row) => weightOf(problem, row) > 0);
  const starved = clusters.filter((entry) => (seen[entry] as number) < least);
  const others = clusters.filter((entry) => (seen[entry] as number) >= least);
  const count = Math.min(...others.map((entry) => seen[entry] as number));
  starved.slice(0, Math.min(candidates.length, Math.floor(rows.length / 2))).forEach((entry, which) => {
    centroids.set(problem.point(candidates[which] as number), entry);
    seen.fill(count, entry, entry + d);
  });
}
