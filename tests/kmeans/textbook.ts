/**
 * K-means as a textbook has it, in float64 and one point after another: what the package is held against. Knows the
 * package's stream of random numbers, to draw the same ones, and nothing else of it.
 */
import { RandomState } from "../../packages/kmeans/src/random.js";

export type Rows = readonly (readonly number[])[];

export const squaredDistance = (x: readonly number[], w: readonly number[]): number =>
  x.reduce((sum, value, j) => sum + (value - (w[j] as number)) ** 2, 0);

/** The first of the nearest. */
export function nearest(x: readonly number[], W: Rows): number {
  const distances = W.map((w) => squaredDistance(x, w));
  return distances.indexOf(Math.min(...distances));
}

export const nearestOf = (points: Rows, W: Rows): number[] => points.map((x) => nearest(x, W));

/** Σ weight · (squared distance to the nearest). */
export const inertiaOf = (points: Rows, W: Rows, weights?: readonly number[]): number =>
  points.reduce((sum, x, i) => sum + (weights?.[i] ?? 1) * Math.min(...W.map((w) => squaredDistance(x, w))), 0);

export function meanOf(points: Rows): number[] {
  const d = points[0]?.length ?? 0;
  return Array.from({ length: d }, (_, j) => points.reduce((sum, x) => sum + (x[j] as number), 0) / points.length);
}

/** How far the points reach from their mean along any coordinate. */
export function reachOf(points: Rows): number {
  const mean = meanOf(points);
  return Math.max(...points.flatMap((x) => x.map((value, j) => Math.abs(value - (mean[j] as number)))));
}

/** The mean over the coordinates of the variance of each. */
export function varianceOf(points: Rows): number {
  const mean = meanOf(points);
  return points.reduce((sum, x) => sum + squaredDistance(x, mean), 0) / points.length / mean.length;
}

/** Labels by the order in which they first appear: the same for two clusterings that differ in names only. */
export function unnamed(labels: Iterable<number>): number[] {
  const order: number[] = [];
  return Array.from(labels, (label) => {
    if (!order.includes(label)) order.push(label);
    return order.indexOf(label);
  });
}

/** Where a centroid goes, when its points have this mean and this weight, and no cluster is heavier than `heaviest`. */
type Move = (w: number, mean: number, weight: number, heaviest: number) => number;

export const moves = {
  lloyd: (_, mean) => mean,
  // The gradient is 2 · weight · (w − mean), and the rate 1 / (2 · heaviest).
  "gradient-descent": (w, mean, weight, heaviest) => w - (weight / heaviest) * (w - mean),
} as const satisfies Record<string, Move>;

export interface Course {
  readonly centroids: Rows;
  readonly labels: readonly number[];
  readonly iterations: number;
  /** The least by which a point was nearer to its centroid than to the next, ever; NaN if a cluster lost all points. */
  readonly margin: number;
}

/** For as many iterations as are said, or until no label changes. */
export function descend(
  move: Move,
  points: Rows,
  start: Rows,
  { weights = points.map(() => 1), iterations }: { weights?: readonly number[]; iterations?: number } = {},
): Course {
  let [W, before, margin] = [start, [] as number[], Infinity];
  for (let iteration = 1; ; iteration++) {
    const labels = nearestOf(points, W);
    margin = Math.min(margin, marginOf(points, W));
    const means = W.map((_, cluster) => meanWithin(points, weights, labels, cluster));
    const heaviest = Math.max(...means.map(({ weight }) => weight));
    W = W.map((w, cluster) => {
      const { mean, weight } = means[cluster] as { mean: number[]; weight: number };
      if (weight === 0) margin = Number.NaN;
      return w.map((value, j) => move(value, mean[j] as number, weight, heaviest));
    });
    const isLast =
      iterations === undefined ? labels.every((label, i) => label === before[i]) : iteration === iterations;
    if (isLast) {
      margin = Math.min(margin, marginOf(points, W));
      return { centroids: W, labels: nearestOf(points, W), iterations: iteration, margin };
    }
    before = labels;
  }
}

/** Of the differences from one of the points: far from 0, sums of the points themselves have few digits of these. */
function meanWithin(points: Rows, weights: readonly number[], labels: readonly number[], cluster: number) {
  const first = points[labels.indexOf(cluster)] ?? [];
  const sum = first.map(() => 0);
  let total = 0;
  points.forEach((x, i) => {
    if (labels[i] !== cluster) return;
    const weight = weights[i] as number;
    total += weight;
    first.forEach((start, j) => {
      sum[j] = (sum[j] as number) + weight * ((x[j] as number) - start);
    });
  });
  return { mean: first.map((start, j) => start + (sum[j] as number) / total), weight: total };
}

