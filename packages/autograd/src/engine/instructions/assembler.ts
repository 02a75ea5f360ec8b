/**
 * WebAssembly as bytes: instructions by their names in the specification, functions with typed locals, and a module
 * around them. Knows the binary format, https://webassembly.github.io/spec/core/binary, and nothing of tensors.
 */

export type Type = "i32" | "f32" | "f64" | "v128";

const TYPES: Readonly<Record<Type, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Instructions behind the prefixes 0xfc and 0xfd (SIMD). */
const SATURATING = 0xfc00;
const SIMD = 0xfd00;

// biome-ignore format: as the specification lists them
const OPCODES = {
  block: 0x02, loop: 0x03, if: 0x04, end: 0x0b, br_if: 0x0d, call: 0x10, select: 0x1b,
  "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22,
  "i32.load": 0x28, "f32.load": 0x2a, "f64.load": 0x2b, "i32.store": 0x36, "f32.store": 0x38, "f64.store": 0x39,
  "i32.const": 0x41, "f32.const": 0x43, "f64.const": 0x44,
  "i32.eqz": 0x45, "i32.eq": 0x46, "i32.lt_s": 0x48, "i32.lt_u": 0x49, "i32.ge_u": 0x4f,
  "f32.eq": 0x5b, "f32.ne": 0x5c, "f32.lt": 0x5d, "f32.le": 0x5f,
  "f64.eq": 0x61, "f64.ne": 0x62, "f64.lt": 0x63, "f64.le": 0x65,
  "i32.add": 0x6a, "i32.sub": 0x6b, "i32.mul": 0x6c, "i32.and": 0x71, "i32.or": 0x72, "i32.xor": 0x73,
  "i32.shl": 0x74, "i32.shr_s": 0x75,
  "f32.abs": 0x8b, "f32.neg": 0x8c, "f32.floor": 0x8e, "f32.nearest": 0x90, "f32.sqrt": 0x91, "f32.add": 0x92, "f32.sub": 0x93,
  "f32.mul": 0x94, "f32.div": 0x95, "f32.min": 0x96, "f32.max": 0x97,
  "f64.abs": 0x99, "f64.neg": 0x9a, "f64.floor": 0x9c, "f64.nearest": 0x9e, "f64.sqrt": 0x9f, "f64.add": 0xa0, "f64.sub": 0xa1,
  "f64.mul": 0xa2, "f64.div": 0xa3, "f64.min": 0xa4, "f64.max": 0xa5,
  "f32.convert_i32_s": 0xb2, "f32.demote_f64": 0xb6, "f64.convert_i32_s": 0xb7, "f64.promote_f32": 0xbb,
  "i32.reinterpret_f32": 0xbc, "f32.reinterpret_i32": 0xbe,
  "i32.trunc_sat_f32_s": SATURATING + 0x00, "i32.trunc_sat_f64_s": SATURATING + 0x02, "memory.fill": SATURATING + 0x0b,
  "v128.load": SIMD + 0x00, "v128.load32_splat": SIMD + 0x09, "v128.load64_splat": SIMD + 0x0a, "v128.store": SIMD + 0x0b, "v128.const": SIMD + 0x0c,
  "i8x16.shuffle": SIMD + 0x0d, "i32x4.splat": SIMD + 0x11, "f32x4.splat": SIMD + 0x13, "f64x2.splat": SIMD + 0x14,
  "i32x4.extract_lane": SIMD + 0x1b, "f32x4.extract_lane": SIMD + 0x1f, "f32x4.replace_lane": SIMD + 0x20,
  "f64x2.extract_lane": SIMD + 0x21, "f64x2.replace_lane": SIMD + 0x22,
  "i32x4.eq": SIMD + 0x37, "i32x4.lt_s": SIMD + 0x39, "i32x4.ge_u": SIMD + 0x40,
  "f32x4.eq": SIMD + 0x41, "f32x4.ne": SIMD + 0x42, "f32x4.lt": SIMD + 0x43, "f32x4.le": SIMD + 0x45,
  "f64x2.eq": SIMD + 0x47, "f64x2.ne": SIMD + 0x48, "f64x2.lt": SIMD + 0x49, "f64x2.le": SIMD + 0x4b,
  "v128.and": SIMD + 0x4e, "v128.andnot": SIMD + 0x4f, "v128.or": SIMD + 0x50, "v128.xor": SIMD + 0x51,
  "v128.bitselect": SIMD + 0x52, "v128.any_true": SIMD + 0x53, "v128.load32_lane": SIMD + 0x56, "v128.load64_lane": SIMD + 0x57,
  "v128.store32_lane": SIMD + 0x5a, "v128.store64_lane": SIMD + 0x5b, "v128.load32_zero": SIMD + 0x5c, "v128.load64_zero": SIMD + 0x5d,
  "f32x4.demote_f64x2_zero": SIMD + 0x5e,
  "f64x2.promote_low_f32x4": SIMD + 0x5f, "f32x4.floor": SIMD + 0x68, "f32x4.nearest": SIMD + 0x6a, "f64x2.floor": SIMD + 0x75, "f64x2.nearest": SIMD + 0x94,
  "i32x4.shl": SIMD + 0xab, "i32x4.shr_s": SIMD + 0xac, "i32x4.add": SIMD + 0xae, "i32x4.sub": SIMD + 0xb1, "i32x4.max_s": SIMD + 0xb8,
  "f32x4.abs": SIMD + 0xe0, "f32x4.neg": SIMD + 0xe1, "f32x4.sqrt": SIMD + 0xe3, "f32x4.add": SIMD + 0xe4,
  "f32x4.sub": SIMD + 0xe5, "f32x4.mul": SIMD + 0xe6, "f32x4.div": SIMD + 0xe7, "f32x4.min": SIMD + 0xe8,
  "f32x4.max": SIMD + 0xe9, "f32x4.pmin": SIMD + 0xea, "f32x4.pmax": SIMD + 0xeb, 
  "f64x2.abs": SIMD + 0xec, "f64x2.neg": SIMD + 0xed, "f64x2.sqrt": SIMD + 0xef, "f64x2.add": SIMD + 0xf0,
  "f64x2.sub": SIMD + 0xf1, "f64x2.div": SIMD + 0xf3, "f64x2.mul": SIMD + 0xf2, "f64x2.min": SIMD + 0xf4, "f64x2.max": SIMD + 0xf5,
  "i32x4.trunc_sat_f32x4_s": SIMD + 0xf8, "i32x4.trunc_sat_f64x2_s_zero": SIMD + 0xfc, "f64x2.convert_low_i32x4_s": SIMD + 0xfe,
  "f32x4.convert_i32x4_s": SIMD + 0xfa,
} as const;

