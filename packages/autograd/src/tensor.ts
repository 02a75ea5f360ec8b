/**
 * The face: what callers build graphs with. Checks what they pass, broadcasts, resolves negative axes, and hands
 * the strict graph what it wants. A tensor is a recipe; its values are computed when they are read.
 */
import { checkArray, checkNumber, checkOptions, checkSwitch, describe, isLength, kindOf, ours } from "./argument.js";
import { arrays, constant, fill, fillWithSize, formatType, isShared, type Node, type Values, widest } from "./graph.js";
import { forEveryone, known } from "./lengths.js";
import {
  flatten,
  formatValues,
  type NestedArray,
  type NestedNumbers,
  nest,
  plain,
  type ReadonlyFloats,
  type ReadonlyIntegers,
} from "./nested.js";
import * as ops from "./ops.js";
import {
  broadcastShapes,
  checkShape,
  formatShape,
  indexError,
  resolveAxes,
  resolveAxis,
  resolveEntry,
  resolveFilledAxes,
  resolvePermutation,
  resolvePosition,
  resolveReshape,
  type Shape,
  sameShape,
  sizeOf,
  withAxis,
  withoutAxes,
} from "./shape.js";
import { expectOf, valuesOf, valuesToShow } from "./tracing.js";

/** What an entrywise method takes: a tensor that broadcasts with this one, or a number. */
export type Operand = Tensor | number;

/** Positions along an axis: indices, or whole numbers, plain or in nested arrays. */
export type IndexLike = Indices | NestedArray;

/** Options of the reductions. */
export interface ReduceOptions {
  /** Whether the reduced axes stay, with length 1. Default false. */
  readonly keepDims?: boolean;
}

/** Options of `reduceVariance`. */
export interface VarianceOptions extends ReduceOptions {
  /** What is taken from the number of entries before it divides: 1 is Bessel's correction. Default 0. */
  readonly correction?: number;
}

/** One axis or several; negative ones count from the end. */
export type Axes = number | readonly number[];

/** What tensors and indices share: a shape and, once somebody reads them, values. */
abstract class Face {
  /** @internal */
  readonly node: Node;
  #copy: Values | undefined;

  /** Tensors and indices are made by functions such as `tensor`, and by operations. @hidden */
  constructor(node: Node) {
    if (typeof node?.serial !== "number") {
      throw new TypeError(`${new.target.name}: not made with new; use tensor(values) or indices(values)`);
    }
    this.node = node;
  }

  /** The number of entries along each axis; `[]` for a scalar. */
  get shape(): Shape {
    return forEveryone(this.node.shape);
  }

  /** The number of axes. */
  get rank(): number {
    return this.node.shape.length;
  }

  /** The number of entries. */
  get size(): number {
    return sizeOf(known(this.node.shape));
  }

