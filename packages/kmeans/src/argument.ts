/** What a caller passed: how it reads in an error, and options that nobody would read. Knows nothing of clustering. */

/** How a value reads in an error: `"a" (string)`, `[0, 0]`, `a Map`. */
export const show = (value: unknown): string =>
  typeof value === "string" ? `${brief(value, 0)} (string)` : brief(value, 0);

function brief(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (typeof value === "bigint") return `${value}n (bigint)`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value) && depth < 2) {
    const entries = Array.from(value.slice(0, 8), (entry) => brief(entry, depth + 1));
    return `[${[...entries, ...(value.length > 8 ? ["…"] : [])].join(", ")}]`;
  }
  if (Array.isArray(value)) return "[…]";
  if (typeof value !== "object" || value === null) return String(value);
  const { name } = value.constructor ?? Object;
  if (typeof name !== "string") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

/** Throws where the options are no object, or one of them has a name that is not known. */
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
