/**
 * Tensors and indices made of what callers have: values, or a shape and one value. Checks what is passed. Knows nothing
 * of operations.
 */
import { checkNumber, checkOptions, checkSwitch, describe, kindOf } from "./argument.js";
import { arrays, constant, fill, range } from "./graph.js";
import { flatten, type NestedArray, plain } from "./nested.js";
import { positions } from "./selection.js";
import { checkShape, type Shape } from "./shape.js";
import { Indices, Tensor } from "./tensor.js";

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
  return new Indices(positions("indices", values, shape));
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
  return new Tensor(range(length));
}
