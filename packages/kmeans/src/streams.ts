/**
 * Fits of more points than memory holds: the same cost, summed over batches that come one after another, as often as an
 * algorithm goes through them. Knows batches and sums, and does no arithmetic on points.
 */
import { show } from "./argument.js";
import { frameAround } from "./frame.js";
import { initialise } from "./initialise.js";
import { abortError, better, divergence, squaredShift, warn } from "./kmeans.js";
import { KMeansModel } from "./model.js";
import { type KMeansOptions, type KMeansState, readOptions } from "./options.js";
import { readTable, rowsOf } from "./points.js";
import { Problem } from "./problem.js";
import { RandomState } from "./random.js";
import { Passes, type PointSource, survey } from "./source.js";
import { type At, advances, type Descent } from "./stream-algorithms.js";
import { derivativesIn, mergeSums, type Sums, sumsOf } from "./sums.js";

/** What comes of one iteration over a stream: labels would be one for each point. */
export type StreamState = Omit<KMeansState, "labels">;

/** Options of `kmeansOver`: those of `kmeans`, but for weights, which come with the batches. */
export interface StreamOptions extends Omit<KMeansOptions, "weights" | "onIteration"> {
  /** Called after each iteration. */
  readonly onIteration?: (state: StreamState) => void;
}

/**
 * Clusters points that come batch after batch, as `kmeans` does those of one array: by Lloyd's algorithm and gradient
 * descent with the same result from the same start, by online and mini-batch in the order in which points come. Goes
 * through the source once to survey it, once for the start, and once or twice for each iteration, and holds one batch at
 * a time. k-means++ starts from a random sample. The model has no labels: `labelsOver` gives them.
 * Throws as `kmeans` does, naming the batch, and where the source gives other points than the first time; once there is
 * a model, the best so far is the `cause`.
 * @example const model = await kmeansOver(() => [[[0], [1]], [[8], [9]]], { k: 2, seed: 1 });
 * @example model.centroids.length // 2
 */
export async function kmeansOver(source: PointSource, options: StreamOptions): Promise<KMeansModel> {
  const operation = "kmeansOver";
  const passes = new Passes(operation, source);
  if (options !== null && typeof options === "object" && "weights" in options) {
    throw new TypeError(
      `${operation}: there is no option weights; expected them with the batches, { points, weights }`,
    );
  }
  // The seed is read before there are points to check the others against.
  const random = new RandomState(
    Number.isInteger(options?.seed) ? (options.seed as number) >>> 0 : Math.floor(Math.random() * 2 ** 32),
  );
  const seen = await survey(passes, sampleSize(options?.k), random);
  const settings = readOptions(operation, options as KMeansOptions, seen.n, seen.d);
  const frame = frameAround(seen);
  const descent: Descent = { passes, frame, n: seen.n, d: seen.d, settings, random };
  const weights = seen.weights.every((weight) => weight === 1) ? undefined : Float64Array.from(seen.weights);
  if (seen.sample.length === 0) throw new RangeError(`${operation}: all weights are 0; expected at least one above`);
  const sample = new Problem(readTable(operation, seen.sample), frame, settings.k, weights);
  return fit(operation, descent, settings.tolerance * seen.variance, () =>
    initialise(sample, settings.init, settings.k, random),
  );
}

/** From how many points k-means++ draws: enough of each cluster, if k are about as large. */
const sampleSize = (k: unknown): number => Math.max(10_000, 50 * (Number.isInteger(k) ? (k as number) : 0));

