/**
 * Structures: arrays and plain objects of any realm, however nested, whose leaves are tensors or other values. A
 * differentiated or compiled function may take and return these. Knows nothing of differentiation or compilation.
 */

/** Where a leaf is, as in `[0].weights`: as text only if somebody asks, since every compiled call makes paths. */
export class Path {
  readonly #outer: Path | undefined;
  readonly #key: string | number;

  constructor(outer?: Path, key: string | number = "") {
    this.#outer = outer;
    this.#key = key;
  }

  /** The keys and positions on the way. */
  get keys(): readonly (string | number)[] {
    return this.#outer === undefined ? [] : [...this.#outer.keys, this.#key];
  }

  /** What is there in a structure that has something there. */
  in(structure: unknown): unknown {
    if (this.#outer === undefined) return structure;
    return (this.#outer.in(structure) as Record<string | number, unknown>)[this.#key];
  }

  toString(): string {
    if (this.#outer === undefined) return "";
    return `${this.#outer}${typeof this.#key === "number" ? `[${this.#key}]` : `.${this.#key}`}`;
  }
}

const HERE = new Path();

/**
 * The same structure with each leaf replaced. Anything but an array or a plain object is a leaf; `path` says where it
 * is, and `beside` is the leaf at the same path of another structure, `other`.
 */
export function mapStructure<S>(structure: S, replace: Replace, other?: unknown): S {
  return visit(structure, HERE, other, replace) as S;
}

type Replace = (leaf: unknown, path: Path, beside: unknown) => unknown;

/**
 * Compiled functions of small tensors spend a good part of their time here; therefore loops, no closures, and no paths
 * where nobody asks for them.
 */
function visit(value: unknown, path: Path | undefined, beside: unknown, replace: Replace): unknown {
  if (Array.isArray(value)) {
    const result: unknown[] = [];
    for (let at = 0; at < value.length; at++)
      result.push(visit(value[at], path && new Path(path, at), within(beside, at), replace));
    return result;
  }
  if (!isPlainObject(value)) return replace(value, path ?? HERE, beside);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const replaced = visit(value[key], path && new Path(path, key), within(beside, key), replace);
    // An assignment would make it the prototype.
    if (key === "__proto__") Object.defineProperty(result, key, { ...OWN, value: replaced });
    else result[key] = replaced;
  }
  return result;
}

const OWN = { enumerable: true, writable: true, configurable: true };

/** Whether two structures are equal except for leaves that are alike. */
export function areAlike(a: unknown, b: unknown, leavesAreAlike: (a: unknown, b: unknown) => boolean): boolean {
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (!areAlike(a[at], b[at], leavesAreAlike)) return false;
    return true;
  }
  if (!isPlainObject(a)) return leavesAreAlike(a, b);
  if (!isPlainObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && areAlike(a[key], b[key], leavesAreAlike))
  );
}

/** A structure as text: the same text for equal structures whose leaves have equal texts. */
export function textOf(structure: unknown, textOfLeaf: (leaf: unknown) => string): string {
  if (Array.isArray(structure)) return `[${structure.map((each) => textOf(each, textOfLeaf)).join()}]`;
  if (!isPlainObject(structure)) return textOfLeaf(structure);
  const fields = Object.keys(structure).map((key) => `${JSON.stringify(key)}:${textOf(structure[key], textOfLeaf)}`);
  return `{${fields.sort().join()}}`;
}

const within = (beside: unknown, key: string | number): unknown =>
  beside !== undefined && beside !== null && Object.hasOwn(beside, key)
    ? (beside as Record<string | number, unknown>)[key]
    : undefined;

/** How an error names a leaf: `the vector at .weights[1]`, or just `the vector` if that is the leaf itself. */
export const located = (what: string, path: Path): string => (path === HERE ? what : `${what} at ${path}`);

/** A leaf, the path to it, and the leaf at the same path of another structure. */
export interface Leaf {
  readonly leaf: unknown;
  readonly path: Path;
  readonly beside: unknown;
}

/** The leaves of a structure, in the order of `mapStructure`. */
export function leavesOf(structure: unknown, other?: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  mapStructure(structure, (leaf, path, beside) => leaves.push({ leaf, path, beside }), other);
  return leaves;
}

/** The structure with those leaves that `isReplaced` replaced by `leaves`, in order. */
export function rebuild<S>(structure: S, leaves: readonly unknown[], isReplaced: (leaf: unknown) => boolean): S {
  let next = 0;
  return visit(structure, undefined, undefined, (leaf) => (isReplaced(leaf) ? leaves[next++] : leaf)) as S;
}

/**
 * Whether an object has no prototype, or `Object.prototype` of any realm: the only end of a chain that has this method.
 */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}
