/**
 * From graph to formulas, simplified on the way: views become indices, equal formulas become one, constants are
 * folded, and what is zero but in one place is computed for that place only. The rules follow from what the table
 * says that an operation means; none is known by name.
 */
import {
  type Attributes,
  type Axis,
  attributesKey,
  type DType,
  type Entry,
  type Fold,
  fillOf,
  type MapRules,
  type Named,
  type Node,
  type Nodes,
  topologicalOrder,
} from "../graph.js";
import { type Shape, sizeOf, withAxis } from "../shape.js";
import { contiguous, type View } from "../view.js";
import {
  type Access,
  access,
  along,
  axisOf,
  compose,
  dependsOn,
  type Formula,
  fixed,
  indicesOf,
  type Place,
  type Position,
  placedAxisIn,
  positionsOf,
  type Said,
  whole,
} from "./formula.js";

/** An output: the formula whose values it has, and in which order they are read. */
export interface Output {
  readonly from: Formula;
  readonly view: View;
}

/** The outputs as formulas. Where `isGiven` holds, a node's values are in memory. */
export function simplify(outputs: Nodes, isGiven: (node: Node) => boolean): Output[] {
  const builder = new Builder();
  const reads = new Map<Node, Access>();
  for (const node of topologicalOrder(outputs, isGiven)) {
    const inputs = isGiven(node) ? [] : node.inputs.map((input) => reads.get(input) as Access);
    reads.set(node, builder.read(node, inputs, isGiven(node)));
  }
  return outputs.map((output) => builder.output(reads.get(output) as Access, output.shape));
}

type MapEntry = Named<MapRules<Nodes, Attributes>>;
type Build<E extends Entry> = (entry: E, inputs: readonly Access[], node: Node) => Access;

class Builder {
  readonly #formulas = new Map<string, Formula>();
  /** The maps that it takes computed indices to compute, in themselves or in the maps that they read. */
  readonly #readsAtComputed = new Set<Formula>();

  /** How a node's index, over all of its axes, reads a formula; `inputs` say the same of the node's inputs. */
  read(node: Node, inputs: readonly Access[], isGiven: boolean): Access {
    const { operation, shape, dtype } = node;
    if (sizeOf(shape) === 0) return this.#fill(0, dtype);
    const fill = fillOf(node);
    if (fill !== undefined) return this.#fill(fill, dtype);
    if (isGiven || operation.kind === "leaf") {
      return compose(
        this.#make(`leaf ${node.serial}`, { kind: "leaf", shape: long(shape), dtype, node }),
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
    return { from: this.#copy("", inputs, long(shape), read.from.dtype).from, view: contiguous(shape) };
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
      if (view) return this.#inMemory(whole(read.from), view);
      return this.#inMemory(this.#copy("", [compose(read, inward(shape))], long(shape), read.from.dtype), simple);
    },

    reduce: ({ fold }, [input], { inputs: [source], attributes, shape, dtype }) => {
      const { axis } = attributes as Axis;
      const length = (source as Node).shape[axis] as number;
      const outer = long(shape);
      const inner = inward(shape).with(axis, along(outer.length));
      return compose(this.#reduce(fold, dtype, compose(input as Access, inner), outer, length), outward(shape));
    },

    index: ({ adds }, [values, indices], node) => {
      const { axis, length } = node.attributes as Axis & { readonly length: number };
      const { shape } = node.inputs[1] as Node;
      const position = compose(
        this.#checked(compose(indices as Access, inward(shape)), long(shape), axis, length),
        outward(shape),
      );
      const identity = shape.map((_, each) => along(each));
      if (!adds) return compose(values as Access, identity.with(axis, along(position)));
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
      return compose(this.#reduce("sum", node.dtype, placed, outer, count), outward(node.shape));
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
        return this.#copy(`${which} of ${node.serial}`, reads, part, dtype);
      });
      const said = { kind: "join", shape: long(shape), dtype, axis: target, inputs: pieces } as const;
      return compose(this.#make(`join ${keysOf(pieces)}`, said), outward(shape));
    },
  };

  /** The same values, in memory of their own. `purpose` sets apart copies that must not be one. */
  #copy(purpose: string, inputs: readonly Access[], shape: Shape, dtype: DType): Access {
    const key = `copy ${purpose} ${shape} ${keysOf(inputs)}`;
    return this.#make(key, { kind: "map", shape, dtype, rules: undefined, attributes: {}, inputs });
  }

  /** The formula that says this; one that said it before where there is one. */
  #make(key: string, said: Said): Access {
    const known = this.#formulas.get(key);
    if (known) return whole(known);
    const made = { ...said, id: this.#formulas.size } as Formula;
    this.#formulas.set(key, made);
    if (
      made.kind === "map" &&
      made.inputs.some((input) => indicesOf(input).length > 0 || this.#readsAtComputed.has(input.from))
    ) {
      this.#readsAtComputed.add(made);
    }
    return whole(made);
  }

  #fill(value: number, dtype: DType): Access {
    return this.#make(`fill ${Object.is(value, -0) ? "-0" : value} ${dtype}`, {
      kind: "fill",
      shape: [],
      dtype,
      value,
    });
  }

