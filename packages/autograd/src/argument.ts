/**
 * What a caller passed: how it reads in an error, and the checks that are about neither shapes nor values.
 * Knows nothing of tensors.
 */

/** How a value reads in an error: `"a" (string)`, `[0, 0]`, `a Map`. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `${JSON.stringify(value)} (string)`;
  if (typeof value === "bigint") return `${value}n (bigint)`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value))
    return `[${Array.from(value.slice(0, 8), brief).join(", ")}${value.length > 8 ? ", …" : ""}]`;
  return brief(value);
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return "[…]";
  if (typeof value !== "object" || value === null) return String(value);
  const { name } = value.constructor ?? Object;
  if (typeof name !== "string") return "an object";
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}

export function checkNumber(operation: string, what: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected a number`);
}

export function checkFunction(operation: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(`${operation}: the argument is ${describe(value)}; expected a function`);
}

/** A copy of an array that a caller passed, its holes filled with `undefined` so that later checks see them. */
export function checkArray<T>(operation: string, what: string, value: readonly T[]): T[] {
  if (Array.isArray(value)) return Array.from(value);
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected an array`);
}

/** Options that a caller passed, once there is none that nobody would read. */
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
