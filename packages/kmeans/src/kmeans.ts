/** Fits: starts, iterations, ends, and the best of several. Knows no algorithm by name and nothing of the cost. */
import { algorithms } from "./algorithms.js";
import type { Derivatives } from "./costs.js";
import { type Frame, frameAround } from "./frame.js";
import { haveDistinct, initialise } from "./initialise.js";
import { KMeansModel } from "./model.js";
import { type KMeansOptions, type KMeansState, readOptions, type Settings } from "./options.js";
import { largest, type Points, readTable, rowsOf, type Table } from "./points.js";
import { type Outcome, Problem } from "./problem.js";
import { RandomState } from "./random.js";

/**
 * Clusters points: finds k centroids for which Σ minₖ ‖x − wₖ‖² is small, by iterating until they stay in place.
 * `points` are n rows of d numbers, as arrays, a tensor or one array with a shape; they are not changed. Throws a
 * `TypeError` or `RangeError` for an entry that is not a finite number, with its row and column, and for options that
 * do not fit. Warns if clusters stay without points, and if a column hides others.
 * @example const model = kmeans([[0], [1], [8], [9]], { k: 2, seed: 1 });
 * @example model.inertia // 1
 */
export function kmeans(points: Points, options: KMeansOptions): KMeansModel {
  const run = fit("kmeans", points, options);
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

/**
 * The same, one iteration at a time: yields the state after each, and returns the model at the end. Between two
 * iterations you may draw, wait, or stop, but not change a `Float32Array` of points: it is not copied.
 * @example for (const { iteration, inertia } of kmeansSteps(points, { k: 3 })) console.log(iteration, inertia);
 */
export function kmeansSteps(points: Points, options: KMeansOptions): Generator<KMeansState, KMeansModel, void> {
  return states(fit("kmeansSteps", points, options));
}

function* states(run: Generator<() => KMeansState, KMeansModel, void>): Generator<KMeansState, KMeansModel, void> {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
    yield value();
  }
}

/** Checks at once; then iterates, and yields a function that copies the state for whoever looks at it. */
function fit(
  operation: string,
  points: Points,
  options: KMeansOptions,
): Generator<() => KMeansState, KMeansModel, void> {
  const table = readTable(operation, points);
  const settings = readOptions(operation, options, table.n, table.d);
  warnOfHiddenColumns(operation, table);
  const frame = frameAround(table);
  const problem = new Problem(table, frame, settings.k, settings.weights);
  return iterate(operation, problem, settings, frame, settings.tolerance * problem.variance());
}

function* iterate(
  operation: string,
  problem: Problem,
  settings: Settings,
  frame: Frame,
  tolerance: number,
): Generator<() => KMeansState, KMeansModel, void> {
  const { k, init, restarts, maxIterations, algorithm, onIteration, signal } = settings;
  const random = new RandomState(settings.seed);
  let best: KMeansModel | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const advance = algorithms[algorithm](problem, settings, random);
    let at = problem.evaluate(initialise(problem, init, k, random));
    let reached: Outcome = at;
    let converged = false;
    const history: number[] = [];
    const model = (): KMeansModel => better(best, modelOf(problem, frame, reached, history, converged));
    for (let iteration = 1; iteration <= maxIterations && !converged; iteration++) {
      if (signal?.aborted) throw abortError(operation, iteration - 1, model());
      const step = advance(at);
      converged = step.isLast || squaredShift(at.centroids, step.centroids) <= tolerance;
      const isEnd = converged || iteration === maxIterations;
      const centroids = (isEnd && step.exactly?.()) || step.centroids;
      const shift = squaredShift(at.centroids, centroids);
      // At the end nobody needs derivatives.
      const next = isEnd ? undefined : problem.evaluate(centroids);
      reached = next ?? problem.outcome(centroids);
      if (!Number.isFinite(reached.inertia)) throw divergence(operation, iteration, at, problem.unit);
      at = next ?? at;
      history.push(reached.inertia);
      const state = (): KMeansState => ({
        iteration,
        restart,
        centroids: rowsOf(reached.centroids, problem.d),
        labels: reached.labels.slice(),
        inertia: reached.inertia,
        shift,
      });
      onIteration?.(state());
      yield state;
    }
    best = model();
  }
  warnOfEmptyClusters(operation, best as KMeansModel, problem);
  return best as KMeansModel;
}

export const better = (a: KMeansModel | undefined, b: KMeansModel): KMeansModel =>
  a !== undefined && a.inertia <= b.inertia ? a : b;

function modelOf(
  problem: Problem,
  frame: Frame,
  { centroids, labels, inertia }: Outcome,
  history: readonly number[],
  converged: boolean,
): KMeansModel {
  const clusterSizes = problem.sizes(labels);
  const iterations = history.length;
  // Adding 0 turns −0, which JSON does not know, into 0.
  const positive = centroids.map((value) => value + 0);
  return new KMeansModel({
    centroids: positive,
    frame,
    labels,
    inertia,
    iterations,
    converged,
    clusterSizes,
    history: [...history],
  });
}

export const squaredShift = (from: Float64Array, to: Float64Array): number =>
  from.reduce((sum, value, entry) => sum + (value - (to[entry] as number)) ** 2, 0);

export function abortError(operation: string, iterations: number, cause: KMeansModel): Error {
  const error = new Error(`${operation}: aborted after ${iterations} iterations; the best model so far is the cause`, {
    cause,
  });
  error.name = "AbortError";
  return error;
}

export function divergence(operation: string, iteration: number, { curvature }: Derivatives, unit: number): Error {
  const safe = 1 / (unit * curvature.reduce((a, b) => Math.max(a, b), 0));
  return new RangeError(
    `${operation}: the centroids ran away in iteration ${iteration}; expected a smaller learningRate, such as ${safe.toPrecision(2)}`,
  );
}

function warnOfEmptyClusters(operation: string, { clusterSizes }: KMeansModel, problem: Problem): void {
  const k = clusterSizes.length;
  const found = clusterSizes.filter((size) => size > 0).length;
  if (found === k) return;
  const why = haveDistinct(problem, k)
    ? "with another seed or more iterations all may have some"
    : "there may be fewer distinct points than that";
  warn(`${operation}: ${found} of ${k} clusters have points; ${why}`);
}

/** A column smaller by 2⁴⁴ leaves no trace in a sum of squares: float64 has 53 binary digits. */
function warnOfHiddenColumns(operation: string, { spreads }: Table): void {
  const widest = largest(spreads);
  const column = spreads.indexOf(widest);
  const hidden = [...spreads.keys()].filter((j) => {
    const spread = spreads[j] as number;
    return spread > 0 && spread < widest * 2 ** -44;
  });
  if (hidden.length === 0) return;
  const others = `column${hidden.length === 1 ? "" : "s"} ${hidden.join(", ")}`;
  warn(
    `${operation}: column ${column} spreads over ${widest.toPrecision(2)} and can hide ${others}: a squared distance has no digits left for so much less; drop or scale column ${column}`,
  );
}

export function warn(message: string): void {
  const { console } = globalThis as { readonly console?: { warn(message: string): void } };
  console?.warn(message);
}
