/**
 * Functions of functions: differentiate, compile, descend. Each takes a function of tensors and returns another.
 * Knows tensors and structures of tensors; the mathematics is in `gradient`, the computing in `engine`.
 */
import { checkArray, checkFunction, checkOptions, describe } from "./argument.js";
import { valuesOf } from "./engine.js";
import { gradientNodes } from "./gradient.js";
import type { Node } from "./graph.js";
import { expand } from "./ops.js";
import { formatShape, sameShape } from "./shape.js";
import { leavesOf, located, mapStructure, type Path, rebuild } from "./structure.js";
import { checkTensor, Tensor } from "./tensor.js";
import { Traces } from "./traces.js";
import { insideGraph, isInsideGraph } from "./tracing.js";

/**
 * ∂y/∂x for each x, in the shape of x, as tensors that can be differentiated again. Zeros where y does not depend on x.
 * `y` is a scalar, or `upstream` gives ∂L/∂y in the shape of y; otherwise it throws.
 * @example gradients(x.square().reduceSum(), [x]) // [2x]
 */
export function gradients(y: Tensor, xs: readonly Tensor[], upstream?: Tensor): Tensor[] {
  checkTensor("gradients", "y", y);
  const nodes = checkArray("gradients", "xs", xs).map((x, at) => checkTensor("gradients", `xs[${at}]`, x).node);
  if (upstream === undefined) {
    checkScalar("gradients", y, `or an upstream gradient of shape ${formatShape(y.shape)}`);
  } else if (!sameShape(checkTensor("gradients", "upstream", upstream).node.shape, y.node.shape)) {
    throw new RangeError(
      `gradients: the upstream gradient has shape ${formatShape(upstream.shape)}; expected the shape of y, ${formatShape(y.shape)}`,
    );
  }
  return gradientNodes(y.node, nodes, upstream?.node).map((node) => new Tensor(node));
}

/** A function whose value is a scalar tensor and whose first argument is a tensor or a structure of tensors. */
export type ScalarFunction<X, Rest extends unknown[]> = (x: X, ...rest: Rest) => Tensor;

/**
 * The gradient of `f` with respect to its first argument, with the same structure. Inside `f`, what depends on that
 * argument cannot be read, since no gradient flows through a number; it can be printed.
 * @example grad((x: Tensor) => x.square().reduceSum())(tensor([1, 2])) // [2, 4]
 */
export function grad<X = Tensor, Rest extends unknown[] = []>(f: ScalarFunction<X, Rest>): (x: X, ...rest: Rest) => X {
  checkFunction("grad", f);
  return (x, ...rest) => differentiate("grad", f, x, rest)[1];
}

/**
 * The value of `f` and its gradient with respect to the first argument, as `[value, gradient]`.
 * @example valueAndGrad((x: Tensor) => x.square().reduceSum())(tensor([1, 2])) // [5, [2, 4]]
 */
export function valueAndGrad<X = Tensor, Rest extends unknown[] = []>(
  f: ScalarFunction<X, Rest>,
): (x: X, ...rest: Rest) => [value: Tensor, gradient: X] {
  checkFunction("valueAndGrad", f);
  return (x, ...rest) => differentiate("valueAndGrad", f, x, rest);
}

/**
 * H·v, where H holds the second derivatives of `f` with respect to its first argument and v has that argument's
 * structure: the gradient of ⟨∇f, v⟩, without ever forming H (Pearlmutter 1994).
 * @example hessianVectorProduct((x: Tensor) => x.pow(3).reduceSum())(tensor([1, 2]), tensor([1, 1])) // [6, 12]
 */
export function hessianVectorProduct<X = Tensor, Rest extends unknown[] = []>(
  f: ScalarFunction<X, Rest>,
): (x: X, v: X, ...rest: Rest) => X {
  checkFunction("hessianVectorProduct", f);
  return (x, v, ...rest) => {
    const directions = directionsOf("hessianVectorProduct", x, v);
    const slope = (at: X, ...others: Rest): Tensor => {
      const [, gradient] = differentiate("hessianVectorProduct", f, at, others);
      const products = tensorsIn(gradient).map((each, leaf) => each.mul(directions[leaf] as Tensor).reduceSum());
      return products.reduce((sum, product) => sum.add(product));
    };
    return differentiate("hessianVectorProduct", slope, x, rest)[1];
  };
}

/**
 * A compiled function: the first call with arguments of given shapes traces `f` into a graph, and later calls run that
 * graph. Takes and returns what `f` does: tensors, indices, plain values, and structures of them. Plain values are part
 * of the trace, and tensors that `f` closes over are constants. When calls differ only in the lengths of first axes,
 * such as the number of points, one more trace serves all such lengths, unless `f` reads one of them. Results are
 * values without a history: to differentiate, compile the derivative, `compile(grad(f))`.
 * @example const distance = compile((a: Tensor, b: Tensor) => a.sub(b).square().reduceSum().sqrt());
 * @example distance(tensor([0, 3]), tensor([4, 0])).item() // 5
 */