export type Instruction = keyof typeof OPCODES;

/** A variable of a function. */
export interface Local {
  readonly number: number;
  readonly type: Type;
}

/** The body of a function, written from start to end. */
export class Code {
  readonly #bytes: number[] = [];
  readonly #locals: Type[] = [];
  readonly parameters: readonly Type[];
  readonly #imports: string[];
  /** Where the numbers of the module's own functions stand. */
  readonly #calls: number[] = [];
  readonly #free: Record<Type, Local[]> = { i32: [], f32: [], f64: [], v128: [] };
  /**
   * Where one writes before the loops that are being written, from the outermost to the innermost: before their start,
   * and before the conditions on which they run.
   */
  readonly #loops: number[] = [];
  /** Where the outermost condition is that was opened within the innermost loop. */
  #condition: number | undefined;

  /** `imports` are the names of the host's functions that the module's code has called so far. */
  constructor(parameters: readonly Type[], imports: string[] = []) {
    this.parameters = parameters;
    this.#imports = imports;
  }

  /** How many instructions there are so far, but for the moves between variables and constants. */
  computing = 0;

  parameter(at: number): Local {
    return { number: at, type: this.parameters[at] as Type };
  }

  /** A variable; one that was given back where there is one. Its value is whatever it was. */
  local(type: Type): Local {
    return this.#free[type].pop() ?? this.newLocal(type);
  }

