/**
 * Structures of tensors as files, in the safetensors format (https://github.com/huggingface/safetensors, “Format”): what
 * Python saves is read here, and what is saved here Python reads. A file is the length of a header in 8 bytes, the header,
 * which is JSON and says of each name its type, its shape and where its numbers are, and the numbers, all little-endian.
 * Knows tensors and bytes, not where bytes come from or go to.
 */
import { describe, isLength, kindOf } from "./argument.js";
import { constant, type DType, type Values } from "./graph.js";
import { formatShape, type Shape, sameShape, sizeOf } from "./shape.js";
import { leavesOf, located, type Path, rebuild } from "./structure.js";
import { Indices, Tensor } from "./tensor.js";
import { valuesOf } from "./tracing.js";

/** How numbers of one type of the format are read, and into what. */
interface Reading {
  readonly bytes: number;
  readonly into: Float32ArrayConstructor | Float64ArrayConstructor | Int32ArrayConstructor;
  read(view: DataView, at: number): number;
}

const reading = (bytes: number, into: Reading["into"], read: Reading["read"]): Reading => ({ bytes, into, read });

// biome-ignore format: one type a line, in columns
const READINGS: Readonly<Record<string, Reading>> = {
  F64:  reading(8, Float64Array, (view, at) => view.getFloat64(at, true)),
  F32:  reading(4, Float32Array, (view, at) => view.getFloat32(at, true)),
  F16:  reading(2, Float32Array, (view, at) => shortFloat(view.getUint16(at, true), 5)),
  BF16: reading(2, Float32Array, (view, at) => shortFloat(view.getUint16(at, true), 8)),
  I64:  reading(8, Int32Array,   (view, at) => Number(view.getBigInt64(at, true))),
  I32:  reading(4, Int32Array,   (view, at) => view.getInt32(at, true)),
  I16:  reading(2, Int32Array,   (view, at) => view.getInt16(at, true)),
  I8:   reading(1, Int32Array,   (view, at) => view.getInt8(at)),
  U64:  reading(8, Int32Array,   (view, at) => Number(view.getBigUint64(at, true))),
  U32:  reading(4, Int32Array,   (view, at) => view.getUint32(at, true)),
  U16:  reading(2, Int32Array,   (view, at) => view.getUint16(at, true)),
  U8:   reading(1, Int32Array,   (view, at) => view.getUint8(at)),
  BOOL: reading(1, Int32Array,   (view, at) => view.getUint8(at)),
};

/** A float of 16 bits: a sign, an exponent of so many bits, and a fraction. */
function shortFloat(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const sign = bits >> 15 ? -1 : 1;
  if (exponent > 2 * bias) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** How numbers are written, in the order in which Python's package has their types: wide ones first, so that all are aligned. */
const WRITINGS: readonly {
  readonly dtype: DType;
  readonly type: string;
  write(view: DataView, at: number, value: number): void;
}[] = [
  { dtype: "float64", type: "F64", write: (view, at, value) => view.setFloat64(at, value, true) },
  { dtype: "float32", type: "F32", write: (view, at, value) => view.setFloat32(at, value, true) },
  { dtype: "int32", type: "I32", write: (view, at, value) => view.setInt32(at, value, true) },
];

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: string;
  readonly shape: Shape;
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly data_offsets: readonly [begin: number, end: number];
}

/** The longest header that the format allows. */
const LONGEST_HEADER = 100_000_000;

/** What a header may have besides tensors: texts about the file. */
const METADATA = "__metadata__";

/**
 * Tensors and indices, in arrays and plain objects, as the bytes of a safetensors file. A name is the way to its leaf,
 * `layers.0.weight`. Float32, float64 and whole numbers are `F32`, `F64` and `I32`. The bytes are those that Python's
 * package writes of the same tensors. Throws where two leaves have one name.
 * @example await writeFile("model.safetensors", save({ layers: [{ weight, bias }] }))
 */
