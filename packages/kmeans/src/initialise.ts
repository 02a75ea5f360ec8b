/**
 * Where the prototypes start: k points, drawn one after another. Each draw favours points by their weight and, for
 * k-means++, by their squared distance to those drawn before (Arthur & Vassilvitskii 2007).
 */
import type { Nearest, Problem } from "./problem.js";
import type { RandomState } from "./random.js";

/** k centroids of d coordinates, row after row. */
export function initialise(
  problem: Problem,
  init: "k-means++" | "random" | Float64Array,
  k: number,
  random: RandomState,
): Float64Array {
  if (typeof init !== "string") return problem.near(init);
  const draw = init === "random" ? drawAny : drawFar;
  const centroids = new Float64Array(k * problem.d);
  let nearest: Nearest | undefined;
  for (let which = 0; which < k; which++) {
    const rows = draw(problem, nearest, k, random);
    const isLast = which === k - 1;
    // Of one candidate nobody asks how good it is, and after the last one nobody draws any more.
    const outcomes = isLast && rows.length === 1 ? [] : problem.withOneMore(nearest, rows);
    const best = firstSmallest(outcomes.map(({ total }) => total.item()));
    centroids.set(problem.point(rows[best] as number), which * problem.d);
    nearest = outcomes[best];
  }
  return centroids;
}

const firstSmallest = (values: readonly number[]): number =>
  values.reduce((best, value, at) => (value < (values[best] as number) ? at : best), 0);

/** Whether points of some weight lie in at least k places. */
export function haveDistinct(problem: Problem, k: number): boolean {
  let nearest: Nearest | undefined;
  for (let found = 0; found < k; found++) {
    const away = nearest?.distances.data;
    let row = 0;
    while (row < problem.n && !(problem.weight(row) > 0 && (away === undefined || (away[row] as number) > 0))) row++;
    if (row === problem.n) return false;
    [nearest] = problem.withOneMore(nearest, [row]);
  }
  return true;
}

/** The candidates for the next place, by what is nearest to the points so far. */
type Draw = (problem: Problem, nearest: Nearest | undefined, k: number, random: RandomState) => readonly number[];

/** Any point that is not one of those chosen already. */
const drawAny: Draw = (problem, nearest, _, random) => {
  const away = nearest?.distances.data;
  return drawRows(problem, away && ((row) => ((away[row] as number) > 0 ? 1 : 0)), 1, random);
};

/** 2 + ⌊log k⌋ points, of which the one stays that leaves the least cost: greedy k-means++, as scikit-learn has it. */
const drawFar: Draw = (problem, nearest, k, random) => {
  const away = nearest?.distances.data;
  if (away === undefined) return drawRows(problem, undefined, 1, random);
  return drawRows(problem, (row) => away[row] as number, 2 + Math.floor(Math.log(k)), random);
};

/** Points drawn with a probability in proportion to `share` times their weight; to their weight where all shares are 0. */
function drawRows(
  problem: Problem,
  share: ((row: number) => number) | undefined,
  count: number,
  random: RandomState,
): number[] {
  const sums = new Float64Array(problem.n);
  let sum = 0;
  for (let row = 0; row < problem.n; row++) {
    sum += problem.weight(row) * (share?.(row) ?? 1);
    sums[row] = sum;
  }
  if (sum === 0) return drawRows(problem, undefined, count, random);
  return Array.from({ length: count }, () => firstAbove(sums, random.uniform() * sum));
}

/** The first of rising sums above a value: that of a share that is not 0. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
