/**
 * Steps from centroids to others by derivatives of the cost, wherever these come from: one array, or one batch after
 * another. Knows no points.
 */
import type { Derivatives } from "./costs.js";
import type { Batch } from "./problem.js";

/** W − g / h: for each centroid the mean of its points. Where h is 0 it has none, and stays. */
export const newtonStep = (centroids: Float64Array, { gradient, curvature }: Derivatives): Float64Array =>
  centroids.map(
    (w, entry) => w - (curvature[entry] === 0 ? 0 : (gradient[entry] as number) / (curvature[entry] as number)),
  );

/** W − rate · g; where h is 0 a centroid has no points, and goes elsewhere. */
export const descentStep = (
  centroids: Float64Array,
  { gradient, curvature }: Derivatives,
  rate: number,
  elsewhere: Float64Array,
): Float64Array =>
  centroids.map((w, entry) =>
    curvature[entry] === 0 ? (elsewhere[entry] as number) : w - rate * (gradient[entry] as number),
  );

/** Newton's step by the gradient of a few points and the second derivatives of all that were `seen`, these among them. */
export function stochasticStep({ centroids, gradient, curvature }: Batch, seen: Float64Array): Float64Array {
  for (let entry = 0; entry < seen.length; entry++)
    seen[entry] = (seen[entry] as number) + (curvature[entry] as number);
  return newtonStep(centroids, { gradient, curvature: seen });
}

/** Where an empty cluster goes: its first entry, and a point with a large weighted squared distance, of which cluster. */
export interface Move {
  readonly entry: number;
  readonly from: number;
  readonly x: Float64Array;
  readonly weight: number;
}

/** The first entries of clusters without points. */
export function emptyIn(curvature: Float64Array, d: number): number[] {
  const empty: number[] = [];
  for (let entry = 0; entry < curvature.length; entry += d) if (curvature[entry] === 0) empty.push(entry);
  return empty;
}

/** Something with its weighted squared distance. */
export interface Distant<What> {
  readonly distance: number;
  readonly what: What;
}

/** Takes one more in among the largest, if it is one: largest first and of equal ones the last, as scikit-learn; none of 0. */
export function keepFarthest<What>(found: Distant<What>[], count: number, distance: number, whatOf: () => What): void {
  const least = found.length < count ? 0 : (found[count - 1] as Distant<What>).distance;
  if (distance === 0 || distance < least) return;
  const place = found.findIndex((other) => distance >= other.distance);
  found.splice(place < 0 ? found.length : place, 0, { distance, what: whatOf() });
  found.length = Math.min(found.length, count);
}

/**
 * The derivatives as they are if the points with the largest weighted squared distances belong to the empty clusters,
 * one to each, and to no other: so a step brings these clusters there, as scikit-learn's does.
 */
export function reassigned(at: Derivatives & { readonly place: Float64Array }, moves: readonly Move[]): Derivatives {
  if (moves.length === 0) return at;
  const [gradient, curvature] = [at.gradient.slice(), at.curvature.slice()];
  const give = (entry: number, x: Float64Array, weight: number): void => {
    x.forEach((value, j) => {
      const w = at.place[entry + j] as number;
      gradient[entry + j] = (gradient[entry + j] as number) + 2 * weight * (w - value);
      curvature[entry + j] = (curvature[entry + j] as number) + 2 * weight;
    });
  };
  for (const { entry, from, x, weight } of moves) {
    give(from, x, -weight);
    give(entry, x, weight);
  }
  return { gradient, curvature };
}

/** Ten batches in a row, but for the first of all, whose smoothed cost is no better than the best so far. */
export function stallDetector(share: number): (cost: number) => boolean {
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

export const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);
