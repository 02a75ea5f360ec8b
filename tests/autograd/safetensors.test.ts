/** save and load: what Python's package wrote is read, what is saved are its bytes, and no file is taken for what it is not. */
import { readFileSync } from "node:fs";
import { type Indices, indices, load, mapStructure, ones, save, Tensor, tensor, zeros } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "./cases.js";

const wrong = (value: unknown): never => value as never;

/** tests/reference/README.md says how Python's package wrote these. */
const written = (name: string): Buffer => readFileSync(new URL(`../reference/${name}.safetensors`, import.meta.url));

/** What becomes of a tensor as plain data, with the sign of zeros. */
const plain = (x: Tensor | Indices): unknown => [x instanceof Tensor ? x.dtype : "whole", [...x.shape], [...x.data]];

describe("what Python's package wrote", () => {
  test("is read: float32, float64 and int32, a scalar, nothing, special values, and a name in UTF-8", () => {
    const found = load(written("model"));
    expect(Object.fromEntries(Object.entries(found).map(([name, x]) => [name, plain(x)]))).toEqual({
      exact: ["float64", [2], [0.1, 1e300]],
      größe: ["float32", [], [7]],
      "layers.0.bias": ["float32", [2], [Infinity, NaN]],
      "layers.0.weight": ["float32", [2, 3], [1, -2.5, 3e38, 1e-45, 0.1, -0].map(Math.fround)],
      "layers.1.weight": ["float32", [0, 3], []],
      labels: ["whole", [3], [2, 0, -1]],
    });
  });

  test("is saved again as the same bytes", () => {
    expect(Buffer.from(save(load(written("model"))))).toEqual(written("model"));
  });

  test("is read in all types, with metadata aside", () => {
    const found = load(written("types"));
    const signed = ["whole", [3], [-3, 0, 100]];
    const unsigned = ["whole", [3], [0, 1, 200]];
    expect(Object.fromEntries(Object.entries(found).map(([name, x]) => [name, plain(x)]))).toEqual({
      // What NumPy's float16 and PyTorch's bfloat16 make of the bits: each float32 number as it is.
      F16: ["float32", [7], [1, -2, 65504, 2 ** -24, Infinity, NaN, 1023 * 2 ** -24]],
      BF16: ["float32", [7], [1, -2.5, 255 * 2 ** 120, 2 ** -133, Infinity, -Infinity, 2 ** -126]],
      I64: signed,
      I16: signed,
      I8: signed,
      U64: unsigned,
      U32: unsigned,
      U16: unsigned,
      U8: unsigned,
      BOOL: ["whole", [2, 1], [1, 0]],
    });
  });
});

const model = {
  layers: [{ weight: ones([2, 3]), bias: zeros([3]) }, { weight: ones([3, 1]) }],
  labels: indices([1, 2]),
};

describe("a structure", () => {
  test("is read back as it was", () => {
    const trained = mapStructure(model, (x) => (x instanceof Tensor ? x.add(0.5) : x)) as typeof model;
    const bytes = save(trained);
    expect(Object.keys(load(bytes)).sort()).toEqual(["labels", "layers.0.bias", "layers.0.weight", "layers.1.weight"]);
    const found = load(bytes, model);
    expect(mapStructure(found, plain)).toEqual(mapStructure(trained, plain));
    const bias: Tensor | undefined = found.layers[0]?.bias;
    expect(bias?.at(0)).toBe(0.5);
  });

  test("of any values is read back bit for bit, from any memory", () => {
    const tensors = fc.dictionary(
      fc.string().filter((name) => name !== "__metadata__"),
      fc.oneof(
        fc.float32Array().map((values) => tensor(values)),
        fc.float64Array().map((values) => tensor(values, [values.length, 1], { dtype: "float64" })),
        fc.int32Array().map((values) => indices(values)),
      ),
    );
    fc.assert(
      fc.property(tensors, (named) => {
        const bytes = save(named);
        expect(mapStructure(load(bytes, named), plain)).toEqual(mapStructure(named, plain));
        const apart = new Uint8Array(bytes.length + 3);
        apart.set(bytes, 3);
        for (const found of [load(bytes), load(bytes.buffer), load(apart.subarray(3)), load(Buffer.from(bytes))]) {
          expect(mapStructure(found, plain)).toEqual(mapStructure(named, plain));
        }
      }),
      runs(100),
    );
  });

  test("begins its numbers where they are aligned", () => {
    for (const name of ["a", "ab", "abc", "abcd", "abcde"]) {
      const bytes = save({ [name]: tensor([1]) });
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    }
  });
});

