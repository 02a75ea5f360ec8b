/** Runs programs in workers, one at a time for each page, and ends them. Knows nothing of how they are shown. */
import type { Report } from "./messages.js";

/** How long a program may run once everything is loaded, in milliseconds. */
const LIMIT = 30_000;

export type End = "ended" | "thrown" | "stopped" | "out of time";

export interface Run {
  stop(): void;
}

/** Starts the program that the blocks are; `finish` is called once. */
export function start(blocks: readonly string[], hear: (report: Report) => void, finish: (end: End) => void): Run {
  const worker = new Worker(new URL("./run.worker.ts", import.meta.url), { type: "module" });
  let limit: ReturnType<typeof setTimeout> | undefined;
  let running = true;
  const end = (how: End): void => {
    if (!running) return;
    running = false;
    clearTimeout(limit);
    worker.terminate();
    finish(how);
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
    if (!running) return;
    hear(data);
    if (data.kind === "started") limit = setTimeout(() => end("out of time"), LIMIT);
    if (data.kind === "thrown" || data.kind === "ended") end(data.kind);
  });
  worker.addEventListener("error", ({ message }) => {
    const fault = { block: blocks.length - 1, line: 0, message: `The program cannot be loaded: ${message}` };
    if (running) hear({ kind: "thrown", fault });
    end("thrown");
  });
  worker.postMessage(blocks);
  return { stop: () => end("stopped") };
}

export const outOfTime = `stopped after ${LIMIT / 1000} seconds`;
