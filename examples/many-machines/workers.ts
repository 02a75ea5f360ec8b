/** Workers as processes on this machine: how they start, and how one of them is lost. Knows nothing of what they compute. */
import type { ChildProcess } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Job, Queue, QueueEvents } from "bullmq";
import { QUEUE, type ShardJob } from "./jobs.js";
import { startProcess } from "./processes.js";

export interface WorkerProcess {
  readonly name: string;
  readonly process: ChildProcess;
}

const PROGRAM = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Starts so many workers, and waits until all of them are ready. */
export function startWorkers(count: number, redis: string, folder: string): Promise<WorkerProcess[]> {
  const names = Array.from({ length: count }, (_, i) => `worker-${i + 1}`);
  return Promise.all(
    names.map(async (name) => {
      const args = [PROGRAM, `--redis=${redis}`, `--folder=${folder}`, `--name=${name}`];
      // This process understands TypeScript because of the arguments that Node has.
      return { name, process: await startProcess(process.execPath, [...process.execArgv, ...args], /is ready/) };
    }),
  );
}

/** Kills the first worker that is found with a shard in its hands, and says which shard that is. */
export async function killInMidShard(
  workers: readonly WorkerProcess[],
  redis: string,
): Promise<{ worker: WorkerProcess; job: Job<ShardJob> }> {
  const queue = new Queue<ShardJob>(QUEUE, { connection: { url: redis } });
  try {
    for (let look = 0; look < 1000; look++) {
      const worker = workers[look % workers.length] as WorkerProcess;
      // It stands still while we look, else it might be done with the shard before it is killed.
      worker.process.kill("SIGSTOP");
      await setTimeout(STANDSTILL);
      const active = await queue.getActive();
      const job = active.find(({ name, processedBy }) => name === "shard" && processedBy === worker.name);
      worker.process.kill(job === undefined ? "SIGCONT" : "SIGKILL");
      if (job !== undefined) return { worker, job };
    }
    throw new Error("workers: nobody had a shard in a thousand looks; expected a fit that goes on");
  } finally {
    await queue.close();
  }
}

/** Milliseconds in which what a worker said before it was stopped arrives at Redis. */
const STANDSTILL = 20;

/** The jobs that are taken from lost workers, as long as somebody listens. */
export async function listenForLostJobs(redis: string): Promise<{ ids: ReadonlySet<string>; close(): Promise<void> }> {
  const ids = new Set<string>();
  const events = new QueueEvents(QUEUE, { connection: { url: redis } });
  events.on("stalled", ({ jobId }) => ids.add(jobId));
  await events.waitUntilReady();
  return { ids, close: () => events.close() };
}
