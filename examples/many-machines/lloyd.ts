/**
 * Lloyd's algorithm by jobs: for each iteration a flow, which is a parent with a child for each shard. Knows the queue,
 * and neither the points nor the workers.
 */
import { FlowProducer, QueueEvents } from "bullmq";
import { type IterationDone, type IterationJob, QUEUE, type ShardJob } from "./jobs.js";

export interface Fit {
  readonly centroids: readonly (readonly number[])[];
  /** The cost of all points at these centroids. */
  readonly inertia: number;
  readonly iterations: number;
}

/** Descends until the centroids stay where they are. Whoever listens to the queue does the work. */
export async function lloyd(
  redis: string,
  shards: readonly string[],
  start: IterationJob["centroids"],
  onIteration: (iteration: number, done: IterationDone) => void,
): Promise<Fit> {
  const connection = { url: redis };
  const flows = new FlowProducer({ connection });
  const events = new QueueEvents(QUEUE, { connection });
  try {
    let centroids = start;
    for (let iteration = 1; ; iteration++) {
      const { job } = await flows.add(flowOf(shards, centroids));
      const done: IterationDone = await job.waitUntilFinished(events);
      onIteration(iteration, done);
      if (areSame(centroids, done.next) || iteration === MOST_ITERATIONS) {
        return { centroids, inertia: done.cost, iterations: iteration };
      }
      centroids = done.next;
    }
  } finally {
    await Promise.all([flows.close(), events.close()]);
  }
}

const MOST_ITERATIONS = 300;

const flowOf = (shards: readonly string[], centroids: IterationJob["centroids"]) => ({
  name: "iteration",
  queueName: QUEUE,
  data: { centroids } satisfies IterationJob,
  // Long enough for whoever waits for its result to read it.
  opts: { removeOnComplete: { age: 3600 }, removeOnFail: { age: 3600 } },
  children: shards.map((shard) => ({
    name: "shard",
    queueName: QUEUE,
    data: { shard, centroids } satisfies ShardJob,
    // The parent keeps what its children come to, also that they failed, and says so.
    opts: { removeOnComplete: true, removeOnFail: true, ignoreDependencyOnFailure: true },
  })),
});

/** Whether the step led nowhere, but for the rounding of float64. */
function areSame(centroids: IterationJob["centroids"], next: IterationJob["centroids"]): boolean {
  const [before, after] = [centroids.flat(), next.flat()];
  const reach = Math.max(...before.map(Math.abs));
  return before.every((value, at) => Math.abs(value - (after[at] as number)) <= 1e-12 * reach);
}
