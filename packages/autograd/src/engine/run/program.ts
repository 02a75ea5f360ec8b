/**
 * From a plan to something that runs: functions, a WebAssembly module, an instance of it. A program knows the structure
 * of a graph, and gets the values of its leaves anew at each run.
 */
import type { Nodes, Values } from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { indexError, type Shape, sameShape } from "../../shape.js";
import { writeCombination, writeFinish, writePart, writePass } from "../code/kernel.js";
import { assemble, Code, type Local, type Signature } from "../instructions/assembler.js";
import { type HostFunction, hostFunctions } from "../instructions/lanes.js";
import { isCut, type Plan, type Planned } from "../schedule/plan.js";
import { type Frame, fillFrame, type Held, Layout } from "./layout.js";
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

/** The memory that all programs share; `undefined` where none can run. */
let shared: SharedMemory | undefined;
let isTried = false;

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
  const probe = assemble({}, [{ signature: { parameters: [], results: [] }, code }]);
  if (!platform.validate(probe)) return saySlow("WebAssembly has no SIMD here; take a newer browser");
  const memory = unlessRefused(
    "no memory for WebAssembly",
    "allow more address space (ulimit -v)",
    () => new SharedMemory(),
  );
  const policy = "allow 'wasm-unsafe-eval' in script-src of the Content-Security-Policy";
  const compiled =
    memory && unlessRefused("WebAssembly may not be compiled here", policy, () => instantiate(probe, memory));
  return compiled && memory;
}

