/**
 * Structures of tensors as callers go through them: a function of each leaf, with the leaves of other structures beside
 * it. Knows where leaves stand, and nothing of what is computed of them.
 */
import { checkFunction } from "./argument.js";
import { areAlike, leavesOf, mapStructure as visit } from "./structure.js";
import type { Indices, Tensor } from "./tensor.js";

/** Objects that are leaves, though they are objects. */
export type LeafObject = Tensor | Indices | ArrayBufferView | ((...args: never[]) => unknown);

/** The type of the leaves of a structure. */
export type LeafOf<S> = S extends LeafObject
  ? S
  : S extends readonly (infer Each)[]
    ? LeafOf<Each>
    : S extends object
      ? LeafOf<Exclude<S[keyof S], undefined>>
      : S;

/** The type of a structure with other leaves. */
export type WithLeaves<S, Leaf> = S extends LeafObject
  ? Leaf
  : S extends object
    ? { [Key in keyof S]: WithLeaves<S[Key], Leaf> }
    : Leaf;

/**
 * The same arrays and plain objects with each leaf replaced by what `change` makes of it, and of the leaves that stand in
 * its place in the `others`. Anything but an array or a plain object is a leaf. Throws where one of the others is another
 * structure.
 * @example mapStructure({ a: tensor(1), b: [tensor(2)] }, (x) => x.item()) // { a: 1, b: [2] }
 * @example mapStructure([tensor(1), tensor(2)], (x, y) => x.add(y), [tensor(3), tensor(4)]) // [4, 6]
 */
export function mapStructure<S, Result, Others extends readonly unknown[]>(
  structure: S,
  change: (leaf: LeafOf<S>, ...beside: { [At in keyof Others]: LeafOf<Others[At]> }) => Result,
  ...others: Others
): WithLeaves<S, Result> {
  checkFunction("mapStructure", change);
  others.forEach((other, at) => {
    if (areAlike(structure, other, () => true)) return;
    throw new TypeError(
      `mapStructure: structure ${at + 2} is another one than the first; expected the same keys and lengths`,
    );
  });
  const columns = others.map((other) => leavesOf(structure, other).map(({ beside }) => beside));
  let next = 0;
  return visit(structure, (leaf) => {
    const beside = columns.map((column) => column[next]);
    next++;
    return change(leaf as LeafOf<S>, ...(beside as { [At in keyof Others]: LeafOf<Others[At]> }));
  }) as WithLeaves<S, Result>;
}
