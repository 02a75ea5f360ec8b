/**
 * The four ways to descend the cost where points come batch after batch: the steps of `algorithms`, by sums over the
 * batches. Online and mini-batch take points in the order in which they come.
 */
import { reassignStarved } from "./algorithms.js";
import { costsOf } from "./by-size.js";
import type { Derivatives } from "./costs.js";
import { nearestTo } from "./costs-in-loops.js";
import { type Frame, placesIn, placesOutOf } from "./frame.js";
import type { AlgorithmName, Settings } from "./options.js";
import { Problem } from "./problem.js";
import type { RandomState } from "./random.js";
import type { Passes } from "./source.js";
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

/** What centroids come to, over all points. */
export interface At extends Derivatives {
  readonly centroids: Float64Array;
  readonly inertia: number;
  /** Equal where all labels are. */
  readonly fingerprint: string;
}

/** What the steps of one fit go by. */
export interface Descent {
  readonly passes: Passes;
  readonly frame: Frame;
  readonly n: number;
  readonly d: number;
  readonly settings: Settings;
  readonly random: RandomState;
}

/** One iteration, with as many passes as it takes. May remember the ones before. */
export type Advance = (at: At) => Promise<{ readonly centroids: Float64Array; readonly isLast: boolean }>;

export const advances: { readonly [Name in AlgorithmName]: (descent: Descent) => Advance } = {
  lloyd(descent) {
    let before: string | undefined;
    return async (at) => {
      const isLast = before === at.fingerprint;
      before = at.fingerprint;
      return { centroids: await newtonStepFrom(at, descent), isLast };
    };
  },

  "gradient-descent"(descent) {
    const { learningRate } = descent.settings;
    return async (at) => {
      const rate = learningRate ?? 1 / largest(at.curvature);
      const elsewhere = at.curvature.includes(0) ? await newtonStepFrom(at, descent) : at.centroids;
      return { centroids: descentStep(at.centroids, at, rate, elsewhere), isLast: false };
    };
  },

  online(descent) {
    const { passes, frame, d, settings } = descent;
    const seen = new Float64Array(settings.k * d);
    return async (at) => {
      let centroids: Float64Array = at.centroids.slice();
      for (const { entry, x } of await relocations(at, descent)) {
        centroids.set(x, entry);
        seen.fill(0, entry, entry + d);
      }
      for await (const { table, weights } of passes.batches()) {
        const costs = costsOf(table, frame, settings.k, weights);
        const places = placesIn(costs.frame, centroids);
        costs.stepByEach([...Array(table.n).keys()], places, seen);
        centroids = placesOutOf(costs.frame, places);
      }
      return { centroids, isLast: false };
    };
  },

  "mini-batch"({ passes, frame, n, d, settings, random }) {
    const { k, batchSize } = settings;
    const seen = new Float64Array(k * d);
    const hasStalled = stallDetector(Math.min(1, (2 * batchSize) / (n + 1)));
    let sinceReassigning = 0;
    return async (at) => {
      let { centroids } = at;
      let isLast = false;
      for await (const { table, weights } of passes.batches()) {
        if (isLast || weights?.every((weight) => weight === 0)) continue;
        const problem = new Problem(table, frame, k, weights);
        for (let first = 0; first < table.n && !isLast; first += batchSize) {
          const rows = Array.from({ length: Math.min(batchSize, table.n - first) }, (_, at) => first + at);
          const { gradient, curvature, inertia } = problem.evaluateRows(rows, centroids);
          const weigh = (value: number): number => value * problem.unit;
          centroids = stochasticStep(
            { centroids, inertia, gradient: gradient.map(weigh), curvature: curvature.map(weigh) },
            seen,
          );
          const weight = rows.reduce((sum, row) => sum + (weights?.[row] ?? 1), 0);
          isLast = weight > 0 && hasStalled(inertia / weight);
          sinceReassigning += rows.length;
          if (sinceReassigning < 10 * k && !seen.includes(0)) continue;
          sinceReassigning = 0;
          reassignStarved(problem, centroids, seen, rows, random);
        }
      }
      return { centroids, isLast };
    };
  },
};

const newtonStepFrom = async (at: At, descent: Descent): Promise<Float64Array> =>
  newtonStep(at.centroids, reassigned({ ...at, place: at.centroids }, await relocations(at, descent)));

/** Where clusters without points go: to the points with the largest weighted distances, in a pass of their own. */
async function relocations({ centroids, curvature }: At, { passes, frame, d, settings }: Descent): Promise<Move[]> {
  const empty = emptyIn(curvature, d);
  if (empty.length === 0) return [];
  const found: Distant<Pick<Move, "x" | "weight">>[] = [];
  for await (const { table, weights } of passes.batches()) {
    if (weights?.every((weight) => weight === 0)) continue;
    const problem = new Problem(table, frame, settings.k, weights);
    const distances = problem.nearest(centroids);
    for (let row = 0; row < table.n; row++) {
      const distance = (distances[row] as number) * problem.distanceUnit;
      keepFarthest(found, empty.length, distance, () => ({ x: problem.point(row), weight: weights?.[row] ?? 1 }));
    }
  }
  return found.map(({ what }, which) => ({
    entry: empty[which] as number,
    from: nearestTo(what.x, centroids) * d,
    ...what,
  }));
}
