/**
 * The memory that all programs share. Blocks of it are lent to programs while they run; large arrays stay in it as
 * long as there is room, so that they are not copied again for the next run. Knows bytes, not tensors.
 */

import { platform } from "./webassembly.js";

export type Values = Float32Array | Int32Array;

export interface Block {
  readonly start: number;
  readonly size: number;
}

/** An array that stays. It is held weakly: a copy of ours must not keep the caller's array alive. */
interface Resident extends Block {
  readonly values: WeakRef<Values>;
  usedInRun: number;
}

const PAGE = 2 ** 16;
const MOST_PAGES = 2 ** 16;
const ALIGNMENT = 16;

/** How many bytes of arrays may stay that the last run did not use. */
const MOST_KEPT = 2 ** 28;

export class SharedMemory {
  readonly memory = new (platform as NonNullable<typeof platform>).Memory({ initial: 1 });
  /** What is not in use, by ascending addresses, no block next to another. Address 0 is never used. */
  readonly #free: Block[] = [{ start: ALIGNMENT, size: PAGE - ALIGNMENT }];
  /** The one whose use lies farthest back comes first. */
  readonly #residents = new Set<Resident>();
  readonly #residentOf = new WeakMap<Values, Resident>();
  #kept = 0;
  #run = 0;
  /** All of the memory as whole numbers. Growing makes new arrays: ask again after `lend` and `addressOf`. */
  integers = new Int32Array(this.memory.buffer);
  /** All of the memory as float32 numbers. */
  floats = new Float32Array(this.memory.buffer);

  /** Begins a run: what it uses stays until the next one begins. */
  begin(): void {
    this.#run++;
    for (const resident of this.#residents) {
      if (this.#kept <= MOST_KEPT) return;
      this.#remove(resident);
    }
  }

  /** A block for the time of a run. Throws a `RangeError` where there is no room. */
  lend(bytes: number): Block {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    for (;;) {
      const block = this.#take(size);
      if (block) return block;
      if (!this.#removeOne()) this.#grow(size);
    }
  }

  giveBack({ start, size }: Block): void {
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

  /** The address of a copy of the array, one that is here already if possible. */
  addressOf(values: Values): number {
    let resident = this.#residentOf.get(values);
    if (resident && this.#residents.delete(resident)) {
      resident.usedInRun = this.#run;
    } else {
      const block = this.lend(values.byteLength);
      resident = { ...block, values: new WeakRef(values), usedInRun: this.#run };
      this.#kept += block.size;
      this.#residentOf.set(values, resident);
      (values instanceof Int32Array ? this.integers : this.floats).set(values, block.start / 4);
    }
    this.#residents.add(resident);
    return resident.start;
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

  /** Removes an array that nobody has any more or, before the memory would outgrow what is kept at most, the oldest. */
  #removeOne(): boolean {
    for (const resident of this.#residents) {
      if (resident.usedInRun === this.#run) continue;
      if (resident.values.deref() !== undefined && this.#kept <= MOST_KEPT) continue;
      this.#remove(resident);
      return true;
    }
    return false;
  }

  #remove(resident: Resident): void {
    this.#residents.delete(resident);
    this.#kept -= resident.size;
    this.giveBack(resident);
  }

  #grow(size: number): void {
    const pages = Math.ceil(size / PAGE);
    const end = this.memory.buffer.byteLength;
    try {
      if (end / PAGE + pages > MOST_PAGES) throw new RangeError();
      this.memory.grow(pages);
      this.integers = new Int32Array(this.memory.buffer);
      this.floats = new Float32Array(this.memory.buffer);
    } catch {
      for (const resident of this.#residents) {
        if (resident.usedInRun === this.#run) continue;
        this.#remove(resident);
        return;
      }
      const [needed, used] = [size, end].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
      throw new RangeError(
        `no room for ${needed}: WebAssembly has 4 GiB of memory at most, and ${used} are in use or cannot be had`,
      );
    }
    this.giveBack({ start: end, size: pages * PAGE });
  }
}
