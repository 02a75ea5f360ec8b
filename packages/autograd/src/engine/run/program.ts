/**
 * From a plan to something that runs: functions, a WebAssembly module, an instance of it. A program knows the structure
 * of a graph, and gets the values of its leaves anew at each run.
 */
import type { Nodes, Values } from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { indexError, type Shape, sameShape } from "../../shape.js";
import { beginPass, writeCombination, writeFinish, writePart, writePass } from "../code/kernel.js";
import type { Formula } from "../formula/formula.js";
import { assemble, Code, type Local, type Signature } from "../instructions/assembler.js";
import { type HostFunction, hostFunctions } from "../instructions/lanes.js";
import { isCut, type Plan, type Planned } from "../schedule/plan.js";
import { fillWorkspace, type Held, Layout, type Workspace } from "./layout.js";
import { SharedMemory } from "./memory.js";
import { type Instance, platform, saySlow, unlessRefused } from "./webassembly.js";

/** A run of a program: nodes and their values in the places of its leaves in, the values of its outputs out. */
export type Run = (owners: Nodes, leaves: readonly Values[]) => Values[];

export interface Program {
  /** The nodes whose values a run is given, in this order. */
  readonly leaves: Nodes;
  /** How many bytes the module has. */
  readonly bytes: number;
  /** The program with its open lengths known; the nodes whose values it gives say their types. */
  with(lengths: Shape, outputs: Nodes): Run;
}

/** What whoever computes the chunks of a pass needs to know of its program. */
export interface Divisible {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: Layout;
  readonly exported: Instance["exports"];
}

/** A function of a program: computes the chunk that begins at an entry, with scratch and accumulators of its own. */
export type Compute = (workspace: number, scratch: number, sums: number, from: number) => void;

/** The function after it: takes in what a chunk after the first came to. */
export type Combine = (workspace: number, sums: number) => void;

/** Threads that take part in long passes. All of them have the same memory. */
export interface Threads {
  readonly memory: SharedMemory;
  /** The bytes of a module, made for that memory. */
  moduleOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** Computes a pass of more than one chunk; `part` is the number of its `Compute`. */
  divide(program: Divisible, part: number, chunk: number, workspace: number, length: number): void;
}

let threads: Threads | undefined;

/** The memory that all programs share; `undefined` where none can run. */
let shared: SharedMemory | undefined;
let isTried = false;

/** From the next run on programs are run by these threads, in their memory; without them by one, in a new memory. */
export function runBy(next: Threads | undefined): void {
  threads = next;
  shared = next ? next.memory : new SharedMemory();
}

/** Whether programs can run here. Tries it at the first call. */
export function isAvailable(): boolean {
  if (!isTried) shared = start();
  isTried = true;
  return shared !== undefined;
}

/** The memory, once a program that needs SIMD was compiled for it. */
function start(): SharedMemory | undefined {
  if (platform === undefined) return saySlow("there is no WebAssembly here; leave out --jitless or lockdown mode");
  const code = new Code([]);
  code
    .get(code.local("v128"))
    .emit("v128.any_true")
    .when(() => {});
  const probe = assemble({}, [code]);
  if (!platform.validate(probe)) return saySlow("WebAssembly has no SIMD here; take a newer browser");
  const memory = unlessRefused(
    "no memory for WebAssembly",
    "allow more address space (ulimit -v)",
    () => new SharedMemory(),
  );
  const policy = "allow 'wasm-unsafe-eval' in script-src of the Content-Security-Policy";
  const compiled =
    memory &&
    unlessRefused("WebAssembly may not be compiled here", policy, () => instantiate(probe, { memory: memory.memory }));
  return compiled && memory;
}

