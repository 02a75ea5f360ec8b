/**
 * From graph to formulas, simplified on the way: views become indices, equal formulas become one, constants are
 * folded, and what is zero but in one place is computed for that place only. What an operation allows is what the table
 * states of its algebra; none is known by name.
 */
import {
  type Attributes,
  type Axis,
  attributesKey,
  type DType,
  type Entry,
  type Fold,
  fillOf,
  type Named,
  type Node,
  type Nodes,
  topologicalOrder,
} from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { type Shape, sizeOf, withAxis } from "../../shape.js";
import { contiguous, type View } from "../../view.js";
import { along, fixed } from "./affine.js";
import { constantsOf, inType, keepsZeros, type MapEntry, resultOf, scalingOf, unchangedInput } from "./algebra.js";
import { Distinct, keysOf } from "./distinct.js";
import {
  type Access,
  access,
  axisOf,
  compose,
  dependsOn,
  type Formula,
  identityOf,
  inward,
  long,
  outward,
  type Position,
  positionsOf,
  viewOf,
  whole,
} from "./formula.js";
import { commonPlace, isReadAt, placedAxisIn, placedValue, positionOf, withIndexFor } from "./placing.js";

/** An output: the formula whose values it has, and in which order they are read. */
export interface Output {
  readonly from: Formula;
  readonly view: View;
}

/** The outputs as formulas. Where `isGiven` holds, a node's values are in memory; the value of a constant, once. */
export function simplify(outputs: Nodes, isGiven: (node: Node) => boolean): Output[] {
  const builder = new Builder();
  const reads = new Map<Node, Access>();
  for (const node of topologicalOrder(outputs, isGiven)) {
    const inputs = isGiven(node) ? [] : node.inputs.map((input) => reads.get(input) as Access);
    reads.set(node, builder.read(node, inputs, isGiven(node)));
  }
  return outputs.map((output) => builder.output(reads.get(output) as Access, output.shape));
}

type Build<E extends Entry> = (entry: E, inputs: readonly Access[], node: Node) => Access;

class Builder {
  readonly #formulas = new Distinct();

