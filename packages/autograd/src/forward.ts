/**
 * Forward mode, and whole matrices of derivatives. Reverse mode gives Jᵀu, which is linear in u; differentiated by u in a
 * direction v it is J v. So there is no second set of rules, and what only leads to u drops out of the graph.
 * Knows tensors and structures of tensors; the mathematics is in `gradient`, the computing in `engine`.
 */
import { checkFunction } from "./argument.js";
import { zeros } from "./creation.js";
import { stack } from "./functions.js";
import { gradientNodes } from "./gradient.js";
import { like, type Node, type Nodes } from "./graph.js";
import { leavesOf, located, rebuild } from "./structure.js";
import { checkTensor, Tensor } from "./tensor.js";
import { callWithVariables, differentiate, directionsOf, type ScalarFunction } from "./transforms.js";

/**
 * The value of `f` and its derivative along v, as `[value, J v]`: how fast each entry of the value changes as x moves in
 * the direction v. v has the structure and shapes of x, the derivative those of the value, which need not be a scalar.
 * @example jvp((x: Tensor) => x.square())(tensor([1, 2]), tensor([1, 10])) // [[1, 4], [2, 40]]
 */
export function jvp<X = Tensor, Y = Tensor, Rest extends unknown[] = []>(
  f: (x: X, ...rest: Rest) => Y,
): (x: X, v: X, ...rest: Rest) => [value: Y, tangent: Y] {
  checkFunction("jvp", f);
  return (x, v, ...rest) => {
    const directions = directionsOf("jvp", x, v);
    const { result, variables } = callWithVariables("jvp", f, x, rest);
    const tangents = outputsOf("jvp", result).map((y) => new Tensor(tangentOf(y, variables, directions)));
    return [result, rebuild(result, tangents, () => true)];
  };
}

/** All derivatives of Y by X: in the place of each tensor of Y the structure of X, of tensors `[...y.shape, ...x.shape]`. */
export type JacobianOf<Y, X> = Y extends Tensor ? X : { [Key in keyof Y]: JacobianOf<Y[Key], X> };

/**
 * All first derivatives of `f` by its first argument, of shape `[...value, ...x]`, as one graph. It has a walk back for
 * each entry of the value, or a walk forward for each entry of x, whichever are fewer: for small things.
 * @example jacobian((x: Tensor) => x.square())(tensor([1, 2])) // [[2, 0], [0, 4]]
 */
export function jacobian<X = Tensor, Y = Tensor, Rest extends unknown[] = []>(
  f: (x: X, ...rest: Rest) => Y,
): (x: X, ...rest: Rest) => JacobianOf<Y, X> {
  checkFunction("jacobian", f);
  return (x, ...rest) => jacobianAt("jacobian", f, x, rest);
}

/**
 * All second derivatives of `f`, whose value is a scalar, by its first argument, of shape `[...x, ...x]`, as one graph. For
 * large x there is `hessianVectorProduct`.
 * @example hessian((x: Tensor) => x.pow(3).reduceSum())(tensor([1, 2])) // [[6, 0], [0, 12]]
 */
export function hessian<X = Tensor, Rest extends unknown[] = []>(
  f: ScalarFunction<X, Rest>,
): (x: X, ...rest: Rest) => JacobianOf<X, X> {
  checkFunction("hessian", f);
  const slope = (x: X, ...rest: Rest): X => differentiate("hessian", f, x, rest)[1];
  return (x, ...rest) => jacobianAt("hessian", slope, x, rest);
}

function jacobianAt<X, Y, Rest extends unknown[]>(
  operation: string,
  f: (x: X, ...rest: Rest) => Y,
  x: X,
  rest: Rest,
): JacobianOf<Y, X> {
  const { result, variables } = callWithVariables(operation, f, x, rest);
  const outputs = outputsOf(operation, result);
  const derivatives = entriesIn(outputs) <= entriesIn(variables) ? byRows : byColumns;
  const blocks = outputs.map((y) => rebuild(x, derivatives(y, variables), () => true));
  return rebuild(result, blocks, () => true) as JacobianOf<Y, X>;
}

const entriesIn = (nodes: Nodes): number => nodes.reduce((sum, node) => sum + new Tensor(node).size, 0);

/** ∂y/∂x for each x, from the gradients of the entries of y. */
const byRows = (y: Node, xs: Nodes): Tensor[] =>
  gradientsOfEntries(y, xs).map((rows, at) => rows.reshape([...y.shape, ...(xs[at] as Node).shape]));

/** ∂y/∂x for each x, from the entries of Jᵀu differentiated by u: the columns of J. */
function byColumns(y: Node, xs: Nodes): Tensor[] {
  const u = like(y, 1);
  return gradientNodes(y, xs, u).map((pulled) => {
    const [columns] = gradientsOfEntries(pulled, [u]) as [Tensor];
    const [first, ...others] = columns.shape.keys();
    return columns.transpose([...others, first as number]).reshape([...y.shape, ...pulled.shape]);
  });
}

/** For each x the gradients of all entries of y, one below the other. */
function gradientsOfEntries(y: Node, xs: Nodes): Tensor[] {
  const flat = new Tensor(y).reshape([-1]);
  const gradients = Array.from({ length: flat.size }, (_, at) =>
    gradientNodes(flat.slice(0, at, at + 1).squeeze().node, xs).map((node) => new Tensor(node)),
  );
  return xs.map(({ shape }, which) =>
    gradients.length === 0 ? zeros([0, ...shape]) : stack(gradients.map((each) => each[which] as Tensor)),
  );
}

/** J v of one output. Of a scalar it is ⟨∇y, v⟩, which often takes a pass less than a walk there and back. */
function tangentOf(y: Node, xs: Nodes, directions: readonly Tensor[]): Node {
  return y.shape.length === 0 ? pairing(y, xs, like(y, 1), directions) : pushedForward(y, xs, directions);
}

/** J v by two walks back: ⟨Jᵀu, v⟩ differentiated by u, whatever u is. */
export function pushedForward(y: Node, xs: Nodes, directions: readonly Tensor[]): Node {
  const u = like(y, 1);
  return (gradientNodes(pairing(y, xs, u, directions), [u]) as [Node])[0];
}

/** ⟨Jᵀu, v⟩. */
function pairing(y: Node, xs: Nodes, u: Node, directions: readonly Tensor[]): Node {
  const products = gradientNodes(y, xs, u).map((pulled, at) =>
    new Tensor(pulled).mul(directions[at] as Tensor).reduceSum(),
  );
  return products.reduce((sum, each) => sum.add(each)).node;
}

/** The nodes of what a function has returned. */
const outputsOf = (operation: string, result: unknown): Node[] =>
  leavesOf(result).map(({ leaf, path }) => checkTensor(operation, located("the function's value", path), leaf).node);
