/**
 * How threads share a pass. What they tell one another are words of a control block: a pass is offered, whoever is free
 * takes the next chunk, and whoever finishes one takes in, in order, all chunks that are done. Here is the side of the
 * thread that asks; the others run the text of `worker`. Knows nothing of what a pass computes or where threads come from.
 */
import { aligned, SharedMemory } from "./memory.js";
import type { Combine, Compute, Divisible, Threads } from "./program.js";
import { type Memory, MOST_PAGES, platform } from "./webassembly.js";
import { MESSAGE, STATES, WORDS } from "./worker.js";

/** What a thread is started with. */
export interface Orders {
  readonly control: Int32Array;
  readonly memory: Memory;
  readonly which: number;
}

/**
 * A thread that fails says so. One that is killed cannot, and while we wait no event of its end reaches us: it is given
 * up when nothing has happened for so many milliseconds, and so many times as long as our own chunks take.
 */
const PATIENCE = 5000;
const PATIENCE_IN_CHUNKS = 100;

/** A wait ends after so many milliseconds, and counts as this long even if the machine was asleep. */
const TICK = 100;

/**
 * For how many chunks there is room, so far others may be ahead of one that is kept from going on: for each thread at
 * least so many, and as many as in all have this many bytes.
 */
const FEWEST_SLOTS = 4;
const MOST_SLOTS = 256;
const BYTES_OF_SLOTS = 2 ** 20;

/**
 * What a thread writes begins and ends with lines of the nearest cache, of which it fetches two at once: two threads that
 * write to one line wait for each other, and a step of 1,000,000 × 2 × 3 takes as long as on one thread.
 */
const LINES = 128;
const inLines = (bytes: number): number => aligned(bytes, LINES);

/** How often to look before waiting: who is nearly done is quicker than we would wake. */
const LOOKS = 2000;

export class Crew implements Threads {
  readonly memory: SharedMemory;
  /** What each of the other threads is started with. */
  readonly orders: readonly Orders[];
  readonly #control: Int32Array;
  readonly #mayWait: boolean;
  readonly #onLoss: () => void;
  /** By the modules of one thread those of many, and the numbers by which threads know them again. */
  readonly #modules = new WeakMap<object, { readonly number: number; readonly module: Uint8Array<ArrayBuffer> }>();
  #numbers = 0;

  /**
   * Room for so many `others`; throws where the platform refuses it. `onLoss` hears that the memory is of no more use,
   * because a thread that has not answered might still write to it.
   */
  constructor(others: number, onLoss: () => void) {
    const { Memory } = platform as NonNullable<typeof platform>;
    this.memory = new SharedMemory(new Memory({ initial: 1, maximum: MOST_PAGES, shared: true }));
    const done = WORDS.states + others;
    const why = done + Math.max(MOST_SLOTS, FEWEST_SLOTS * (others + 1));
    const control = new Int32Array(new SharedArrayBuffer(4 * (why + MESSAGE)));
    Object.assign(control, { [WORDS.done]: done, [WORDS.why]: why });
    const { memory } = this.memory;
    this.orders = Array.from({ length: others }, (_, which) => ({ control, memory, which }));
    this.#control = control;
    this.#mayWait = mayWait(control);
    this.#onLoss = onLoss;
  }