/** A plan with so many open lengths as a program; `undefined` where the platform refuses it, for its size perhaps. */
export function compileProgram(planned: Plan, lengths: number): Program | undefined {
  const layout = new Layout(planned, lengths);
  const bytes = planned.kernels.length === 0 ? undefined : moduleOf(planned, layout);
  // An instance keeps its memory: whoever has done with one must not have to wait for all programs.
  const instances = new WeakMap<SharedMemory, readonly Kernel[]>();
  const make = (): readonly Kernel[] => {
    const memory = shared as SharedMemory;
    const exported = bytes === undefined ? {} : instancesOf(bytes, layout, memory);
    const kernels = planned.kernels.map((_, number) => exported[number] as Kernel);
    instances.set(memory, kernels);
    return kernels;
  };
  const isMade = unlessRefused(
    `a program of ${bytes?.length} bytes is refused`,
    "compile the function in parts if it is too large",
    make,
  );
  if (isMade === undefined) return undefined;
  const runIn =
    (workspace: Workspace): Run =>
    (owners, leaves) => {
      const memory = shared as SharedMemory;
      const kernels = instances.get(memory) ?? make();
      return memory.run(() => {
        const start = memory.lend(workspace.size);
        fillWorkspace(workspace, memory, start, owners, leaves);
        for (const kernel of kernels) kernel(start);
        checkReport(memory, start + workspace.report);
        return workspace.readers.map((read) => read(memory, start, leaves));
      });
    };
  // Who builds the same graph again and again asks for the same lengths.
  let last: { readonly lengths: Shape; readonly run: Run } | undefined;
  return {
    leaves: layout.leaves.map(({ node }) => node),
    bytes: bytes?.length ?? 0,
    with: (lengths, outputs) => {
      if (last === undefined || !sameShape(last.lengths, lengths))
        last = { lengths, run: runIn(layout.with(lengths, outputs)) };
      return last.run;
    },
  };
}

type Kernel = (workspace: number) => void;

/** What a kernel calls for a pass of more than one chunk. */
const DIVIDE = "divide";

const signaturesOf = (imports: readonly string[]): Readonly<Record<string, Signature>> =>
  Object.fromEntries(
    imports.map((name) => [
      name,
      name === DIVIDE
        ? { parameters: Array(4).fill("i32"), results: [] }
        : { parameters: Array(hostFunctions[name as HostFunction].length).fill("f64"), results: ["f64"] },
    ]),
  );

function instantiate(bytes: Uint8Array<ArrayBuffer>, host: Readonly<Record<string, unknown>>): Instance["exports"] {
  const { Module, Instance } = platform as NonNullable<typeof platform>;
  return new Instance(new Module(bytes), { host }).exports;
}

function instancesOf(bytes: Uint8Array<ArrayBuffer>, layout: Layout, { memory }: SharedMemory): Instance["exports"] {
  const divide = (part: number, chunk: number, workspace: number, length: number): void => {
    const program = { bytes, layout, exported };
    if (threads) threads.divide(program, part, chunk, workspace, length);
    else computeAlone(program, part, chunk, workspace, length);
  };
  const host = { memory, divide, ...hostFunctions };
  const exported = instantiate(threads ? threads.moduleOf(bytes) : bytes, host);
  return exported;
}

/** The first chunk, and then each of the others with what it comes to. */
function computeAlone(
  { layout, exported }: Divisible,
  part: number,
  chunk: number,
  workspace: number,
  length: number,
): void {
  const compute = exported[part] as Compute;
  const combine = exported[part + 1] as Combine;
  const scratch = workspace + layout.scratch;
  const laterSums = workspace + layout.laterSums;
  compute(workspace, scratch, workspace + layout.sums, 0);
  for (let from = chunk; from < length; from += chunk) {
    compute(workspace, scratch, laterSums, from);
    combine(workspace, laterSums);
  }
}

/**
 * A function for each kernel, and behind them two for each pass that is cut, `Compute` and `Combine`, and one for each
 * that serves several.
 */
function moduleOf({ kernels, schedule: { stored } }: Plan, layout: Layout): Uint8Array<ArrayBuffer> {
  const imports: string[] = [];
  const codeOf = (parameters: number): Code => new Code(Array(parameters).fill("i32"), imports);
  const codes = kernels.map(() => codeOf(1));
  /** The numbers of the functions that serve several passes. */
  const shared = new Map<Planned, number>();
  const sharedFor = (first: Planned): number => {
    const known = shared.get(first);
    if (known !== undefined) return known;
    const number = codes.push(sharedOf(codeOf, layout, first, stored)) - 1;
    shared.set(first, number);
    return number;
  };
  kernels.forEach((kernel, at) => {
    const code = codes[at] as Code;
    const held = hold(code, layout, kernel);
    for (const planned of kernel) {
      if (planned.alike) {
        callShared(code, layout, planned.alike.inMemory, held, sharedFor(planned.alike.first));
        continue;
      }
      const here = beginPass(code, planned, stored, layout.room(held, planned));
      if (!isCut(planned)) writePass(here);
      else {
        writeChunks(code, layout, planned, held, codes.length);
        writeFinish(here);
        codes.push(partOf(codeOf(4), layout, planned, stored), combinationOf(codeOf(2), layout, planned, stored));
      }
    }
  });
  return assemble(signaturesOf(imports), codes);
}