/** A plan with so many open lengths as a program; `undefined` where the platform refuses it, for its size perhaps. */
export function compileProgram(planned: Plan, lengths: number): Program | undefined {
  const layout = new Layout(planned, lengths);
  const bytes = planned.kernels.length === 0 ? undefined : moduleOf(planned, layout);
  const exported = unlessRefused(
    `a program of ${bytes?.length} bytes is refused`,
    "compile the function in parts if it is too large",
    () => (bytes === undefined ? {} : instantiate(bytes, shared as SharedMemory)),
  );
  if (exported === undefined) return undefined;
  const kernels = planned.kernels.map((_, number) => exported[number] as (frame: number) => void);
  const runIn =
    (frame: Frame): Run =>
    (owners, leaves) => {
      const memory = shared as SharedMemory;
      return memory.run(() => {
        const start = memory.lend(frame.size);
        fillFrame(frame, memory, start, owners, leaves);
        for (const kernel of kernels) kernel(start);
        checkReport(memory, start + frame.report);
        return frame.readers.map((read) => read(memory, start, leaves));
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

const signaturesOf = (imports: readonly HostFunction[]): Readonly<Record<string, Signature>> =>
  Object.fromEntries(
    imports.map((name) => [name, { parameters: Array(hostFunctions[name].length).fill("f64"), results: ["f64"] }]),
  );

function instantiate(bytes: Uint8Array<ArrayBuffer>, { memory }: SharedMemory): Instance["exports"] {
  const { Module, Instance } = platform as NonNullable<typeof platform>;
  return new Instance(new Module(bytes), { host: { memory, ...hostFunctions } }).exports;
}

/** A function of the module. */
interface Written {
  readonly signature: Signature;
  readonly code: Code;
}

/** A function for each kernel, and behind them two for each pass that is cut: what a chunk does, and taking it in. */
function moduleOf(plan: Plan, layout: Layout): Uint8Array<ArrayBuffer> {
  const { kernels, schedule } = plan;
  const imports: HostFunction[] = [];
  const functions: Written[] = [];
  const begin = (parameters: number, at = functions.length): Code => {
    const signature: Signature = { parameters: Array(parameters).fill("i32"), results: [] };
    const code = new Code(signature.parameters, imports);
    functions[at] = { signature, code };
    return code;
  };
  const codes = kernels.map((_, at) => begin(1, at));
  kernels.forEach((kernel, at) => {
    const code = codes[at] as Code;
    const held = hold(code, layout, kernel);
    for (const planned of kernel) {
      const room = layout.room(held, planned);
      if (!isCut(planned)) {
        writePass(code, planned, schedule.stored, room);
        continue;
      }
      const part = functions.length;
      writePartOf(plan, layout, planned, begin(4));
      writeCombinationOf(plan, layout, planned, begin(2));
      writeChunks(code, layout, planned, held, part);
      writeFinish(code, planned, schedule.stored, room);
    }
  });
  return assemble(signaturesOf(imports), functions);
}

/** (frame, scratch, sums, from): one chunk. */
function writePartOf({ schedule }: Plan, layout: Layout, planned: Planned, code: Code): void {
  const [scratch, sums, from] = [1, 2, 3].map((at) => code.parameter(at)) as [Local, Local, Local];
  const held = hold(code, layout, [planned]);
  const end = code.local("i32");
  const afterChunk = (): Code => code.get(from).i32(planned.chunk).emit("i32.add");
  afterChunk();
  getLength(code, planned, held);
  afterChunk();
  getLength(code, planned, held);
  code.emit("i32.lt_u").emit("select").set(end);
  const own = { scratch: { base: scratch, offset: 0 }, sums: { base: sums, offset: 0 } };
  writePart(code, planned, schedule.stored, layout.room(held, planned, own), { from, end });
}

/** (frame, sums): takes in what a later chunk came to. */
function writeCombinationOf({ schedule }: Plan, layout: Layout, planned: Planned, code: Code): void {
  const held: Held = { frame: code.parameter(0), addresses: new Map(), lengths: new Map() };
  const sums = { base: code.parameter(1), offset: 0 };
  const room = layout.room(held, planned);
  writeCombination(code, planned, schedule.stored, room, layout.room(held, planned, { scratch: sums, sums }));
}

/** The first chunk, and then each of the others with what it comes to. */
function writeChunks(code: Code, layout: Layout, planned: Planned, held: Held, part: number): void {
  const { frame } = held;
  const address = (offset: number): Code => code.get(frame).i32(offset).emit("i32.add");
  const from = code.local("i32");
  const write = (sums: number): void => {
    code.get(frame);
    address(layout.scratch);
    address(sums);
    code.get(from).callOwn(part);
  };
  const isLeft = (): void => {
    code.get(from).i32(planned.chunk).emit("i32.add").tee(from);
    getLength(code, planned, held);
    code.emit("i32.lt_u");
  };
  code.i32(0).set(from);
  write(layout.sums);
  isLeft();
  code.when(() =>
    code.repeat(() => {
      write(layout.laterSums);
      code.get(frame);
      address(layout.laterSums);
      code.callOwn(part + 1);
      isLeft();
    }),
  );
  code.release(from);
}

function getLength(code: Code, { pass: { length } }: Planned, { lengths }: Held): void {
  if (isOpen(length)) code.get(lengths.get(length) as Local);
  else code.i32(length);
}

/** What the frame says to the function that has it as its first parameter. */
function hold(code: Code, layout: Layout, kernel: readonly Planned[]): Held {
  const frame = code.parameter(0);
  const loaded = <Key>(offsets: ReadonlyMap<Key, number>): Map<Key, Local> =>
    new Map(
      [...offsets].map(([key, offset]) => {
        const local = code.local("i32");
        code.get(frame).memory("i32.load", offset).set(local);
        return [key, local];
      }),
    );
  const { addresses, lengths } = layout.neededBy(kernel);
  return { frame, addresses: loaded(addresses), lengths: loaded(lengths) };
}

function checkReport(memory: SharedMemory, report: number): void {
  const integers = memory.of("int32");
  const at = report / 4;
  if (integers[at] === 0) return;
  const [index, axis, length] = integers.slice(at + 1, at + 4) as unknown as [number, number, number];
  throw indexError("computed indices", index, axis, length);
}
