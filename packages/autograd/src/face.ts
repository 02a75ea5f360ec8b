/**
 * What tensors and indices have in common: a shape and, once somebody reads them, values as numbers, arrays or text.
 * Knows nodes and how their values are read, and no operation.
 */
import { describe, ours } from "./argument.js";
import { formatType, isShared, type Node, type Values } from "./graph.js";
import { forEveryone, known } from "./lengths.js";
import { formatValues, type NestedNumbers, nest } from "./nested.js";
import { formatShape, resolveEntry, type Shape, sizeOf } from "./shape.js";
import { valuesOf, valuesToShow } from "./tracing.js";

/** What tensors and indices share: a shape and, once somebody reads them, values. */
export abstract class Face {
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
