/**
 * The face: what callers build graphs with. A tensor is a recipe; its values are computed when they are read. Methods
 * check what they are given and hand the strict graph what it wants; what takes more than a line or two of that is said
 * of nodes, in files of its own. Knows nothing of how values are computed.
 */
import { describe } from "./argument.js";
import type { Axes } from "./arrangement.js";
import * as arrangement from "./arrangement.js";
import { broadcast } from "./broadcasting.js";
import { Face } from "./face.js";
import type { Node } from "./graph.js";
import * as logistic from "./logistic.js";
import { matrixProduct } from "./matrix-product.js";
import type { NestedArray, ReadonlyFloats, ReadonlyIntegers } from "./nested.js";
import * as ops from "./ops.js";
import type { ReduceOptions, VarianceOptions } from "./reductions.js";
import * as reductions from "./reductions.js";
import * as selection from "./selection.js";
import { resolveAxis, resolveReshape, type Shape } from "./shape.js";

/** What an entrywise method takes: a tensor that broadcasts with this one, or a number. */
export type Operand = Tensor | number;

/** Positions along an axis: indices, or whole numbers, plain or in nested arrays. */
export type IndexLike = Indices | NestedArray;

/**
 * An immutable array of float32 numbers with a shape, as a recipe: its values are computed when they are first read.
 * Methods return new tensors. Entrywise methods broadcast as NumPy does, and take a number for a tensor.
 */
export class Tensor extends Face {
  /** Messages name the class, also where a bundler has renamed it. @internal */
  static override readonly name: string = "Tensor";

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
    return new Tensor(logistic.sigmoid(this.node));
  }

  /**
   * log(1 + eˣ), a smooth max(x, 0), to the last digits for any x. Its gradient is the sigmoid.
   * @example tensor([-100, 0, 100]).softplus() // [3.8e-44, 0.6931, 100]
   */
  softplus(): Tensor {
    return new Tensor(logistic.softplus(this.node));
  }

  /**
   * log(sigmoid(x)) = −softplus(−x), to the last digits for any x, where the sigmoid itself comes to 0 below −103 and
   * its logarithm to −∞, with a gradient of NaN.
   * @example tensor([-200, 0, 100]).logSigmoid() // [-200, -0.6931, -3.8e-44]
   */
  logSigmoid(): Tensor {
    return new Tensor(logistic.logSigmoid(this.node));
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
    return new Tensor(arrangement.expand(this.node, shape));
  }

  /**
   * Adds an axis of length 1 before `axis`; −1 adds it at the end.
   * @example tensor([1, 2]).expandDims(1) // [[1], [2]]
   */
  expandDims(axis: number): Tensor {
    return new Tensor(arrangement.expandDims(this.node, axis));
  }

  /** Removes the given axes, which must have length 1; all axes of length 1 where none are given. */
  squeeze(axes?: Axes): Tensor {
    return new Tensor(arrangement.squeeze(this.node, axes));
  }

  /**
   * Reorders the axes: axis a of the result is axis `axes[a]` of this one. Reverses them where none are given.
   * @example zeros([2, 3, 4]).transpose([2, 0, 1]).shape // [4, 2, 3]
   */
  transpose(axes?: readonly number[]): Tensor {
    return new Tensor(arrangement.transpose(this.node, axes));
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
    return new Tensor(arrangement.slice(this.node, axis, start, end));
  }

  // Along axes.

  /**
   * The sum over `axes`, over all of them where none are given. A sum over nothing is 0.
   * @example tensor([[1, 2], [3, 4]]).reduceSum(1) // [3, 7]
   */
  reduceSum(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.reduce("reduceSum", ops.reduceSum, this.node, axes, options));
  }

  /** The mean over `axes`; the mean over nothing is NaN. */
  reduceMean(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.mean(this.node, axes, options));
  }

  /**
   * The mean of (x − mean)² over `axes`, as NumPy's `var`: divided by n − `correction`, where 1 instead of 0 estimates the
   * variance of what n entries are drawn from. Over nothing it is NaN.
   * @example tensor([1, 3]).reduceVariance() // 1
   */
  reduceVariance(axes?: Axes, options?: VarianceOptions): Tensor {
    return new Tensor(reductions.variance(this.node, axes, options));
  }

  /**
   * The product over `axes`, over all of them where none are given. A product of nothing is 1. Its gradient divides by
   * no entry and is right where entries are 0. One axis is multiplied in float64, and rounded before the next.
   * @example tensor([[1, 2], [3, 4]]).reduceProd(1) // [2, 12]
   */
  reduceProd(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.reduce("reduceProd", ops.reduceProd, this.node, axes, options));
  }

  /**
   * The smallest value over `axes`; NaN if one is NaN. All of the gradient goes to one entry, the first smallest.
   * @example tensor([[1, 2], [4, 3]]).reduceMin(1) // [1, 3]
   */
  reduceMin(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.choose("reduceMin", ops.reduceMin, this.node, axes, options));
  }

  /** The largest value over `axes`; NaN if one is NaN. All of the gradient goes to one entry, the first largest. */
  reduceMax(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.choose("reduceMax", ops.reduceMax, this.node, axes, options));
  }

  /**
   * Where along `axis` the smallest value is: the first such position; the first NaN if there is one.
   * @example tensor([[1, 2], [4, 3]]).argmin(1) // [0, 1]
   */
  argmin(axis: number): Indices {
    return new Indices(reductions.choose("argmin", ops.argmin, this.node, resolveAxis("argmin", axis, this.rank)));
  }

  /** Where along `axis` the largest value is: the first such position; the first NaN if there is one. */
  argmax(axis: number): Indices {
    return new Indices(reductions.choose("argmax", ops.argmax, this.node, resolveAxis("argmax", axis, this.rank)));
  }

  /**
   * √Σx², the Euclidean length over `axes`; over nothing 0. The gradient is x / √Σx², and 0 where all x are 0, though
   * the length has a kink there. Entries whose squares float32 does not hold are scaled by a power of two before.
   * @example tensor([[3, 4], [0, 0]]).norm(1) // [5, 0]
   */
  norm(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.norm(this.node, axes, options));
  }

  /**
   * The sum of each entry and all before it along `axis`, in float32. Takes 16 additions for each entry, in a pass for
   * each digit that the length has to base 16.
   * @example tensor([1, 2, 3]).cumulativeSum(0) // [1, 3, 6]
   */
  cumulativeSum(axis: number): Tensor {
    return new Tensor(reductions.cumulativeSum(this.node, resolveAxis("cumulativeSum", axis, this.rank)));
  }

  /**
   * log Σ eˣ over `axes`, without overflow: the largest x is taken out before. The gradient is the softmax; over nothing
   * but −∞, where there is none, it is 0.
   * @example tensor([1000, 1000]).logSumExp() // 1000.6932
   */
  logSumExp(axes?: Axes, options?: ReduceOptions): Tensor {
    return new Tensor(reductions.logSumExp(this.node, axes, options));
  }

  /** eˣ / Σ eˣ along `axis`, without overflow. Of nothing but −∞, and with ∞, it is NaN: there are no such weights. */
  softmax(axis = -1): Tensor {
    return new Tensor(reductions.softmax(this.node, axis));
  }

  /**
   * The entries at `indices` along `axis`; the shape of `indices` stands in the place of that axis.
   * Negative indices count from the end.
   * @example tensor([[1, 2], [3, 4], [5, 6]]).take([2, 0]) // [[5, 6], [1, 2]]
   */
  take(indices: IndexLike, axis = 0): Tensor {
    const along = resolveAxis("take", axis, this.rank);
    return new Tensor(selection.take(this.node, positionsOf("take", indices), along));
  }

  /**
   * The matrix product, as NumPy's `matmul`: a vector is a row on the left and a column on the right,
   * axes before the last two broadcast.
   * @example tensor([[1, 2], [3, 4]]).matmul(tensor([1, 1])) // [3, 7]
   */
  matmul(other: Tensor): Tensor {
    return new Tensor(matrixProduct(this.node, checkTensor("matmul", "the other factor", other).node));
  }
}

