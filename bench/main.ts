/** The benchmark: measures what it is asked to, prints tables, and writes the samples to results/latest.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type DefaultFitResult, measureDefaultFits, tableOfDefaultFits } from "./default-fits.js";
import { type FirstCallResult, measureFirstCalls, tableOfFirstCalls } from "./first-call.js";
import { type FitResult, measureFits, tableOfFits } from "./fits.js";
import { type GraphResult, measureGraphs, tableOfGraphs } from "./graphs.js";
import { type LoopResult, measureLoops, tableOfLoops } from "./loop.js";
import { measureSmall, type SmallResult, tableOfSmall } from "./small.js";
import { measureSteps, type StepResult, tableOfSteps } from "./step.js";
import { measureThreads, type ThreadsResult, tableOfThreads } from "./threads.js";
import { FULL_EFFORT, QUICK_EFFORT } from "./timing.js";

const PARTS = ["step", "graphs", "threads", "small", "first-call", "loop", "fits"];

/** The contents of the file. */
interface Results {
  readonly date: string;
  readonly machine: string;
  readonly quick: boolean;
  step?: StepResult[];
  graphs?: GraphResult[];
  threads?: ThreadsResult[];
  firstCall?: FirstCallResult[];
  small?: SmallResult[];
  loop?: LoopResult[];
  fits?: FitResult[];
  defaultFits?: DefaultFitResult[];
}

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: PARTS },
  },
});
const unknown = options.only.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`--only=${unknown} is not among ${PARTS.join(", ")}`);

const effort = options.quick ? QUICK_EFFORT : FULL_EFFORT;
const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus()[0]?.model.trim()}`;
const results: Results = { date: new Date().toISOString(), machine, quick: options.quick };
console.log(`${machine}\n`);

if (options.only.includes("step")) {
  const steps = await measureSteps(effort);
  results.step = steps;
  console.log(`Cost and gradient:\n\n${tableOfSteps(steps)}\n`);
}
if (options.only.includes("graphs")) {
  const graphs = await measureGraphs(effort);
  results.graphs = graphs;
  console.log(`Other graphs:\n\n${tableOfGraphs(graphs)}\n`);
}
if (options.only.includes("threads")) {
  const threads = await measureThreads(effort);
  results.threads = threads;
  console.log(`On one thread and on several:\n\n${tableOfThreads(threads)}\n`);
}
if (options.only.includes("small")) {
  const small = measureSmall(options.quick ? 3 : 9);
  results.small = small;
  console.log(`Small and changing:\n\n${tableOfSmall(small)}\n`);
}
if (options.only.includes("first-call")) {
  const firstCalls = await measureFirstCalls(options.quick ? 3 : 15);
  results.firstCall = firstCalls;
  console.log(`The first call, at 500 × 2 × 3:\n\n${tableOfFirstCalls(firstCalls)}\n`);
}
if (options.only.includes("loop")) {
  const loops = measureLoops(options.quick ? 10_000 : 100_000);
  results.loop = loops;
  console.log(`A loop that never waits:\n\n${tableOfLoops(loops)}\n`);
}
if (options.only.includes("fits")) {
  const fits = await measureFits(effort);
  results.fits = fits;
  console.log(`Ten iterations of Lloyd's algorithm:\n\n${tableOfFits(fits)}\n`);
  const defaultFits = measureDefaultFits(options.quick ? 1 : 3);
  results.defaultFits = defaultFits;
  console.log(`Default fits:\n\n${tableOfDefaultFits(defaultFits)}\n`);
}

const file = new URL("results/latest.json", import.meta.url);
mkdirSync(new URL(".", file), { recursive: true });
writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