  /** A formula's values read with strides, as they lie in memory. One axis is enough for that. */
  #inMemory(stored: Access, { strides, offset, shape }: View): Access {
    const { shape: lying, dtype } = stored.from;
    const said = { kind: "flat", shape: [sizeOf(lying)], dtype, inputs: [stored] } as const;
    const flat = lying.length === 1 ? stored : this.#make(`flat ${stored.key}`, said);
    const terms = strides.flatMap((factor, variable) =>
      factor === 0 || shape[variable] === 1 ? [] : [{ variable, factor }],
    );
    return compose(flat, [{ offset, terms }]);
  }

  #map(rules: MapEntry, attributes: Attributes, inputs: readonly Access[], shape: Shape, dtype: DType): Access {
    const meaning = (values: readonly number[]): number =>
      inType(dtype, rules.meaning(...(values as never), attributes));
    const constants = inputs.map(({ from }) => (from.kind === "fill" ? from.value : undefined));
    if (constants.every((value) => value !== undefined)) return this.#fill(meaning(constants), dtype);
    const same = inputs.findIndex(
      (_, which) => constants[which] === undefined && isUnchanged(meaning, constants, which),
    );
    if (same >= 0) return inputs[same] as Access;
    const place = commonPlace(inputs, shape);
    if (place && keepsZeros(meaning, constants, place.holds)) {
      const { axis, position, holds } = place;
      const values = inputs.map((input, which) => (holds[which] ? placedValue(input) : input));
      // The value has all axes but the placed one; along that, what is not placed is read at the position.
      const inner = shape.map((_, each) => along(each < axis ? each : each - 1));
      const there = inner.with(axis, along(compose(position, inner)));
      const outer = shape.flatMap((_, each) => (each === axis ? [] : [along(each)]));
      const read = values.map((value) => compose(value, there));
      const value = this.#map(rules, attributes, read, shape.toSpliced(axis, 1), dtype);
      return this.#place(compose(value, outer), position, shape, axis);
    }
    return this.#trimmed(inputs, shape, undefined, (inputs, shape) =>
      this.#make(`${rules.name} ${attributesKey(attributes)} ${shape} ${keysOf(inputs)}`, {
        kind: "map",
        shape,
        dtype,
        rules,
        attributes,
        inputs,
      }),
    );
  }

  #reduce(fold: Fold, dtype: DType, input: Access, shape: Shape, length: number): Access {
    const { from } = input;
    const axis = shape.length;
    if (length === 0) return this.#fill(0, dtype);
    if (dtype === "int32" && (length === 1 || from.kind === "fill")) return this.#fill(0, dtype);
    if (length === 1) return compose(input, [...identityOf(shape), fixed(0)]);
    if (from.kind === "fill")
      return this.#fill(fold === "sum" ? inType(dtype, from.value * length) : from.value, dtype);
    // Summed along the axis that it is placed along, a placed value is itself.
    if (fold === "sum" && placedAxisIn(input, [...shape, length]) === axis)
      return compose(placedValue(input), [...identityOf(shape), fixed(0)]);
    const { read, factor } = fold === "sum" ? this.#unscaled(input, [...shape, length]) : { read: input, factor: 1 };
    const folded = fold === "sum" ? this.#spread(read, [...shape, length]) : read;
    return this.#trimmed([folded], shape, length, ([only], shape) =>
      this.#make(`${fold} ${dtype} ${factor} ${shape} ${length} ${only?.key}`, {
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
   * no sooner. The same for placed values.
   */
  #unscaled(read: Access, shape: Shape, factor = 1): { readonly read: Access; readonly factor: number } {
    const axis = placedAxisIn(read, shape);
    if (axis !== undefined) {
      const value = this.#unscaled(placedValue(read), shape);
      if (value.factor === 1) return { read, factor };
      return { read: this.#place(value.read, positionOf(read), shape, axis), factor: factor * value.factor };
    }
    const { from, at } = read;
    if (from.kind !== "map" || from.rules === undefined) return { read, factor };
    const { rules, attributes, inputs } = from;
    const which = inputs.findIndex((input) => input.from.kind !== "fill");
    const constants = inputs.map((input) => (input.from.kind === "fill" ? input.from.value : undefined));
    const by = scalingOf((values) => Math.fround(rules.meaning(...(values as never), attributes)), constants, which);
    if (by === undefined) return { read, factor };
    return this.#unscaled(compose(inputs[which] as Access, at), shape, factor * by);
  }

  #place(value: Access, position: Access, shape: Shape, axis: number | undefined, isEverywhere = false): Access {
    if (axis === undefined || (value.from.kind === "fill" && value.from.value === 0)) return value;
    const used = new Set([axis, ...dependsOn(value), ...dependsOn(position)]);
    return this.#along(used, shape, (inner, shape) => {
      const inputs = [compose(value, inner), compose(position, inner)] as const;
      const target = axisOf(inner[axis] as Position) as number;
      return this.#make(`place ${isEverywhere} ${shape} ${target} ${keysOf(inputs)}`, {
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
   * indices, which all lanes can do at once. Where it counts, the index along the axis is the position.
   */
  #spread(input: Access, shape: Shape): Access {
    const axis = placedAxisIn(input, shape);
    if (axis === undefined || (shape[axis] as number) > FEW_PLACES || input.from.dtype === "float64") return input;
    const position = positionOf(input);
    const value = this.#withIndexFor(position, axis, shape)(placedValue(input));
    return value === undefined ? input : this.#place(value, position, shape, axis, true);
  }

  /** A way to read with the index along `axis` in place of `position`; `undefined` where there are other computed indices. */
  #withIndexFor(position: Access, axis: number, shape: Shape): (read: Access) => Access | undefined {
    const replaced = ({ offset, terms }: Position): Position => ({
      offset,
      terms: terms.map(({ variable, factor }) => ({ variable: isRead(variable, position) ? axis : variable, factor })),
    });
    const known = new Map<string, Access | undefined>();
    const rewrite = (read: Access): Access | undefined => {
      const { from } = read;
      if (!this.#readsAtComputed.has(from)) {
        const direct = access(from, read.at.map(replaced));
        return indicesOf(direct).length > 0 ? undefined : direct;
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

  #checked(input: Access, shape: Shape, axis: number, length: number): Access {
    const { from } = input;
    // The position of an extreme among so many entries is in order already.
    if (from.kind === "reduce" && from.length <= length) return input;
    return this.#trimmed([input], shape, undefined, ([only], shape) =>
      this.#make(`checked ${axis} ${length} ${shape} ${only?.key}`, {
        kind: "checked",
        shape,
        dtype: "int32",
        axis,
        length,
        inputs: [only as Access],
      }),
    );
  }

  /** A formula has only the axes that its inputs depend on, and the one that it reduces. */
  #trimmed(
    inputs: readonly Access[],
    shape: Shape,
    reduced: number | undefined,
    make: (inputs: readonly Access[], shape: Shape) => Access,
  ): Access {
    const used = new Set(inputs.flatMap((input) => [...dependsOn(input)]));
    return this.#along(used, shape, (inner, shape) => {
      const rest = reduced === undefined ? [] : [along(shape.length)];
      return make(
        inputs.map((input) => compose(input, [...inner, ...rest])),
        shape,
      );
    });
  }

  /** A formula along some of the axes of a shape; `inner` is the whole index in terms of these. */
  #along(used: ReadonlySet<number>, shape: Shape, make: (inner: readonly Position[], shape: Shape) => Access): Access {
    const axes = shape.map((_, axis) => axis).filter((axis) => used.has(axis));
    const inner = shape.map((_, axis) => along(axes.indexOf(axis)));
    const made = make(
      inner,
      axes.map((axis) => shape[axis] as number),
    );
    return compose(made, axes.map(along));
  }
}

