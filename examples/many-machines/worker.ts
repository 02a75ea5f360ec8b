/**
 * A worker: takes jobs from the queue until it is told to stop. Start as many as there are cores, on any host that
 * reaches Redis and has the shards in some folder:
 * `npx -y pnpm@12 worker --redis=redis://host:6379 --folder=/path/to/shards`
 */
import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "bullmq";
import { answer, QUEUE } from "./jobs.js";

const { values } = parseArgs({
  options: {
    redis: { type: "string", default: "redis://127.0.0.1:6379" },
    folder: { type: "string", default: "." },
    name: { type: "string", default: `${hostname()}-${process.pid}` },
  },
});
const { redis, folder, name } = values;

const worker = new Worker(QUEUE, (job) => answer(job, name, folder), {
  connection: { url: redis },
  name,
  // A worker that says nothing for so many milliseconds is lost: another one takes its job. Between two groups of rows
  // it has time to say something.
  lockDuration: 3000,
  stalledInterval: 1000,
  // The same job may be lost more than once.
  maxStalledCount: 5,
});
worker.on("error", (error) => console.error(`${name}: ${error.message}`));
await worker.waitUntilReady();
console.log(`${name} is ready`);

// The job at hand is finished first.
process.once("SIGTERM", () => worker.close());
process.once("SIGINT", () => worker.close());
