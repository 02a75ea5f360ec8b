/**
 * What a function of tensors claims: its value, computed in float64 by the reference interpreter, because differences in
 * float32 are noise, and its gradient, computed as any other tensor is, or written by hand. Knows no single operation.
 */
import { describe } from "./argument.js";
import type { Claim, Part } from "./comparison.js";
import { prepare, valuesOf } from "./engine.js";
import { gradientNodes } from "./gradient.js";
import { constant, type Node, parameter, type Values } from "./graph.js";
import { flatten, type NestedArray } from "./nested.js";
import { add, mul, reduceSum, reshape } from "./ops.js";
import { evaluate } from "./reference.js";
import { formatShape, indexOf, type Shape, sameShape, sizeOf } from "./shape.js";
import { leavesOf, mapStructure } from "./structure.js";
import { checkTensor, Tensor } from "./tensor.js";
import { insideGraph } from "./tracing.js";

/** A gradient written by hand: that of a scalar by the first input, in that input's structure. */
export type HandWritten<Inputs extends readonly unknown[]> = (...inputs: Inputs) => unknown;

/** What `f` claims at `inputs`: of order 1, and at order 2 also of a weighted sum of its derivatives. */
export function claimsOf<Inputs extends readonly unknown[]>(
  operation: string,
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  order: number,
  gradient: HandWritten<Inputs> | undefined,
): Claim[] {
  const { symbols, variables } = symbolsFor(operation, inputs, gradient ? 1 : inputs.length);
  const result = insideGraph(
    operation,
    variables.map(({ node }) => node),
    () => f(...symbols),
  );
  const value = checkTensor(operation, "the function's value", result);
  if (gradient === undefined) return ownClaims(value, variables, order);
  return [handWrittenClaim(operation, scalarOf(operation, value), variables, inputs[0], gradient(...inputs))];
}

/** The framework's own gradient. */
function ownClaims(value: Tensor, variables: readonly Variable[], order: number): Claim[] {
  const nodes = variables.map(({ node }) => node);
  const objective = value.rank === 0 ? value.node : weightedSum([value.node]);
  const slopes = gradientNodes(objective, nodes);
  const values = new Map(variables.map((variable) => [variable.node, variable.values]));
  const exact = evaluate(slopes, (node) => values.get(node));
  const analytic = prepare(slopes, nodes)(variables.map(({ given }) => given));
  const claim = claimOf(objective, variables, analytic, exact);
  if (order === 1) return [claim];
  const second = ownClaims(new Tensor(weightedSum(slopes)), variables, order - 1);
  return [claim, ...second.map((each) => ({ ...each, order: each.order + 1 }))];
}

/** A gradient that the caller wrote: what it returned for the actual input. */
function handWrittenClaim(
  operation: string,
  objective: Node,
  variables: readonly Variable[],
  input: unknown,
  result: unknown,
): Claim {
  const by = "the gradient by hand";
  const shapes = variables.map(({ path, node }) => ({ path, shape: node.shape }));
  return claimOf(objective, variables, valuesByHand(operation, by, shapes, input, result));
}

/** Flat values of what was written by hand in the structure of an input, for each tensor of it; they are of these shapes. */
export function valuesByHand(
  operation: string,
  by: string,
  tensors: readonly { readonly path: string; readonly shape: Shape }[],
  input: unknown,
  result: unknown,
): ArrayLike<number>[] {
  const found = leavesOf(input, result).filter(({ leaf }) => leaf instanceof Tensor);
  return tensors.map(({ path, shape: expected }, at) => {
    const { beside } = found[at] as { beside: unknown };
    if (beside === undefined) {
      throw new TypeError(`${operation}: ${by} has nothing for ${path}; expected the structure of the first input`);
    }
    const what = `${operation}, ${by} for ${path}`;
    const { flat, shape } =
      beside instanceof Tensor ? { flat: beside.data, shape: beside.shape } : flatten(what, beside as NestedArray);
    if (flat.length === sizeOf(expected) && (shape.length === 1 || sameShape(shape, expected))) return flat;
    throw new RangeError(`${what}: it has shape ${formatShape(shape)}; expected ${formatShape(expected)}`);
  });
}

function claimOf(
  objective: Node,
  variables: readonly Variable[],
  analytic: readonly ArrayLike<number>[],
  exact?: readonly ArrayLike<number>[],
): Claim {
  const places = new Map(variables.map(({ node }, at) => [node, at]));
  return {
    order: 1,
    epsilon: Number.EPSILON,
    parts: variables.map(
      ({ path, node, values }, at): Part => ({
        path,
        shape: node.shape,
        values,
        analytic: analytic[at] as ArrayLike<number>,
        exact: exact?.[at],
      }),
    ),
    value: (point) => {
      const known = (node: Node): Float64Array | undefined => point[places.get(node) ?? -1];
      return (evaluate([objective], known)[0] as Float64Array)[0] as number;
    },
  };
}

/** A tensor among the inputs: where it stands, its node, the parameter in the place of that, and its values. */
interface Variable {
  readonly path: string;
  readonly given: Node;
  readonly node: Node;
  readonly values: Values;
}

/** The inputs with parameters in the place of the tensors of the first `count` of them. */
function symbolsFor<Inputs extends readonly unknown[]>(
  operation: string,
  inputs: readonly [...Inputs],
  count: number,
): { symbols: [...Inputs]; variables: Variable[] } {
  const variables: Variable[] = [];
  const symbols = inputs.map((input, at) =>
    mapStructure(input, (leaf, path) => {
      if (at >= count || !(leaf instanceof Tensor)) return leaf;
      const node = parameter(leaf.shape, leaf.dtype);
      const where = `inputs[${at}]${path}`;
      const values = valuesOf(leaf.node);
      checkFinite(operation, where, values, leaf.shape);
      variables.push({ path: where, given: leaf.node, node, values });
      return new Tensor(node);
    }),
  );
  if (variables.length === 0) {
    throw new TypeError(
      `${operation}: the inputs hold no tensor to differentiate by: ${describe(inputs)}; expected an array of arguments`,
    );
  }
  return { symbols: symbols as [...Inputs], variables };
}

/** Throws unless each value can be moved a little to either side. */
export function checkFinite(operation: string, path: string, values: ArrayLike<number>, shape: Shape): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new RangeError(
      `${operation}: ${path} is ${values[at]} at [${indexOf(at, shape).join(", ")}]; expected finite numbers, as there is nothing to either side of others`,
    );
  }
}

function scalarOf(operation: string, { node }: Tensor): Node {
  if (node.shape.length === 0) return node;
  throw new RangeError(
    `${operation}: f has shape ${formatShape(node.shape)}; expected a scalar, because a gradient written by hand is one of a scalar`,
  );
}

/** Σ wᵢ nodeᵢ over all entries, with weights between ½ and 1½ that repeat nowhere, so that no two errors cancel. */
function weightedSum(nodes: readonly Node[]): Node {
  let drawn = 0;
  const sums = nodes.map((node) => {
    const shape = [sizeOf(node.shape)];
    const weights = Float32Array.from({ length: sizeOf(node.shape) }, () => 0.5 + ((++drawn * GOLDEN_RATIO) % 1));
    return reshape(reduceSum(mul(reshape(node, shape), constant(weights, shape)), 0), []);
  });
  return sums.reduce(add);
}

const GOLDEN_RATIO = (1 + Math.sqrt(5)) / 2;
