/** The result of a fit: centroids, and the questions that they answer. Knows nothing of how they were found. */
import { checkNames, kindOf, show } from "./argument.js";
import { costsOf } from "./by-size.js";
import type { Costs } from "./costs.js";
import { type Frame, isScale, placesIn } from "./frame.js";
import { type Points, readTable, readWeights, rowsOf, type Table, type Weights } from "./points.js";
import { sumsAt } from "./problem.js";
import { stochasticStep } from "./steps.js";

/** Options of `partialFit`. */
export interface PartialFitOptions {
  /** How much each point counts, from 0. Default 1 for all. */
  readonly weights?: Weights;
}

/** The parts of a model. */
export interface Fitted {
  /** k centroids of d coordinates, row after row. */
  readonly centroids: Float64Array;
  readonly frame: Frame;
  readonly labels: Int32Array;
  readonly inertia: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly clusterSizes: Float64Array;
  readonly history: readonly number[];
}

/** A model as plain data, for `JSON.stringify` and `KMeansModel.fromJSON`. */
export interface KMeansDocument {
  /** Tells it from other documents. */
  readonly format: "@protograd/kmeans";
  /** Counts up when the fields below change. */
  readonly version: 1;
  /** k rows of d coordinates. */
  readonly centroids: number[][];
  /** The model computes with (x − origin) / scale; d coordinates. */
  readonly origin: number[];
  /** Above 0. */
  readonly scale: number;
  /** As the model's. */
  readonly labels: number[];
  /** As the model's. */
  readonly inertia: number;
  /** As the model's. */
  readonly iterations: number;
  /** As the model's. */
  readonly converged: boolean;
  /** As the model's. */
  readonly clusterSizes: number[];
  /** As the model's. */
  readonly history: number[];
}

/**
 * The result of `kmeans`. Labels, centroids and inertia belong together: each label names the nearest centroid.
 * @example const model = kmeans([[0], [1], [9]], { k: 2, seed: 1 });
 * @example model.predict([[8]])[0] === model.labels[2] // true
 */
export class KMeansModel {
  /** Messages name the class, also where a bundler has renamed it. @internal */
  static readonly name: string = "KMeansModel";

  /** k rows of d coordinates. */
  readonly centroids: number[][];
  /** For each point of the fit its cluster, from 0 below k. */
  readonly labels: Int32Array;
  /** Σ weight · (squared distance to the nearest centroid) over the points of the fit. */
  readonly inertia: number;
  /** How many iterations the fit took; with restarts, the best fit. */
  readonly iterations: number;
  /** Whether the fit ended because nothing moved any more, not because of `maxIterations`. */
  readonly converged: boolean;
  /** For each cluster the sum of the weights of its points; without weights, the number of its points. */
  readonly clusterSizes: Float64Array;
  /** The inertia after each iteration. */
  readonly history: readonly number[];
  readonly #flat: Float64Array;
  readonly #frame: Frame;

  /** Made by `kmeans` and `fromJSON`. @internal */
  constructor(fitted: Fitted) {
    if (kindOf(fitted?.centroids) !== "Float64Array") {
      throw new TypeError("KMeansModel: not made with new; use kmeans(points, options) or KMeansModel.fromJSON(json)");
    }
    const { centroids, frame, labels, inertia, iterations, converged, clusterSizes, history } = fitted;
    this.#flat = centroids;
    this.#frame = frame;
    this.centroids = rowsOf(centroids, frame.origin.length);
    this.labels = labels;
    this.inertia = inertia;
    this.iterations = iterations;
    this.converged = converged;
    this.clusterSizes = clusterSizes;
    this.history = history;
  }

  /**
   * The cluster of each point: its nearest centroid, or the first of several that are equally near.
   * @example model.predict([[8], [2]]) // Int32Array(2)
   */
  predict(points: Points): Int32Array {
    return this.labelsOf("predict", readTable("predict", points));
  }

