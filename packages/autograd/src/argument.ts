/**
 * What a caller passed: its kind, how an error shows it, and the checks that concern neither shapes nor values. Arrays
 * and objects may come from any realm (a frame, a worker, Node's `vm`). Knows nothing of tensors.
 */

/** The kind of a typed array, such as `"Float32Array"`, of any realm and subclass; `undefined` for anything else. */
export const kindOf = (value: unknown): string | undefined => kind.call(value);

const kind = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Int8Array.prototype), Symbol.toStringTag)?.get as (
  this: unknown,
) => string | undefined;

/** Whether a value has a length and entries up to it: an array, a typed array, or an object that passes for one. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  if (Array.isArray(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { length } = value as { length?: unknown };
  return isLength(length) && (length === 0 || length - 1 in value);
}

/** Whether a value can be the length of an array or an axis. */
export const isLength = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Throws for a typed array whose buffer was transferred or has shrunk: its length is 0, and its values are gone. */
export function checkAttached(operation: string, what: string, values: ArrayLike<unknown>): void {
  if (values.length > 0 || kindOf(values) === undefined) return;
  try {
    Int8Array.prototype.keys.call(values as Int8Array);
  } catch {
    throw new TypeError(
      `${operation}: ${what} is ${describe(values)} whose buffer was transferred or shrank; expected a copy, made beforehand by slice()`,
    );
  }
}

/** Marks the objects of this copy of the library; those of another copy do not have it. */
export const ours = Symbol();

/** A value as an error shows it: `"a" (string)`, `[0, 0]`, `a Map`. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `${JSON.stringify(value)} (string)`;
  if (typeof value === "bigint") return `${value}n (bigint)`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value))
    return `[${Array.from({ length: Math.min(value.length, 8) }, (_, at) => brief(value[at])).join(", ")}${value.length > 8 ? ", …" : ""}]`;
  return brief(value);
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return "[…]";
  if (typeof value !== "object" || value === null) return String(value);
  const { name } = value.constructor ?? Object;
  if (typeof name !== "string" || name === "") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}${isForeign(value) ? FOREIGN : ""}`;
}

const isForeign = (value: { node?: { serial?: unknown } | null }): boolean =>
  typeof value.node?.serial === "number" && !(ours in value);

const FOREIGN =
  " of another copy of @protograd/autograd (install only one, or take the values: tensor(x.data, x.shape))";

export function checkNumber(operation: string, what: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected a number`);
}

export function checkFunction(operation: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(`${operation}: the argument is ${describe(value)}; expected a function`);
}

/** A copy of an array that a caller passed, with its holes filled with `undefined` so that later checks see them. */
export function checkArray<T>(operation: string, what: string, value: readonly T[]): T[] {
  if (Array.isArray(value)) return Array.from(value);
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected an array`);
}

/** An option that is on, off or missing. */
export function checkSwitch(operation: string, name: string, value: boolean | undefined, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === "boolean") return value;
  throw new TypeError(`${operation}: ${name} is ${describe(value)}; expected true or false`);
}

/** Options that a caller passed; throws if there is one that nobody would read. */
export function checkOptions<Options extends object>(
  operation: string,
  options: Options | undefined,
  known: readonly (keyof Options & string)[],
): Partial<Options> {
  if (options === undefined) return {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(
      `${operation}: the options are ${describe(options)}; expected an object with ${known.join(", ")}`,
    );
  }
  const unknown = Object.keys(options).find((name) => !(known as readonly string[]).includes(name));
  if (unknown === undefined) return options;
  throw new TypeError(`${operation}: there is no option ${unknown}; expected ${known.join(", ")}`);
}