  /** How a node's index, over all of its axes, reads a formula; `inputs` say the same of the node's inputs. */
  read(node: Node, inputs: readonly Access[], isGiven: boolean): Access {
    const { operation, shape, dtype } = node;
    if (sizeOf(shape) === 0) return this.#formulas.fill(0, dtype);
    const fill = fillOf(node);
    if (fill !== undefined && !isGiven) return this.#formulas.fill(fill, dtype);
    if (fill !== undefined) return this.#formulas.make(`leaf ${node.serial}`, { kind: "leaf", shape: [], dtype, node });
    if (isGiven || operation.kind === "leaf") {
      return compose(
        this.#formulas.make(`leaf ${node.serial}`, { kind: "leaf", shape: long(shape), dtype, node }),
        outward(shape),
      );
    }
    return (this.#builders[operation.kind] as Build<Entry>)(operation, inputs, node);
  }

  /** An access as an output, which is read from memory. */
  output(read: Access, shape: Shape): Output {
    const view = viewOf(read, shape);
    if (view) return { from: read.from, view };
    const inputs = [compose(read, inward(shape))];
    return { from: this.#formulas.copy("", inputs, long(shape), read.from.dtype).from, view: contiguous(shape) };
  }

  readonly #builders: { readonly [Kind in Entry["kind"]]: Build<Extract<Entry, { kind: Kind }>> } = {
    map: (rules, inputs, { shape, attributes, dtype }) => {
      const inner = inputs.map((input) => compose(input, inward(shape)));
      return compose(this.#map(rules, attributes, inner, long(shape), dtype), outward(shape));
    },

    view: ({ meaning }, [input], { inputs: [source], attributes }) => {
      const read = input as Access;
      const { shape } = source as Node;
      if (read.from.kind === "fill") return read;
      const simple = meaning(contiguous(shape), attributes) as View;
      const positions = positionsOf(simple, shape);
      if (positions) return compose(read, positions);
      // The index mixes axes. It says where in memory, once the values lie there with strides or in order.
      const lying = viewOf(read, shape);
      const view = lying && meaning(lying, attributes);
      if (view) return this.#formulas.inMemory(whole(read.from), view);
      return this.#formulas.inMemory(
        this.#formulas.copy("", [compose(read, inward(shape))], long(shape), read.from.dtype),
        simple,
      );
    },

    reduce: ({ fold }, [input], { inputs: [source], attributes, shape, dtype }) => {
      const { axis } = attributes as Axis;
      const length = (source as Node).shape[axis] as number;
      const outer = long(shape);
      const inner = inward(shape).with(axis, along(outer.length));
      return compose(this.#reduce(fold, dtype, compose(input as Access, inner), outer, length), outward(shape));
    },

    index: ({ fold }, [values, indices], node) => {
      const { axis, length } = node.attributes as Axis & { readonly length: number };
      const { shape } = node.inputs[1] as Node;
      const position = compose(
        this.#checked(compose(indices as Access, inward(shape)), long(shape), axis, length),
        outward(shape),
      );
      const identity = identityOf(shape);
      if (fold === undefined) {
        const read = compose(values as Access, identity.with(axis, along(position)));
        const [inner, where] = [read, position].map((each) => compose(each, inward(shape))) as [Access, Access];
        return compose(this.#guarded(inner, where, long(shape)), outward(shape));
      }
      // An entry of the result is the sum, over the indices that might name it, of the values whose index does.
      const count = shape[axis] as number;
      const outer = long(node.shape);
      const summed = count === 1 ? [] : [count];
      const inner = inward(node.shape).with(axis, count === 1 ? fixed(0) : along(outer.length));
      const target = length === 1 ? undefined : axisOf(inward(node.shape)[axis] as Position);
      const placed = this.#place(
        compose(values as Access, inner),
        compose(position, inner),
        [...outer, ...summed],
        target,
      );
      return compose(this.#reduce(fold, node.dtype, placed, outer, count), outward(node.shape));
    },

    assemble: (_, inputs, node) => {
      const { axis } = node.attributes as Axis;
      const { shape, dtype } = node;
      const lengthOf = (which: number): number => ((node.inputs[which] as Node).shape as number[])[axis] as number;
      const parts = inputs.map((read, which) => ({ read, length: lengthOf(which) })).filter(({ length }) => length > 0);
      const [first] = parts as [(typeof parts)[number]];
      // Copies of one thing that has length 1 along the axis are that thing, wherever along the axis.
      if (parts.every(({ read, length }) => length === 1 && read.key === first.read.key)) return first.read;
      if (parts.length === 1) return first.read;
      const target = long(shape.slice(0, axis)).length;
      const pieces = parts.map(({ read, length }, which) => {
        const part = long(withAxis(shape, axis, length));
        const reads = [compose(read, inward(withAxis(shape, axis, length)))];
        return this.#formulas.copy(`${which} of ${node.serial}`, reads, part, dtype);
      });
      const said = { kind: "join", shape: long(shape), dtype, axis: target, inputs: pieces } as const;
      return compose(this.#formulas.make(`join ${keysOf(pieces)}`, said), outward(shape));
    },
  };

  #map(rules: MapEntry, attributes: Attributes, inputs: readonly Access[], shape: Shape, dtype: DType): Access {
    const constants = constantsOf(inputs);
    if (constants.every((value) => value !== undefined))
      return this.#formulas.fill(inType(dtype, resultOf(rules, attributes, constants)), dtype);
    const unchanged = inputs[unchangedInput(rules, attributes, constants) ?? -1];
    if (unchanged?.from.dtype === dtype) return unchanged;
    const place = commonPlace(inputs, shape);
    const isZero = (which: number): boolean => place?.holds[which] === true || constants[which] === 0;
    // Also where another input is ∞ or 0, and 0 · ∞ or 0 / 0 would be NaN: what is not placed takes no part.
    if (place && keepsZeros(rules, attributes, isZero)) {
      const { axis, position, holds } = place;
      const values = inputs.map((input, which) => (holds[which] ? placedValue(input) : input));
      // The value has all axes but the placed one; along that, what is not placed is read at the position.
      const inner = shape.map((_, each): Position => along(each < axis ? each : each - 1));
      const there = inner.with(axis, along(compose(position, inner)));
      const outer = shape.flatMap((_, each) => (each === axis ? [] : [along(each)]));
      const read = values.map((value) => compose(value, there));
      const value = this.#map(rules, attributes, read, shape.toSpliced(axis, 1), dtype);
      return this.#place(compose(value, outer), position, shape, axis);
    }
    return this.#formulas.trimmed(inputs, shape, undefined, (inputs, shape) =>
      this.#formulas.make(`${rules.name} ${attributesKey(attributes)} ${shape} ${keysOf(inputs)}`, {
        kind: "map",
        shape,
        dtype,
        rules,
        attributes,
        inputs,
      }),
    );
  }

