/**
 * The four algorithms from one start, iteration by iteration, a few at a time, so that the page never waits for them.
 * The fits are those of the package.
 */
import { type KMeansOptions, kmeansSteps } from "@protograd/kmeans";
import { type Place, placesOf, rowsOf } from "./place.js";
import { ALGORITHMS, type Algorithm, MOST_ITERATIONS } from "./state.js";

/** The options of a fit; `learningRate` is that of gradient descent. */
export const fitOptions = (algorithm: Algorithm, start: readonly Place[], learningRate: number): KMeansOptions => ({
  algorithm,
  init: rowsOf(start),
  seed: 1,
  tolerance: 0,
  maxIterations: MOST_ITERATIONS,
  ...(algorithm === "gradient-descent" ? { learningRate } : {}),
  ...(algorithm === "mini-batch" ? { batchSize: 100 } : {}),
});

export interface Reached {
  readonly prototypes: readonly Place[];
  readonly cost: number;
}

/** One algorithm's way. */
export interface Race {
  /** Before the first iteration, after it, and so on. */
  readonly reached: Reached[];
  hasEnded: boolean;
}

/** All four ways from a start whose cost is known. */
export class Races {
  readonly of: Readonly<Record<Algorithm, Race>>;
  readonly #running: [Race, ReturnType<typeof kmeansSteps>][] = [];

  constructor(points: Float64Array, start: readonly Place[], cost: number, learningRate: number) {
    const n = points.length / 2;
    const races = ALGORITHMS.map((algorithm): [Algorithm, Race] => {
      const race: Race = { reached: [{ prototypes: start, cost }], hasEnded: n < start.length };
      if (n >= start.length) {
        const steps = kmeansSteps({ data: points, shape: [n, 2] }, fitOptions(algorithm, start, learningRate));
        this.#running.push([race, steps]);
      }
      return [algorithm, race];
    });
    this.of = Object.fromEntries(races) as Record<Algorithm, Race>;
  }

  get haveEnded(): boolean {
    return this.#running.length === 0;
  }

  /** One more iteration of each that still runs. */
  advance(): void {
    for (const entry of [...this.#running]) {
      const [race, steps] = entry;
      const { done, value } = steps.next();
      if (!done) {
        race.reached.push({ prototypes: placesOf(value.centroids), cost: value.inertia });
        continue;
      }
      race.hasEnded = true;
      this.#running.splice(this.#running.indexOf(entry), 1);
    }
  }

  /** The lowest cost that any of them has reached. */
  get lowest(): number {
    return Math.min(...Object.values(this.of).flatMap(({ reached }) => reached.map(({ cost }) => cost)));
  }

  /** The largest number of iterations of any. */
  get length(): number {
    return Math.max(...Object.values(this.of).map(({ reached }) => reached.length - 1));
  }
}

/** What a way came to after so many iterations, or at its end. */
export const reachedAfter = ({ reached }: Race, iteration: number): Reached =>
  reached[Math.min(iteration, reached.length - 1)] as Reached;
