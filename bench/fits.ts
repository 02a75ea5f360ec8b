/**
 * Whole fits: ten iterations of Lloyd's algorithm from the same start, by each library that fits k-means. Each runs in
 * a separate process, which holds the points only in the form that the library wants: a million rows in the same
 * process would slow down garbage collection for all.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fitters } from "./fits/all.js";
import { nameOfSize, SIZES_OF_FITS } from "./problems.js";
import { error, markdownTable, milliseconds, timesAsLong } from "./table.js";
import { type Effort, median, type Timing, timeInTurns } from "./timing.js";

/** The result of one library at one size. */
export interface FitResult extends Timing {
  readonly size: string;
  readonly by: string;
  /** The milliseconds for converting the rows of points to the data structure of the library. */
  readonly conversion: number;
  /** The largest difference between a coordinate of a centroid and that of ml-kmeans, which computes in float64. */
  readonly difference: number;
}

/** Coordinates are between −30 and 30. Beyond this, the centroids are not the same ones in float32. */
const LARGEST_DIFFERENCE = 1e-2;

const CHILD = fileURLToPath(new URL("fits-child.ts", import.meta.url));

export async function measureFits(effort: Effort): Promise<FitResult[]> {
  const results: FitResult[] = [];
  for (const [which, size] of SIZES_OF_FITS.entries()) {
    console.error(`fits at ${nameOfSize(size)}`);
    const children = fitters.map(({ name }) => fork(CHILD, [name, String(which)]));
    const ready: Ready[] = [];
    for (const child of children) ready.push((await answerOf(child)) as Ready);
    const exact = ready[fitters.findIndex(({ name }) => name === "ml-kmeans")]!.centroids;
    const differences = ready.map(({ centroids }) => largestDifference(centroids, exact));
    const disagreeing = differences.findIndex((difference) => !(difference < LARGEST_DIFFERENCE));
    if (disagreeing >= 0) {
      throw new Error(`the centroids of ${fitters[disagreeing]!.name} are off by ${differences[disagreeing]}`);
    }
    const contestants = fitters.map(({ name }, at) => ({
      name,
      sample: async (calls: number) => {
        children[at]!.send(calls);
        return (await answerOf(children[at]!)) as number;
      },
    }));
    const timings = await timeInTurns(contestants, effort);
    for (const child of children) child.kill();
    fitters.forEach(({ name }, at) => {
      const conversion = median(ready[at]!.conversions);
      results.push({ size: nameOfSize(size), by: name, conversion, difference: differences[at]!, ...timings[at]! });
    });
  }
  return results;
}

/** The first message of a process: the final prototypes, and how long the conversion of the points took. */
export interface Ready {
  readonly centroids: readonly number[];
  readonly conversions: readonly number[];
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(child, "exit", { signal }).then(
    ([code]) => Promise.reject(new Error(`a process of a fit ended with exit code ${code}`)),
    () => undefined,
  );
  const [answer] = (await Promise.race([once(child, "message", { signal }), ended])) as [unknown];
  answered.abort();
  return answer;
}

const largestDifference = (some: readonly number[], others: readonly number[]): number =>
  Math.max(...some.map((value, at) => Math.abs(value - others[at]!)));

export function tableOfFits(results: readonly FitResult[]): string {
  const head = ["n × d × k", "by", "ms", "÷ protograd", "conversion ms", "difference", "samples"];
  return markdownTable(
    2,
    head,
    results.map(({ size, by, median, conversion, difference, samples }) => [
      size,
      by,
      milliseconds(median),
      timesAsLong(median, results.find((other) => other.size === size && other.by === "protograd")?.median),
      milliseconds(conversion),
      error(difference),
      String(samples.length),
    ]),
  );
}
