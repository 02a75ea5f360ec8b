/**
 * Structures: arrays and plain objects, however nested, whose leaves are tensors or other values. What a function
 * may take and return where the framework looks inside. Knows nothing of differentiation or compilation.
 */

/**
 * The same structure with each leaf replaced. Anything but an array or a plain object is a leaf; `path` says where
 * it stands, as in `[0].weights`, and `beside` is what stands there in another structure, `other`.
 */
export function mapStructure<S>(structure: S, replace: Replace, other?: unknown): S {
  return visit(structure, "", other, replace) as S;
}

type Replace = (leaf: unknown, path: string, beside: unknown) => unknown;

/** Compiled functions of small tensors spend a good part of their time here: hence a loop and no closures. */
function visit(value: unknown, path: string, beside: unknown, replace: Replace): unknown {
  if (Array.isArray(value)) {
    const result: unknown[] = [];
    for (let at = 0; at < value.length; at++)
      result.push(visit(value[at], `${path}[${at}]`, within(beside, at), replace));
    return result;
  }
  if (!isPlainObject(value)) return replace(value, path, beside);
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    visit(entry, `${path}.${key}`, within(beside, key), replace),
  ]);
  return Object.fromEntries(entries);
}

const within = (beside: unknown, key: string | number): unknown =>
  (beside as Record<string | number, unknown> | undefined)?.[key];

/** What an error calls a leaf: `the vector at .weights[1]`, or just `the vector` where that is the leaf. */
export const located = (what: string, path: string): string => (path === "" ? what : `${what} at ${path}`);

/** A leaf, the path to it, and what stands beside it in another structure. */
export interface Leaf {
  readonly leaf: unknown;
  readonly path: string;
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
  return mapStructure(structure, (leaf) => (isReplaced(leaf) ? leaves[next++] : leaf));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
