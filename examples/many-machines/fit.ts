/**
 * A fit by whatever workers listen to the queue; there may be none yet. Starts at the first k points of the first shard.
 * `npx -y pnpm@12 fit --redis=redis://host:6379 --folder=/path/to/shards --k=5`
 */
import { parseArgs } from "node:util";
import { describeFit } from "./fingerprint.js";
import { lloyd } from "./lloyd.js";
import { firstPoints, shardsIn } from "./shards.js";

const { values } = parseArgs({
  options: {
    redis: { type: "string", default: "redis://127.0.0.1:6379" },
    folder: { type: "string", default: "." },
    k: { type: "string", default: "3" },
  },
});
const { redis, folder } = values;

const shards = shardsIn(folder);
const start = await firstPoints(folder, shards[0] as string, Number(values.k));
const fit = await lloyd(redis, shards, start, (iteration, { cost }) =>
  console.log(`iteration ${iteration}, cost ${cost}`),
);
console.log(describeFit(fit));
