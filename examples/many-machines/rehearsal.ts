/**
 * Many machines on one: a Redis, shards in a temporary folder, and the same fit by one, two, five and three workers, of
 * which one is killed. Fails unless all fits have the same bits, and are what `kmeans` comes to for all points together.
 * Run it with `npx -y pnpm@12 rehearse`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kmeans, makeBlobs } from "@protograd/kmeans";
import { describeFit, fingerprint } from "./fingerprint.js";
import { type Fit, lloyd } from "./lloyd.js";
import { stopProcess } from "./processes.js";
import { startRedis } from "./redis.js";
import { shardsIn, writeShard } from "./shards.js";
import { killInMidShard, listenForLostJobs, startWorkers, type WorkerProcess } from "./workers.js";

// Eight shards of five clusters that run into each other, so that it takes some iterations to tell them apart.
const CENTERS = [
  [0, 0],
  [6, 0],
  [0, 6],
  [6, 6],
  [3, 3],
];
const parts = Array.from(
  { length: 8 },
  (_, shard) => makeBlobs({ samples: 50_000, centers: CENTERS, clusterStd: 1.5, randomState: shard }).points,
);
const start = (parts[0] as number[][]).slice(0, CENTERS.length);

const folder = mkdtempSync(join(tmpdir(), "shards-"));
// However this ends: processes go with it too.
process.once("exit", () => rmSync(folder, { recursive: true }));
for (const [shard, part] of parts.entries()) await writeShard(join(folder, `shard-${shard}.parquet`), part);

const redis = await startRedis();
const fits: [Fit, ...Fit[]] = [await fitBy(1), await fitBy(2), await fitBy(5), await fitWithLoss(3)];
await stopProcess(redis.process);

const [fit] = fits;
console.log(`\n${describeFit(fit)}\n`);
check("the bits of all fits are the same", new Set(fits.map(fingerprint)).size === 1);

const together = kmeans(parts.flat(), { init: start, tolerance: 0 });
const difference = largestDifference(
  [...fit.centroids.flat(), fit.inertia],
  [...together.centroids.flat(), together.inertia],
);
check(`kmeans on all points together differs by ${difference.toExponential(1)} at most`, difference <= 1e-10);

/** A fit by so many workers, who start before it and stop after it. */
async function fitBy(
  count: number,
  onIteration: (iteration: number, workers: readonly WorkerProcess[]) => void = () => {},
): Promise<Fit> {
  const workers = await startWorkers(count, redis.url, folder);
  const shardsOf = new Map(workers.map(({ name }) => [name, 0]));
  const began = performance.now();
  const fit = await lloyd(redis.url, shardsIn(folder), start, (iteration, done) => {
    for (const name of done.workers) shardsOf.set(name, (shardsOf.get(name) ?? 0) + 1);
    onIteration(iteration, workers);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const shares = [...shardsOf].map(([name, shards]) => `${name} ${shards}`).join(", ");
  console.log(`bits ${fingerprint(fit)} after ${seconds} s, shards by ${shares}`);
  await Promise.all(workers.map(({ process }) => stopProcess(process)));
  return fit;
}

/** The same, but in the third iteration one of them is killed while it computes a shard. */
async function fitWithLoss(count: number): Promise<Fit> {
  const lostJobs = await listenForLostJobs(redis.url);
  let loss: ReturnType<typeof killInMidShard> | undefined;
  const fit = await fitBy(count, (iteration, workers) => {
    if (iteration === 2) loss = killInMidShard(workers, redis.url);
  });
  const { worker, job } = (await loss) as Awaited<typeof loss> & object;
  await lostJobs.close();
  const isLost = worker.process.signalCode === "SIGKILL" && lostJobs.ids.has(job.id as string);
  check(`${worker.name} was killed over ${job.data.shard}, which another one took up`, isLost);
  return fit;
}

/** Of any two numbers, relative to the other. */
function largestDifference(some: readonly number[], others: readonly number[]): number {
  return Math.max(...some.map((value, at) => Math.abs(value / (others[at] as number) - 1)));
}

function check(what: string, holds: boolean): void {
  console.log(`${holds ? "holds" : "FAILS"}: ${what}`);
  if (!holds) process.exitCode = 1;
}
