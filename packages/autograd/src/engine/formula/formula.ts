/**
 * Formulas: what a graph computes, without views. The value of a formula at an index is said in terms of other
 * formulas at other indices: `d[n, j] = Σ_c (X[n, c] − W[j, c])²`. Axes of length 1 do not exist here, and expand,
 * transpose, reshape and slice are nothing but the index at which something is read.
 * Knows the kinds of operation, none by name, and nothing of loops or bytes.
 */
import type { Attributes, DType, Fold, MapRules, Named, Node, Nodes } from "../../graph.js";
import { type Shape, sizeOf } from "../../shape.js";
import { contiguous, type View } from "../../view.js";
import { type Affine, along, fixed, keyOf, scaled, type Term, total } from "./affine.js";

/** One of the reader's axes, or a whole number that is itself read from a formula. */
export type Variable = number | Access;

/** A whole number that depends on the reader's index. */
export type Position = Affine<Variable>;

/** A formula as one of its users reads it: at which position along each of its axes. */
export interface Access {
  readonly from: Formula;
  readonly at: readonly Position[];
  /** The computed indices among the positions. */
  readonly indices: readonly Access[];
  readonly key: string;
}

interface Common {
  /** No axis has length 1. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Counts up as formulas are made: a formula has a larger one than what it reads. */
  readonly id: number;
  /** What it reads: its inputs, and the indices that it computes on the way. */
  readonly reads: readonly Access[];
  /** The lengths of the axes that it reads with: its own, and behind them the one that it reduces. */
  readonly axes: Shape;
}

/** A leaf whose values are in memory, row-major. */
export interface Leaf extends Common {
  readonly kind: "leaf";
  readonly node: Node;
}

/** The same number everywhere. */
export interface Fill extends Common {
  readonly kind: "fill";
  readonly value: number;
}

/** A formula's values, as they lie in memory, under one axis: what a reshape that mixes axes reads. */
export interface Flat extends Common {
  readonly kind: "flat";
  readonly inputs: readonly [Access];
}

export interface Mapped extends Common {
  readonly kind: "map";
  /** What is made of the inputs' values; nothing, where the formula is a copy in another order. */
  readonly rules: Named<MapRules<Nodes, Attributes>> | undefined;
  readonly attributes: Attributes;
  readonly inputs: readonly Access[];
}

/**
 * Folds its input over one more axis, the last of those that the input is read with, of the given length, and
 * multiplies by `factor`, which is 1 but where the fold takes factors out.
 */
export interface Reduce extends Common {
  readonly kind: "reduce";
  readonly fold: Named<Fold>;
  readonly factor: number;
  readonly length: number;
  readonly inputs: readonly [Access];
}

/** A given index as a position from 0 below `length`: negative ones count from the end, others are errors. */
export interface Checked extends Common {
  readonly kind: "checked";
  readonly axis: number;
  readonly length: number;
  readonly inputs: readonly [Access];
}

/** A value where the index along `axis` is the position, 0 elsewhere. */
export interface Place extends Common {
  readonly kind: "place";
  readonly axis: number;
  /** Whether it is computed at each index along the axis, which all lanes do at once, not at the position alone. */
  readonly isEverywhere: boolean;
  readonly inputs: readonly [value: Access, position: Access];
}

/** Parts side by side along `axis`. Each is a copy of something, and its entries lie among those of the whole. */
export interface Join extends Common {
  readonly kind: "join";
  readonly axis: number;
  readonly inputs: readonly Access[];
}

export type Formula = Leaf | Fill | Flat | Mapped | Reduce | Checked | Place | Join;

/** What is said of a formula to make it. */
export type Said = Formula extends infer F ? (F extends Formula ? Omit<F, "id" | "reads" | "axes"> : never) : never;

/** The axis that a position is, if it is one and nothing else. */
export function axisOf({ offset, terms }: Position): number | undefined {
  const [term] = terms;
  if (offset !== 0 || terms.length !== 1 || term?.factor !== 1 || typeof term.variable !== "number") return undefined;
  return term.variable;
}

export function access(from: Formula, at: readonly Position[]): Access {
  let indices: readonly Access[] = NONE;
  let key = `${from.id}[`;
  for (const position of at) {
    for (const { variable } of position.terms) if (typeof variable !== "number") indices = [...indices, variable];
    key += `${keyOf(position, nameOf)},`;
  }
  return { from, at, indices, key };
}

const NONE: readonly Access[] = [];

const nameOf = (variable: Variable): number | string => (typeof variable === "number" ? variable : variable.key);

/** A formula at its reader's own index. */
export const whole = (from: Formula): Access =>
  access(
    from,
    from.shape.map((_, axis) => along(axis)),
  );

