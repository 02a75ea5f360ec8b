/** Small and changing: first fits, points whose number changes, batches of other sizes. Each task by each in a new process. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type SmallTask, TASKS } from "./small-tasks.js";
import { markdownTable, milliseconds, timesAsLong } from "./table.js";
import { median, type Timing } from "./timing.js";

/** The time of one library for one task, in milliseconds. */
export interface SmallResult extends Timing {
  readonly task: string;
  readonly by: string;
}

const CHILD = fileURLToPath(new URL("small-child.ts", import.meta.url));

export function measureSmall(processes: number): SmallResult[] {
  console.error(`small, ${processes} times`);
  const wanted = TASKS.flatMap(({ name, by }) =>
    by.map((library) => ({ task: name, by: library, samples: [] as number[] })),
  );
  for (let round = 0; round < processes; round++) {
    for (const { task, by, samples } of wanted) samples.push(timeOf(task, by));
  }
  return wanted.map((result) => ({ ...result, median: median(result.samples) }));
}

function timeOf(task: SmallTask["name"], by: string): number {
  const { stdout, status } = spawnSync("npx", ["tsx", CHILD, task, by], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${task} by ${by} ended with exit code ${status}`);
  return Number(stdout);
}

export const tableOfSmall = (results: readonly SmallResult[]): string =>
  markdownTable(
    2,
    ["task", "by", "ms", "÷ protograd"],
    results.map(({ task, by, median: time }) => [
      task,
      by,
      milliseconds(time),
      timesAsLong(time, results.find((other) => other.task === task && other.by === "protograd")?.median),
    ]),
  );
