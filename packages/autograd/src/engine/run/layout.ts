/**
 * Where everything lies that a program works on, in a workspace: a block of memory that each run is lent. What is as
 * long as an open length lies behind all else, at an address that the workspace holds; so do large leaves, elsewhere.
 * Knows nothing of instructions.
 */
import { arrays, bytesOf, type DType, type Node, type Nodes, type Values } from "../../graph.js";
import { closed, isOpen, openAt } from "../../lengths.js";
import { type Shape, sizeOf } from "../../shape.js";
import { allocate, contiguous, copyEntries, isContiguous } from "../../view.js";
import { blockOf } from "../code/kernel.js";
import type { Room, Spot } from "../code/walk.js";
import type { Formula, Reduce } from "../formula/formula.js";
import type { Output } from "../formula/simplify.js";
import type { Local } from "../instructions/assembler.js";
import { isCut, type Plan, type Planned, writtenIn } from "../schedule/plan.js";
import { canRepeat, isFold } from "../schedule/schedule.js";
import { SECTION } from "../schedule/sections.js";
import { accumulatorBytes, firstOfPair } from "../schedule/staging.js";
import { aligned, type SharedMemory } from "./memory.js";

export type Leaf = Formula & { readonly kind: "leaf" };

/**
 * Arrays up to so many bytes are copied into the workspace; larger ones may stay in memory from run to run. To copy 4 kB
 * into memory that threads share takes 6 % of a k-means step of 500 points.
 */
const SMALL = 2 ** 11;

/** Bytes for the report of a wrong index. */
const REPORT = 16;

/** Where values lie: so many bytes from the start of the workspace or, if it names one, from the address of an owner. */
interface Site {
  readonly owner: Formula | undefined;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The variables in which a function has what the workspace says. */
export interface Held {
  readonly workspace: Local;
  readonly addresses: ReadonlyMap<Formula, Local>;
  readonly lengths: ReadonlyMap<number, Local>;
  /** Where what is in memory for one of several passes that are alike lies, if the function serves them all. */
  readonly told?: ReadonlyMap<Formula, Local>;
}

/** What a chunk needs for itself: scratch, and where its report and accumulators are. */
export interface Own {
  readonly scratch: Spot;
  readonly sums: Spot;
}

export class Layout {
  readonly leaves: readonly Leaf[];
  readonly #outputs: readonly Output[];
  readonly #sites = new Map<Formula, Site>();
  /** Where in the workspace the address of a formula's values is, for those that lie elsewhere. */
  readonly #addresses = new Map<Formula, number>();
  /** Where in the workspace the open lengths are, and how many. */
  readonly #lengths: number;
  readonly #lengthsCount: number;
  /** What chunks need for themselves, in bytes from the start of the workspace; those after the first have other sums. */
  readonly scratch: number;
  readonly sums: number;
  readonly laterSums: number;
  /** How many bytes `scratch` and `sums` have. */
  readonly scratchSize: number;
  readonly sumsSize: number;
  #size = 0;

  /** The layout of a plan with so many open lengths. */
  constructor(plan: Plan, lengths: number) {
    const { outputs, schedule, kernels } = plan;
    this.#outputs = outputs;
    this.leaves = leavesIn(
      outputs.map(({ from }) => from),
      kernels,
    );
    this.#lengthsCount = lengths;
    this.#lengths = this.#reserve(4 * lengths);
    for (const leaf of this.leaves) this.#store(leaf, isSmall(leaf));
    for (const { from } of outputs) this.#settle(from);
    for (const formula of schedule.stored) this.#settle(formula);
    for (const { pass } of kernels.flat()) {
      for (const member of pass.members) {
        for (const { from } of member.reads) this.#settle(from, schedule.stored);
      }
    }
    const temporaries = writtenIn(plan).map(temporary);
    const largest = (sizes: number[]): number => Math.max(0, ...sizes);
    this.scratchSize = largest(temporaries.map(({ scratchSize }) => scratchSize));
    this.sumsSize = largest([REPORT, ...temporaries.map(({ sumsSize }) => sumsSize)]);
    this.scratch = this.#reserve(this.scratchSize);
    this.sums = this.#reserve(this.sumsSize);
    this.laterSums = kernels.flat().some(isCut) ? this.#reserve(this.sumsSize) : this.sums;
  }

