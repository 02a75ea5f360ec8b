/**
 * From a graph to something that runs: formulas, passes, functions, a WebAssembly module; and how its memory is
 * divided up. A program knows the structure of a graph and gets the values of its leaves anew at each run.
 */
import { arrays, bytesOf, type DType, type Node, type Nodes, type Values } from "../graph.js";
import { indexError, type Shape, sizeOf } from "../shape.js";
import { allocate, contiguous, isContiguous, offsetsOf, type View } from "../view.js";
import { assemble, Code, type Local, type Signature } from "./assembler.js";
import { type Formula, type Reduce, readsOf } from "./formula.js";
import { blockOf, writePass } from "./kernel.js";
import { hostFunctions } from "./lanes.js";
import { SharedMemory } from "./memory.js";
import { canRepeat, isFold, type Pass, type Schedule, schedule } from "./schedule.js";
import { type Output, simplify } from "./simplify.js";
import { accumulatorBytes, firstOfPair, type Staging, stage } from "./staging.js";
import type { Room } from "./walk.js";
import { type Instance, platform } from "./webassembly.js";

/** What a program is made of, before it is bytes: for those who want to look. */
export interface Plan {
  readonly outputs: readonly Output[];
  readonly schedule: Schedule;
  /** Passes that are one function: at most one of them is long. */
  readonly kernels: readonly (readonly Planned[])[];
}

export interface Planned {
  readonly pass: Pass;
  readonly staging: Staging;
}

export function plan(outputs: Nodes, isGiven: (node: Node) => boolean): Plan {
  const simplified = simplify(outputs, isGiven);
  const scheduled = schedule(simplified.map(({ from }) => from));
  const kernels: Planned[][] = [];
  let isFull = true;
  for (const pass of scheduled.passes) {
    const isLong = workOf(pass) > SHORT;
    if (isFull || (isLong && kernels.at(-1)?.some((other) => workOf(other.pass) > SHORT))) kernels.push([]);
    kernels.at(-1)?.push({ pass, staging: stage(pass, scheduled.stored) });
    isFull =
      (kernels.at(-1) as Planned[]).reduce((count, { pass: { members } }) => count + members.length, 0) >
      LARGEST_KERNEL;
  }
  return { outputs: simplified, schedule: scheduled, kernels };
}

/** Up to how many computed entries a pass is an afterthought of the pass before it. */
const SHORT = 2 ** 14;
const LARGEST_KERNEL = 1000;

const workOf = ({ members }: Pass): number =>
  members.reduce((work, formula) => work + sizeOf(formula.shape) * (formula.kind === "reduce" ? formula.length : 1), 0);

/** A run of a program: nodes and their values in the places of its leaves in, the values of its outputs out. */
export type Run = (owners: Nodes, leaves: readonly Values[]) => Values[];

export interface Program {
  /** The nodes whose values a run is given, in this order. */
  readonly leaves: Nodes;
  readonly run: Run;
}

/** The memory that all programs share; `undefined` where there is no WebAssembly with SIMD. */
let shared: SharedMemory | undefined;
let isTried = false;

/** Whether there is WebAssembly with SIMD here. */
export function isAvailable(): boolean {
  if (!isTried && platform !== undefined) {
    const code = new Code([]);
    code
      .get(code.local("v128"))
      .emit("v128.any_true")
      .when(() => {});
    const probe = assemble({}, [{ signature: { parameters: [], results: [] }, code }]);
    if (platform.validate(probe)) shared = new SharedMemory();
  }
  isTried = true;
  return shared !== undefined;
}

export function compileProgram(outputs: Nodes, isGiven: (node: Node) => boolean): Program {
  const planned = plan(outputs, isGiven);
  const layout = new Layout(planned);
  const functions = planned.kernels.map((kernel) => ({
    signature: KERNEL,
    code: codeOf(kernel, planned.schedule, layout),
  }));
  const isDouble = planned.schedule.passes.some((pass) => pass.isDouble);
  const instance = functions.length === 0 ? undefined : instantiate(assemble(importsFor(isDouble), functions));
  const kernels = functions.map((_, number) => instance?.exports[number] as (frame: number) => void);
  const readers = planned.outputs.map(({ from, view }, which) =>
    reader(from, view, (outputs[which] as Node).dtype, layout),
  );
  return {
    leaves: layout.leaves.map(({ node }) => node),
    run: (owners, leaves) => {
      const memory = shared as SharedMemory;
      return memory.run(() => {
        const frame = memory.lend(layout.size);
        layout.fill(memory, frame, owners, leaves);
        for (const kernel of kernels) kernel(frame);
        checkReport(memory, frame);
        return readers.map((read) => read(memory, frame, leaves));
      });
    },
  };
}

const KERNEL: Signature = { parameters: ["i32"], results: [] };

