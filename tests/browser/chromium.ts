/**
 * How a browser is started for tests, and how to hear all that a page has said. Imports no library, so that packages with
 * a library of their own share it.
 */
import { setTimeout } from "node:timers/promises";
import { executable } from "./executable.js";

/**
 * Nothing here needs the network, a graphics card, or protection from the pages, which are ours. How long anything may
 * take is for the tests to say.
 */
export const launchOptions = {
  executablePath: executable as string,
  timeout: 0,
  chromiumSandbox: false,
  args: [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
  ],
};

/** Whoever answers questions: a page, or one of its workers. */
interface Answering {
  evaluate(expression: string): Promise<unknown>;
}

/** How many milliseconds a worker has to answer. */
const WAIT = 2000;

/** Waits for what a page and its workers have said: what each of them said before it answers comes before the answer. */
export async function hearAll(page: Answering & { workers(): readonly Answering[] }): Promise<void> {
  const fromWorkers = page.workers().map((worker) => worker.evaluate("0").catch(() => "ended meanwhile"));
  // One that is ending, or a thread that sleeps until there is a pass to share, does not answer.
  await Promise.all([page.evaluate("0"), Promise.race([Promise.all(fromWorkers), setTimeout(WAIT)])]);
}
