/**
 * Points that come batch after batch, as often as somebody goes through them: each pass holds one batch, and must see
 * the same points as the first. Knows nothing of clusters.
 */
import { isArrayLike, show } from "./argument.js";
import { frameAround } from "./frame.js";
import { type Points, readPartOfWeights, readTable, type Table, type Weights } from "./points.js";
import { Problem } from "./problem.js";
import type { RandomState } from "./random.js";

/** Some of the points: in any form, or in any form with how much each counts. There may be none. */
export type PointBatch =
  | Points
  | {
      /** As `kmeans` takes them, and also none. */
      readonly points: Points;
      /** Default 1 for all. */
      readonly weights?: Weights;
    };

/** Gives the points, one batch after another, and the same ones each time it is called. */
export type PointSource = () => Iterable<PointBatch> | AsyncIterable<PointBatch>;

/** A batch that is checked. */
export interface CheckedBatch {
  readonly table: Table;
  readonly weights: Float64Array | undefined;
}

/** What a pass has seen, by which it is told from another. */
interface Seen {
  readonly count: number;
  /** Σ x of each column. */
  readonly sums: readonly number[];
  /** Σ |x| can be no larger. */
  readonly most: number;
}

export class Passes {
  readonly #operation: string;
  readonly #source: PointSource;
  #passes = 0;
  #d: number | undefined;
  #first: Seen | undefined;

  constructor(operation: string, source: PointSource) {
    this.#operation = operation;
    this.#source = source;
    if (typeof source === "function") return;
    throw new TypeError(
      `${operation}: the source is ${show(source)}; expected a function that returns the batches, such as () => batches`,
    );
  }

  /** Goes through the points once. Batches without points are left out. */
  async *batches(): AsyncGenerator<CheckedBatch> {
    const pass = ++this.#passes;
    let [count, most] = [0, 0];
    let sums: number[] = [];
    let number = 0;
    for await (const batch of this.#given(pass)) {
      const checked = this.#check(batch, number++);
      if (checked === undefined) continue;
      const { n, means, reach } = checked.table;
      count += n;
      most += n * reach;
      sums = Array.from(means, (mean, j) => (sums[j] ?? 0) + n * mean);
      yield checked;
    }
    if (count === 0) throw new RangeError(`${this.#operation}: the source gave no points; expected at least one batch`);
    this.#first ??= { count, sums, most };
    this.#compare(this.#first, { count, sums, most }, pass);
  }

  async *#given(pass: number): AsyncGenerator<PointBatch> {
    let number = 0;
    const iterable = this.#iterable(pass);
    try {
      for await (const batch of iterable) {
        yield batch;
        number++;
      }
    } catch (error) {
      const { message = error } = (error ?? {}) as Partial<Error>;
      throw new Error(`${this.#operation}: the source failed at batch ${number} of pass ${pass}: ${message}`, {
        cause: error,
      });
    }
  }

  #iterable(pass: number): Iterable<PointBatch> | AsyncIterable<PointBatch> {
    const given: unknown = this.#source();
    const methods = (given ?? {}) as Partial<Iterable<PointBatch> & AsyncIterable<PointBatch>>;
    const isIterable = methods[Symbol.asyncIterator] ?? methods[Symbol.iterator];
    if (isIterable !== undefined && typeof given === "object")
      return given as Iterable<PointBatch> | AsyncIterable<PointBatch>;
    throw new TypeError(
      `${this.#operation}: the source returned ${show(given)} in pass ${pass}; expected batches, in an array or from a generator`,
    );
  }

  #check(batch: PointBatch, number: number): CheckedBatch | undefined {
    const what = `batch ${number}`;
    const isWeighted = typeof batch === "object" && batch !== null && "points" in batch;
    const { points, weights } = isWeighted ? batch : { points: batch, weights: undefined };
    if (hasNone(points)) return undefined;
    const table = readTable(this.#operation, points, what);
    this.#d ??= table.d;
    if (table.d !== this.#d) {
      throw new RangeError(
        `${this.#operation}: ${what} has ${table.d} columns; expected ${this.#d}, as the batches before`,
      );
    }
    const place = `${this.#operation}: ${what}`;
    return { table, weights: weights === undefined ? undefined : readPartOfWeights(place, weights, table.n) };
  }

  #compare(first: Seen, now: Seen, pass: number): void {
    const place = `${this.#operation}: in pass ${pass} the source gave`;
    if (now.count !== first.count) {
      throw new RangeError(`${place} ${now.count} points, and ${first.count} in the first; expected the same ones`);
    }
    // Other batches of the same points have sums that are rounded otherwise.
    const column = first.sums.findIndex((sum, j) => !(Math.abs(sum - (now.sums[j] as number)) <= 1e-9 * first.most));
    if (column >= 0) throw new RangeError(`${place} other points than in the first, in column ${column}`);
  }
}