  /** Thread `which` has ended, or could not be started. */
  lose(which: number): void {
    Atomics.store(this.#control, WORDS.states + which, STATES.gone);
  }

  /** How many threads there are, with ours. */
  get size(): number {
    return 1 + this.#count((state) => state !== STATES.gone);
  }

  #count(counts: (state: number) => boolean): number {
    return this.orders.filter(({ which }) => counts(this.#get(WORDS.states + which))).length;
  }

  /** Ends the other threads. */
  dismiss(): void {
    Atomics.store(this.#control, WORDS.isOver, 1);
    this.#call(this.orders.length);
  }

  moduleOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return this.#known(bytes).module;
  }

  #known(bytes: Uint8Array<ArrayBuffer>) {
    const known = this.#modules.get(bytes) ?? { number: ++this.#numbers, module: withSharedMemory(bytes) };
    this.#modules.set(bytes, known);
    return known;
  }

  divide(program: Divisible, part: number, chunk: number, workspace: number, length: number): void {
    const sumsOf = this.#offer(program, part, chunk, workspace, length);
    try {
      this.#takePart(program, sumsOf);
      Atomics.store(this.#control, WORDS.isOpen, 0);
      this.#await(() => this.#count((state) => state === STATES.busy) === 0);
    } catch (error) {
      Atomics.store(this.#control, WORDS.isFailed, 1);
      this.#onLoss();
      throw error;
    }
  }

  /** Says what is to be done, and where each chunk leaves what it comes to. */
  #offer({ bytes, layout }: Divisible, part: number, chunk: number, workspace: number, length: number) {
    const { memory, orders } = this;
    const control = this.#control;
    const [scratchSize, sumsSize] = [inLines(layout.scratchSize), inLines(layout.sumsSize)];
    const chunks = Math.ceil(length / chunk);
    const affordable = Math.min(MOST_SLOTS, Math.floor(BYTES_OF_SLOTS / sumsSize));
    const slots = Math.min(chunks, Math.max(FEWEST_SLOTS * (orders.length + 1), affordable));
    const { number, module } = this.#known(bytes);
    const code = memory.lend(module.length);
    const sums = inLines(memory.lend(slots * sumsSize + LINES));
    const scratch = inLines(memory.lend(orders.length * scratchSize + LINES));
    const firstSums = workspace + layout.sums;
    new Uint8Array(memory.memory.buffer).set(module, code);
    for (let slot = 0; slot < slots; slot++) memory.of("int32")[(sums + slot * sumsSize) / 4] = 0;
    control.fill(0, control[WORDS.done], control[WORDS.why]);
    const offer = {
      slots,
      code,
      bytes: module.length,
      part,
      chunk,
      chunks,
      workspace,
      firstSums,
      sums,
      sumsSize,
      scratch,
      scratchSize,
    };
    const begun = { program: number, next: 0, turn: 0, isTaken: 0, isFailed: 0 };
    for (const [word, value] of Object.entries({ ...offer, ...begun }))
      control[WORDS[word as keyof typeof WORDS]] = value;
    Atomics.store(control, WORDS.isOpen, 1);
    this.#call(Math.min(orders.length, chunks - 1));
    return (which: number): number => (which === 0 ? firstSums : sums + (which % slots) * sumsSize);
  }

  #call(most: number): void {
    Atomics.add(this.#control, WORDS.offers, 1);
    Atomics.notify(this.#control, WORDS.offers, most);
  }

  /** Our share: chunk after chunk while there are any, and then to wait for those of others. */
  #takePart({ layout, exported }: Divisible, sumsOf: (chunk: number) => number): void {
    const control = this.#control;
    const [part, chunk, chunks, workspace, slots, done] = OFFERED.map((word) => this.#get(WORDS[word])) as Numbers<
      typeof OFFERED
    >;
    const compute = exported[part] as Compute;
    const combine = exported[part + 1] as Combine;
    const isDone = (which: number): boolean => which < chunks && this.#get(done + (which % slots)) === which + 1;
    const takeIn = (): void => {
      do {
        if (Atomics.compareExchange(control, WORDS.isTaken, 0, 1) !== 0) return;
        for (let at = this.#get(WORDS.turn); isDone(at); at++) {
          if (at > 0) combine(workspace, sumsOf(at));
          Atomics.store(control, WORDS.turn, at + 1);
        }
        Atomics.store(control, WORDS.isTaken, 0);
      } while (isDone(this.#get(WORDS.turn)));
    };
    let longest = 0;
    for (;;) {
      const own = Atomics.add(control, WORDS.next, 1);
      if (own >= chunks) break;
      this.#await(() => own - slots < this.#get(WORDS.turn), longest);
      const begun = Date.now();
      compute(workspace, workspace + layout.scratch, sumsOf(own), own * chunk);
      longest = Math.max(longest, Date.now() - begun);
      Atomics.store(control, done + (own % slots), own + 1);
      takeIn();
      this.#tell();
    }
    this.#await(() => this.#get(WORDS.turn) >= chunks, longest);
  }

  /** Waits until something is the case. Throws where a thread says that it has failed, or says nothing for too long. */
  #await(isSo: () => boolean, chunk = 0): void {
    for (let look = 0; look < LOOKS; look++) if (isSo()) return;
    const control = this.#control;
    const patience = PATIENCE + PATIENCE_IN_CHUNKS * chunk;
    let silence = 0;
    let last = Date.now();
    let seen = this.#get(WORDS.events);
    while (!isSo()) {
      if (this.#get(WORDS.isFailed)) throw lost(this.#why());
      if (silence > patience) throw lost(`a thread has not answered for ${patience / 1000} s`);
      if (this.#mayWait) Atomics.wait(control, WORDS.events, seen, TICK);
      const events = this.#get(WORDS.events);
      const now = Date.now();
      if (events !== seen) silence = 0;
      else if (now - last >= TICK) silence += TICK;
      if (events !== seen || now - last >= TICK) last = now;
      seen = events;
    }
  }

  #get(word: number): number {
    return Atomics.load(this.#control, word);
  }

  #tell(): void {
    Atomics.add(this.#control, WORDS.events, 1);
    Atomics.notify(this.#control, WORDS.events);
  }

  #why(): string {
    const start = this.#get(WORDS.why);
    return String.fromCharCode(...this.#control.subarray(start, start + MESSAGE)).replace(/\0.*/s, "");
  }
}

const OFFERED = ["part", "chunk", "chunks", "workspace", "slots", "done"] as const;
type Numbers<Names> = { -readonly [At in keyof Names]: number };

const lost = (why: string): Error =>
  new Error(
    `a thread has ended in the middle of a pass: ${why}; what was computed is lost, and one thread goes on (useThreads starts others)`,
  );

/** The main thread of a page may not. */
function mayWait(control: Int32Array): boolean {
  try {
    Atomics.wait(control, WORDS.events, -1, 0);
    return true;
  } catch {
    return false;
  }
}

/** A module that imports a memory of its own, for one that threads share: the byte after its name and kind differs. */
function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = Array.from("memory", (letter) => letter.charCodeAt(0));
  const at = bytes.findIndex((_, start) => name.every((byte, each) => bytes[start + each] === byte));
  const module = bytes.slice();
  module[at + name.length + 1] = 0x03;
  return module;
}