type Stored = ReadonlySet<Formula>;

/** A pass as a function that is told, behind the workspace, where everything in memory lies. */
function sharedOf(codeOf: (parameters: number) => Code, layout: Layout, first: Planned, stored: Stored): Code {
  const inMemory = first.alike?.inMemory ?? [];
  const code = codeOf(1 + inMemory.length);
  const told = new Map(inMemory.map((formula, at) => [formula, code.parameter(1 + at)]));
  const held = { ...hold(code, layout, [first], false), told };
  writePass(beginPass(code, first, stored, layout.room(held, first)));
  return code;
}

function callShared(code: Code, layout: Layout, inMemory: readonly Formula[], held: Held, number: number): void {
  code.get(held.workspace);
  for (const formula of inMemory) {
    const { base, offset } = layout.spotOf(held, formula);
    code.get(base);
    if (offset !== 0) code.i32(offset).emit("i32.add");
  }
  code.callOwn(number);
}

function partOf(code: Code, layout: Layout, planned: Planned, stored: Stored): Code {
  const [scratch, sums, from] = [1, 2, 3].map((at) => code.parameter(at)) as [Local, Local, Local];
  const held = hold(code, layout, [planned]);
  const end = code.local("i32");
  for (let time = 0; time < 2; time++) {
    code.get(from).i32(planned.chunk).emit("i32.add");
    getLength(code, planned, held);
  }
  code.emit("i32.lt_u").emit("select").set(end);
  const own = { scratch: { base: scratch, offset: 0 }, sums: { base: sums, offset: 0 } };
  writePart(beginPass(code, planned, stored, layout.room(held, planned, own)), from, end);
  return code;
}

function combinationOf(code: Code, layout: Layout, planned: Planned, stored: Stored): Code {
  const held: Held = { workspace: code.parameter(0), addresses: new Map(), lengths: new Map() };
  const sums = { base: code.parameter(1), offset: 0 };
  const later = layout.room(held, planned, { scratch: sums, sums });
  writeCombination(beginPass(code, planned, stored, layout.room(held, planned)), later);
  return code;
}

/** Up to one chunk is computed here; more than one are divided. */
function writeChunks(code: Code, layout: Layout, planned: Planned, held: Held, part: number): void {
  const { workspace } = held;
  const { chunk } = planned;
  code.i32(chunk);
  getLength(code, planned, held);
  code.emit("i32.lt_u").when(() => {
    code.i32(part).i32(chunk).get(workspace);
    getLength(code, planned, held);
    code.call(DIVIDE);
  });
  code.i32(chunk);
  getLength(code, planned, held);
  code.emit("i32.ge_u").when(() => {
    code.get(workspace);
    for (const offset of [layout.scratch, layout.sums]) code.get(workspace).i32(offset).emit("i32.add");
    code.i32(0).callOwn(part);
  });
}

function getLength(code: Code, { pass: { length } }: Planned, { lengths }: Held): void {
  if (isOpen(length)) code.get(lengths.get(length) as Local);
  else code.i32(length);
}

/** What the workspace says to the function that has it as its first parameter. */
function hold(code: Code, layout: Layout, kernel: readonly Planned[], withAddresses = true): Held {
  const workspace = code.parameter(0);
  const loaded = <Key>(offsets: ReadonlyMap<Key, number>): Map<Key, Local> =>
    new Map(
      [...offsets].map(([key, offset]) => {
        const local = code.local("i32");
        code.get(workspace).memory("i32.load", offset).set(local);
        return [key, local];
      }),
    );
  const { addresses, lengths } = layout.neededBy(kernel);
  return { workspace, addresses: withAddresses ? loaded(addresses) : new Map(), lengths: loaded(lengths) };
}

function checkReport(memory: SharedMemory, report: number): void {
  const integers = memory.of("int32");
  const at = report / 4;
  if (integers[at] === 0) return;
  const [index, axis, length] = integers.slice(at + 1, at + 4) as unknown as [number, number, number];
  throw indexError("computed indices", index, axis, length);
}
