/**
 * The costs of a few points in plain loops, with all digits of float64: where so little is computed, compiling a pass
 * takes far longer than computing. They have the bits of the graph's distances and labels and are the graph's
 * derivatives, and tests hold them against it. Knows no tensors.
 */
import type { Assessment, Costs, Derivatives, Nearest } from "./costs.js";
import { type Frame, placesOutOf } from "./frame.js";

/** For each of some points the nearest of the places so far, the first of several, and how far it is away, squared. */
interface Found {
  readonly labels: Int32Array;
  readonly distances: Float64Array;
}

/** Up to how many squares of differences loops are quicker, where points of others have to be gathered first. */
export const areFew = (squares: number): boolean => squares <= 2 ** 18;

export class CostsInLoops implements Costs {
  readonly frame: Frame;
  readonly weights: Float64Array | undefined;
  readonly #X: Float64Array;
  readonly #n: number;
  readonly #d: number;

  /** Of points in the frame, row after row. */
  constructor(X: Float64Array, frame: Frame, weights: Float64Array | undefined) {
    this.frame = frame;
    this.weights = weights;
    this.#X = X;
    this.#d = frame.origin.length;
    this.#n = X.length / this.#d;
  }

  descent(W: Float64Array): Assessment & Derivatives {
    return this.exactly(W);
  }

  exactly(W: Float64Array): Assessment & Derivatives {
    const { cost, labels } = this.assess(W);
    const { gradient, curvature } = this.#derivatives(W, labels);
    return { cost, labels, gradient, curvature };
  }

  assess(W: Float64Array): Assessment {
    const { labels, distances } = this.#find(W);
    return { cost: sum(distances, this.weights), labels };
  }

  assign(W: Float64Array): Int32Array {
    return this.#find(W).labels;
  }