/** A number as entries of the type are. */
const inType = (dtype: DType, value: number): number => (dtype === "float32" ? Math.fround(value) : value);

/** Up to how many places it is less work to compute a value for each than entry by entry for one. */
const FEW_PLACES = 4;

const isRead = (variable: number | Access, read: Access): boolean =>
  typeof variable !== "number" && variable.key === read.key;

const keysOf = (reads: readonly Access[]): string => reads.map(({ key }) => key).join(" ");

// Formulas have no axes of length 1, and nodes do.

const long = (shape: Shape): Shape => shape.filter((length) => length !== 1);

/** A node's axes as positions in the index of its formula. */
function inward(shape: Shape): Position[] {
  let next = 0;
  return shape.map((length) => (length === 1 ? fixed(0) : along(next++)));
}

/** A formula's axes as positions in the index of its node. */
const outward = (shape: Shape): Position[] => shape.flatMap((length, axis) => (length === 1 ? [] : [along(axis)]));

const identityOf = (shape: Shape): Position[] => shape.map((_, axis) => along(axis));

/** Where the entries that an access reads lie in the memory of its formula, if that can be said with strides. */
function viewOf(read: Access, shape: Shape): View | undefined {
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

// What is zero but in one place.

const placedValue = ({ from, at }: Access): Access => compose((from as Place).inputs[0], at);
const positionOf = ({ from, at }: Access): Access => compose((from as Place).inputs[1], at);

/** An axis along which some inputs are placed, all at the same position, and which inputs these are. */
function commonPlace(inputs: readonly Access[], shape: Shape) {
  const first = inputs.find((input) => placedAxisIn(input, shape) !== undefined);
  if (first === undefined) return undefined;
  const axis = placedAxisIn(first, shape) as number;
  const position = positionOf(first);
  const holds = inputs.map((input) => placedAxisIn(input, shape) === axis && positionOf(input).key === position.key);
  return { axis, position, holds };
}

/**
 * Whether an operation is 0 wherever the inputs in question are, whatever finite numbers the others are; 0 / 0 counts.
 * So 0 times infinity counts too: what was never placed takes no part.
 */
const keepsZeros = (
  meaning: (values: readonly number[]) => number,
  constants: readonly (number | undefined)[],
  areZero: readonly boolean[],
): boolean =>
  FINITE.every((_, trial) => {
    const values = constants.map((value, which) => (areZero[which] ? 0 : (value ?? probe(FINITE, trial, which))));
    const result = meaning(values);
    return result === 0 || Number.isNaN(result);
  });

/** Whether an operation returns one of its inputs as it is, given the constants among the others. */
const isUnchanged = (
  meaning: (values: readonly number[]) => number,
  constants: readonly (number | undefined)[],
  which: number,
): boolean =>
  PROBES.every((_, trial) => {
    const values = constants.map((value, each) => value ?? probe(PROBES, trial, each));
    return Object.is(meaning(values), values[which]);
  });

/** By which power of two, from 1, or its negative an operation multiplies its only input that is no constant, if it does. */
function scalingOf(
  meaning: (values: readonly number[]) => number,
  constants: readonly (number | undefined)[],
  which: number,
): number | undefined {
  if (constants.filter((value) => value === undefined).length !== 1) return undefined;
  const at = (x: number): number => meaning(constants.map((value, each) => (each === which ? x : (value as number))));
  const factor = at(1);
  const isPower = Number.isInteger(Math.log2(Math.abs(factor))) && Math.abs(factor) >= 1;
  return isPower && PROBES.every((x) => Object.is(at(x), Math.fround(factor * x))) ? factor : undefined;
}

const probe = (numbers: readonly number[], trial: number, which: number): number =>
  numbers[(trial * (which + 1) + 3 * which) % numbers.length] as number;

/** Numbers of every sort: an operation that treats all of these alike treats all numbers alike. As many as a prime. */
const FINITE = [-1.5, 0.75, -(2 ** -140), 3e38, 1, 0, 2 ** -126, -2, 1e9, -3e38, 0.1, 7, 2 ** 24].map(Math.fround);
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const PROBES = [...FINITE, -0, Infinity, -Infinity, NaN, LARGEST, -LARGEST];
