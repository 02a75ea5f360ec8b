/**
 * From a plan to something that runs: functions, a WebAssembly module, an instance of it. A program knows the structure
 * of a graph, and gets the values of its leaves anew at each run.
 */
import type { Nodes, Values } from "../../graph.js";
import { indexError, type Shape, sameShape } from "../../shape.js";
import { writePass } from "../code/kernel.js";
import { assemble, Code, type Local, type Signature } from "../instructions/assembler.js";
import { type HostFunction, hostFunctions } from "../instructions/lanes.js";
import type { Plan, Planned } from "../schedule/plan.js";
import type { Schedule } from "../schedule/schedule.js";
import { type Frame, fillFrame, Layout } from "./layout.js";
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
  const imports: HostFunction[] = [];
  const functions = planned.kernels.map((kernel) => ({
    signature: KERNEL,
    code: codeOf(kernel, planned.schedule, layout, imports),
  }));
  const bytes = functions.length === 0 ? undefined : assemble(signaturesOf(imports), functions);
  const exported = unlessRefused(
    `a program of ${bytes?.length} bytes is refused`,
    "compile the function in parts if it is too large",
    () => (bytes === undefined ? {} : instantiate(bytes, shared as SharedMemory)),
  );
  if (exported === undefined) return undefined;
  const kernels = functions.map((_, number) => exported[number] as (frame: number) => void);
  const runIn =
    (frame: Frame): Run =>
    (owners, leaves) => {
      const memory = shared as SharedMemory;
      return memory.run(() => {
        const start = memory.lend(frame.size);
        fillFrame(frame, memory, start, owners, leaves);
        for (const kernel of kernels) kernel(start);
        checkReport(memory, start);
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

const KERNEL: Signature = { parameters: ["i32"], results: [] };

const signaturesOf = (imports: readonly HostFunction[]): Readonly<Record<string, Signature>> =>
  Object.fromEntries(
    imports.map((name) => [name, { parameters: Array(hostFunctions[name].length).fill("f64"), results: ["f64"] }]),
  );

function instantiate(bytes: Uint8Array<ArrayBuffer>, { memory }: SharedMemory): Instance["exports"] {
  const { Module, Instance } = platform as NonNullable<typeof platform>;
  return new Instance(new Module(bytes), { host: { memory, ...hostFunctions } }).exports;
}

function codeOf(kernel: readonly Planned[], { stored }: Schedule, layout: Layout, imports: HostFunction[]): Code {
  const code = new Code(["i32"], imports);
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
  const held = { frame, addresses: loaded(addresses), lengths: loaded(lengths) };
  for (const planned of kernel) writePass(code, planned.pass, stored, planned.staging, layout.room(held, planned));
  return code;
}

function checkReport(memory: SharedMemory, frame: number): void {
  const integers = memory.of("int32");
  const at = frame / 4;
  if (integers[at] === 0) return;
  const [index, axis, length] = integers.slice(at + 1, at + 4) as unknown as [number, number, number];
  throw indexError("computed indices", index, axis, length);
}