/** `read` as it looks when its reader is itself read with `at` for its axes. */
export function compose(read: Access, at: readonly Position[]): Access {
  if (at.every((position, axis) => axisOf(position) === axis)) return read;
  return access(
    read.from,
    read.at.map((position) => composePosition(position, at)),
  );
}

function composePosition(position: Position, at: readonly Position[]): Position {
  const axis = axisOf(position);
  if (axis !== undefined) return at[axis] as Position;
  const { offset, terms } = position;
  if (terms.length === 0) return position;
  const composed = terms.map(({ variable, factor }) => {
    const inner = typeof variable === "number" ? (at[variable] as Position) : along(compose(variable, at));
    return scaled(inner, factor);
  });
  const sum = total([fixed(offset), ...composed], (a, b) => nameOf(a) === nameOf(b));
  return { ...sum, terms: sum.terms.toSorted((x, y) => Number(x.variable) - Number(y.variable) || 0) };
}

/** What a formula with these inputs reads. */
export const readsThrough = (inputs: readonly Access[] = NONE): readonly Access[] =>
  inputs.some(({ indices }) => indices.length > 0) ? inputs.flatMap(withIndices) : inputs;

const withIndices = (read: Access): Access[] => [read, ...read.indices.flatMap(withIndices)];

type Axes = ReadonlySet<number>;

/** The axes of what is read along which an access goes as its reader goes along these. */
export function axesAlong({ at }: Access, axes: Axes): Axes {
  const goesAlong = ({ terms }: Position): boolean =>
    terms.some(({ variable }) => typeof variable === "number" && axes.has(variable));
  return new Set(at.flatMap((position, axis) => (goesAlong(position) ? [axis] : [])));
}

/** Whether a computed index of an access depends on one of these axes: then neighbours along it lie anywhere. */
export const isComputedAlong = ({ indices }: Access, axes: Axes): boolean =>
  indices.some((index) => [...dependsOn(index)].some((axis) => axes.has(axis)));

/** Which of its reader's axes an access depends on. */
export function dependsOn(read: Access, axes = new Set<number>()): ReadonlySet<number> {
  for (const { terms } of read.at) {
    for (const { variable } of terms) {
      if (typeof variable === "number") axes.add(variable);
      else dependsOn(variable, axes);
    }
  }
  return axes;
}

/**
 * A strided view of a formula's entries, row-major, as positions along its axes; `undefined` where a step along one
 * axis of the view is no step along an axis of the formula.
 */
export function positionsOf({ shape, strides, offset }: View, source: Shape): Position[] | undefined {
  let rest = offset;
  const terms = source.map((): Term<Variable>[] => []);
  const reach: number[] = [];
  const steps = source.map((_, axis) => sizeOf(source.slice(axis + 1)));
  const offsets = steps.map((step, axis) => {
    const at = Math.floor(rest / step);
    rest -= at * step;
    reach[axis] = at;
    return at;
  });
  for (const [variable, length] of shape.entries()) {
    const stride = strides[variable] as number;
    if (length <= 1 || stride === 0) continue;
    const axis = steps.findIndex((step, at) => source[at] !== 1 && step <= stride);
    const factor = stride / (steps[axis] as number);
    if (!Number.isInteger(factor)) return undefined;
    (terms[axis] as Term<Variable>[]).push({ variable, factor });
    reach[axis] = (reach[axis] as number) + factor * (length - 1);
  }
  if (reach.some((last, axis) => last >= (source[axis] as number))) return undefined;
  return offsets.map((start, axis) => ({ offset: start, terms: terms[axis] as Term<Variable>[] }));
}

// Formulas have no axes of length 1, and nodes do.

export const long = (shape: Shape): Shape => shape.filter((length) => length !== 1);

/** A node's axes as positions in the index of its formula. */
export function inward(shape: Shape): Position[] {
  let next = 0;
  return shape.map((length) => (length === 1 ? fixed(0) : along(next++)));
}

/** A formula's axes as positions in the index of its node. */
export const outward = (shape: Shape): Position[] =>
  shape.flatMap((length, axis) => (length === 1 ? [] : [along(axis)]));

export const identityOf = (shape: Shape): Position[] => shape.map((_, axis) => along(axis));

/** Where the entries that an access reads lie in the memory of its formula, if that can be said with strides. */
export function viewOf(read: Access, shape: Shape): View | undefined {
  const steps = contiguous(read.from.shape).strides;
  const strides = shape.map(() => 0);
  let offset = 0;
  for (const [axis, position] of read.at.entries()) {
    const step = steps[axis] as number;
    offset += step * position.offset;
    for (const { variable, factor } of position.terms) {
      if (typeof variable !== "number") return undefined;
      strides[variable] = (strides[variable] as number) + step * factor;
    }
  }
  return { shape, strides, offset };
}