  distances(W: Float64Array): Float64Array {
    const d = this.#d;
    const k = W.length / d;
    const distances = new Float64Array(this.#n * k);
    for (let which = 0; which < k; which++) {
      const found = this.#find(W.subarray(which * d, (which + 1) * d));
      for (let row = 0; row < this.#n; row++) {
        distances[row * k + which] = Math.sqrt(found.distances[row] as number) * this.frame.scale;
      }
    }
    return distances;
  }

  nearest(W: Float64Array): Float64Array {
    const { distances } = this.#find(W);
    const { weights } = this;
    return weights === undefined ? distances : distances.map((distance, row) => distance * (weights[row] as number));
  }

  nowhere(): Nearest {
    return this.#nearest(foundNowhere(this.#n).distances, Infinity);
  }

  around(place: Float64Array): number {
    return sum(this.#find(place).distances, undefined);
  }

  distancesTo(rows: readonly number[]): Float64Array {
    const sums = new Float64Array(this.#n);
    for (const other of rows) {
      const { distances } = this.#find(this.#place(other));
      for (let row = 0; row < sums.length; row++) {
        sums[row] = (sums[row] as number) + Math.sqrt(distances[row] as number);
      }
    }
    return sums;
  }

  point(row: number): Float64Array {
    return placesOutOf(this.frame, this.#place(row));
  }

  some(rows: readonly number[]): CostsInLoops {
    const { weights } = this;
    const some = new Float64Array(rows.length * this.#d);
    rows.forEach((row, at) => {
      some.set(this.#place(row), at * this.#d);
    });
    return new CostsInLoops(some, this.frame, weights && Float64Array.from(rows, (row) => weights[row] as number));
  }

  stepByEach(rows: readonly number[], W: Float64Array, seen: Float64Array): void {
    const [X, d, { weights }] = [this.#X, this.#d, this];
    const found = foundNowhere(W.length / d);
    for (const row of rows) {
      const weight = weights === undefined ? 2 : 2 * (weights[row] as number);
      if (weight === 0) continue;
      const start = nearestAmong(W, d, X, row, found) * d;
      for (let j = 0; j < d; j++) {
        const entry = start + j;
        const before = W[entry] as number;
        const curvature = (seen[entry] as number) + weight;
        seen[entry] = curvature;
        W[entry] = before - (weight * (before - (X[row * d + j] as number))) / curvature;
      }
    }
  }

  #place(row: number): Float64Array {
    return this.#X.subarray(row * this.#d, (row + 1) * this.#d);
  }

  #find(W: Float64Array): Found {
    const found = foundNowhere(this.#n);
    for (let which = 0; which * this.#d < W.length; which++) approach(this.#X, this.#d, W, which, found);
    return found;
  }

  #derivatives(W: Float64Array, labels: Int32Array): Derivatives {
    const [X, d, { weights }] = [this.#X, this.#d, this];
    const [gradient, curvature] = [new Float64Array(W.length), new Float64Array(W.length)];
    for (let row = 0; row < labels.length; row++) {
      const weight = weights === undefined ? 2 : 2 * (weights[row] as number);
      const start = (labels[row] as number) * d;
      const first = row * d;
      curvature[start] = (curvature[start] as number) + weight;
      for (let j = 0; j < d; j++) {
        const slope = weight * ((W[start + j] as number) - (X[first + j] as number));
        gradient[start + j] = (gradient[start + j] as number) + slope;
      }
    }
    for (let start = 0; start < W.length; start += d) curvature.fill(curvature[start] as number, start, start + d);
    return { gradient, curvature };
  }

  #nearest(distances: Float64Array, total = sum(distances, this.weights)): Nearest {
    const nearest: Nearest = {
      distances,
      total,
      with: (place) => {
        const found = { labels: new Int32Array(this.#n), distances: distances.slice() };
        approach(this.#X, this.#d, place, 0, found);
        return this.#nearest(found.distances);
      },
      withBestOf: (places) => withBestOfEach(nearest, places),
    };
    return nearest;
  }
}

/** Asks for one place after another. */
export function withBestOfEach(nearest: Nearest, places: readonly Float64Array[]): ReturnType<Nearest["withBestOf"]> {
  const outcomes = places.map((place) => nearest.with(place));
  const which = firstSmallest(outcomes.map(({ total }) => total));
  return { which, nearest: outcomes[which] as Nearest };
}

/** The prototype that is nearest to a point, the first of several. */
export const nearestTo = (x: Float64Array, W: Float64Array): number =>
  nearestAmong(W, x.length, x, 0, foundNowhere(W.length / x.length));

/** The same for row `which` of X; `found` is where the distances of the prototypes go. */
function nearestAmong(W: Float64Array, d: number, X: Float64Array, which: number, found: Found): number {
  found.distances.fill(Infinity);
  approach(W, d, X, which, found);
  return firstSmallest(found.distances);
}

export function firstSmallest(values: ArrayLike<number>): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] as number) < (values[best] as number)) best = at;
  return best;
}

const foundNowhere = (n: number): Found => ({
  labels: new Int32Array(n),
  distances: new Float64Array(n).fill(Infinity),
});

function sum(values: Float64Array, weights: Float64Array | undefined): number {
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    total += weights === undefined ? (values[row] as number) : (weights[row] as number) * (values[row] as number);
  }
  return total;
}

/**
 * Takes one place more into account, that in row `which` of W. The squares of a distance are added as the engine adds
 * them, in groups of 8, these in groups of 64, and these. Four points at a time take little longer than one, since
 * additions need not wait for one another; where fewer are left, the last one stands for those that are missing.
 */
function approach(X: Float64Array, d: number, W: Float64Array, which: number, found: Found): void {
  const start = which * d;
  const last = found.distances.length - 1;
  for (let first = 0; first <= last; first += 4) {
    const second = Math.min(first + 1, last);
    const third = Math.min(first + 2, last);
    const fourth = Math.min(first + 3, last);
    const one = first * d;
    const two = second * d;
    const three = third * d;
    const four = fourth * d;
    let allOne = 0;
    let allTwo = 0;
    let allThree = 0;
    let allFour = 0;
    let partOne = 0;
    let partTwo = 0;
    let partThree = 0;
    let partFour = 0;
    for (let j = 0; j < d; ) {
      const end = Math.min(d, j + 8);
      let sumOne = 0;
      let sumTwo = 0;
      let sumThree = 0;
      let sumFour = 0;
      for (; j < end; j++) {
        const w = W[start + j] as number;
        const fromOne = (X[one + j] as number) - w;
        const fromTwo = (X[two + j] as number) - w;
        const fromThree = (X[three + j] as number) - w;
        const fromFour = (X[four + j] as number) - w;
        sumOne += fromOne * fromOne;
        sumTwo += fromTwo * fromTwo;
        sumThree += fromThree * fromThree;
        sumFour += fromFour * fromFour;
      }
      partOne += sumOne;
      partTwo += sumTwo;
      partThree += sumThree;
      partFour += sumFour;
      if (j < d && j % 64 !== 0) continue;
      allOne += partOne;
      allTwo += partTwo;
      allThree += partThree;
      allFour += partFour;
      partOne = 0;
      partTwo = 0;
      partThree = 0;
      partFour = 0;
    }
    takeNearer(found, first, which, allOne);
    takeNearer(found, second, which, allTwo);
    takeNearer(found, third, which, allThree);
    takeNearer(found, fourth, which, allFour);
  }
}

/** The first of several that are equally near stays. */
function takeNearer({ labels, distances }: Found, row: number, which: number, distance: number): void {
  if (distance >= (distances[row] as number)) return;
  distances[row] = distance;
  labels[row] = which;
}