export function compile<Arguments extends unknown[], Result>(
  f: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  checkFunction("compile", f);
  const traces = new Traces(f);
  return (...args) => (isInsideGraph() ? f(...args) : traces.call(args));
}

/** Options of `gradientDescent`. */
export interface GradientDescentOptions {
  /** ε in W − ε ∂cost/∂W. */
  readonly learningRate: number;
}

/**
 * One step of gradient descent as a compiled function: W ↦ W − ε ∂cost/∂W. W is a tensor or a structure of tensors;
 * further arguments go to the cost.
 * @example const step = gradientDescent((w: Tensor) => w.square().reduceSum(), { learningRate: 0.25 });
 * @example step(tensor([2, 4])) // [1, 2]
 */
export function gradientDescent<X = Tensor, Rest extends unknown[] = []>(
  cost: ScalarFunction<X, Rest>,
  options: GradientDescentOptions,
): (w: X, ...rest: Rest) => X {
  checkFunction("gradientDescent", cost);
  const { learningRate } = checkOptions("gradientDescent", options, ["learningRate"]);
  if (learningRate === undefined || !Number.isFinite(learningRate)) {
    throw new RangeError(`gradientDescent: learningRate is ${describe(learningRate)}; expected a finite number`);
  }
  return compile((w: X, ...rest: Rest): X => {
    const [, gradient] = differentiate("gradientDescent", cost, w, rest);
    const next = (weights: unknown, _: Path, slope: unknown): Tensor =>
      (weights as Tensor).sub((slope as Tensor).mul(learningRate));
    return mapStructure(w, next, gradient);
  });
}

/** The value of `f` and its gradient, as `valueAndGrad` has them, for the operation that errors name. */
export function differentiate<X, Rest extends unknown[]>(
  operation: string,
  f: ScalarFunction<X, Rest>,
  x: X,
  rest: Rest,
): [value: Tensor, gradient: X] {
  const { result, variables } = callWithVariables(operation, f, x, rest);
  const value = checkTensor(operation, "the function's value", result);
  checkScalar(operation, value, "or use gradients() with an upstream gradient");
  const slopes = gradientNodes(value.node, variables).map((node) => new Tensor(node));
  return [value, rebuild(x, slopes, () => true)];
}

/** What `f` returns for variables in place of the tensors of `x`, and these, in the order of the leaves of `x`. */
export function callWithVariables<X, Y, Rest extends unknown[]>(
  operation: string,
  f: (x: X, ...rest: Rest) => Y,
  x: X,
  rest: Rest,
): { result: Y; variables: Node[] } {
  // New nodes for the argument, because f may also close over the same tensor. Its values are computed now, if
  // possible, so that a loop that takes one gradient after another does not go back to its beginning.
  const variables: Node[] = [];
  const argument = mapStructure(x, (leaf, path) => {
    const { node } = checkTensor(operation, located("the first argument", path), leaf);
    if (!isInsideGraph()) valuesOf(node);
    const variable = expand(node, node.shape);
    variables.push(variable);
    return new Tensor(variable);
  });
  if (variables.length === 0)
    throw new TypeError(
      `${operation}: the first argument holds no tensor; expected at least one to differentiate with respect to`,
    );
  return { result: insideGraph(operation, variables, () => f(argument, ...rest)), variables };
}

/** The tensors of a structure that is known to hold nothing else. */
const tensorsIn = (structure: unknown): Tensor[] => leavesOf(structure).map(({ leaf }) => leaf as Tensor);

/** The tensors of v, which must have the structure and the shapes of x. */
export function directionsOf(operation: string, x: unknown, v: unknown): Tensor[] {
  const leaves = leavesOf(x, v);
  if (leavesOf(v).length !== leaves.length) {
    throw new TypeError(`${operation}: the vector and the first argument have different structures; expected the same`);
  }
  return leaves.map(({ leaf, path, beside }) => {
    const { shape } = checkTensor(operation, located("the first argument", path), leaf).node;
    const direction = checkTensor(operation, located("the vector", path), beside);
    if (sameShape(direction.node.shape, shape)) return direction;
    throw new RangeError(
      `${operation}: ${located("the vector", path)} has shape ${formatShape(direction.node.shape)}; expected ${formatShape(shape)}, like the first argument`,
    );
  });
}

function checkScalar(operation: string, y: Tensor, alternative: string): void {
  if (y.rank === 0) return;
  throw new RangeError(
    `${operation}: the function's value has shape ${formatShape(y.shape)}; expected a scalar. Sum it with reduceSum(), ${alternative}`,
  );
}
