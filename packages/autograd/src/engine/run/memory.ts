/**
 * The memory that all programs share. A run is lent blocks of it and gives them back at its end. The values of an
 * owner that comes back from run to run stay, as long as there is room, and are not copied in again. An owner is
 * something whose values never change; an array is none, for its user may write to it. Knows bytes, not tensors.
 */

import { type DType, dtypeOf, type Values } from "../../graph.js";
import { type Memory, MOST_PAGES, PAGE, platform } from "./webassembly.js";

interface Block {
  readonly start: number;
  readonly size: number;
}

/** The values of an owner that stay. It does not know its owner, which may go. */
interface Resident extends Block {
  /** How many bytes had come to stay when it was used last. */
  usedAt: number;
  usedInRun: number;
}

const ALIGNMENT = 16;

/** So many bytes, or more, up to a multiple of the alignment. */
export const aligned = (bytes: number, alignment = ALIGNMENT): number => Math.ceil(bytes / alignment) * alignment;

/**
 * After how many bytes that came to stay later an unused resident goes. In a loop that never waits nobody can say
 * which owners are gone, so this bounds what is held for them.
 */
const MOST_KEPT = 2 ** 26;

export class SharedMemory {
  readonly memory: Memory;
  /** What is not in use, by ascending addresses, no block next to another. Address 0 is never used. */
  readonly #free: Block[] = [{ start: ALIGNMENT, size: PAGE - ALIGNMENT }];
  /** What the run gives back at its end. */
  #lent: Block[] = [];
  /** What the last run was lent first: the next one often asks for as much. */
  #spare: Block | undefined;
  /** The one whose use lies farthest back comes first. */
  readonly #residents = new Set<Resident>();
  /** The last of these. */
  #latest: Resident | undefined;
  readonly #residentOf = new WeakMap<object, Resident>();
  /** Owners that were here once: what comes a second time is likely to come again. */
  readonly #seen = new WeakSet<object>();
  /** Tells, between tasks, which owners are gone. */
  readonly #goneOwners = new FinalizationRegistry<Resident>((resident) => this.#remove(resident));
  #settled = 0;
  #run = 0;
  #all: Readonly<Record<DType, Values>>;

  constructor(memory = new (platform as NonNullable<typeof platform>).Memory({ initial: 1, maximum: MOST_PAGES })) {
    this.memory = memory;
    this.#all = this.#views();
  }

  /** All of the memory as numbers of a type. Growing makes new arrays: ask again after `lend` and `addressOf`. */
  of(dtype: DType): Values {
    return this.#all[dtype];
  }

  /** Does `work` with blocks that it may lend until it ends. */
  run<T>(work: () => T): T {
    this.#run++;
    try {
      return work();
    } finally {
      while (this.#lent.length > 1) this.#giveBack(this.#lent.pop() as Block);
      this.#spare ??= this.#lent.pop();
    }
  }

  /** The address of a block for the time of a run. Throws a `RangeError` where there is no room. */
  lend(bytes: number): number {
    const block = this.#allocate(bytes);
    this.#lent.push(block);
    return block.start;
  }

  /** The address, for the time of a run, of a copy of the owner's values: one that is here already if possible. */
  addressOf(owner: object, values: Values): number {
    const known = this.#residentOf.get(owner);
    // Often it is the one that was used last, and stays in its place.
    if (known && (known === this.#latest || this.#residents.delete(known))) {
      if (known !== this.#latest) this.#residents.add(known);
      this.#latest = known;
      known.usedAt = this.#settled;
      known.usedInRun = this.#run;
      return known.start;
    }
    const start = this.#seen.has(owner) ? this.#settle(owner, values.byteLength) : this.lend(values.byteLength);
    this.#seen.add(owner);
    this.of(dtypeOf(values)).set(values, start / values.BYTES_PER_ELEMENT);
    return start;
  }

  #views(): Readonly<Record<DType, Values>> {
    const { buffer } = this.memory;
    return { float32: new Float32Array(buffer), float64: new Float64Array(buffer), int32: new Int32Array(buffer) };
  }

  #settle(owner: object, bytes: number): number {
    const block = this.#allocate(bytes);
    this.#settled += block.size;
    const resident = { ...block, usedAt: this.#settled, usedInRun: this.#run };
    this.#residents.add(resident);
    this.#latest = resident;
    this.#residentOf.set(owner, resident);
    this.#goneOwners.register(owner, resident, resident);
    for (const oldest of this.#residents) {
      if (oldest.usedInRun === this.#run || this.#settled - oldest.usedAt <= MOST_KEPT) break;
      this.#remove(oldest);
    }
    return resident.start;
  }

  #remove(resident: Resident): void {
    if (!this.#residents.delete(resident)) return;
    if (this.#latest === resident) this.#latest = undefined;
    this.#goneOwners.unregister(resident);
    this.#giveBack(resident);
  }

  #allocate(bytes: number): Block {
    const size = aligned(bytes);
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare?.size === size) return spare;
    if (spare) this.#giveBack(spare);
    for (;;) {
      const block = this.#take(size);
      if (block) return block;
      this.#grow(size);
    }
  }

  /** First fit. */
  #take(size: number): Block | undefined {
    const index = this.#free.findIndex((block) => block.size >= size);
    const block = this.#free[index];
    if (block === undefined) return undefined;
    if (block.size === size) this.#free.splice(index, 1);
    else this.#free[index] = { start: block.start + size, size: block.size - size };
    return { start: block.start, size };
  }

  #giveBack({ start, size }: Block): void {
    const found = this.#free.findIndex((block) => block.start > start);
    const index = found < 0 ? this.#free.length : found;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    const merged = {
      start: joinsBefore ? before.start : start,
      size: size + (joinsBefore ? before.size : 0) + (joinsAfter ? after.size : 0),
    };
    this.#free.splice(index - Number(joinsBefore), Number(joinsBefore) + Number(joinsAfter), merged);
  }

  /** Makes room for a block: in more memory, or where that cannot be had in the place of the oldest resident. */
  #grow(size: number): void {
    const end = this.memory.buffer.byteLength;
    const needed = Math.ceil(size / PAGE);
    // By half at least: at each growth the platform thinks of collecting garbage, and what is not used costs nothing.
    const generous = Math.max(needed, Math.ceil(end / PAGE / 2));
    if (this.#growBy(generous) || this.#growBy(needed)) {
      this.#giveBack({ start: end, size: this.memory.buffer.byteLength - end });
      return;
    }
    const [oldest] = this.#residents;
    if (oldest === undefined || oldest.usedInRun === this.#run) {
      const [wanted, used] = [size, end].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
      throw new RangeError(
        `no room for ${wanted}: WebAssembly has 4 GiB of memory at most, and ${used} are in use or cannot be had`,
      );
    }
    this.#remove(oldest);
  }

  /** Whether so much more memory could be had. */
  #growBy(pages: number): boolean {
    if (this.memory.buffer.byteLength / PAGE + pages > MOST_PAGES) return false;
    try {
      this.memory.grow(pages);
    } catch {
      return false;
    }
    this.#all = this.#views();
    return true;
  }
}