function hasNone(points: Points): boolean {
  if (isArrayLike(points)) return points.length === 0;
  const { shape } = (points ?? {}) as { shape?: readonly unknown[] };
  return isArrayLike(shape) && shape[0] === 0;
}

/** What one pass tells of all points. */
export interface Survey extends Pick<Table, "n" | "d" | "means" | "spreads" | "ends"> {
  /** The mean variance of the coordinates. */
  readonly variance: number;
  /** Points drawn so that each has the same chance to be among them, but those of weight 0: all, if they are few. */
  readonly sample: readonly number[][];
  /** Their weights. */
  readonly weights: readonly number[];
}

/** Goes through the points once, and keeps up to `size` of them (Vitter 1985, algorithm R). */
export async function survey(passes: Passes, size: number, random: RandomState): Promise<Survey> {
  const sample: number[][] = [];
  const weightsInSample: number[] = [];
  let counted = 0;
  const moments = new Moments();
  for await (const { table, weights } of passes.batches()) {
    moments.add(table);
    const { n, d } = table;
    for (let row = 0; row < n; row++) {
      const weight = weights?.[row] ?? 1;
      if (weight === 0) continue;
      const place = counted < size ? counted : random.integer(counted);
      counted++;
      if (place >= size) continue;
      const x = new Float64Array(d);
      table.copy(row, x);
      sample[place] = Array.from(x);
      weightsInSample[place] = weight;
    }
  }
  return { ...moments.all(), sample, weights: weightsInSample };
}

/** Means and variances of tables together (Chan, Golub & LeVeque 1979). */
class Moments {
  #n = 0;
  #means = new Float64Array(0);
  /** Σ (x − mean)² of each column, as far as the spreads tell; and of all, exactly. */
  #squares = new Float64Array(0);
  #variance = 0;
  #lows = new Float64Array(0);
  #highs = new Float64Array(0);

  add(table: Table): void {
    const { n, d, means, spreads } = table;
    if (this.#n === 0) {
      this.#means = new Float64Array(d);
      this.#squares = new Float64Array(d);
      this.#lows = new Float64Array(d).fill(Infinity);
      this.#highs = new Float64Array(d).fill(-Infinity);
    }
    const all = this.#n + n;
    const { lows, highs } = table.ends();
    let between = 0;
    for (let j = 0; j < d; j++) {
      const apart = (means[j] as number) - (this.#means[j] as number);
      const square = ((apart * apart) / all) * this.#n * n;
      between += square;
      this.#means[j] = (this.#means[j] as number) + apart * (n / all);
      this.#squares[j] = (this.#squares[j] as number) + n * (spreads[j] as number) ** 2 + square;
      this.#lows[j] = Math.min(this.#lows[j] as number, lows[j] as number);
      this.#highs[j] = Math.max(this.#highs[j] as number, highs[j] as number);
    }
    this.#variance += n * new Problem(table, frameAround(table), 1, undefined).variance() + between / d;
    this.#n = all;
  }

  all(): Omit<Survey, "sample" | "weights"> {
    const [n, lows, highs] = [this.#n, this.#lows, this.#highs];
    return {
      n,
      d: this.#means.length,
      means: this.#means,
      spreads: this.#squares.map((square) => Math.sqrt(square / n)),
      ends: () => ({ lows, highs }),
      variance: this.#variance / n,
    };
  }
}