/** Only float64 needs more of the host than its power function. */
const importsFor = (isDouble: boolean): Readonly<Record<string, Signature>> =>
  Object.fromEntries(
    hostFunctions
      .slice(0, isDouble ? undefined : 1)
      .map((name) => [name, { parameters: Array(Math[name].length).fill("f64"), results: ["f64"] }]),
  );

function instantiate(bytes: Uint8Array<ArrayBuffer>): Instance {
  const { Module, Instance } = platform as NonNullable<typeof platform>;
  const { pow, exp, log, tanh } = Math;
  const host = { memory: (shared as SharedMemory).memory, pow, exp, log, tanh };
  return new Instance(new Module(bytes), { host });
}

function codeOf(kernel: readonly Planned[], { stored }: Schedule, layout: Layout): Code {
  const code = new Code(["i32"]);
  const frame = code.parameter(0);
  const pointers = new Map<Formula, Local>();
  for (const leaf of layout.leavesOf(kernel)) {
    const offset = layout.pointerOf(leaf);
    if (offset === undefined) continue;
    const pointer = code.local("i32");
    code.get(frame).memory("i32.load", offset).set(pointer);
    pointers.set(leaf, pointer);
  }
  for (const { pass, staging } of kernel)
    writePass(code, pass, stored, staging, layout.room(frame, pointers, pass, staging));
  return code;
}

type Leaf = Formula & { readonly kind: "leaf" };

/** Arrays below this many bytes are copied into the frame; larger ones stay in memory from run to run. */
const SMALL = 2 ** 12;

/** Bytes for the report of a wrong index. */
const REPORT = 16;

/** Where in the frame, the block of memory that a run gets, everything lies. */
class Layout {
  readonly leaves: readonly Leaf[];
  readonly #offsets = new Map<Formula, number>();
  readonly #strides = new Map<Formula, readonly number[]>();
  readonly #start: number;
  size: number;

  constructor({ outputs, schedule, kernels }: Plan) {
    this.leaves = leavesIn(
      outputs.map(({ from }) => from),
      kernels,
    );
    this.size = REPORT;
    for (const leaf of this.leaves) this.#offsets.set(leaf, this.#reserve(isSmall(leaf) ? bytesIn(leaf) : 4));
    for (const { from } of outputs) this.#place(from);
    for (const formula of schedule.stored) this.#place(formula);
    for (const { pass } of kernels.flat()) {
      for (const member of pass.members) {
        for (const { from } of readsOf(member)) this.#place(from, schedule.stored);
      }
    }
    this.#start = this.size;
    for (const { pass, staging } of kernels.flat()) this.size = Math.max(this.size, this.#temporary(pass, staging).end);
  }

  leavesOf(kernel: readonly Planned[]): readonly Leaf[] {
    return leavesIn([], [kernel]);
  }

  /** Where the address of a leaf lies that is not itself in the frame. */
  pointerOf(leaf: Leaf): number | undefined {
    return isSmall(leaf) ? undefined : this.#offsets.get(leaf);
  }

  room(frame: Local, pointers: ReadonlyMap<Formula, Local>, pass: Pass, staging: Staging): Room {
    const { scratch, accumulators } = this.#temporary(pass, staging);
    return {
      report: { base: frame, offset: 0 },
      storageOf: (formula) => {
        const source = formula.kind === "flat" ? formula.inputs[0].from : formula;
        const strides = formula.kind === "flat" ? [1] : this.stridesOf(formula);
        const pointer = pointers.get(source);
        return pointer
          ? { base: pointer, offset: 0, strides }
          : { base: frame, offset: this.offsetOf(source), strides };
      },
      scratchOf: (formula) => ({ base: frame, offset: scratch.get(formula) as number }),
      accumulatorOf: (fold) => ({ base: frame, offset: accumulators.get(firstOfPair(staging, fold)) as number }),
    };
  }

  offsetOf(formula: Formula): number {
    return this.#offsets.get(formula) as number;
  }

  stridesOf(formula: Formula): readonly number[] {
    return this.#strides.get(formula) ?? contiguous(formula.shape).strides;
  }

  /** Copies the leaves to where the program looks for them. */
  fill(memory: SharedMemory, frame: number, owners: Nodes, leaves: readonly Values[]): void {
    const addresses = this.leaves.map((leaf, which) =>
      isSmall(leaf) ? 0 : memory.addressOf(owners[which] as Node, leaves[which] as Values),
    );
    const integers = memory.of("int32");
    integers[frame / 4] = 0;
    this.leaves.forEach((leaf, which) => {
      const at = frame + this.offsetOf(leaf);
      const values = leaves[which] as Values;
      if (!isSmall(leaf)) integers[at / 4] = addresses[which] as number;
      else copyInto(memory.of(leaf.dtype), at / bytesOf(leaf.dtype), values);
    });
  }

  #reserve(bytes: number): number {
    const offset = this.size;
    this.size = Math.ceil((offset + bytes) / 16) * 16;
    return offset;
  }

