/** What is timed on one thread and on several: steps of k-means and other graphs, made ready when they are first run. */
import { protograd as graphs } from "./graphs/protograd.js";
import { LONG_TASKS } from "./graphs/task.js";
import { protograd as steps } from "./peers/protograd.js";
import { makeProblem, nameOfSize, SIZES_FOR_THREADS } from "./problems.js";

export interface LongRun {
  readonly name: string;
  prepare(): Promise<() => unknown>;
}

export const LONG_RUNS: readonly LongRun[] = [
  ...SIZES_FOR_THREADS.map((size) => ({
    name: `step ${nameOfSize(size)}`,
    prepare: async () => (await steps.load())(makeProblem(size)).run,
  })),
  ...LONG_TASKS.map((task) => ({ name: task.title, prepare: async () => (await graphs.load())(task) })),
];
