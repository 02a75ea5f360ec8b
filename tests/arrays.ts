/// <reference lib="es2024.arraybuffer" />
/// <reference lib="esnext.float16" />
/**
 * Arrays of every kind and from everywhere: what the packages must take for the numbers in it, and what they must
 * refuse. Knows nothing of either package.
 */
import { createContext, runInContext } from "node:vm";

/** Another realm: its arrays and objects are instances of none of our classes. */
const realm = createContext({});

/** What a JavaScript expression is in another realm, with `values` in scope. */
export const elsewhere = <T>(expression: string, values: readonly unknown[] = []): T =>
  runInContext(`(values) => (${expression})`, realm)(values);

const TYPED = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  // From Node 24 on.
  ...("Float16Array" in globalThis ? (["Float16Array"] as const) : []),
  "Float32Array",
  "Float64Array",
] as const;

type Values = readonly number[];
type Typed = Float32Array;
type Make<A = ArrayLike<number>> = (values: Values) => A;

/** As if all of them were of one kind: nobody here asks which. */
const constructorOf = (name: (typeof TYPED)[number]): Float32ArrayConstructor =>
  (globalThis as unknown as Record<string, Float32ArrayConstructor>)[name] as Float32ArrayConstructor;

/** Typed arrays of one kind, from everywhere. They hold whole numbers from 0 to 127 exactly. */
function typedArrays(name: (typeof TYPED)[number]): [string, Make<Typed>][] {
  const Kind = constructorOf(name);
  class Derived extends Kind {}
  class Tagged extends Kind {
    override get [Symbol.toStringTag](): "Float32Array" {
      return "Other" as "Float32Array";
    }
  }
  /** Made of its entries, as vectors of graphics libraries are: what is derived from it by its methods is wrong. */
  class Vector extends (Kind as unknown as { new (length: number): Typed }) {
    constructor(...entries: number[]) {
      super(entries.length);
      this.set(entries);
    }
  }
  const filled = (array: Typed, values: Values): Typed => {
    array.set(values);
    return array;
  };
  const bytes = (values: Values): number => values.length * Kind.BYTES_PER_ELEMENT;
  return [
    [name, (values) => Kind.from(values)],
    [`${name} of another realm`, (values) => elsewhere(`new ${name}(values)`, values)],
    [`subclass of ${name}`, (values) => new Derived(values)],
    [`subclass of ${name} with a tag of its own`, (values) => new Tagged(values)],
    [`subclass of ${name} with a constructor of its own`, (values) => new Vector(...values)],
    [
      `subclass of ${name} of another realm`,
      (values) => elsewhere(`new (class extends ${name} { constructor() { super(values); } })()`, values),
    ],
    [`part of a longer ${name}`, (values) => Kind.from([99, 99, ...values, 99]).subarray(2, 2 + values.length)],
    [`${name} on shared memory`, (values) => filled(new Kind(new SharedArrayBuffer(bytes(values))), values)],
    [
      `${name} as long as its buffer`,
      (values) => filled(new Kind(new ArrayBuffer(bytes(values), { maxByteLength: 2 * bytes(values) })), values),
    ],
    [
      `${name} whose buffer shrank to it`,
      (values) => {
        const buffer = new ArrayBuffer(2 * bytes(values), { maxByteLength: 2 * bytes(values) });
        const array = filled(new Kind(buffer), values);
        buffer.resize(bytes(values));
        return array;
      },
    ],
  ];
}

/** Arrays that are `Float32Array`s, from everywhere. */
export const float32Arrays: readonly [string, Make<Typed>][] = typedArrays("Float32Array");

/** Like `Vector`, it breaks where the methods of arrays make another one of it. */
class Rows<T> extends Array<T> {
  constructor(...given: never[]) {
    if (given.length > 0) throw new Error("only its owner makes one");
    super();
  }
}

/** Arrays of whole numbers from 0 to 127, of every kind. */
export const arrays: readonly [string, Make][] = [
  ["array", (values) => [...values]],
  ["array of another realm", (values) => elsewhere("Array.from(values)", values)],
  ["frozen array", (values) => Object.freeze([...values])],
  [
    "subclass of Array with a constructor of its own",
    (values) => {
      const rows = new Rows<number>();
      for (const value of values) rows[rows.length] = value;
      return rows;
    },
  ],
  ["proxy of an array", (values) => new Proxy([...values], {})],
  ["object with a length", (values) => ({ ...values, length: values.length })],
  ["proxy of a typed array", (values) => proxyOf(Uint16Array.from(values))],
  ["Buffer", (values) => Buffer.from(values)],
  ...TYPED.flatMap(typedArrays),
];

/** As the polyfills of Float16Array make one. */
const proxyOf = (array: Uint16Array): ArrayLike<number> =>
  new Proxy(array, { get: (target, key) => Reflect.get(target, key, target) });

/** Takes the buffer of an array away, as `postMessage` to a worker does. */
export function detached<A extends { readonly buffer: ArrayBufferLike }>(array: A): A {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

function shrunk(name: (typeof TYPED)[number], values: Values): Typed {
  const Kind = constructorOf(name);
  const buffer = new ArrayBuffer(values.length * Kind.BYTES_PER_ELEMENT, { maxByteLength: 1024 });
  const array = new Kind(buffer, 0, values.length);
  buffer.resize(1);
  return array;
}

/** Typed arrays that had values before. */
export const emptied: readonly [string, Make<Typed>][] = TYPED.flatMap((name): [string, Make<Typed>][] => [
  [`detached ${name}`, (values) => detached(constructorOf(name).from(values))],
  [`detached ${name} of another realm`, (values) => detached(elsewhere<Typed>(`new ${name}(values)`, values))],
  [`${name} whose buffer shrank below it`, (values) => shrunk(name, values)],
]);

/** Typed arrays whose entries are no numbers. */
export const bigints: readonly [string, Make<BigInt64Array>][] = ["BigInt64Array", "BigUint64Array"].flatMap(
  (name): [string, Make<BigInt64Array>][] => [
    [name, (values) => (name === "BigInt64Array" ? BigInt64Array : BigUint64Array).from(values.map(BigInt)) as never],
    [`${name} of another realm`, (values) => elsewhere(`${name}.from(values, BigInt)`, values)],
    [
      `subclass of ${name} of another realm`,
      (values) => elsewhere(`(class extends ${name} {}).from(values, BigInt)`, values),
    ],
  ],
);

/** What holds numbers and is no array of them, and how an error calls it. */
export const others: readonly [string, (values: Values) => unknown, shown: string][] = [
  ["DataView", () => new DataView(new ArrayBuffer(16)), "a DataView"],
  ["DataView of another realm", () => elsewhere("new DataView(new ArrayBuffer(16))"), "a DataView"],
  ["detached DataView", () => detached(new DataView(new ArrayBuffer(16))), "a DataView"],
  ["ArrayBuffer", (values) => Float32Array.from(values).buffer, "an ArrayBuffer"],
  ["set", (values) => new Set(values), "a Set"],
  ["set of another realm", () => elsewhere("new Set([1, 2])"), "a Set"],
  ["text", (values) => values.join(""), '"'],
  [
    "function",
    () =>
      (...values: number[]) =>
        values,
    "a function",
  ],
  ["object with a length and no entries", () => ({ length: 2 ** 53 - 1 }), "an Object"],
  ["object with a length that is none", () => ({ length: 1.5 }), "an Object"],
];