/**
 * An immutable array of whole numbers that name positions, such as `argmin` returns.
 * It has no arithmetic and no gradient: it selects, by `take` and `oneHot`.
 */
export class Indices extends Face {
  /** Messages name the class, also where a bundler has renamed it. @internal */
  static override readonly name: string = "Indices";

  /** The values, row-major: an `Int32Array` that is a copy, the same one each time. See `data` of a tensor. */
  get data(): ReadonlyIntegers {
    return this.copied() as Int32Array;
  }

  /**
   * A new last axis of length `depth` that holds 1 at the index and 0 elsewhere.
   * @example indices([2, 0]).oneHot(3) // [[0, 0, 1], [1, 0, 0]]
   */
  oneHot(depth: number): Tensor {
    return new Tensor(selection.oneHot(this.node, depth));
  }

  /** 1 where both are equal, 0 elsewhere, as a tensor. */
  equal(other: IndexLike): Tensor {
    return new Tensor(ops.equal(...broadcast("equal", [this.node, positionsOf("equal", other)])));
  }
}

/** An entrywise operation on what callers pass, for the operation that errors name. */
export function entrywise<Operands extends readonly Operand[]>(
  operation: string,
  build: (...nodes: { [At in keyof Operands]: Node }) => Node,
  ...operands: Operands
): Tensor {
  const given = operands.map((operand) => operandOf(operation, operand));
  return new Tensor(build(...(broadcast(operation, given) as { [At in keyof Operands]: Node })));
}

function operandOf(operation: string, operand: Operand): Node | number {
  if (typeof operand === "number") return operand;
  if (operand instanceof Tensor) return operand.node;
  throw new TypeError(`${operation}: an operand is ${describe(operand)}; expected a tensor or a number`);
}

const positionsOf = (operation: string, indices: IndexLike): Node =>
  indices instanceof Indices ? indices.node : selection.positions(operation, indices);

export function checkTensor(operation: string, what: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new TypeError(`${operation}: ${what} is ${describe(value)}; expected a tensor`);
}