async function fit(
  operation: string,
  descent: Descent,
  tolerance: number,
  start: () => Float64Array,
): Promise<KMeansModel> {
  const { settings, d } = descent;
  const { restarts, maxIterations, algorithm, onIteration, signal } = settings;
  let best: KMeansModel | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const advance = advances[algorithm](descent);
    const history: number[] = [];
    let converged = false;
    let at: At | undefined;
    const model = (): KMeansModel | undefined => at && better(best, modelOf(at, descent, history, converged));
    try {
      at = await evaluate(start(), descent);
      for (let iteration = 1; iteration <= maxIterations && !converged; iteration++) {
        if (signal?.aborted) throw abortError(operation, iteration - 1, model() as KMeansModel);
        const before: At = at;
        const { centroids, isLast } = await advance(before);
        const shift = squaredShift(before.centroids, centroids);
        at = await evaluate(centroids, descent);
        if (!Number.isFinite(at.inertia)) {
          at = before;
          throw divergence(operation, iteration, before, 1);
        }
        converged = isLast || shift <= tolerance;
        history.push(at.inertia);
        const state: StreamState = { iteration, restart, centroids: rowsOf(centroids, d), inertia: at.inertia, shift };
        onIteration?.(state as KMeansState);
      }
    } catch (error) {
      throw withModel(error, model() ?? best);
    }
    best = model();
  }
  warnOfEmpty(operation, best as KMeansModel);
  return best as KMeansModel;
}

/** The error with the best model so far as its cause. */
function withModel(error: unknown, model: KMeansModel | undefined): unknown {
  if (!(error instanceof Error) || model === undefined || error.cause instanceof KMeansModel) return error;
  const told = new Error(`${error.message}; the best model so far is the cause`, { cause: model });
  told.name = error.name;
  return told;
}

async function evaluate(centroids: Float64Array, { passes, frame }: Descent): Promise<At> {
  let all: Sums | undefined;
  const fingerprint = new Fingerprint();
  for await (const { table, weights } of passes.batches()) {
    const { sums, labels } = sumsOf(table, weights, centroids, frame);
    all = all === undefined ? sums : mergeSums([all, sums]);
    fingerprint.add(labels);
  }
  const sums = all as Sums;
  return { centroids, inertia: sums.cost, fingerprint: fingerprint.toString(), ...derivativesIn(sums) };
}

/** Tells labels from others without keeping them: equal ones have the same, others hardly ever (FNV-1a, twice). */
class Fingerprint {
  #one = 0x811c9dc5;
  #two = 0x01000193;

  add(labels: ArrayLike<number>): void {
    let [one, two] = [this.#one, this.#two];
    for (let row = 0; row < labels.length; row++) {
      one = Math.imul(one ^ (labels[row] as number), 0x01000193);
      two = Math.imul(two + (labels[row] as number) + 1, 0x85ebca6b) ^ (two >>> 15);
    }
    [this.#one, this.#two] = [one, two];
  }

  toString(): string {
    return `${this.#one} ${this.#two}`;
  }
}

function modelOf(
  { centroids, inertia, curvature }: At,
  { frame, d }: Descent,
  history: readonly number[],
  converged: boolean,
): KMeansModel {
  return new KMeansModel({
    // Adding 0 makes 0 of −0, which JSON does not know.
    centroids: centroids.map((value) => value + 0),
    frame,
    labels: new Int32Array(0),
    inertia,
    iterations: history.length,
    converged,
    clusterSizes: Float64Array.from({ length: centroids.length / d }, (_, i) => (curvature[i * d] as number) / 2),
    history: [...history],
  });
}

function warnOfEmpty(operation: string, { clusterSizes }: KMeansModel): void {
  const found = clusterSizes.filter((size) => size > 0).length;
  if (found === clusterSizes.length) return;
  warn(
    `${operation}: ${found} of ${clusterSizes.length} clusters have points; there may be fewer distinct points, or another seed gives all some`,
  );
}

/**
 * The cluster of each point of a stream, batch after batch, as `model.predict` says.
 * @example for await (const labels of labelsOver(source, model)) console.log(labels); // Int32Array
 */
export async function* labelsOver(source: PointSource, model: KMeansModel): AsyncGenerator<Int32Array> {
  const passes = new Passes("labelsOver", source);
  if (!(model instanceof KMeansModel)) {
    throw new TypeError(`labelsOver: the model is ${show(model)}; expected one of kmeans or kmeansOver`);
  }
  for await (const { table } of passes.batches()) yield model.labelsOf("labelsOver", table);
}
