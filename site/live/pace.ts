/** Lets a reader see what a program draws: after each picture nothing more is told for a moment. */
import type { Report } from "./messages.js";
import type { End } from "./run.js";

/** How long a picture stands, in milliseconds; no time at all for who prefers less motion. */
const MOMENT = 90;

const moment = (): Promise<void> => {
  const less = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return less ? Promise.resolve() : new Promise((go) => setTimeout(go, MOMENT));
};

/** Tells in order what is heard, and in the end that it has ended, unless it is stopped before. */
export function paced(hear: (report: Report) => void, finish: (end: End) => void) {
  let told: Promise<void> = Promise.resolve();
  let stopped = false;
  const tell = async (report: Report): Promise<void> => {
    if (stopped) return;
    hear(report);
    if (report.kind === "drawn") await moment();
  };
  return {
    hear: (report: Report): void => {
      told = told.then(() => tell(report));
    },
    finish: async (end: End): Promise<void> => {
      if (end === "stopped") stopped = true;
      await told;
      finish(end);
    },
  };
}
