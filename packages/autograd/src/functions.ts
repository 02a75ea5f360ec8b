/**
 * The operations that are functions, not methods: those of several tensors of which none comes first, and `stopGradient`.
 * Checks what is passed, resolves negative axes. Knows nothing of how values are computed.
 */
import { checkArray } from "./argument.js";
import * as ops from "./ops.js";
import { formatShape, resolveAxis, type Shape, sameShape, withAxis } from "./shape.js";
import { checkTensor, entrywise, type Operand, Tensor } from "./tensor.js";

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