  /** The offsets in the workspace of the addresses and the open lengths that the passes of a kernel need. */
  neededBy(kernel: readonly Planned[]): { addresses: Map<Formula, number>; lengths: Map<number, number> } {
    const addresses = new Map<Formula, number>();
    const lengths = new Map<number, number>();
    if (this.#addresses.size === 0 && this.#lengthsCount === 0) return { addresses, lengths };
    const need = (formula: Formula): void => {
      const { owner } = this.#sites.get(formula) ?? {};
      if (owner) addresses.set(owner, this.#addresses.get(owner) as number);
    };
    for (const leaf of leavesIn([], [kernel])) need(leaf);
    for (const { pass } of kernel) {
      for (const length of [pass.length, ...pass.members.flatMap(({ axes }) => axes)]) {
        if (isOpen(length)) lengths.set(length, this.#lengths + 4 * openAt(length));
      }
      for (const member of pass.members) {
        need(member);
        for (const { from } of member.reads) need(sourceOf(from));
      }
    }
    return { addresses, lengths };
  }

  /** Where a function finds the values of a formula that is in memory. */
  spotOf({ workspace, addresses, told }: Held, formula: Formula): Spot {
    const base = told?.get(formula);
    if (base) return { base, offset: 0 };
    const { owner, offset } = this.#sites.get(formula) as Site;
    return { base: owner ? (addresses.get(owner) as Local) : workspace, offset };
  }

  room(held: Held, planned: Planned, { scratch, sums }: Own = this.#own(held.workspace)): Room {
    const within = temporary(planned);
    const from = ({ base, offset }: Spot, more = 0): Spot => ({ base, offset: offset + more });
    return {
      report: sums,
      lengthOf: (length) => held.lengths.get(length) as Local,
      storageOf: (formula) => {
        const source = sourceOf(formula);
        const { strides } = this.#sites.get(source) as Site;
        return { ...this.spotOf(held, source), strides: formula.kind === "flat" ? [1] : strides };
      },
      scratchOf: (formula) => from(scratch, within.scratch.get(formula)),
      sectionOf: (fold) => from(scratch, within.sections.get(fold)),
      accumulatorOf: (fold) => from(sums, within.accumulators.get(firstOfPair(planned.staging, fold))),
    };
  }

  #own(workspace: Local): Own {
    return { scratch: { base: workspace, offset: this.scratch }, sums: { base: workspace, offset: this.sums } };
  }

  /** The layout with the open lengths known. `outputs` say the types of what is read. */
  with(lengths: readonly number[], outputs: Nodes): Workspace {
    let size = this.#size;
    const behind = new Map<Formula, number>();
    for (const formula of this.#addresses.keys()) {
      if (formula.kind === "leaf" && !isSmall(formula, lengths)) continue;
      behind.set(formula, size);
      size = aligned(size + bytesIn(formula, lengths));
    }
    const offsetOf = (formula: Formula): number | undefined => {
      const { owner, offset } = this.#sites.get(formula) as Site;
      return owner === undefined ? offset : addIfKnown(behind.get(owner), offset);
    };
    return {
      size,
      report: this.sums,
      laterReport: this.laterSums,
      lengths: lengths.map((length, which) => [this.#lengths + 4 * which, length]),
      addresses: [...behind].map(([formula, offset]) => [this.#addresses.get(formula) as number, offset]),
      leaves: this.leaves.map((leaf) => ({
        dtype: leaf.dtype,
        offset: offsetOf(leaf),
        address: this.#addresses.get(leaf),
      })),
      readers: this.#outputs.map((output, which) =>
        reader(output, (outputs[which] as Node).dtype, lengths, this.leaves, offsetOf),
      ),
    };
  }

  #reserve(bytes: number): number {
    const offset = this.#size;
    this.#size = aligned(offset + bytes);
    return offset;
  }

  /** Room for a formula's values, in the workspace or elsewhere. */
  #store(formula: Formula, isInWorkspace: boolean): void {
    const { strides } = contiguous(formula.shape);
    if (!isInWorkspace) this.#addresses.set(formula, this.#reserve(4));
    this.#sites.set(
      formula,
      isInWorkspace
        ? { owner: undefined, offset: this.#reserve(bytesIn(formula)), strides }
        : { owner: formula, offset: 0, strides },
    );
  }

  /** Room for a formula that has values; the pieces of a join lie in that of the whole. */
  #settle(formula: Formula, stored?: ReadonlySet<Formula>): void {
    if (this.#sites.has(formula) || formula.kind === "fill" || formula.kind === "leaf") return;
    if (formula.kind === "flat") {
      this.#settle(formula.inputs[0].from, stored);
      return;
    }
    if (formula.kind !== "join") {
      if (!stored || stored.has(formula)) this.#store(formula, !formula.shape.some(isOpen));
      return;
    }
    this.#store(formula, !formula.shape.some(isOpen));
    const { owner, offset, strides } = this.#sites.get(formula) as Site;
    let start = 0;
    for (const { from, at } of formula.inputs) {
      const isLong = at.length === strides.length;
      this.#sites.set(from, {
        owner,
        offset: offset + bytesOf(formula.dtype) * start * (strides[formula.axis] as number),
        strides: isLong ? strides : strides.toSpliced(formula.axis, 1),
      });
      start += isLong ? (from.shape[formula.axis] as number) : 1;
    }
  }
}

/** What a pass needs only for itself, in bytes from the start of its scratch and of its sums, and how much. */
function temporary({ pass, staging }: Planned) {
  let scratchSize = 0;
  const scratch = new Map<Formula, number>();
  for (const formula of staging.staged) {
    const axis = staging.axes.get(formula);
    const shape = formula.shape.filter((_, each) => each !== axis);
    scratch.set(formula, scratchSize);
    scratchSize = aligned(scratchSize + bytesIn({ shape, dtype: formula.dtype }) * blockOf(pass));
  }
  const sections = new Map<Formula, number>();
  for (const [fold, sources] of staging.sections) {
    const axis = staging.axes.get(fold);
    sections.set(fold, scratchSize);
    scratchSize += 8 * sizeOf(fold.shape.filter((_, each) => each !== axis)) * blockOf(pass);
    for (const source of sources) {
      scratch.set(source, scratchSize);
      scratchSize += bytesOf(source.dtype) * SECTION * blockOf(pass);
    }
  }
  let sumsSize = REPORT;
  const accumulators = new Map<Formula, number>();
  for (const member of pass.members) {
    if (!isFold(pass, member)) continue;
    const fold = member as Reduce;
    // The value and the position of one extreme share an accumulator.
    if (firstOfPair(staging, fold) !== fold) continue;
    accumulators.set(fold, sumsSize);
    sumsSize = aligned(sumsSize + accumulatorBytes(fold, pass, staging) * sizeOf(fold.shape));
  }
  return { scratch, sections, scratchSize, accumulators, sumsSize };
}

/** A layout for known lengths, in bytes from the start of the block that a run is lent. */
export interface Workspace {
  readonly size: number;
  /** Where wrong indices are reported, and where by later chunks. */
  readonly report: number;
  readonly laterReport: number;
  /** What the workspace says before a run: lengths, and of what lies behind it the addresses. */
  readonly lengths: readonly (readonly [at: number, length: number])[];
  readonly addresses: readonly (readonly [at: number, offset: number])[];
  /** Each leaf is copied to its offset; where it has none, its address is said. */
  readonly leaves: readonly {
    readonly dtype: DType;
    readonly offset: number | undefined;
    readonly address: number | undefined;
  }[];
  readonly readers: readonly Reader[];
}

/** Says in the workspace what the program must know, and copies the leaves to where it looks for them. */
export function fillWorkspace(
  workspace: Workspace,
  memory: SharedMemory,
  start: number,
  owners: Nodes,
  values: readonly Values[],
): void {
  const { leaves, lengths, addresses, report, laterReport } = workspace;
  for (let which = 0; which < leaves.length; which++) {
    const { dtype, offset, address } = leaves[which] as Workspace["leaves"][number];
    if (offset !== undefined) copyInto(memory.of(dtype), (start + offset) / bytesOf(dtype), values[which] as Values);
    else {
      // Before it is written down: the memory may grow.
      const found = memory.addressOf(owners[which] as Node, values[which] as Values);
      memory.of("int32")[(start + (address as number)) / 4] = found;
    }
  }
  const integers = memory.of("int32");
  integers[(start + report) / 4] = 0;
  integers[(start + laterReport) / 4] = 0;
  for (const [at, length] of lengths) integers[(start + at) / 4] = length;
  for (const [at, offset] of addresses) integers[(start + at) / 4] = start + offset;
}

/** A loop, since of the time that `set` takes for a few numbers most is its call. */
function copyInto(memory: Values, start: number, values: Values): void {
  if (values.length > 64) memory.set(values, start);
  else for (let at = 0; at < values.length; at++) memory[start + at] = values[at] as number;
}

export type Reader = (memory: SharedMemory, start: number, leaves: readonly Values[]) => Values;

/** Reads an output: an array of its own, in the order of the view. */
function reader(
  { from, view: open }: Output,
  dtype: DType,
  lengths: readonly number[],
  leaves: readonly Leaf[],
  offsetOf: (formula: Formula) => number | undefined,
): Reader {
  const kind = arrays[dtype];
  const view = { ...open, shape: closed(open.shape, lengths) };
  const size = sizeOf(view.shape);
  if (from.kind === "fill") return () => allocate<Values>(view.shape, kind).fill(from.value);
  const source = sourceOf(from);
  const leaf = leaves.indexOf(source as Leaf);
  const offset = leaf >= 0 ? 0 : (offsetOf(source) as number);
  const inOrder = isContiguous(view) && size === sizeOf(closed(source.shape, lengths));
  return (memory, workspace, values) => {
    const all = leaf >= 0 ? (values[leaf] as Values) : memory.of(dtype);
    const start = leaf >= 0 ? 0 : (workspace + offset) / bytesOf(dtype);
    if (inOrder) return all.slice(start, start + size);
    const result = allocate<Values>(view.shape, kind);
    copyEntries(view, all, start, result);
    return result;
  };
}

const addIfKnown = (a: number | undefined, b: number): number | undefined => (a === undefined ? undefined : a + b);

const sourceOf = (formula: Formula): Formula => (formula.kind === "flat" ? formula.inputs[0].from : formula);

const bytesIn = (
  { shape, dtype }: { readonly shape: Shape; readonly dtype: DType },
  lengths: readonly number[] = [],
): number => bytesOf(dtype) * sizeOf(closed(shape, lengths));

const isSmall = (leaf: Leaf, lengths?: readonly number[]): boolean => bytesIn(leaf, lengths) <= SMALL;

function leavesIn(outputs: readonly Formula[], kernels: readonly (readonly Planned[])[]): Leaf[] {
  const found = new Set<Leaf>();
  const add = (formula: Formula): void => {
    const source = sourceOf(formula);
    if (source.kind === "leaf") found.add(source);
  };
  for (const output of outputs) add(output);
  for (const { pass } of kernels.flat()) {
    const pending = [...pass.members];
    const seen = new Set(pending);
    for (let formula = pending.pop(); formula; formula = pending.pop()) {
      for (const { from } of formula.reads) {
        add(from);
        // What is computed where it is read brings its leaves with it.
        if (!canRepeat(from) || seen.has(from)) continue;
        seen.add(from);
        pending.push(from);
      }
    }
  }
  return [...found];
}