  /** The values in an array that nothing is computed from: another one, if the reader has transferred the last. @internal */
  protected copied(): Values {
    const values = valuesOf(this.node);
    if (isShared(this.node)) return values;
    if (this.#copy?.byteLength !== values.byteLength) this.#copy = values.slice();
    return this.#copy as Values;
  }

  /**
   * The only value of a scalar, or of a tensor with one entry. Throws for any other size.
   * @example tensor([[2, 3]]).reduceSum().item() // 5
   */
  item(): number {
    if (this.size !== 1) {
      throw new RangeError(
        `item: shape ${formatShape(this.node.shape)} holds ${this.size} values; expected exactly one`,
      );
    }
    return valuesOf(this.node)[0] as number;
  }

  /**
   * The value of one entry, by its position along each axis; negative ones count from the end.
   * @example tensor([[1, 2], [3, 4]]).at(1, -1) // 4
   */
  at(...positions: readonly number[]): number {
    const { shape } = this;
    if (positions.length !== shape.length) {
      throw new RangeError(
        `at: positions ${describe(positions)} in shape ${formatShape(shape)}; expected ${shape.length}, one along each axis`,
      );
    }
    const offset = positions.reduce((row, position, axis) => {
      const length = shape[axis] as number;
      return row * length + resolveEntry("at", position, axis, length);
    }, 0);
    return valuesOf(this.node)[offset] as number;
  }

  /**
   * The values as nested arrays; a number for a scalar.
   * @example tensor([1, 2, 3, 4], [2, 2]).toArray() // [[1, 2], [3, 4]]
   */
  toArray(): NestedNumbers {
    return nest(valuesOf(this.node), this.node.shape);
  }

  /** Text in a template, and an error in arithmetic: `a + b` is no sum of tensors, `a < b` no comparison. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new TypeError(
      `${describe(this)} is not a number: use its methods (add, less, …), or item() for the value of a scalar`,
    );
  }

  /** What `JSON.stringify` writes: the nested arrays. */
  toJSON(): NestedNumbers {
    return this.toArray();
  }

  /** The shape and the values as text, the middle of long axes left out; without values where there are none yet. */
  toString(): string {
    const { node } = this;
    const values = valuesToShow(node);
    const text = values ? formatValues(values, node.shape, node.dtype) : "(no values yet)";
    return `${this.constructor.name} ${formatType(node)} ${text}`;
  }

  /** Another copy of the library has another symbol. @internal */
  get [ours](): true {
    return true;
  }

  /** What `console.log` shows in Node. @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * An immutable array of float32 numbers with a shape, as a recipe: its values are computed when they are first read.
 * Methods return new tensors. Entrywise methods broadcast as NumPy does, and take a number for a tensor.
 */
export class Tensor extends Face {
  /** What the values are kept in: `"float64"` where a tensor was made with that, or computed from one that was. */
  get dtype(): "float32" | "float64" {
    return this.node.dtype as "float32" | "float64";
  }

  /**
   * The values, row-major: a `Float32Array`, or a `Float64Array` where `dtype` is that, which is a copy, the same one each time. Its type refuses writing. To write
   * anyway changes what later reads of `data` show, and nothing else: no tensor, and nothing computed from one. For a
   * tensor made with `copy: false` it is the array that it was made of.
   * @example new Float32Array(tensor([1, 2]).data) // one to write to
   */
  get data(): ReadonlyFloats {
    return this.copied() as ArrayLike<number> as ReadonlyFloats;
  }

  // Entry by entry.

  /** @example tensor([1, 2]).add(tensor([[10], [20]])) // [[11, 12], [21, 22]] */
  add(other: Operand): Tensor {
    return entrywise("add", ops.add, this, other);
  }

  /** @example tensor([1, 2]).sub(1) // [0, 1] */
  sub(other: Operand): Tensor {
    return entrywise("sub", ops.sub, this, other);
  }

  /** @example tensor([1, 2]).mul(3) // [3, 6] */
  mul(other: Operand): Tensor {
    return entrywise("mul", ops.mul, this, other);
  }

  /** @example tensor([1, 2]).div(2) // [0.5, 1] */
  div(other: Operand): Tensor {
    return entrywise("div", ops.div, this, other);
  }

  /** −x. */
  neg(): Tensor {
    return new Tensor(ops.neg(this.node));
  }

  /** x². */
  square(): Tensor {
    return new Tensor(ops.square(this.node));
  }

  /** √x; NaN below 0. Vertical at 0, where a chain like √(x²) has a gradient of NaN: for lengths there is `norm`. */
  sqrt(): Tensor {
    return new Tensor(ops.sqrt(this.node));
  }

  /** eˣ. */
  exp(): Tensor {
    return new Tensor(ops.exp(this.node));
  }

  /** The natural logarithm; −∞ at 0, NaN below. */
  log(): Tensor {
    return new Tensor(ops.log(this.node));
  }

  /** log(1 + x), to the last digits of small x; −∞ at −1, NaN below. */
  log1p(): Tensor {
    return new Tensor(ops.log1p(this.node));
  }

  /** eˣ − 1, to the last digits of small x. */
  expm1(): Tensor {
    return new Tensor(ops.expm1(this.node));
  }

  /** The sine of an angle in radians; NaN of ±∞. */
  sin(): Tensor {
    return new Tensor(ops.sin(this.node));
  }

  /** The cosine of an angle in radians; NaN of ±∞. */
  cos(): Tensor {
    return new Tensor(ops.cos(this.node));
  }

  /** −1, 0 or 1; 0 of −0, as in NumPy, and NaN of NaN. No gradient flows through it. */
  sign(): Tensor {
    return new Tensor(ops.sign(this.node));
  }

  /** The largest whole number that is not above x. No gradient flows through it. */
  floor(): Tensor {
    return new Tensor(ops.floor(this.node));
  }

  /** |x|; its gradient at 0 is 0, at NaN it is NaN. */
  abs(): Tensor {
    return new Tensor(ops.abs(this.node));
  }

  /**
   * xⁿ for a number n, or a tensor that broadcasts with this one, which then gets a gradient too; NaN for a negative x
   * and a fractional n.
   * @example tensor([1, 2]).pow(3) // [1, 8]
   */
  pow(exponent: Operand): Tensor {
    if (typeof exponent === "number") return new Tensor(ops.pow(this.node, exponent));
    return entrywise("pow", ops.power, this, exponent);
  }

  /**
   * The larger of each pair; NaN if either is NaN. The chosen one gets the gradient: the NaN if there is one, and this
   * one of two equals or NaN.
   */
  maximum(other: Operand): Tensor {
    return entrywise("maximum", ops.maximum, this, other);
  }

  /**
   * The smaller of each pair; NaN if either is NaN. The chosen one gets the gradient: the NaN if there is one, and this
   * one of two equals or NaN.
   */
  minimum(other: Operand): Tensor {
    return entrywise("minimum", ops.minimum, this, other);
  }

  /**
   * x, but `smallest` where x is below it and `largest` where x is above it; ∓∞ for no bound. Where a bound stands x gets
   * no gradient, at the bound itself it does; where the bounds cross, the result is `largest`.
   * @example tensor([-2, 0.5, 3]).clip(0, 1) // [0, 0.5, 1]
   */
  clip(smallest: Operand, largest: Operand): Tensor {
    const raised = entrywise("clip", ops.maximum, this, smallest);
    return entrywise("clip", ops.minimum, raised, largest);
  }

  /** 1 where this is less than `other`, 0 elsewhere. No gradient flows through a comparison. */
  less(other: Operand): Tensor {
    return entrywise("less", ops.less, this, other);
  }

  /** 1 where this is at most `other`, 0 elsewhere. */
  lessEqual(other: Operand): Tensor {
    return entrywise("lessEqual", ops.lessEqual, this, other);
  }

  /** 1 where this is greater than `other`, 0 elsewhere. */
  greater(other: Operand): Tensor {
    return entrywise("greater", (a, b) => ops.less(b, a), this, other);
  }

  /** 1 where this is at least `other`, 0 elsewhere. */
  greaterEqual(other: Operand): Tensor {
    return entrywise("greaterEqual", (a, b) => ops.lessEqual(b, a), this, other);
  }

  /** 1 where both are equal, 0 elsewhere; NaN equals nothing. */
  equal(other: Operand): Tensor {
    return entrywise("equal", ops.equal, this, other);
  }

  /** max(x, 0); its gradient at 0 is 0. */
  relu(): Tensor {
    return entrywise("relu", (zero, x) => ops.maximum(zero, x), 0, this);
  }

  /** 1 / (1 + e⁻ˣ), without overflow: e is only ever raised to −|x|. For its logarithm there is `logSigmoid`. */
  sigmoid(): Tensor {
    const decay = decayOf(this);
    return where(this.greaterEqual(0), 1, decay).div(decay.add(1));
  }

  /**
   * log(1 + eˣ), a smooth max(x, 0), to the last digits for any x. Its gradient is the sigmoid.
   * @example tensor([-100, 0, 100]).softplus() // [3.8e-44, 0.6931, 100]
   */
  softplus(): Tensor {
    return where(this.greaterEqual(0), this, 0).add(decayOf(this).log1p());
  }

  /**
   * log(sigmoid(x)) = −softplus(−x), to the last digits for any x, where the sigmoid itself comes to 0 below −103 and
   * its logarithm to −∞, with a gradient of NaN.
   * @example tensor([-200, 0, 100]).logSigmoid() // [-200, -0.6931, -3.8e-44]
   */
  logSigmoid(): Tensor {
    return where(this.greaterEqual(0), 0, this).sub(decayOf(this).log1p());
  }

  /** The hyperbolic tangent. */
  tanh(): Tensor {
    return new Tensor(ops.tanh(this.node));
  }

  // The same entries in another arrangement.

  /**
   * Repeats the axes of length 1, and adds axes in front, until the shape is `shape` (NumPy's `broadcast_to`).
   * @example tensor([[1], [2]]).expand([2, 3]) // [[1, 1, 1], [2, 2, 2]]
   */
  expand(shape: Shape): Tensor {
    const wanted = checkShape("expand", shape);
    const result = broadcastShapes("expand", [this.node.shape, wanted]);
    if (!sameShape(result, wanted)) {
      throw new RangeError(
        `expand: shape ${formatShape(this.node.shape)} does not expand to ${formatShape(wanted)}; only axes of length 1 repeat`,
      );
    }
    return new Tensor(broadcastTo(this.node, wanted));
  }

  /**
   * Adds an axis of length 1 before `axis`; −1 adds it at the end.
   * @example tensor([1, 2]).expandDims(1) // [[1], [2]]
   */
  expandDims(axis: number): Tensor {
    const at = resolveAxis("expandDims", axis, this.rank + 1);
    return new Tensor(ops.reshape(this.node, [...this.node.shape.slice(0, at), 1, ...this.node.shape.slice(at)]));
  }

  /** Removes the given axes, which must have length 1; all axes of length 1 where none are given. */
  squeeze(axes?: Axes): Tensor {
    const ones = this.node.shape.flatMap((length, axis) => (length === 1 ? [axis] : []));
    const removed = axes === undefined ? ones : resolveAxes("squeeze", axes, this.rank);
    const longer = removed.find((axis) => this.node.shape[axis] !== 1);
    if (longer !== undefined) {
      throw new RangeError(
        `squeeze: axis ${longer} of shape ${formatShape(this.node.shape)} has ${this.node.shape[longer]} entries; expected 1`,
      );
    }
    return new Tensor(ops.reshape(this.node, withoutAxes(this.node.shape, removed)));
  }

  /**
   * Reorders the axes: axis a of the result is axis `axes[a]` of this one. Reverses them where none are given.
   * @example zeros([2, 3, 4]).transpose([2, 0, 1]).shape // [4, 2, 3]
   */
  transpose(axes?: readonly number[]): Tensor {
    const reversed = this.node.shape.map((_, axis) => this.rank - 1 - axis);
    const order = axes === undefined ? reversed : resolvePermutation("transpose", axes, this.rank);
    return new Tensor(ops.transpose(this.node, order));
  }

  /**
   * The same values in row-major order under another shape; one length may be −1 and is worked out.
   * @example arange(6).reshape([2, -1]).shape // [2, 3]
   */
  reshape(shape: Shape): Tensor {
    return new Tensor(ops.reshape(this.node, resolveReshape("reshape", this.node.shape, shape)));
  }

  /**
   * The entries from `start` up to, not including, `end` along one axis. Negative positions count from the end.
   * @example arange(5).slice(0, 1, -1) // [1, 2, 3]
   */
  slice(axis: number, start: number, end?: number): Tensor {
    const along = resolveAxis("slice", axis, this.rank);
    const length = this.node.shape[along] as number;
    const from = resolvePosition("slice", start, along, length);
    const to = end === undefined ? length : resolvePosition("slice", end, along, length);
    if (from > to) throw new RangeError(`slice: start ${start} lies behind end ${end} on axis ${along} of ${length}`);
    return new Tensor(ops.slice(this.node, along, from, to));
  }

  // Along axes.

  /**
   * The sum over `axes`, over all of them where none are given. A sum over nothing is 0.
   * @example tensor([[1, 2], [3, 4]]).reduceSum(1) // [3, 7]
   */
  reduceSum(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("reduceSum", ops.reduceSum, this, resolveAxes("reduceSum", axes, this.rank), options);
  }

  /** The mean over `axes`; the mean over nothing is NaN. */
  reduceMean(axes?: Axes, options?: ReduceOptions): Tensor {
    const along = resolveAxes("reduceMean", axes, this.rank);
    const sum = reduce("reduceMean", ops.reduceSum, this, along, options);
    const lengths = along.map((axis) => this.node.shape[axis] as number);
    return sum.div(new Tensor(fillWithSize(sum.node.shape, lengths, sum.dtype)));
  }

  /**
   * The mean of (x − mean)² over `axes`, as NumPy's `var`: divided by n − `correction`, where 1 instead of 0 estimates the
   * variance of what n entries are drawn from. Over nothing it is NaN.
   * @example tensor([1, 3]).reduceVariance() // 1
   */
  reduceVariance(axes?: Axes, options?: VarianceOptions): Tensor {
    const { keepDims = false, correction = 0 } = checkOptions("reduceVariance", options, ["keepDims", "correction"]);
    const along = resolveAxes("reduceVariance", axes, this.rank);
    const squares = this.sub(this.reduceMean(along, { keepDims: true })).square();
    const sum = reduce("reduceVariance", ops.reduceSum, squares, along, { keepDims });
    const lengths = along.map((axis) => this.node.shape[axis] as number);
    const count = new Tensor(fillWithSize(sum.node.shape, lengths, sum.dtype));
    return sum.div(count.sub(checkNumber("reduceVariance", "correction", correction)).maximum(0));
  }

  /**
   * The product over `axes`, over all of them where none are given. A product of nothing is 1. Its gradient divides by
   * no entry and is right where entries are 0. One axis is multiplied in float64, and rounded before the next.
   * @example tensor([[1, 2], [3, 4]]).reduceProd(1) // [2, 12]
   */
  reduceProd(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("reduceProd", ops.reduceProd, this, resolveAxes("reduceProd", axes, this.rank), options);
  }

  /**
   * The smallest value over `axes`; NaN if one is NaN. All of the gradient goes to one entry, the first smallest.
   * @example tensor([[1, 2], [4, 3]]).reduceMin(1) // [1, 3]
   */
  reduceMin(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("reduceMin", ops.reduceMin, this, resolveFilledAxes("reduceMin", this.node.shape, axes), options);
  }

  /** The largest value over `axes`; NaN if one is NaN. All of the gradient goes to one entry, the first largest. */
  reduceMax(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce("reduceMax", ops.reduceMax, this, resolveFilledAxes("reduceMax", this.node.shape, axes), options);
  }

  /**
   * Where along `axis` the smallest value is: the first such position; the first NaN if there is one.
   * @example tensor([[1, 2], [4, 3]]).argmin(1) // [0, 1]
   */
  argmin(axis: number): Indices {
    return position("argmin", ops.argmin, this, axis);
  }

  /** Where along `axis` the largest value is: the first such position; the first NaN if there is one. */
  argmax(axis: number): Indices {
    return position("argmax", ops.argmax, this, axis);
  }

  /**
   * √Σx², the Euclidean length over `axes`; over nothing 0. The gradient is x / √Σx², and 0 where all x are 0, though
   * the length has a kink there. Entries whose squares float32 does not hold are scaled by a power of two before.
   * @example tensor([[3, 4], [0, 0]]).norm(1) // [5, 0]
   */
  norm(axes?: Axes, options?: ReduceOptions): Tensor {
    const along = resolveAxes("norm", axes, this.rank);
    const keepDims = keepsDims("norm", options);
    const size = this.abs().reduceSum(along, { keepDims: true });
    const scale = where(size.greater(2 ** 50), 2 ** -80, where(size.less(2 ** -30), 2 ** 90, 1));
    const squares = this.mul(scale).square().reduceSum(along, { keepDims: true });
    // √ has no slope at 0. There it gets a 1, and 0 of the gradient.
    const isZero = squares.equal(0);
    const length = where(isZero, 0, where(isZero, 1, squares).sqrt().div(scale));
    return keepDims ? length : length.squeeze(along);
  }

  /**
   * The sum of each entry and all before it along `axis`, in float32. Takes 16 additions for each entry, in a pass for
   * each digit that the length has to base 16.
   * @example tensor([1, 2, 3]).cumulativeSum(0) // [1, 3, 6]
   */
  cumulativeSum(axis: number): Tensor {
    return cumulativeSum(this, resolveAxis("cumulativeSum", axis, this.rank));
  }

  /**
   * log Σ eˣ over `axes`, without overflow: the largest x is taken out before. The gradient is the softmax; over nothing
   * but −∞, where there is none, it is 0.
   * @example tensor([1000, 1000]).logSumExp() // 1000.6932
   */
  logSumExp(axes?: Axes, options?: ReduceOptions): Tensor {
    const along = resolveFilledAxes("logSumExp", this.node.shape, axes);
    const keepDims = keepsDims("logSumExp", options);
    const largest = stopGradient(this.reduceMax(along, { keepDims: true }));
    const finite = largest.maximum(-LARGEST[this.dtype]).minimum(LARGEST[this.dtype]);
    const sum = this.sub(finite).exp().reduceSum(along, { keepDims: true });
    // The largest adds 1 to the sum, so only that of nothing but −∞ is below: its logarithm has no slope, that of 1 does.
    const result = sum.maximum(1).log().add(largest);
    return keepDims ? result : result.squeeze(along);
  }

  /** eˣ / Σ eˣ along `axis`, without overflow. Of nothing but −∞, and with ∞, it is NaN: there are no such weights. */
  softmax(axis = -1): Tensor {
    const along = resolveFilledAxes("softmax", this.node.shape, axis);
    const weights = this.sub(stopGradient(this.reduceMax(along, { keepDims: true }))).exp();
    return weights.div(weights.reduceSum(along, { keepDims: true }));
  }

  /**
   * The entries at `indices` along `axis`; the shape of `indices` stands in the place of that axis.
   * Negative indices count from the end.
   * @example tensor([[1, 2], [3, 4], [5, 6]]).take([2, 0]) // [[5, 6], [1, 2]]
   */
  take(indices: IndexLike, axis = 0): Tensor {
    const along = resolveAxis("take", axis, this.rank);
    const positions = toIndices("take", indices);
    checkRange("take", positions, along, this.node.shape[along] as number);
    const line = this.node.shape.map((_, at) => (at === along ? sizeOf(positions.node.shape) : 1));
    const everywhere = ops.expand(
      ops.reshape(positions.node, line),
      withAxis(this.node.shape, along, sizeOf(positions.node.shape)),
    );
    const shape = [...this.node.shape.slice(0, along), ...positions.shape, ...this.node.shape.slice(along + 1)];
    return new Tensor(ops.reshape(ops.gather(this.node, everywhere, along), shape));
  }

  /**
   * The matrix product, as NumPy's `matmul`: a vector is a row on the left and a column on the right,
   * axes before the last two broadcast.
   * @example tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // [3, 7]
   */
  matmul(other: Tensor): Tensor {
    checkTensor("matmul", "the other factor", other);
    if (this.rank === 0 || other.rank === 0) {
      throw new RangeError(
        `matmul: shapes ${formatShape(this.node.shape)} and ${formatShape(other.node.shape)}; expected vectors or matrices, use mul for a scalar`,
      );
    }
    const inner = this.node.shape.at(-1) as number;
    const rows = other.node.shape.at(other.rank === 1 ? -1 : -2);
    if (rows !== inner) {
      throw new RangeError(
        `matmul: shapes ${formatShape(this.node.shape)} and ${formatShape(other.node.shape)} do not multiply: ${inner} columns against ${rows} rows`,
      );
    }
    if (other.rank === 1) return this.mul(other).reduceSum(-1);
    if (this.rank === 1) return this.expandDims(-1).mul(other).reduceSum(-2);
    broadcastShapes("matmul, before the last two axes", [this.node.shape.slice(0, -2), other.node.shape.slice(0, -2)]);
    // [..., m, 1, inner] · [..., 1, n, inner], summed over the last axis
    return this.expandDims(-2).mul(transposeLast(other).expandDims(-3)).reduceSum(-1);
  }
}

/**
 * An immutable array of whole numbers that name positions, such as `argmin` returns.
 * It has no arithmetic and no gradient: it selects, by `take` and `oneHot`.
 */
export class Indices extends Face {
  /** The values, row-major: an `Int32Array` that is a copy, the same one each time. See `data` of a tensor. */
  get data(): ReadonlyIntegers {
    return this.copied() as Int32Array;
  }

  /**
   * A new last axis of length `depth` that holds 1 at the index and 0 elsewhere.
   * @example indices([2, 0]).oneHot(3) // [[0, 0, 1], [1, 0, 0]]
   */
  oneHot(depth: number): Tensor {
    if (!isLength(depth)) {
      throw new RangeError(`oneHot: depth is ${describe(depth)}; expected a whole number from 0`);
    }
    checkRange("oneHot", this, this.rank, depth);
    const column = ops.reshape(this.node, [...this.node.shape, 1]);
    return new Tensor(ops.scatterAdd(fill(column.shape, 1), column, this.rank, depth));
  }

  /** 1 where both are equal, 0 elsewhere, as a tensor. */
  equal(other: IndexLike): Tensor {
    const others = toIndices("equal", other);
    const shape = broadcastShapes("equal", [this.node.shape, others.node.shape]);
    return new Tensor(ops.equal(broadcastTo(this.node, shape), broadcastTo(others.node, shape)));
  }
}

/** The largest numbers that there are. */
const LARGEST = { float32: (2 - 2 ** -23) * 2 ** 127, float64: Number.MAX_VALUE } as const;

// Making tensors.

/** How `tensor` takes values. */
export interface TensorOptions {
  /**
   * Whether the tensor has values of its own. Otherwise it takes the typed array itself, and nobody may write to that
   * as long as the tensor is in use: what is then computed may be of the old values or of the new ones. Default true.
   */
  readonly copy?: boolean;
  /**
   * What the values are kept in, and what is computed from them: `"float64"` keeps all digits of JavaScript's numbers,
   * takes two or three times as long to compute and twice the memory. Default `"float32"`.
   */
  readonly dtype?: "float32" | "float64";
}

/**
 * A tensor of a number, of nested arrays, or of any typed array of numbers; `shape` lays the same values out in another
 * way. The values are copied, and rounded to float32 unless `dtype` is `"float64"`; but with `copy: false` a
 * `Float32Array` (a `Float64Array`, with that `dtype`) is taken as it is, as NumPy's `asarray` does; of one of a subclass
 * or another realm the memory is. Throws for ragged arrays and for what is not a number, with the position.
 * @example tensor([[1, 2], [3, 4]]).shape // [2, 2]
 * @example tensor(new Float64Array(6), [2, 3]).shape // [2, 3]
 */
export function tensor(values: NestedArray, shape?: Shape, options?: TensorOptions): Tensor {
  const { copy: asked, dtype = "float32" } = checkOptions("tensor", options, ["copy", "dtype"]);
  const copy = checkSwitch("tensor", "copy", asked, true);
  if (dtype !== "float32" && dtype !== "float64") {
    throw new TypeError(`tensor: dtype is ${describe(dtype)}; expected "float32" or "float64"`);
  }
  const kind = arrays[dtype];
  if (!copy && kindOf(values) !== kind.name) {
    throw new TypeError(
      `tensor: copy: false with ${describe(values)}; expected a ${kind.name}, as others are converted`,
    );
  }
  const { flat, shape: found } = flatten("tensor", values, shape);
  return new Tensor(
    copy ? constant(new kind(flat), found) : constant(plain(flat as InstanceType<typeof kind>), found, true),
  );
}

/**
 * Indices of a whole number, of nested arrays, or of a typed array of whole numbers.
 * @example tensor([10, 20, 30]).take(indices([2, 2, 0])) // [30, 30, 10]
 */
export function indices(values: NestedArray, shape?: Shape): Indices {
  return makeIndices("indices", values, shape);
}

/** A tensor of the same value everywhere. @example full([2, 2], 7) // [[7, 7], [7, 7]] */
export function full(shape: Shape, value: number): Tensor {
  return new Tensor(fill(checkShape("full", shape), checkNumber("full", "the value", value)));
}

/** A tensor of zeros. @example zeros([3]) // [0, 0, 0] */
export function zeros(shape: Shape): Tensor {
  return new Tensor(fill(checkShape("zeros", shape), 0));
}

/** A tensor of ones. @example ones([3]) // [1, 1, 1] */
export function ones(shape: Shape): Tensor {
  return new Tensor(fill(checkShape("ones", shape), 1));
}

/** The numbers 0, 1, …, n − 1. @example arange(3) // [0, 1, 2] */
export function arange(n: number): Tensor {
  const [length] = checkShape("arange", [n]) as [number];
  return new Tensor(
    constant(
      Float32Array.from({ length }, (_, at) => at),
      [length],
    ),
  );
}

// Combining tensors.

/**
 * Tensors side by side along an axis that they already have; all other axes must be equal.
 * @example concat([tensor([[1], [2]]), tensor([[3], [4]])], 1) // [[1, 3], [2, 4]]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const parts = checkTensors("concat", tensors);
  const [first] = parts;
  const along = resolveAxis("concat", axis, first.rank);
  checkAlike("concat", parts, (shape) => withAxis(shape, along, 0), `equal lengths on all axes but ${along}`);
  return new Tensor(
    ops.concat(
      parts.map(({ node }) => node),
      along,
    ),
  );
}

/**
 * Tensors of one shape side by side along a new axis.
 * @example stack([tensor([1, 2]), tensor([3, 4])], 1) // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const parts = checkTensors("stack", tensors);
  checkAlike("stack", parts, (shape) => shape, "equal shapes");
  const along = resolveAxis("stack", axis, parts[0].rank + 1);
  return concat(
    parts.map((part) => part.expandDims(along)),
    along,
  );
}

/**
 * `a` where the condition is not 0, `b` where it is. All three broadcast. No gradient flows to the condition.
 * @example where(tensor([1, 0]), tensor([5, 6]), 0) // [5, 0]
 */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  return entrywise("where", ops.where, condition, a, b);
}

/**
 * The same values, through which no gradient flows.
 * @example grad((x: Tensor) => x.mul(stopGradient(x)))(tensor(3)) // 3
 */
export function stopGradient(x: Tensor): Tensor {
  return new Tensor(ops.stopGradient(checkTensor("stopGradient", "the argument", x).node));
}

// From what callers say to the strict graph.

function entrywise<Operands extends readonly Operand[]>(
  operation: string,
  build: (...nodes: { [At in keyof Operands]: Node }) => Node,
  ...operands: Operands
): Tensor {
  const shape = broadcastShapes(
    operation,
    operands.map((operand) => shapeOf(operation, operand)),
  );
  const dtype = widest(operands.map((operand) => (typeof operand === "number" ? NUMBER : operand.node)));
  const nodes = operands.map((operand) =>
    typeof operand === "number" ? fill(shape, operand, dtype) : broadcastTo(operand.node, shape),
  );
  return new Tensor(build(...(nodes as { [At in keyof Operands]: Node })));
}

/** A plain number is of the type of the tensors that it meets. */
const NUMBER = { dtype: "float32" } as const;

function shapeOf(operation: string, operand: Operand): Shape {
  if (typeof operand === "number") return [];
  if (operand instanceof Tensor) return operand.node.shape;
  throw new TypeError(`${operation}: an operand is ${describe(operand)}; expected a tensor or a number`);
}

/** Every broadcast of the graph: axes of length 1 in front where there are too few, then an explicit `expand`. */
function broadcastTo(node: Node, shape: Shape): Node {
  const missing = shape.length - node.shape.length;
  const aligned = missing > 0 ? ops.reshape(node, [...new Array<number>(missing).fill(1), ...node.shape]) : node;
  return sameShape(aligned.shape, shape) ? aligned : ops.expand(aligned, shape);
}

/** The last axis first, so that in row-major order the first of equal extremes wins over several axes too. */
function reduce(
  operation: string,
  build: (x: Node, axis: number) => Node,
  x: Tensor,
  along: readonly number[],
  options: ReduceOptions | undefined,
): Tensor {
  const keepDims = keepsDims(operation, options);
  const reduced = along.reduceRight(build, x.node);
  return new Tensor(keepDims ? reduced : ops.reshape(reduced, withoutAxes(x.node.shape, along)));
}

const keepsDims = (operation: string, options: ReduceOptions | undefined): boolean =>
  checkSwitch(operation, "keepDims", checkOptions(operation, options, ["keepDims"]).keepDims, false);
/** In blocks: the sums within each, and what comes before the block, which is a cumulative sum of the sums of blocks. */
function cumulativeSum(x: Tensor, axis: number): Tensor {
  const { shape } = x.node;
  const length = shape[axis] as number;
  if (length === 0) return x;
  const width = Math.min(length, 16);
  const count = Math.ceil(length / width);
  const [outer, inner] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const padded = concat([x, zeros(withAxis(shape, axis, count * width - length))], axis);
  const positions = arange(width);
  const isUpTo = positions.expandDims(1).greaterEqual(positions);
  const within = where(
    isUpTo.reshape([width, width, ...inner.map(() => 1)]),
    padded.reshape([...outer, count, 1, width, ...inner]),
    0,
  ).reduceSum(axis + 2);
  if (count === 1) return within.reshape(shape);
  const totals = cumulativeSum(within.slice(axis + 1, -1).squeeze(axis + 1), axis);
  const before = concat([zeros(withAxis(shape, axis, 1)), totals.slice(axis, 0, -1)], axis);
  return within
    .add(before.expandDims(axis + 1))
    .reshape(padded.node.shape)
    .slice(axis, 0, length);
}

function position(operation: string, build: (x: Node, axis: number) => Node, x: Tensor, axis: number): Indices {
  const along = resolveAxis(operation, axis, x.rank);
  resolveFilledAxes(operation, x.node.shape, along);
  return new Indices(ops.reshape(build(x.node, along), withoutAxes(x.node.shape, [along])));
}

/** e^−|x|, differentiable at 0 from the right: what is made of it is smooth there. */
function decayOf(x: Tensor): Tensor {
  return where(x.greaterEqual(0), x.neg(), x).exp();
}

function transposeLast(x: Tensor): Tensor {
  const axes = x.node.shape.map((_, axis) => axis);
  return x.transpose([...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

const toIndices = (operation: string, values: IndexLike): Indices =>
  values instanceof Indices ? values : makeIndices(operation, values);

function makeIndices(operation: string, values: NestedArray, shape?: Shape): Indices {
  const { flat, shape: found } = flatten(operation, values, shape);
  const whole = Int32Array.from(flat);
  const wrong = whole.findIndex((index, at) => index !== flat[at]);
  if (wrong >= 0) {
    throw new RangeError(
      `${operation}: the index ${describe(flat[wrong])} at position ${wrong} is not a whole number of 32 bits`,
    );
  }
  return new Indices(constant(whole, found));
}

/**
 * Indices that are there are held against the axis at once. Others are when they are used; of those that a compiled
 * function is given, the operation then says what it expected.
 */
function checkRange(operation: string, { node }: Indices, axis: number, length: number): void {
  if (node.operation.kind !== "leaf") return;
  const check = (values: Values, where = ""): void => {
    const wrong = values.find((index) => index < -length || index >= length);
    if (wrong !== undefined) throw indexError(operation + where, wrong, axis, length);
  };
  if (node.operation.name === "constant") check(valuesOf(node));
  else expectOf(node, check);
}

export function checkTensor(operation: string, what: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected a tensor`);
}

function checkTensors(operation: string, tensors: readonly Tensor[]): [Tensor, ...Tensor[]] {
  const all = checkArray(operation, "the argument", tensors);
  if (all.length === 0) throw new TypeError(`${operation}: the array is empty; expected at least one tensor`);
  return all.map((each, at) => checkTensor(operation, `entry ${at}`, each)) as [Tensor, ...Tensor[]];
}

function checkAlike(
  operation: string,
  [first, ...others]: readonly [Tensor, ...Tensor[]],
  compared: (shape: Shape) => Shape,
  expected: string,
): void {
  const wrong = others.findIndex(
    ({ rank, node }) => rank !== first.rank || !sameShape(compared(node.shape), compared(first.node.shape)),
  );
  if (wrong < 0) return;
  throw new RangeError(
    `${operation}: tensor ${wrong + 1} has shape ${formatShape((others[wrong] as Tensor).node.shape)} and tensor 0 has ${formatShape(first.node.shape)}; expected ${expected}`,
  );
}