export function save(structure: unknown): Uint8Array<ArrayBuffer> {
  const named = leavesOf(structure).map(({ leaf, path }) => ({
    name: nameOf("save", path),
    values: valuesOf(checkFace("save", located("the structure", path), leaf).node),
    node: (leaf as Tensor | Indices).node,
  }));
  const ordered = WRITINGS.flatMap((writing) =>
    named
      .filter(({ node }) => node.dtype === writing.dtype)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((each) => ({ ...each, writing })),
  );
  const header = new Map<string, Entry>();
  let end = 0;
  for (const { name, values, node, writing } of ordered) {
    if (header.has(name)) {
      throw new RangeError(`save: two leaves are named ${JSON.stringify(name)}; expected names that differ`);
    }
    const begin = end;
    end += values.byteLength;
    header.set(name, { dtype: writing.type, shape: node.shape, data_offsets: [begin, end] });
  }
  const text = new texts.TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces up to where numbers are aligned.
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + end).fill(SPACE, 8, 8 + length);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const { values, writing } of ordered) {
    for (const value of values) {
      writing.write(view, at, value);
      at += values.BYTES_PER_ELEMENT;
    }
  }
  return file;
}

const SPACE = 0x20;

/**
 * The tensors of a safetensors file: by their names in one object, or in the structure of `like`, whose leaves have to
 * have the names and shapes of the file, as a model's parameters before they are trained. `F64` is float64; `F32`, `F16` and
 * `BF16` are float32; whole numbers of 32 bits, of whatever type, and booleans are indices. Throws for what is not such a file.
 * @example const { weight } = load(await readFile("model.safetensors"))
 * @example const trained = load(await readFile("model.safetensors"), untrained)
 */
export function load(bytes: Uint8Array | ArrayBuffer): Record<string, Tensor | Indices>;
export function load<S>(bytes: Uint8Array | ArrayBuffer, like: S): S;
export function load(bytes: Uint8Array | ArrayBuffer, ...wanted: readonly [like?: unknown]): unknown {
  const found = read(bytesOf(bytes));
  if (wanted.length === 0) return Object.fromEntries(found);
  const leaves = leavesOf(wanted[0]).map(({ leaf, path }) => {
    const { node } = checkFace("load", located("the structure", path), leaf);
    const name = nameOf("load", path);
    const tensor = found.get(name) ?? refuse(`has no ${JSON.stringify(name)}; expected one, as in the structure`);
    if (!sameShape(tensor.node.shape, node.shape) || typeOf(tensor) !== typeOf(leaf)) {
      refuse(
        `has ${typeOf(tensor)} of shape ${formatShape(tensor.node.shape)} for ${JSON.stringify(name)}; expected ${typeOf(leaf)} of shape ${formatShape(node.shape)}, as in the structure`,
      );
    }
    found.delete(name);
    return tensor;
  });
  const [extra] = found.keys();
  if (extra !== undefined) refuse(`has ${JSON.stringify(extra)}, which the structure has not; expected the same names`);
  return rebuild(wanted[0], leaves, () => true);
}

