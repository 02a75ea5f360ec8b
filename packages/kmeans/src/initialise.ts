/**
 * Where the prototypes start: k points, drawn one after another. Each draw favours points by their weight and, for
 * k-means++, by their squared distance to those drawn before (Arthur & Vassilvitskii 2007).
 */
import type { Nearest } from "./costs.js";
import type { Problem } from "./problem.js";
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
    // Of one candidate nobody asks how good it is, and after the last one nobody draws any more.
    const isKnown = which === k - 1 && rows.length === 1;
    const best = isKnown ? { row: rows[0] as number, nearest } : problem.bestOf(nearest, rows);
    centroids.set(problem.point(best.row), which * problem.d);
    nearest = best.nearest;
  }
  return centroids;
}

/** Whether points of some weight lie in at least k places. */
export function haveDistinct(problem: Problem, k: number): boolean {
  let nearest: Nearest | undefined;
  for (let found = 0; found < k; found++) {
    const shares = sharesOf(problem, nearest?.distances);
    let row = 0;
    while (row < problem.n && shares[row] === 0) row++;
    if (row === problem.n) return false;
    nearest = problem.withOneMore(nearest, row);
  }
  return true;
}

/** The candidates for the next place, by what is nearest to the points so far. */
type Draw = (problem: Problem, nearest: Nearest | undefined, k: number, random: RandomState) => readonly number[];

/** Any point that is not one of those chosen already. */
const drawAny: Draw = (problem, nearest, _, random) => {
  const isAway = nearest && Uint8Array.from(nearest.distances, (distance) => (distance > 0 ? 1 : 0));
  return drawRows(problem, isAway, 1, random);
};

/** 2 + ⌊log k⌋ points, of which the one stays that leaves the least cost: greedy k-means++, as scikit-learn has it. */
const drawFar: Draw = (problem, nearest, k, random) =>
  drawRows(problem, nearest?.distances, nearest ? 2 + Math.floor(Math.log(k)) : 1, random);

type Numbers = ArrayLike<number>;

/** Points drawn with a probability in proportion to `values` times their weight; to their weight where that is always 0. */
function drawRows(problem: Problem, values: Numbers | undefined, count: number, random: RandomState): number[] {
  const shares = sharesOf(problem, values);
  const ends = endsOfBlocks(shares);
  const sum = ends.at(-1) as number;
  if (sum === 0) return drawRows(problem, undefined, count, random);
  return Array.from({ length: count }, () => rowAt(shares, ends, random.uniform() * sum));
}

/** `values` times the weights, where there are any: 1 where neither says anything. */
function sharesOf({ n, weights }: Problem, values: Numbers | undefined): Numbers {
  if (weights === undefined) return values ?? new Float64Array(n).fill(1);
  if (values === undefined) return weights;
  const shares = new Float64Array(n);
  for (let row = 0; row < n; row++) shares[row] = (weights[row] as number) * (values[row] as number);
  return shares;
}

/** How many points have a sum of their own: only within one such block single points are looked at. */
const BLOCK = 1024;

/** The sums of shares up to the end of each block. */
function endsOfBlocks(shares: Numbers): Float64Array {
  const ends = new Float64Array(Math.ceil(shares.length / BLOCK));
  let before = 0;
  for (let block = 0; block < ends.length; block++) {
    const end = Math.min(shares.length, (block + 1) * BLOCK);
    let sum = 0;
    for (let row = block * BLOCK; row < end; row++) sum += shares[row] as number;
    before += sum;
    ends[block] = before;
  }
  return ends;
}

/** The first point up to which shares come to more than a value, which is less than all do: one whose share is not 0. */
function rowAt(shares: Numbers, ends: Float64Array, value: number): number {
  const block = ends.findIndex((end) => end > value);
  const end = Math.min(shares.length, (block + 1) * BLOCK);
  let rest = value - (block === 0 ? 0 : (ends[block - 1] as number));
  let last = 0;
  for (let row = block * BLOCK; row < end; row++) {
    const share = shares[row] as number;
    if (share === 0) continue;
    if (share > rest) return row;
    rest -= share;
    last = row;
  }
  // Rounded otherwise than in the sum of the block.
  return last;
}
