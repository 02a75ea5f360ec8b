/** The options of a fit: their names, their defaults, and what each must be. Knows nothing of how a fit is made. */
import { checkNames, checkWhole, error, show } from "./argument.js";
import { type Points, readTable, readWeights, type Weights } from "./points.js";

/** How prototypes are moved; all four algorithms use the derivatives of one cost. */
export type AlgorithmName = "lloyd" | "gradient-descent" | "online" | "mini-batch";

/** Where the prototypes start: drawn by a method, or given as points, in any form that points may have. */
export type Init = "k-means++" | "random" | Points;

/** The state after an iteration. The arrays belong to the caller. */
export interface KMeansState {
  /** Counts from 1 in each restart. */
  readonly iteration: number;
  /** Counts from 0. */
  readonly restart: number;
  /** k rows of d coordinates. */
  readonly centroids: number[][];
  /** For each point the nearest of these centroids. */
  readonly labels: Int32Array;
  /** The sum of weighted squared distances of the points to these centroids. */
  readonly inertia: number;
  /** The squared distances by which the centroids moved, summed; `tolerance` is a bound on this. */
  readonly shift: number;
}

/** Options of `kmeans` and `kmeansSteps`. A missing or `undefined` option has its default; `null` is refused. */
export interface KMeansOptions {
  /** The number of clusters. May be omitted if `init` gives the centroids. */
  readonly k?: number;
  /** Default `"k-means++"`. */
  readonly init?: Init;
  /** How many fits to make; the best one is the result. Default 10 for `"random"`, else 1. */
  readonly restarts?: number;
  /** The largest number of iterations of a fit. Default 300. */
  readonly maxIterations?: number;
  /** A fit ends when `shift` is at most this fraction of the mean variance of the coordinates. Default 1e-4. */
  readonly tolerance?: number;
  /** How much each point counts, from 0. Default 1 for all. */
  readonly weights?: Weights;
  /** A whole number from 0 below 2³²: the same number gives the same result. Default: a different one on every call. */
  readonly seed?: number;
  /** Default `"lloyd"`. */
  readonly algorithm?: AlgorithmName;
  /** ε of `"gradient-descent"`. Default: at each iteration 1 / the largest second derivative, which is safe. */
  readonly learningRate?: number;
  /** How many points a step of `"mini-batch"` draws. Default 1024. */
  readonly batchSize?: number;
  /** Called after each iteration. */
  readonly onIteration?: (state: KMeansState) => void;
  /** Once aborted, the fit throws an `AbortError` whose `cause` is the best model so far. */
  readonly signal?: {
    /** Whether to stop. */
    readonly aborted: boolean;
    /** Why. */
    readonly reason?: unknown;
  };
}

/** Options with their defaults, checked against the points. */
export interface Settings {
  readonly k: number;
  readonly init: "k-means++" | "random" | Float64Array;
  readonly restarts: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly weights: Float64Array | undefined;
  readonly seed: number;
  readonly algorithm: AlgorithmName;
  readonly learningRate: number | undefined;
  readonly batchSize: number;
  readonly onIteration: ((state: KMeansState) => void) | undefined;
  readonly signal: KMeansOptions["signal"];
}

export const ALGORITHMS: readonly AlgorithmName[] = ["lloyd", "gradient-descent", "online", "mini-batch"];

const NAMES = [
  "k",
  "init",
  "restarts",
  "maxIterations",
  "tolerance",
  "weights",
  "seed",
  "algorithm",
  "learningRate",
  "batchSize",
  "onIteration",
  "signal",
] as const satisfies readonly (keyof KMeansOptions)[];

/** Throws a `TypeError` or `RangeError` for options that do not fit n points of d coordinates. */
export function readOptions(operation: string, options: KMeansOptions, n: number, d: number): Settings {
  checkNames(operation, options, NAMES, "k");
  const { init = "k-means++", algorithm = "lloyd", weights, onIteration, signal, tolerance = 1e-4 } = options;
  const { maxIterations = 300, batchSize = 1024, learningRate, seed = Math.floor(Math.random() * 2 ** 32) } = options;
  const start = typeof init === "string" ? checkMethod(operation, init) : readInit(operation, init, d);
  const { k = typeof start === "string" ? undefined : start.length / d, restarts = start === "random" ? 10 : 1 } =
    options;
  const counted = checkWhole(operation, "k", k, 1);
  if (typeof start !== "string" && counted !== start.length / d) {
    throw new RangeError(`${operation}: init has ${start.length / d} rows; expected ${counted}, the value of k`);
  }
  if (!ALGORITHMS.includes(algorithm)) {
    const Failure = typeof algorithm === "string" ? RangeError : TypeError;
    throw new Failure(`${operation}: algorithm is ${show(algorithm)}; expected ${listed(ALGORITHMS)}`);
  }
  if (counted > n) throw new RangeError(`${operation}: k is ${k} for ${n} points; expected at most ${n}`);
  checkGoesWith(operation, options, "learningRate", "gradient-descent", algorithm);
  checkGoesWith(operation, options, "batchSize", "mini-batch", algorithm);
  if (onIteration !== undefined && typeof onIteration !== "function") {
    throw new TypeError(`${operation}: onIteration is ${show(onIteration)}; expected a function`);
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new TypeError(`${operation}: signal is ${show(signal)}; expected an AbortSignal`);
  }
  return {
    k: counted,
    init: start,
    restarts: checkWhole(operation, "restarts", restarts, 1),
    maxIterations: checkWhole(operation, "maxIterations", maxIterations, 1),
    tolerance: checkNumber(operation, "tolerance", tolerance, (value) => value >= 0, "from 0"),
    weights: weights === undefined ? undefined : readWeights(operation, weights, n),
    seed: checkWhole(operation, "seed", seed, 0, 2 ** 32 - 1),
    algorithm,
    learningRate:
      learningRate === undefined
        ? undefined
        : checkNumber(operation, "learningRate", learningRate, (value) => value > 0, "above 0"),
    batchSize: checkWhole(operation, "batchSize", batchSize, 1),
    onIteration,
    signal,
  };
}

function checkMethod(operation: string, init: string): "k-means++" | "random" {
  if (init === "k-means++" || init === "random") return init;
  throw new RangeError(`${operation}: init is ${show(init)}; expected ${STARTS}`);
}

function readInit(operation: string, init: Points, d: number): Float64Array {
  if (typeof init !== "object" || init === null) {
    throw new TypeError(`${operation}: init is ${show(init)}; expected ${STARTS}`);
  }
  const table = readTable(operation, init, "init");
  if (table.d !== d) {
    throw new RangeError(`${operation}: init has ${table.d} columns; expected ${d}, as in the points`);
  }
  const rows = new Float64Array(table.n * d);
  table.copy(0, rows);
  return rows;
}

const STARTS = '"k-means++", "random" or k points to start at';

function checkNumber(
  operation: string,
  name: string,
  value: unknown,
  holds: (value: number) => boolean,
  expected: string,
): number {
  if (Number.isFinite(value) && holds(value as number)) return value as number;
  throw error(value, `${operation}: ${name} is ${show(value)}; expected a finite number ${expected}`);
}

function checkGoesWith(
  operation: string,
  options: KMeansOptions,
  name: "learningRate" | "batchSize",
  owner: AlgorithmName,
  algorithm: AlgorithmName,
): void {
  if (options[name] === undefined || algorithm === owner) return;
  throw new RangeError(`${operation}: ${name} has no meaning for algorithm "${algorithm}"; it belongs to "${owner}"`);
}

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
