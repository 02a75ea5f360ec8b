/** The process of one count of threads: for each run and number of calls that it receives, how long a call took. */
import { useThreads } from "@protograd/autograd";
import { LONG_RUNS } from "./threads-runs.js";
import { type Contestant, sampleOf } from "./timing.js";

const count = Number(process.argv[2]);
const found = await useThreads(count);
if (found !== count) throw new Error(`there are ${found} threads, not ${count}`);

let ready: { readonly which: number; readonly sample: Contestant["sample"] } | undefined;
process.on("message", async ([which, calls]: [number, number]) => {
  if (ready?.which !== which) ready = { which, sample: sampleOf(await LONG_RUNS[which]!.prepare()) };
  process.send?.(await ready.sample(calls));
});
process.send?.("ready");