  /** A variable that nothing before has used. */
  newLocal(type: Type): Local {
    return { number: this.parameters.length + this.#locals.push(type) - 1, type };
  }

  /** Gives a variable back for other uses. */
  release(local: Local): void {
    this.#free[local.type].push(local);
  }

  emit(instruction: Instruction, ...immediates: readonly number[]): this {
    const opcode: number = OPCODES[instruction];
    if (opcode >= OPCODES["f32.eq"] && opcode !== OPCODES["v128.const"]) this.computing++;
    if (opcode < SATURATING) this.#bytes.push(opcode);
    else {
      this.#bytes.push(opcode >> 8);
      pushUnsigned(this.#bytes, opcode & 0xff);
    }
    for (let at = 0; at < immediates.length; at++) this.#bytes.push(immediates[at] as number);
    return this;
  }

  get(local: Local): this {
    return this.#move(OPCODES["local.get"], local);
  }

  tee(local: Local): this {
    return this.#move(OPCODES["local.tee"], local);
  }

  set(local: Local): this {
    return this.#move(OPCODES["local.set"], local);
  }

  #move(opcode: number, { number }: Local): this {
    this.#bytes.push(opcode);
    pushUnsigned(this.#bytes, number);
    return this;
  }

  i32(value: number): this {
    this.emit("i32.const");
    pushSigned(this.#bytes, value);
    return this;
  }

  /** A whole number that is known, or that a variable has. */
  whole(value: number | Local): this {
    return typeof value === "number" ? this.i32(value) : this.get(value);
  }

  f32(value: number): this {
    return this.emit("f32.const", ...new Uint8Array(Float32Array.of(value).buffer));
  }

  f64(value: number): this {
    return this.emit("f64.const", ...new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A load or store at the address on the stack plus `offset` bytes. Nothing is promised about alignment. */
  memory(instruction: Instruction, offset: number, ...immediates: readonly number[]): this {
    this.emit(instruction, 0);
    pushUnsigned(this.#bytes, offset);
    for (const byte of immediates) this.#bytes.push(byte);
    return this;
  }

  /** Calls a function of the host: its number is its place among those that the module imports. */
  call(name: string): this {
    if (!this.#imports.includes(name)) this.#imports.push(name);
    this.emit("call");
    pushUnsigned(this.#bytes, this.#imports.indexOf(name));
    return this;
  }

  /** Calls a function of the module itself, by its number among these. */
  callOwn(number: number): this {
    this.emit("call");
    this.#calls.push(this.#bytes.length);
    // Where the functions of the module begin is known at the end: five bytes hold any number.
    this.#bytes.push(number, 0, 0, 0, 0);
    return this;
  }

  /** Repeats `body` while it leaves a value other than 0. */
  repeat(body: () => void): void {
    const isConditional = this.#condition !== undefined;
    this.#loops.push(this.#condition ?? this.#bytes.length);
    this.#condition = undefined;
    this.emit("loop", NO_RESULT);
    body();
    this.emit("br_if", 0).emit("end");
    const start = this.#loops.pop();
    if (isConditional) this.#condition = start;
  }

  /** How many loops are being written, one within another. */
  get depth(): number {
    return this.#loops.length;
  }

  /** Writes before a loop that is being written, the outermost being number 0. */
  beforeLoop(number: number, write: () => void): void {
    const end = this.#bytes.length;
    write();
    const written = this.#bytes.splice(end);
    this.#bytes.splice(this.#loops[number] as number, 0, ...written);
    for (let each = number; each < this.#loops.length; each++) {
      this.#loops[each] = (this.#loops[each] as number) + written.length;
    }
  }

  /** Runs `body` if the value on the stack is not 0. */
  when(body: () => void): void {
    const isOutermost = this.#condition === undefined;
    this.#condition ??= this.#bytes.length;
    this.emit("if", NO_RESULT);
    body();
    this.emit("end");
    if (isOutermost) this.#condition = undefined;
  }

  /** The function as the code section has it; the module's own functions are numbered from `first`. */
  finish(first: number): number[] {
    for (const at of this.#calls) {
      let rest = first + (this.#bytes[at] as number);
      for (let byte = 0; byte < 5; byte++, rest >>= 7) this.#bytes[at + byte] = (rest & 0x7f) | (byte < 4 ? 0x80 : 0);
    }
    const locals = vector(this.#locals.map((type) => [1, TYPES[type]]));
    const length = locals.length + this.#bytes.length + 1;
    return [...unsigned(length), ...locals].concat(this.#bytes, [OPCODES.end]);
  }
}

const NO_RESULT = 0x40;

export interface Signature {
  readonly parameters: readonly Type[];
  readonly results: readonly Type[];
}

/** Of 64 KiB: as many as any memory has. */
const MOST_PAGES = 2 ** 16;

/**
 * A module that imports a memory and functions from its host, and exports `functions`, numbered from 0, which return
 * nothing; inside the module numbers start with the imported functions.
 */
export function assemble(
  imported: Readonly<Record<string, Signature>>,
  functions: readonly Code[],
): Uint8Array<ArrayBuffer> {
  const imports = Object.entries(imported);
  const own = functions.map(({ parameters }): Signature => ({ parameters, results: [] }));
  const signatures = [...imports.map(([, signature]) => signature), ...own];
  const typed = ({ parameters, results }: Signature): number[] => [
    0x60,
    ...vector(parameters.map((type) => [TYPES[type]])),
    ...vector(results.map((type) => [TYPES[type]])),
  ];
  return Uint8Array.from(
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].concat(
      section(1, signatures.map(typed)),
      section(2, [
        [...text("host"), ...text("memory"), 0x02, 0x01, 0x01, ...unsigned(MOST_PAGES)],
        ...imports.map(([name], at) => [...text("host"), ...text(name), 0x00, ...unsigned(at)]),
      ]),
      section(
        3,
        functions.map((_, at) => unsigned(imports.length + at)),
      ),
      section(
        7,
        functions.map((_, at) => [...text(String(at)), 0x00, ...unsigned(imports.length + at)]),
      ),
      section(
        10,
        functions.map((code) => code.finish(imports.length)),
      ),
    ),
  );
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = vector(items);
  return [id, ...unsigned(content.length)].concat(content);
}

/** A count and then the items. */
const vector = (items: readonly (readonly number[])[]): number[] => unsigned(items.length).concat(...items);

/** The names here are ASCII. */
const text = (name: string): number[] => vector(Array.from(name, (letter) => [letter.charCodeAt(0)]));

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

// LEB128: seven bits a byte, the lowest first; the eighth says that more follow. Code is made of these: no arrays on the way.

function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function pushSigned(bytes: number[], value: number): void {
  let rest = value | 0;
  while (rest < -0x40 || rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>= 7;
  }
  bytes.push(rest & 0x7f);
}
