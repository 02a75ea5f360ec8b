/**
 * What a caller passed: its kind, how an error shows it, and options that nobody would read. Arrays may come from any
 * realm (a frame, a worker, Node's `vm`). Knows nothing of clustering.
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

/** Whether a value can be the length of an array. */
const isLength = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Throws for a typed array whose buffer was transferred or has shrunk: its length is 0, and its values are gone. */
export function checkAttached(place: string, values: ArrayLike<unknown>): void {
  if (values.length > 0 || kindOf(values) === undefined) return;
  try {
    Int8Array.prototype.keys.call(values as Int8Array);
  } catch {
    throw new TypeError(
      `${place} ${show(values)} whose buffer was transferred or shrank; expected a copy, made beforehand by slice()`,
    );
  }
}

/** A value as an error shows it: `"a" (string)`, `[0, 0]`, `a Map`. */
export const show = (value: unknown): string =>
  typeof value === "string" ? `${brief(value, 0)} (string)` : brief(value, 0);

function brief(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (typeof value === "bigint") return `${value}n (bigint)`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value) && depth < 2) {
    const entries = Array.from({ length: Math.min(value.length, 8) }, (_, at) => brief(value[at], depth + 1));
    return `[${[...entries, ...(value.length > 8 ? ["…"] : [])].join(", ")}]`;
  }
  if (Array.isArray(value)) return "[…]";
  if (typeof value !== "object" || value === null) return String(value);
  const { name } = value.constructor ?? Object;
  if (typeof name !== "string" || name === "") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

/** The entries, however a subclass or a proxy iterates over them; `undefined` for a missing one. */
export function entriesOf<T>(place: string, values: ArrayLike<T>): T[] {
  checkAttached(place, values);
  return Array.from({ length: values.length }, (_, at) => values[at] as T);
}

/** Throws if the options are not an object, or if one of them has an unknown name. */
export function checkNames(operation: string, options: unknown, known: readonly string[], least: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${operation}: the options are ${show(options)}; expected an object with at least ${least}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${operation}: there is no option ${unknown}; expected ${known.join(", ")}`);
  }
}

/** A whole number between bounds. */
export function checkWhole(operation: string, name: string, value: unknown, least: number, most = Infinity): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  const expected = most === Infinity ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;
  throw error(value, `${operation}: ${name} is ${show(value)}; expected ${expected}`);
}

/** A number that is out of range is a `RangeError`, anything else a `TypeError`. */
export const error = (value: unknown, message: string): Error =>
  typeof value === "number" ? new RangeError(message) : new TypeError(message);
