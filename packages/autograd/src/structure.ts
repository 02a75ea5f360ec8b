/**
 * Structures: arrays and plain objects, however nested, whose leaves are tensors or other values. What a function
 * may take and return where the framework looks inside. Knows nothing of differentiation or compilation.
 */

/**
 * The same structure with each leaf replaced. Anything but an array or a plain object is a leaf; `path` says where
 * it stands, as in `[0].weights`.
 */
export function mapStructure<S>(structure: S, replace: (leaf: unknown, path: string) => unknown): S {
  const visit = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((entry, at) => visit(entry, `${path}[${at}]`));
    if (!isPlainObject(value)) return replace(value, path);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry, `${path}.${key}`)]));
  };
  return visit(structure, "") as S;
}

/** A leaf, the path to it, and what stands at that path in another structure. */
export interface Leaf {
  readonly leaf: unknown;
  readonly path: string;
  readonly beside: unknown;
}

/** The leaves of a structure, in the order of `mapStructure`, each beside what `other` has in its place. */
export function leavesOf(structure: unknown, other?: unknown): Leaf[] {
  const visit = (value: unknown, beside: unknown, path: string): Leaf[] => {
    const within = (key: string | number): unknown => (beside as Record<string | number, unknown> | undefined)?.[key];
    if (Array.isArray(value)) return value.flatMap((entry, at) => visit(entry, within(at), `${path}[${at}]`));
    if (!isPlainObject(value)) return [{ leaf: value, path, beside }];
    return Object.entries(value).flatMap(([key, entry]) => visit(entry, within(key), `${path}.${key}`));
  };
  return visit(structure, other, "");
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
