/**
 * Threads of the caller's choice: Node's and those of browsers, and what is said where there are none. They take part
 * in long passes, and results have the same bits as without. Knows nothing of how a pass is divided.
 */
import { describe } from "./argument.js";
import { Crew, type Orders } from "./engine/run/crew.js";
import { isAvailable, runBy } from "./engine/run/program.js";
import { WORKER } from "./engine/run/worker.js";

/** A thread that is ready. */
interface Thread {
  end(): unknown;
}

/** Starts a thread; `onEnd` hears of its end, whatever its reason. */
type Start = (orders: Orders, onEnd: () => void) => Promise<Thread>;

interface Team {
  readonly crew: Crew;
  readonly threads: readonly Thread[];
}

const MOST = 256;

let team: Team | undefined;
/** What is under way: one call after another. */
let before: Promise<unknown> = Promise.resolve();

/**
 * From now on `count` threads, this one among them, take part in whatever is long: many points, examples, pixels. Calls
 * stay synchronous, and results have the same bits on one thread and on many. Without a count there are as many as the
 * machine runs at once. They do not keep a process alive.
 *
 * Node has threads from 20.16 on; a page has where it is cross-origin isolated. Elsewhere there is one, and the console
 * says why.
 * @returns how many threads there are now
 * @throws RangeError or TypeError if the count is no whole number from 1 to 256
 * @example console.log(await useThreads(2)); // 2
 */
export function useThreads(count?: number): Promise<number> {
  if (count !== undefined && typeof count !== "number") {
    throw new TypeError(`useThreads: the count is ${describe(count)}; expected a whole number from 1 to ${MOST}`);
  }
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= MOST)) {
    throw new RangeError(`useThreads: the count is ${count}; expected a whole number from 1 to ${MOST}`);
  }
  return inTurn(() => change(count));
}

/** One thread goes on alone; the others end, and their memory is given back. */
export const stopThreads = (): Promise<void> => inTurn(async () => dismiss(team));

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = before.then(work);
  before = result.catch(() => {});
  return result;
}

async function change(wanted: number | undefined): Promise<number> {
  if (wanted === 1) return alone();
  if (!isAvailable()) return alone();
  const platform = platformHere();
  if (typeof platform === "string") return alone(platform);
  const count = wanted ?? Math.min(platform.count, MOST);
  if (team?.crew.size === count) return count;
  await dismiss(team);
  if (count === 1) return 1;
  const threads: Thread[] = [];
  try {
    const crew = new Crew(count - 1, () => void dismiss(next));
    const next = { crew, threads };
    const started = crew.orders.map((orders) =>
      platform.start(orders, () => {
        crew.lose(orders.which);
        if (team === next && crew.size === 1) void dismiss(next);
      }),
    );
    for (const outcome of await Promise.allSettled(started)) {
      if (outcome.status === "fulfilled") threads.push(outcome.value);
    }
    await Promise.all(started);
    team = next;
    runBy(crew);
    return crew.size;
  } catch (error) {
    for (const thread of threads) thread.end();
    return alone(
      `no threads can be started (${(error as Error).message}); allow workers from blob: URLs, or more memory`,
    );
  }
}

async function alone(reason?: string): Promise<number> {
  await dismiss(team);
  if (reason !== undefined) say(reason);
  return 1;
}

async function dismiss(which: Team | undefined): Promise<void> {
  if (which === undefined) return;
  if (which === team) {
    team = undefined;
    runBy(undefined);
  }
  which.crew.dismiss();
  await Promise.all(which.threads.map((thread) => thread.end()));
}

let isSaid = false;

/** Why there is one thread: the first reason is enough. */
function say(reason: string): void {
  if (!isSaid) here.console?.warn(`autograd computes on one thread: ${reason}`);
  isSaid = true;
}

// Platforms.

/** What Node and browsers have that TypeScript does not know of here. */
interface Surroundings {
  readonly console?: { warn(message: string): void };
  /** Asked for at run time: no bundler looks for it. */
  readonly process?: {
    getBuiltinModule?: ((name: "node:worker_threads") => NodeThreads) & ((name: "node:os") => Machine);
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: string) => BrowserWorker;
  readonly Blob?: new (parts: string[], options: { type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
}

interface BrowserWorker {
  onmessage: unknown;
  onerror: unknown;
  postMessage(message: unknown): void;
  terminate(): void;
}

interface Machine {
  availableParallelism(): number;
}

interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: { eval: true; workerData: unknown; execArgv: string[]; name: string },
  ) => NodeWorker;
}

interface NodeWorker {
  once(event: "message" | "error" | "exit", listener: (value: unknown) => void): this;
  on(event: "error", listener: (error: unknown) => void): this;
  unref(): void;
  terminate(): Promise<unknown>;
}

interface Platform {
  /** How many threads the machine runs at once. */
  readonly count: number;
  readonly start: Start;
}

const here = globalThis as Surroundings;

/** Where threads come from here; or why there are none, and what helps. */
function platformHere(): Platform | string {
  const { process } = here;
  if (process?.getBuiltinModule) {
    const { availableParallelism } = process.getBuiltinModule("node:os");
    const node = process.getBuiltinModule("node:worker_threads");
    return { count: availableParallelism(), start: (orders, onEnd) => startInNode(node, orders, onEnd) };
  }
  if (here.Worker === undefined || here.Blob === undefined || here.URL === undefined) {
    return "there are no workers here; take Node 20.16 or newer, or a page's main thread";
  }
  if (!here.crossOriginIsolated) {
    return "this page is not cross-origin isolated; serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  return { count: here.navigator?.hardwareConcurrency ?? 2, start: startInBrowser };
}

async function startInNode({ Worker }: NodeThreads, orders: Orders, onEnd: () => void): Promise<Thread> {
  // Without the options of this process: a loader that it has would be loaded for nothing.
  const worker = new Worker(WORKER, { eval: true, workerData: orders, execArgv: [], name: "autograd" });
  await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.on("error", reject);
    worker.once("exit", () => {
      onEnd();
      reject(new Error("it has exited"));
    });
  });
  worker.unref();
  return { end: () => worker.terminate() };
}

async function startInBrowser(orders: Orders, onEnd: () => void): Promise<Thread> {
  const { Worker, Blob, URL } = here as Required<Surroundings>;
  const url = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  try {
    const worker = new Worker(url);
    worker.postMessage(orders);
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = ({ message }: { readonly message?: string }) => {
        onEnd();
        reject(new Error(message ?? "a worker is refused"));
      };
    });
    return { end: () => worker.terminate() };
  } finally {
    URL.revokeObjectURL(url);
  }
}