  /** Room for a formula that has values; the pieces of a join lie in that of the whole. */
  #place(formula: Formula, stored?: ReadonlySet<Formula>): void {
    if (this.#offsets.has(formula) || formula.kind === "fill" || formula.kind === "leaf") return;
    if (formula.kind === "flat") {
      this.#place(formula.inputs[0].from, stored);
      return;
    }
    if (formula.kind !== "join") {
      if (stored && !stored.has(formula)) return;
      this.#offsets.set(formula, this.#reserve(bytesIn(formula)));
      return;
    }
    const { strides } = contiguous(formula.shape);
    const offset = this.#reserve(bytesIn(formula));
    this.#offsets.set(formula, offset);
    let start = 0;
    for (const { from, at } of formula.inputs) {
      this.#offsets.set(from, offset + bytesOf(formula.dtype) * start * (strides[formula.axis] as number));
      this.#strides.set(from, at.length === strides.length ? strides : strides.toSpliced(formula.axis, 1));
      start += at.length === strides.length ? (from.shape[formula.axis] as number) : 1;
    }
  }

  /** What a pass needs only for itself, and where that ends. */
  #temporary(pass: Pass, staging: Staging) {
    let end = this.#start;
    const take = (bytes: number): number => {
      const offset = end;
      end = Math.ceil((end + bytes) / 16) * 16;
      return offset;
    };
    const scratch = new Map<Formula, number>();
    const accumulators = new Map<Formula, number>();
    for (const formula of staging.staged) {
      const axis = staging.axes.get(formula);
      const shape = formula.shape.filter((_, each) => each !== axis);
      scratch.set(formula, take(bytesIn({ shape, dtype: formula.dtype }) * blockOf(pass)));
    }
    for (const member of pass.members) {
      if (!isFold(pass, member)) continue;
      const fold = member as Reduce;
      // The value and the position of one extreme share an accumulator.
      if (firstOfPair(staging, fold) !== fold) continue;
      accumulators.set(fold, take(accumulatorBytes(fold, pass, staging) * sizeOf(fold.shape)));
    }
    return { scratch, accumulators, end };
  }
}

const bytesIn = ({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): number =>
  bytesOf(dtype) * sizeOf(shape);

const isSmall = (leaf: Leaf): boolean => bytesIn(leaf) <= SMALL;

function leavesIn(outputs: readonly Formula[], kernels: readonly (readonly Planned[])[]): Leaf[] {
  const found = new Set<Leaf>();
  const add = (formula: Formula): void => {
    if (formula.kind === "leaf") found.add(formula);
    else if (formula.kind === "flat") add(formula.inputs[0].from);
  };
  for (const output of outputs) add(output);
  for (const { pass } of kernels.flat()) {
    const pending = [...pass.members];
    const seen = new Set(pending);
    for (let formula = pending.pop(); formula; formula = pending.pop()) {
      for (const { from } of readsOf(formula)) {
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

/** A loop, since of the time that `set` takes for a few numbers most is its call. */
function copyInto(memory: Values, start: number, values: Values): void {
  if (values.length > 64) memory.set(values, start);
  else for (let at = 0; at < values.length; at++) memory[start + at] = values[at] as number;
}

type Reader = (memory: SharedMemory, frame: number, leaves: readonly Values[]) => Values;

/** Reads an output: an array of its own, in the order of the view. */
function reader(from: Formula, view: View, dtype: Node["dtype"], layout: Layout): Reader {
  const kind = arrays[dtype];
  const { shape } = view;
  if (from.kind === "fill") return () => allocate<Values>(shape, kind).fill(from.value);
  const source = from.kind === "flat" ? from.inputs[0].from : from;
  const leaf = layout.leaves.indexOf(source as Leaf);
  const count = sizeOf(source.shape);
  const inOrder = isContiguous(view) && sizeOf(shape) === count;
  const offset = layout.offsetOf(source);
  // Small ones are read so often that it pays to know the offsets.
  const known = inOrder || sizeOf(shape) > SMALL ? undefined : offsetsOf(view);
  return (memory, frame, leaves) => {
    const start = leaf >= 0 ? 0 : (frame + offset) / bytesOf(dtype);
    const values = leaf >= 0 ? (leaves[leaf] as Values) : memory.of(dtype);
    if (inOrder) return values.slice(start, start + count);
    const result = allocate<Values>(shape, kind);
    const offsets = known ?? offsetsOf(view);
    for (let at = 0; at < offsets.length; at++) result[at] = values[start + (offsets[at] as number)] as number;
    return result;
  };
}

function checkReport(memory: SharedMemory, frame: number): void {
  const integers = memory.of("int32");
  const at = frame / 4;
  if (integers[at] === 0) return;
  const [index, axis, length] = integers.slice(at + 1, at + 4) as unknown as [number, number, number];
  throw indexError("computed indices", index, axis, length);
}