/** The tensors of a file, by their names. */
function read(file: DataView): Map<string, Tensor | Indices> {
  const { entries, start } = headerOf(file);
  let end = 0;
  const found = new Map<string, Tensor | Indices>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const what = `tensor ${JSON.stringify(name)}`;
    const reading = Object.hasOwn(READINGS, dtype) ? (READINGS[dtype] as Reading) : undefined;
    if (reading === undefined) {
      return refuse(`has ${what} of type ${describe(dtype)}; expected one of ${Object.keys(READINGS).join(", ")}`);
    }
    const size = sizeOf(shape);
    const [begin, after] = data_offsets;
    if (begin !== end || after !== begin + size * reading.bytes) {
      refuse(
        `has ${what} of shape ${formatShape(shape)} and type ${dtype} from byte ${begin} to ${after}; expected ${size * reading.bytes} bytes from ${end} on`,
      );
    }
    end = after;
    if (start + end > file.byteLength) refuse(`ends before ${what} does; expected ${start + end} bytes`);
    const values: Values = new reading.into(size);
    for (let at = 0; at < size; at++) {
      const value = reading.read(file, start + begin + at * reading.bytes);
      values[at] = value;
      if (reading.into === Int32Array && values[at] !== value) {
        refuse(`has ${value} in ${what}; expected whole numbers of 32 bits`);
      }
    }
    const node = constant(values, shape);
    found.set(name, node.dtype === "int32" ? new Indices(node) : new Tensor(node));
  }
  if (start + end !== file.byteLength) {
    refuse(`goes on for ${file.byteLength - start - end} bytes behind its tensors; expected none`);
  }
  return found;
}

/** What the header says, in the order of the numbers, and where these start. */
function headerOf(file: DataView): { entries: [name: string, entry: Entry][]; start: number } {
  if (file.byteLength < 8) refuse(`has ${file.byteLength} bytes; expected 8 for the length of its header, and more`);
  const length = Number(file.getBigUint64(0, true));
  if (length > Math.min(LONGEST_HEADER, file.byteLength - 8)) {
    refuse(`has ${file.byteLength} bytes and a header of ${length}; expected one within the file`);
  }
  const header = parsed(new Uint8Array(file.buffer, file.byteOffset + 8, length));
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    return refuse("has a header that is no object; expected one with an entry for each tensor");
  }
  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  for (const [name, entry] of entries) {
    const { dtype, shape, data_offsets } = entry ?? {};
    if (typeof dtype === "string" && isLengths(shape) && isLengths(data_offsets) && data_offsets.length === 2) continue;
    refuse(`has no dtype, shape and data_offsets for ${JSON.stringify(name)} in its header; expected all three`);
  }
  entries.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  return { entries, start: 8 + length };
}

function parsed(text: Uint8Array): unknown {
  try {
    return JSON.parse(new texts.TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (error) {
    return refuse(`has a header that is no JSON (${(error as Error).message}); expected safetensors' header`);
  }
}

const isLengths = (value: unknown): value is number[] => Array.isArray(value) && value.every(isLength);

function refuse(problem: string): never {
  throw new RangeError(`load: the file ${problem}`);
}

/** The bytes that a caller passed, of any realm. */
function bytesOf(bytes: unknown): DataView {
  if (kindOf(bytes) === "Uint8Array") {
    const { buffer, byteOffset, byteLength } = bytes as Uint8Array;
    return new DataView(buffer, byteOffset, byteLength);
  }
  if (Object.prototype.toString.call(bytes) === "[object ArrayBuffer]") return new DataView(bytes as ArrayBuffer);
  throw new TypeError(
    `load: the argument is ${describe(bytes)}; expected the file's bytes, a Uint8Array or ArrayBuffer`,
  );
}

function checkFace(operation: string, what: string, value: unknown): Tensor | Indices {
  if (value instanceof Tensor || value instanceof Indices) return value;
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected a tensor or indices`);
}

const typeOf = (value: unknown): string => (value instanceof Tensor ? "a tensor" : "indices");

/** The way to a leaf, as PyTorch names parameters. */
function nameOf(operation: string, path: Path): string {
  const name = path.keys.join(".");
  if (path.keys.length > 0 && name !== METADATA) return name;
  throw new TypeError(
    `${operation}: ${path.keys.length > 0 ? `a leaf is named ${METADATA}, which the format keeps for itself; expected another name` : "the structure is a single leaf without a name; expected an object such as { weight }"}`,
  );
}

/** TypeScript knows these only together with all of a browser's types. */
interface Texts {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (
    encoding: string,
    options: { readonly fatal: boolean },
  ) => { decode(bytes: Uint8Array): string };
}

const texts = globalThis as unknown as Texts;