const marginOf = (points: Rows, W: Rows): number =>
  Math.min(
    ...points.map((x) => {
      const [first, second = Infinity] = W.map((w) => Math.sqrt(squaredDistance(x, w))).sort((a, b) => a - b);
      return second - (first as number);
    }),
  );

/** Greedy k-means++ (Arthur & Vassilvitskii 2007), as scikit-learn's kmeans_plusplus draws: the rows it chooses. */
export function plusPlus(points: Rows, k: number, seed: number, weights: readonly number[] = points.map(() => 1)) {
  const random = new RandomState(seed);
  const draw = (shares: readonly number[]): number => {
    const value = random.uniform() * total(shares);
    let sum = 0;
    return shares.findIndex((share) => {
      sum += share;
      return sum > value;
    });
  };
  const chosen = [draw(weights)];
  const squared = (i: number, rows: readonly number[]): number =>
    (weights[i] as number) *
    Math.min(...rows.map((row) => squaredDistance(points[i] as number[], points[row] as number[])));
  const potentials = (rows: readonly number[]): number[] => points.map((_, i) => squared(i, rows));
  while (chosen.length < k) {
    const shares = potentials(chosen);
    const candidates = Array.from({ length: 2 + Math.floor(Math.log(k)) }, () => draw(shares));
    const costs = candidates.map((candidate) => total(potentials([...chosen, candidate])));
    chosen.push(candidates[costs.indexOf(Math.min(...costs))] as number);
  }
  return chosen;
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * Bottou & Bengio's stochastic k-means: each point pulls its nearest centroid by 1 / (weight seen so far). Counted from
 * the first point: the thousands of steps round no more far away from 0 than near it.
 */
export function online(given: Rows, start: Rows, epochs: number, seed: number, weights = given.map(() => 1)): Rows {
  const random = new RandomState(seed);
  const from = given[0] as readonly number[];
  const points = given.map((x) => x.map((value, j) => value - (from[j] as number)));
  const W = start.map((w) => w.map((value, j) => value - (from[j] as number)));
  const seen = W.map(() => 0);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const row of random.permutation(points.length)) {
      const [x, weight] = [points[row] as number[], weights[row] as number];
      const cluster = nearest(x, W);
      seen[cluster] = (seen[cluster] as number) + weight;
      pull(W[cluster] as number[], x, weight, seen[cluster] as number);
    }
  }
  return W.map((w) => w.map((value, j) => value + (from[j] as number)));
}

/** w + (weight / seen) (x − w). */
function pull(w: number[], x: readonly number[], weight: number, seen: number): void {
  if (seen === 0) return;
  x.forEach((value, j) => {
    w[j] = (w[j] as number) + (weight / seen) * (value - (w[j] as number));
  });
}

/**
 * The rows of one mini-batch after another, drawn with replacement. After every 10 k points or more they are put in
 * random order, for starved clusters to choose from, which draws too.
 */
export function* batches(n: number, k: number, size: number, seed: number): Generator<number[], never> {
  const random = new RandomState(seed);
  for (let since = size; ; since += size) {
    yield Array.from({ length: size }, () => random.integer(n - 1));
    if (since < 10 * k) continue;
    since = 0;
    random.permutation(size);
  }
}

/**
 * Mini-batch k-means (Sculley 2010) as scikit-learn stops it: when the smoothed cost of a batch has not fallen for ten
 * batches. To be used where no cluster starves. Says after which batch it stops.
 */
export function miniBatch(points: Rows, start: Rows, size: number, seed: number, weights = points.map(() => 1)) {
  const W = start.map((w) => [...w]);
  const seen = W.map(() => 0);
  const share = Math.min(1, (2 * size) / (points.length + 1));
  let [count, smoothed, best, sinceBest] = [0, 0, Infinity, 0];
  let isStarved = false;
  for (const rows of batches(points.length, start.length, size, seed)) {
    const batch = rows.map((row) => points[row] as number[]);
    const heavy = rows.map((row) => weights[row] as number);
    const cost = inertiaOf(batch, W, heavy) / total(heavy);
    const labels = nearestOf(batch, W);
    W.forEach((w, cluster) => {
      const { mean, weight } = meanWithin(batch, heavy, labels, cluster);
      seen[cluster] = (seen[cluster] as number) + weight;
      if (weight > 0) pull(w, mean, weight, seen[cluster] as number);
    });
    isStarved ||= seen.includes(0);
    count++;
    if (count === 1) continue;
    smoothed = count === 2 ? cost : smoothed + share * (cost - smoothed);
    sinceBest = smoothed < best ? 0 : sinceBest + 1;
    best = Math.min(best, smoothed);
    if (sinceBest === 10) return { centroids: W, batches: count, isStarved };
  }
  throw new Error("unreachable");
}
