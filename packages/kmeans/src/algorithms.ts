/**
 * The four ways to descend the cost. All use the same derivatives: gradient descent goes to W − ε g; Lloyd's algorithm
 * is Newton's method, W − g / h; online and mini-batch take Newton's step for a few points at a time, with the h of all
 * points seen so far, which makes the rate 1 / (points of the cluster so far) (Bottou & Bengio 1995).
 */
import type { Derivatives } from "./costs.js";
import type { AlgorithmName, Settings } from "./options.js";
import type { Evaluation, Problem } from "./problem.js";
import type { RandomState } from "./random.js";
import {
  type Distant,
  descentStep,
  emptyIn,
  keepFarthest,
  largest,
  type Move,
  newtonStep,
  reassigned,
  stallDetector,
  stochasticStep,
} from "./steps.js";

/** The result of an iteration. */
export interface Advanced {
  readonly centroids: Float64Array;
  /** Whether the algorithm ends here. */
  readonly isLast: boolean;
  /** The same centroids with all digits of float64, if computing in float32 has lost some. Takes a while. */
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
      const centroids = newtonStep(at.place, reassigned(at, moves));
      const { refined } = at;
      const exactly = refined && (() => newtonStep(at.centroids, refined(moved(at, moves, problem.d))));
      return { centroids, isLast, exactly };
    };
  },

  "gradient-descent"(problem, { learningRate }) {
    return (at) => {
      // Up to the next change of labels the cost is a parabola along each coordinate, and 1 / h leads to its bottom:
      // the smallest of these rates overshoots no bottom, so the cost never rises.
      const slopes = withAllDigits(at);
      const rate = learningRate === undefined ? 1 / largest(slopes.curvature) : learningRate * problem.unit;
      const elsewhere = newtonStep(at.place, reassigned(at, relocations(problem, at)));
      return { centroids: descentStep(at.centroids, slopes, rate, elsewhere), isLast: false };
    };
  },

  online(problem, { k }, random) {
    const seen = new Float64Array(k * problem.d);
    return (at) => {
      const centroids = at.centroids.slice();
      for (const { entry, x } of relocations(problem, at)) {
        centroids.set(x, entry);
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

/** Lloyd's algorithm, which forgets where it was, needs them only at the end. */
const withAllDigits = (at: Evaluation): Derivatives => at.refined?.() ?? at;

interface RowMove extends Move {
  readonly row: number;
}

function relocations(problem: Problem, at: Evaluation): RowMove[] {
  const empty = emptyIn(at.curvature, problem.d);
  if (empty.length === 0) return [];
  return farthest(problem.nearest(at.centroids), empty.length).map((row, which) => ({
    entry: empty[which] as number,
    from: (at.labels[row] as number) * problem.d,
    x: problem.point(row),
    weight: weightOf(problem, row),
    row,
  }));
}

/** The labels once each empty cluster owns the point to which it moves; nothing, where none moves. */
function moved(at: Evaluation, moves: readonly RowMove[], d: number): Int32Array | undefined {
  if (moves.length === 0) return undefined;
  const labels = at.labels.slice();
  for (const { entry, row } of moves) labels[row] = entry / d;
  return labels;
}

/** The rows of the largest distances. */
function farthest(distances: ArrayLike<number>, count: number): number[] {
  const found: Distant<number>[] = [];
  for (let row = 0; row < distances.length; row++) keepFarthest(found, count, distances[row] as number, () => row);
  return found.map(({ what }) => what);
}

/**
 * If the weights of the clusters differ, so do the labels; most iterations thus need not compare a label for each
 * point.
 */
const haveSameLabels = (a: Evaluation, b: Evaluation): boolean =>
  isSame(a.curvature, b.curvature) && isSame(a.labels, b.labels);

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const weightOf = ({ weights }: Problem, row: number): number => weights?.[row] ?? 1;

/**
 * Clusters that have seen less than a hundredth of what the largest has start again at points of the batch, and count
 * as much as the smallest of the others. At most half as many as there are points in the batch.
 */
export function reassignStarved(
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
