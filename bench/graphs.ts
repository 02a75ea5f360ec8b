/** Graphs that are not k-means, again and again, by each library: products of matrices, and what people train. */
import { jax } from "./graphs/jax.js";
import { protograd } from "./graphs/protograd.js";
import { GRAPH_TASKS } from "./graphs/task.js";
import { tensorflow } from "./graphs/tensorflow.js";
import { error, markdownTable, milliseconds, timesAsLong } from "./table.js";
import { type Effort, sampleOf, type Timing, timeInTurns } from "./timing.js";

/** How long one library took for one task. */
export interface GraphResult extends Timing {
  readonly task: string;
  readonly by: string;
  /** The largest difference from protograd's results, relative to the largest entry. */
  readonly difference: number;
  /** Additions and multiplications in a nanosecond, where they are counted. */
  readonly speed: number | undefined;
}

/** Who is farther off does not compute what it is asked to. */
const LARGEST_DIFFERENCE = 1e-2;

export async function measureGraphs(effort: Effort): Promise<GraphResult[]> {
  const libraries = [];
  for (const peer of [protograd, jax, tensorflow]) libraries.push({ name: peer.name, prepare: await peer.load() });
  const results: GraphResult[] = [];
  for (const task of GRAPH_TASKS) {
    console.error(task.title);
    const runs = libraries.map(({ name, prepare }) => ({ name, run: prepare(task) }));
    const [own, ...others] = runs.map(({ run }) => run().map((values) => Float64Array.from(values)));
    const differences = [0, ...others.map((values) => difference(own!, values))];
    const timings = await timeInTurns(
      runs.map(({ name, run }) => ({ name, sample: sampleOf(run) })),
      effort,
    );
    runs.forEach(({ name: by }, at) => {
      const timing = timings[at]!;
      const speed = task.operations && task.operations / timing.median / 1e6;
      results.push({ task: task.title, by, difference: differences[at]!, speed, ...timing });
    });
  }
  return results;
}

function difference(own: readonly Float64Array[], others: readonly Float64Array[]): number {
  const all = own.map((values, at) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return values.reduce((most, value, entry) => Math.max(most, Math.abs(value - others[at]![entry]!)), 0) / largest;
  });
  const most = Math.max(...all);
  // Turned round, so that NaN is an error too.
  if (own.length === others.length && most < LARGEST_DIFFERENCE) return most;
  throw new Error(`results differ by ${all}`);
}

export const tableOfGraphs = (results: readonly GraphResult[]): string =>
  markdownTable(
    2,
    ["graph", "by", "ms", "÷ protograd", "GFLOP/s", "difference", "samples"],
    results.map(({ task, by, median: time, speed, difference, samples }) => [
      task,
      by,
      milliseconds(time),
      timesAsLong(time, results.find((other) => other.task === task && other.by === "protograd")?.median),
      speed === undefined ? "" : speed.toFixed(1),
      error(difference),
      String(samples.length),
    ]),
  );
