/** The first call: how long you wait for the first result of the seed's program, each time in a new process. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { peers } from "./peers/all.js";
import { markdownTable, milliseconds, timesAsLong } from "./table.js";
import { median, type Timing } from "./timing.js";

/** The times of one peer. */
export interface FirstCallResult extends Timing {
  readonly peer: string;
}

const CHILD = fileURLToPath(new URL("first-call-child.ts", import.meta.url));

export async function measureFirstCalls(processes: number): Promise<FirstCallResult[]> {
  console.error(`first call, ${processes} times`);
  const samples = peers.map((): number[] => []);
  for (let round = 0; round < processes; round++) {
    for (const [at, { name }] of peers.entries()) samples[at]!.push(await firstCallOf(name));
  }
  return peers.map(({ name }, at) => ({ peer: name, median: median(samples[at]!), samples: samples[at]! }));
}

async function firstCallOf(name: string): Promise<number> {
  const child = fork(CHILD, [name]);
  let milliseconds: number | undefined;
  child.on("message", (message) => {
    milliseconds = message as number;
  });
  const [code] = await once(child, "exit");
  if (milliseconds === undefined) throw new Error(`the first call of ${name} ended with exit code ${code}`);
  return milliseconds;
}

export function tableOfFirstCalls(results: readonly FirstCallResult[]): string {
  const unit = results.find(({ peer }) => peer === "protograd")?.median;
  return markdownTable(
    1,
    ["by", "ms", "÷ protograd", "processes"],
    results.map(({ peer, median, samples }) => [
      peer,
      milliseconds(median),
      timesAsLong(median, unit),
      String(samples.length),
    ]),
  );
}