  /** The same of points that have been read. @internal */
  labelsOf(operation: string, table: Table): Int32Array {
    const costs = this.#costs(operation, table);
    return costs.assign(this.#placed(costs));
  }

  /**
   * The model once it has seen some points more, which may then go: each centroid becomes the mean of all points that it
   * has had so far. As scikit-learn's `partial_fit` of mini-batches. Labels, inertia and what is added to the history are
   * those of the new points; `clusterSizes` count all.
   * @example for await (const batch of source()) model = model.partialFit(batch);
   */
  partialFit(points: Points, options: PartialFitOptions = {}): KMeansModel {
    checkNames("partialFit", options, ["weights"], "no option at all");
    const table = readTable("partialFit", points);
    const weights = options.weights === undefined ? undefined : readWeights("partialFit", options.weights, table.n);
    const costs = this.#costs("partialFit", table, weights);
    const d = table.d;
    const { gradient, curvature } = sumsAt(this.#flat, costs);
    // As the second derivatives of the points so far.
    const seen = Float64Array.from(curvature, (_, entry) => 2 * (this.clusterSizes[Math.floor(entry / d)] as number));
    const centroids = stochasticStep({ centroids: this.#flat, inertia: 0, gradient, curvature }, seen);
    const { cost, labels } = sumsAt(centroids, costs);
    return new KMeansModel({
      centroids,
      frame: this.#frame,
      labels,
      inertia: cost,
      iterations: this.iterations + 1,
      converged: false,
      clusterSizes: this.clusterSizes.map((_, cluster) => (seen[cluster * d] as number) / 2),
      history: [...this.history, cost],
    });
  }

  /**
   * The distance of each point to each centroid, n rows of k.
   * @example model.transform([[8]])[0].length === model.centroids.length // true
   */
  transform(points: Points): number[][] {
    const costs = this.#costs("transform", readTable("transform", points));
    return rowsOf(costs.distances(this.#placed(costs)), this.centroids.length);
  }

  /**
   * −Σ (squared distance to the nearest centroid): the larger, the better the centroids fit these points.
   * @example model.score([[8], [2]]) <= 0 // true
   */
  score(points: Points): number {
    const costs = this.#costs("score", readTable("score", points));
    return -costs.assess(this.#placed(costs)).cost * costs.frame.scale ** 2;
  }

  /**
   * The model as plain data; `JSON.stringify` calls this.
   * @example JSON.parse(JSON.stringify(model)).version // 1
   */
  toJSON(): KMeansDocument {
    return {
      format: FORMAT,
      version: VERSION,
      centroids: this.centroids.map((row) => [...row]),
      origin: [...this.#frame.origin],
      scale: this.#frame.scale,
      labels: [...this.labels],
      inertia: this.inertia,
      iterations: this.iterations,
      converged: this.converged,
      clusterSizes: [...this.clusterSizes],
      history: [...this.history],
    };
  }

  /**
   * The model from which `toJSON` made the document; takes the parsed document or its text. If it is not such a
   * document, or has another version, throws an error that says where.
   * @example KMeansModel.fromJSON(JSON.stringify(model)).predict(points) // as model.predict(points)
   */
  static fromJSON(document: unknown): KMeansModel {
    const said = readDocument(typeof document === "string" ? parsed(document) : document);
    const { centroids, origin, scale, labels, inertia, iterations, converged, clusterSizes, history } = said;
    return new KMeansModel({
      centroids: Float64Array.from(Array.from(centroids).flat()),
      frame: { origin: Float64Array.from(origin), scale },
      labels: Int32Array.from(labels),
      inertia,
      iterations,
      converged,
      clusterSizes: Float64Array.from(clusterSizes),
      history: [...history],
    });
  }

  #placed({ frame }: Costs): Float64Array {
    return placesIn(frame, this.#flat);
  }

  #costs(operation: string, table: Table, weights?: Float64Array): Costs {
    const d = this.#frame.origin.length;
    if (table.d === d) return costsOf(table, this.#frame, this.centroids.length, weights);
    throw new RangeError(`${operation}: the points have ${table.d} columns; expected ${d}, as in the model`);
  }
}

const FORMAT = "@protograd/kmeans";
const VERSION = 1;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError("fromJSON: the text is not JSON; expected what JSON.stringify makes of a model", { cause });
  }
}

/** Whether a value is an array whose entries all pass a test; a missing entry does not. */
const areAll = (value: unknown, holds: (entry: unknown) => boolean): boolean =>
  Array.isArray(value) && Array.from(value).every(holds);

/** Throws unless every field is present and fits the others. */
function readDocument(document: unknown): KMeansDocument {
  const said = (document ?? {}) as Partial<Record<keyof KMeansDocument, unknown>>;
  if (said.format !== FORMAT) {
    throw new TypeError(`fromJSON: the document's format is ${show(said.format)}; expected ${show(FORMAT)}`);
  }
  if (said.version !== VERSION) {
    throw new RangeError(`fromJSON: the document has version ${show(said.version)}; this library reads ${VERSION}`);
  }
  const { centroids } = said;
  const k = Array.isArray(centroids) ? centroids.length : 0;
  const d = k > 0 && Array.isArray(centroids) && Array.isArray(centroids[0]) ? centroids[0].length : 0;
  const areNumbers = (value: unknown, length: number): boolean =>
    areAll(value, Number.isFinite) && (value as unknown[]).length === length;
  const arePositive = (value: unknown, length: number): boolean =>
    areNumbers(value, length) && areAll(value, (each) => (each as number) >= 0);
  const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
  const expected: { readonly [Field in keyof KMeansDocument]: readonly [holds: boolean, what: string] } = {
    format: [true, ""],
    version: [true, ""],
    centroids: [
      d > 0 && areAll(centroids, (row) => areNumbers(row, d)),
      "an array of arrays of finite numbers, equally many in each",
    ],
    origin: [areNumbers(said.origin, d), `an array of ${d} finite numbers`],
    scale: [isScale(said.scale), "a power of two from 2⁻¹⁰⁰⁰"],
    labels: [
      areAll(said.labels, (label) => isCount(label) && (label as number) < k),
      `an array of whole numbers from 0 below ${k}`,
    ],
    inertia: [Number.isFinite(said.inertia) && (said.inertia as number) >= 0, "a finite number from 0"],
    iterations: [isCount(said.iterations), "a whole number from 0"],
    converged: [typeof said.converged === "boolean", "true or false"],
    clusterSizes: [arePositive(said.clusterSizes, k), `an array of ${k} finite numbers from 0`],
    history: [
      arePositive(said.history, said.iterations as number),
      `an array of ${show(said.iterations)} finite numbers from 0`,
    ],
  };
  for (const [field, [holds, what]] of Object.entries(expected)) {
    if (holds) continue;
    const found = show(said[field as keyof KMeansDocument]);
    throw new TypeError(`fromJSON: the document's ${field} is ${found}; expected ${what}`);
  }
  return said as unknown as KMeansDocument;
}
