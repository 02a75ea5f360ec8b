/**
 * The two kinds of jobs, and what a worker does for each: a shard's sums, and the step of an iteration once all its
 * shards are done. Knows neither where workers are nor how many.
 */
import { mergeSums, nextCentroids, type Sums, shardSums } from "@protograd/kmeans";
import type { Job } from "bullmq";
import { readShard } from "./shards.js";

export const QUEUE = "k-means";

/** A job for each iteration, which waits for its children. */
export interface IterationJob {
  readonly centroids: readonly (readonly number[])[];
}

/** A child of an iteration for each shard. */
export interface ShardJob extends IterationJob {
  readonly shard: string;
}

/** What a shard's job comes to. */
interface ShardDone {
  readonly shard: string;
  readonly worker: string;
  readonly sums: Sums;
}

/** What an iteration comes to. */
export interface IterationDone {
  /** The cost of all points at the centroids that were given. */
  readonly cost: number;
  /** Where Lloyd's step leads from these. */
  readonly next: readonly (readonly number[])[];
  /** Who computed each shard. */
  readonly workers: readonly string[];
}

/** A worker's answer to a job, whichever of the two it is. */
export function answer(job: Job, worker: string, folder: string): Promise<ShardDone | IterationDone> {
  return job.name === "iteration" ? step(job) : sumsOfShard(job.data, worker, folder);
}

async function sumsOfShard({ shard, centroids }: ShardJob, worker: string, folder: string): Promise<ShardDone> {
  try {
    const groups: Sums[] = [];
    for await (const points of readShard(folder, shard)) groups.push(shardSums(points, centroids));
    return { shard, worker, sums: mergeSums(groups) };
  } catch (error) {
    throw new Error(`${worker} failed at ${shard}: ${(error as Error).message}`);
  }
}

/** Adds in the order of the shards' names, not in the order in which workers finish: so the bits are always the same. */
async function step(job: Job<IterationJob>): Promise<IterationDone> {
  const [failure] = Object.values(await job.getIgnoredChildrenFailures());
  if (failure !== undefined) throw new Error(failure);
  const children = Object.values(await job.getChildrenValues<ShardDone>());
  const inOrder = children.sort((a, b) => (a.shard < b.shard ? -1 : 1));
  const sums = mergeSums(inOrder.map((child) => child.sums));
  const next = nextCentroids(job.data.centroids, sums);
  return { cost: sums.cost, next, workers: inOrder.map(({ worker }) => worker) };
}
