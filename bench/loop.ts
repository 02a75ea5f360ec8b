/**
 * A loop that never waits: how long a step takes at the beginning and after very many steps, and how much memory the
 * process holds then.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { markdownTable, milliseconds } from "./table.js";

/** The loop at one size, in a separate process. */
export interface LoopResult {
  readonly size: number;
  /** The steps behind which a step was timed, how many milliseconds it took, and how many MiB the process then held. */
  readonly after: readonly { readonly steps: number; readonly milliseconds: number; readonly mebibytes: number }[];
}

const CHILD = fileURLToPath(new URL("loop-child.ts", import.meta.url));

/** Numbers that are copied for each run, that may stay in the engine's memory, and many. */
const LOOP_SIZES = [1024, 1025, 100_000];

export function measureLoops(steps: number): LoopResult[] {
  return LOOP_SIZES.map((size) => {
    console.error(`loop of ${size} numbers`);
    const { stdout, status } = spawnSync("npx", ["tsx", CHILD, String(size), String(steps)], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the loop of ${size} numbers ended with exit code ${status}`);
    return { size, after: JSON.parse(stdout) as LoopResult["after"] };
  });
}

export const tableOfLoops = (results: readonly LoopResult[]): string =>
  markdownTable(
    0,
    ["numbers", "after steps", "ms a step", "MiB"],
    results.flatMap(({ size, after }) =>
      after.map(({ steps, milliseconds: time, mebibytes }) => [
        size.toLocaleString("en"),
        steps.toLocaleString("en"),
        milliseconds(time),
        String(Math.round(mebibytes)),
      ]),
    ),
  );
