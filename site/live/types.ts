/** Asks a worker what TypeScript says of a program. The worker is started by the first question, and kept. */
import type { Answer, Fault, Question } from "./messages.js";

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (faults: readonly Fault[]) => void>();

function started(): Worker {
  const created = new Worker(new URL("./types.worker.ts", import.meta.url), { type: "module" });
  created.addEventListener("message", ({ data: { number, faults } }: MessageEvent<Answer>) => {
    waiting.get(number)?.(faults);
    waiting.delete(number);
  });
  // Without a network the compiler may never have been loaded: programs run all the same.
  created.addEventListener("error", () => {
    for (const answer of waiting.values()) answer([]);
    waiting.clear();
    worker = undefined;
  });
  return created;
}

export function typeFaultsOf(blocks: readonly string[]): Promise<readonly Fault[]> {
  worker ??= started();
  const question: Question = { number: asked++, blocks };
  worker.postMessage(question);
  return new Promise((answer) => waiting.set(question.number, answer));
}