  #reduce(fold: Named<Fold>, dtype: DType, input: Access, shape: Shape, length: number): Access {
    const { from } = input;
    const inner = [...shape, length];
    // The first of equal entries wins, at position 0.
    if (dtype === "int32" && (length <= 1 || from.kind === "fill")) return this.#formulas.fill(0, dtype);
    if (length === 0) return this.#formulas.fill(fold.start, dtype);
    if (length === 1) return compose(input, [...identityOf(shape), fixed(0)]);
    if (from.kind === "fill" && !(fold.kind === "combining" && isOpen(length)))
      return this.#formulas.fill(inType(dtype, fold.repeated(from.value, length)), dtype);
    const { skipsZeros, takesOutFactors } = fold.kind === "combining" ? fold : NOTHING;
    // Along the axis that it is placed along, a placed value is all that there is.
    if (skipsZeros && placedAxisIn(input, inner) === shape.length) {
      const there = [...identityOf(shape), fixed(0)];
      return this.#guarded(compose(placedValue(input), there), compose(positionOf(input), there), shape);
    }
    const { read, factor } = takesOutFactors ? this.#unscaled(input, inner) : { read: input, factor: 1 };
    const folded = skipsZeros ? this.#spread(read, inner) : read;
    return this.#formulas.trimmed([folded], shape, length, ([only], shape) =>
      this.#formulas.make(`${fold.name} ${dtype} ${factor} ${shape} ${length} ${only?.key}`, {
        kind: "reduce",
        shape,
        dtype,
        fold,
        factor,
        length,
        inputs: [only as Access],
      }),
    );
  }

  /**
   * Σ c·x = c · Σ x where c is a power of two from 1 or the negative of one, for then it rounds nothing and overflows
   * no sooner; unless c, made of several, is itself no float32 number. The same for placed values.
   */
  #unscaled(read: Access, shape: Shape, factor = 1): { readonly read: Access; readonly factor: number } {
    const axis = placedAxisIn(read, shape);
    if (axis !== undefined) {
      const value = this.#unscaled(placedValue(read), shape, factor);
      if (value.factor === factor) return { read, factor };
      return { read: this.#place(value.read, positionOf(read), shape, axis), factor: value.factor };
    }
    const scaling = scalingOf(read);
    if (scaling === undefined || !Number.isFinite(Math.fround(factor * scaling.factor))) return { read, factor };
    return this.#unscaled(scaling.read, shape, factor * scaling.factor);
  }

  #place(value: Access, position: Access, shape: Shape, axis: number | undefined, isEverywhere = false): Access {
    if (value.from.kind === "fill" && value.from.value === 0) return value;
    if (axis === undefined) return this.#guarded(value, position, shape);
    const used = new Set([axis, ...dependsOn(value), ...dependsOn(position)]);
    return this.#formulas.onlyAlong(used, shape, (inner, shape) => {
      const inputs = [compose(value, inner), compose(position, inner)] as const;
      const target = axisOf(inner[axis] as Position) as number;
      return this.#formulas.make(`place ${isEverywhere} ${shape} ${target} ${keysOf(inputs)}`, {
        kind: "place",
        shape,
        dtype: value.from.dtype,
        axis: target,
        isEverywhere,
        inputs,
      });
    });
  }

  /**
   * A placed value that is to be summed, where it has few places: computed for every place, without computed
   * indices, which all lanes can do at once. Where it counts, the index along the axis is the position. So
   * x[n] − w[p[n]] where j = p[n], else 0, is x[n] − w[j] where j = p[n], else 0.
   */
  #spread(input: Access, shape: Shape): Access {
    const axis = placedAxisIn(input, shape);
    if (axis === undefined || (shape[axis] as number) > FEW_PLACES) return input;
    const position = positionOf(input);
    const value = this.#readingWithIndexFor(position, axis, shape)(placedValue(input));
    return value === undefined ? input : this.#place(value, position, shape, axis, true);
  }

  /** A way to read with the index along `axis` in place of `position`; `undefined` where there are other computed indices. */
  #readingWithIndexFor(position: Access, axis: number, shape: Shape): (read: Access) => Access | undefined {
    const known = new Map<string, Access | undefined>();
    const rewrite = (read: Access): Access | undefined => {
      const { from } = read;
      if (!this.#formulas.readsAtComputed.has(from)) {
        const direct = access(
          from,
          read.at.map((each) => withIndexFor(position, axis, each)),
        );
        return direct.indices.length > 0 ? undefined : direct;
      }
      if (from.kind !== "map" || from.rules === undefined) return undefined;
      const inputs = from.inputs.map((input) => again(compose(input, read.at)));
      if (!inputs.every((input) => input !== undefined)) return undefined;
      return this.#map(from.rules, from.attributes, inputs, shape, from.dtype);
    };
    const again = (read: Access): Access | undefined => {
      if (!known.has(read.key)) known.set(read.key, rewrite(read));
      return known.get(read.key);
    };
    return again;
  }

  /** The same values. If nothing is read at the position, because all are alike there, it is checked nevertheless. */
  #guarded(read: Access, position: Access, shape: Shape): Access {
    if (position.from.kind !== "checked" || isReadAt(read, position)) return read;
    return this.#formulas.copy("checked", [read, position], shape, read.from.dtype);
  }

  #checked(input: Access, shape: Shape, axis: number, length: number): Access {
    const { from } = input;
    // The position of an extreme among so many entries is in order already.
    if (from.kind === "reduce" && (from.length === length || (from.length < length && !isOpen(length)))) return input;
    if (from.kind === "fill" && from.value >= 0 && from.value < length && !isOpen(length)) return input;
    return this.#formulas.trimmed([input], shape, undefined, ([only], shape) =>
      this.#formulas.make(`checked ${axis} ${length} ${shape} ${only?.key}`, {
        kind: "checked",
        shape,
        dtype: "int32",
        axis,
        length,
        inputs: [only as Access],
      }),
    );
  }
}

/** What a choice allows. */
const NOTHING = { skipsZeros: false, takesOutFactors: false };

/** Up to how many places it is less work to compute a value for each than entry by entry for one. */
const FEW_PLACES = 4;