/** A file with this header and so many bytes behind it. */
function fileOf(header: unknown, bytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setUint32(0, text.length, true);
  file.set(text, 8);
  return file;
}

const entry = (shape: number[], from: number, to: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

describe("errors say what is wrong with the file", () => {
  test.each<[string, () => unknown, string | RegExp]>([
    [
      "text",
      () => load(wrong("model.safetensors")),
      'load: the argument is "model.safetensors" (string); expected the file\'s bytes, a Uint8Array or ArrayBuffer',
    ],
    [
      "nothing",
      () => load(new Uint8Array(3)),
      "load: the file has 3 bytes; expected 8 for the length of its header, and more",
    ],
    [
      "another format",
      () => load(new TextEncoder().encode("PK 123456789")),
      /^load: the file has 12 bytes and a header of \d+; expected one within the file$/,
    ],
    ["no JSON", () => load(fileOf("{a")), /^load: the file has a header that is no JSON \(.*\); expected/],
    [
      "no object",
      () => load(fileOf([])),
      "load: the file has a header that is no object; expected one with an entry for each tensor",
    ],
    [
      "half an entry",
      () => load(fileOf({ a: { dtype: "F32", shape: [1] } })),
      'load: the file has no dtype, shape and data_offsets for "a" in its header; expected all three',
    ],
    [
      "a type",
      () => load(fileOf({ a: entry([1], 0, 1, "F8_E4M3") }, 1)),
      'load: the file has tensor "a" of type "F8_E4M3" (string); expected one of F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL',
    ],
    [
      "a gap",
      () => load(fileOf({ a: entry([1], 4, 8) }, 8)),
      'load: the file has tensor "a" of shape [1] and type F32 from byte 4 to 8; expected 4 bytes from 0 on',
    ],
    [
      "too few bytes for the shape",
      () => load(fileOf({ a: entry([2], 0, 4) }, 4)),
      'load: the file has tensor "a" of shape [2] and type F32 from byte 0 to 4; expected 8 bytes from 0 on',
    ],
    [
      "an end too early",
      () => load(fileOf({ a: entry([1e6], 0, 4e6) }, 4)),
      /^load: the file ends before tensor "a" does; expected \d+ bytes$/,
    ],
    [
      "an end too late",
      () => load(fileOf({ a: entry([1], 0, 4) }, 6)),
      "load: the file goes on for 2 bytes behind its tensors; expected none",
    ],
    [
      "a large whole number",
      () => {
        const file = fileOf({ a: entry([1], 0, 8, "I64") }, 8);
        new DataView(file.buffer).setBigInt64(file.length - 8, 2n ** 40n, true);
        return load(file);
      },
      'load: the file has 1099511627776 in tensor "a"; expected whole numbers of 32 bits',
    ],
    [
      "a missing name",
      () => load(save({ a: tensor(1) }), { a: tensor(1), b: tensor(1) }),
      'load: the file has no "b"; expected one, as in the structure',
    ],
    [
      "a name too many",
      () => load(save({ a: tensor(1), b: tensor(1) }), { a: tensor(1) }),
      'load: the file has "b", which the structure has not; expected the same names',
    ],
    [
      "a shape",
      () => load(save({ a: [ones([2])] }), { a: [ones([3])] }),
      'load: the file has a tensor of shape [2] for "a.0"; expected a tensor of shape [3], as in the structure',
    ],
    [
      "indices for a tensor",
      () => load(save({ a: indices([2]) }), { a: ones([1]) } as never),
      'load: the file has indices of shape [1] for "a"; expected a tensor of shape [1], as in the structure',
    ],
    [
      "one name twice",
      () => save({ "a.b": tensor(1), a: { b: tensor(2) } }),
      'save: two leaves are named "a.b"; expected names that differ',
    ],
    ["a number", () => save({ a: 1 }), "save: the structure at .a is 1; expected a tensor or indices"],
    [
      "a tensor alone",
      () => save(tensor(1)),
      "save: the structure is a single leaf without a name; expected an object such as { weight }",
    ],
    [
      "a name that is taken",
      () => save({ __metadata__: tensor(1) }),
      "save: a leaf is named __metadata__, which the format keeps for itself; expected another name",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(
      expect.objectContaining({ message: typeof message === "string" ? message : expect.stringMatching(message) }),
    );
  });
});
