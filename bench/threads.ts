/**
 * Threads: steps and graphs on one thread, and on as many as the machine runs at once. Each count has a process of its
 * own, since a process has one memory for all of its threads.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { markdownTable, milliseconds, timesAsLong } from "./table.js";
import { LONG_RUNS } from "./threads-runs.js";
import { type Effort, type Timing, timeInTurns } from "./timing.js";

/** How long one run took on so many threads. */
export interface ThreadsResult extends Timing {
  readonly run: string;
  readonly threads: number;
}

const CHILD = fileURLToPath(new URL("threads-child.ts", import.meta.url));

export async function measureThreads(effort: Effort): Promise<ThreadsResult[]> {
  const counts = [1, Math.max(2, availableParallelism())];
  const children = counts.map((count) => fork(CHILD, [String(count)]));
  for (const child of children) await answerOf(child);
  const results: ThreadsResult[] = [];
  for (const [which, { name }] of LONG_RUNS.entries()) {
    console.error(`${name} on ${counts.join(" and ")} threads`);
    const contestants = children.map((child, at) => ({
      name: String(counts[at]),
      sample: async (calls: number) => {
        child.send([which, calls]);
        return (await answerOf(child)) as number;
      },
    }));
    const timings = await timeInTurns(contestants, effort);
    counts.forEach((threads, at) => {
      results.push({ run: name, threads, ...timings[at]! });
    });
  }
  for (const child of children) child.kill();
  return results;
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(child, "exit", { signal }).then(
    ([code]) => Promise.reject(new Error(`a process of threads ended with exit code ${code}`)),
    () => undefined,
  );
  const [answer] = (await Promise.race([once(child, "message", { signal }), ended])) as [unknown];
  answered.abort();
  return answer;
}

export const tableOfThreads = (results: readonly ThreadsResult[]): string =>
  markdownTable(
    1,
    ["step or graph", "threads", "ms", "÷ one thread", "samples"],
    results.map(({ run, threads, median, samples }) => [
      run,
      String(threads),
      milliseconds(median),
      timesAsLong(median, results.find((other) => other.run === run && other.threads === 1)?.median),
      String(samples.length),
    ]),
  );
