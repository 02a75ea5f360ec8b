/**
 * Formulas as they are made: equal ones are one, and each has only the axes that it depends on. Knows no rule by which
 * formulas become simpler.
 */
import type { DType } from "../../graph.js";
import { type Shape, sizeOf } from "../../shape.js";
import type { View } from "../../view.js";
import { along } from "./affine.js";
import {
  type Access,
  compose,
  dependsOn,
  type Formula,
  type Position,
  readsThrough,
  type Said,
  whole,
} from "./formula.js";

export class Distinct {
  /** Each read at its reader's own index. */
  readonly #made = new Map<string, Access>();
  /** The maps that it takes computed indices to compute, in themselves or in the maps that they read. */
  readonly readsAtComputed = new Set<Formula>();

  /** The values of the first input, in memory of their own. `purpose` sets apart copies that must not be one. */
  copy(purpose: string, inputs: readonly Access[], shape: Shape, dtype: DType): Access {
    const key = `copy ${purpose} ${shape} ${keysOf(inputs)}`;
    return this.make(key, { kind: "map", shape, dtype, rules: undefined, attributes: {}, inputs });
  }

  /** The formula that says this; one that said it before where there is one. */
  make(key: string, said: Said): Access {
    const known = this.#made.get(key);
    if (known) return known;
    const reads = readsThrough("inputs" in said ? said.inputs : []);
    const axes = said.kind === "reduce" ? [...said.shape, said.length] : said.shape;
    const made = { ...said, id: this.#made.size, reads, axes } as Formula;
    const read = whole(made);
    this.#made.set(key, read);
    if (
      made.kind === "map" &&
      made.inputs.some((input) => input.indices.length > 0 || this.readsAtComputed.has(input.from))
    ) {
      this.readsAtComputed.add(made);
    }
    return read;
  }

  fill(value: number, dtype: DType): Access {
    return this.make(`fill ${Object.is(value, -0) ? "-0" : value} ${dtype}`, {
      kind: "fill",
      shape: [],
      dtype,
      value,
    });
  }

  /** A formula's values read with strides, as they lie in memory. One axis is enough for that. */
  inMemory(stored: Access, { strides, offset, shape }: View): Access {
    const { shape: lying, dtype } = stored.from;
    const said = { kind: "flat", shape: [sizeOf(lying)], dtype, inputs: [stored] } as const;
    const flat = lying.length === 1 ? stored : this.make(`flat ${stored.key}`, said);
    const terms = strides.flatMap((factor, variable) =>
      factor === 0 || shape[variable] === 1 ? [] : [{ variable, factor }],
    );
    return compose(flat, [{ offset, terms }]);
  }

  /** A formula has only the axes that its inputs depend on, and the one that it reduces. */
  trimmed(
    inputs: readonly Access[],
    shape: Shape,
    reduced: number | undefined,
    make: (inputs: readonly Access[], shape: Shape) => Access,
  ): Access {
    const used = new Set<number>();
    for (const input of inputs) dependsOn(input, used);
    if (shape.every((_, axis) => used.has(axis))) return make(inputs, shape);
    return this.onlyAlong(used, shape, (inner, shape) => {
      const rest = reduced === undefined ? [] : [along(shape.length)];
      return make(
        inputs.map((input) => compose(input, [...inner, ...rest])),
        shape,
      );
    });
  }

  /** A formula along some of the axes of a shape; `inner` is the whole index in terms of these. */
  onlyAlong(
    used: ReadonlySet<number>,
    shape: Shape,
    make: (inner: readonly Position[], shape: Shape) => Access,
  ): Access {
    const axes = shape.map((_, axis) => axis).filter((axis) => used.has(axis));
    const inner = shape.map((_, axis) => along(axes.indexOf(axis)));
    const made = make(
      inner,
      axes.map((axis) => shape[axis] as number),
    );
    return compose(made, axes.map(along));
  }
}

export const keysOf = (reads: readonly Access[]): string => reads.map(({ key }) => key).join(" ");
