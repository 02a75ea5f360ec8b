/**
 * Checking gradients: what a derivative says against what the function does. The function is differenced in float64
 * by the reference interpreter, because finite differences in float32 are noise; the derivative under test is
 * computed as any other tensor is. Knows no single operation.
 */
import { checkArray, checkFunction, checkOptions, describe } from "./argument.js";
import { prepare, valuesOf } from "./engine.js";
import { gradientNodes } from "./gradient.js";
import { constant, type Node, parameter, type Values } from "./graph.js";
import { flatten, type NestedArray } from "./nested.js";
import { add, mul, reduceSum, reshape } from "./ops.js";
import { evaluate } from "./reference.js";
import { GradientCheckError, type GradientComparison, type GradientReport, reportOn } from "./report.js";
import { formatShape, type Shape, sameShape, sizeOf } from "./shape.js";
import { slopeAt } from "./slope.js";
import { leavesOf, mapStructure } from "./structure.js";
import { checkTensor, Tensor } from "./tensor.js";
import { insideGraph } from "./tracing.js";

/** Options of `checkGradients`. */
export interface GradientCheckOptions<Inputs extends readonly unknown[] = readonly unknown[]> {
  /** 1 checks the first derivatives; 2 checks the second as well. Default 1. */
  readonly order?: number;
  /** The bound is `atol + rtol · |numeric|`. Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-4. */
  readonly rtol?: number;
  /** How far to go from x to either side at first, as a part of max(1, |x|). Default ∛2⁻⁵² ≈ 6e-6. */
  readonly step?: number;
  /**
   * A gradient written by hand, to be checked instead of the framework's own: called as `f` is, it returns the
   * gradient of the scalar f with respect to its first argument, in that argument's structure, as tensors or numbers.
   */
  readonly gradient?: (...inputs: Inputs) => unknown;
}

/**
 * Holds the gradient of `f(...inputs)` with respect to every tensor in `inputs`, or a gradient written by hand,
 * against finite differences of `f`. An `f` that is not a scalar is checked through a fixed weighted sum of its entries.
 * Throws a `GradientCheckError` that prints both values where they are farther apart than `atol + rtol · |numeric|`.
 * Kinks are named in the report; there, a derivative need only lie between the slopes to either side.
 * @example checkGradients((x: Tensor) => x.exp().reduceSum(), [tensor([0, 1])]).checked // 2
 * @example checkGradients((x: Tensor) => x.square().reduceSum(), [tensor([1, 2])], { gradient: (x) => x.mul(2) })
 */
export function checkGradients<Inputs extends readonly unknown[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  options?: GradientCheckOptions<Inputs>,
): GradientReport {
  checkFunction("checkGradients", f);
  const { order, gradient, tolerances } = settingsFrom(options);
  const given = checkArray<unknown>("checkGradients", "the list of inputs", inputs) as [...Inputs];
  const { symbols, variables } = symbolsFor(given, gradient ? 1 : given.length);
  const result = insideGraph(
    "checkGradients",
    variables.map(({ node }) => node),
    () => f(...symbols),
  );
  const value = checkTensor("checkGradients", "the function's value", result);
  const report = reportOn(
    gradient
      ? checkHandWritten(scalarOf(value), variables, given[0], gradient(...given), tolerances)
      : checkOwn(value, variables, order, tolerances),
  );
  if (report.differences.length > 0) throw new GradientCheckError(report);
  return report;
}

/** The framework's own gradient; at order 2 also that of a weighted sum of its entries. */
function checkOwn(
  value: Tensor,
  variables: readonly Variable[],
  order: number,
  tolerances: Tolerances,
): GradientComparison[] {
  const nodes = variables.map(({ node }) => node);
  const objective = value.rank === 0 ? value.node : weightedSum([value.node]);
  const slopes = gradientNodes(objective, nodes);
  const values = new Map(variables.map((variable) => [variable.node, variable.values]));
  const exact = evaluate(slopes, (node) => values.get(node));
  const analytic = prepare(slopes, nodes)(variables.map(({ given }) => given));
  const comparisons = compareAll(objective, variables, analytic, exact, tolerances);
  if (order === 1) return comparisons;
  const second = checkOwn(new Tensor(weightedSum(slopes)), variables, order - 1, tolerances);
  return [...comparisons, ...second.map((comparison) => ({ ...comparison, order: comparison.order + 1 }))];
}

/** A gradient that the caller wrote: what it returned for the actual input. */
function checkHandWritten(
  objective: Node,
  variables: readonly Variable[],
  input: unknown,
  result: unknown,
  tolerances: Tolerances,
): GradientComparison[] {
  const found = leavesOf(input, result).filter(({ leaf }) => leaf instanceof Tensor);
  const analytic = variables.map(({ path, node }, at) => {
    const { beside } = found[at] as { beside: unknown };
    if (beside === undefined) {
      throw new TypeError(
        `checkGradients: the gradient by hand has nothing for ${path}; expected the structure of the first input`,
      );
    }
    const by = `checkGradients, the gradient by hand for ${path}`;
    const { flat, shape } =
      beside instanceof Tensor ? { flat: beside.data, shape: beside.shape } : flatten(by, beside as NestedArray);
    if (flat.length === sizeOf(node.shape) && (shape.length === 1 || sameShape(shape, node.shape))) return flat;
    throw new RangeError(`${by}: it has shape ${formatShape(shape)}; expected ${formatShape(node.shape)}`);
  });
  return compareAll(objective, variables, analytic, undefined, tolerances);
}

type Tolerances = Required<Pick<GradientCheckOptions, "atol" | "rtol" | "step">>;

/** The options, or their defaults, once they make sense. */
function settingsFrom<Inputs extends readonly unknown[]>(
  options: GradientCheckOptions<Inputs> | undefined,
): { order: number; gradient: GradientCheckOptions<Inputs>["gradient"]; tolerances: Tolerances } {
  const known = ["order", "atol", "rtol", "step", "gradient"] as const;
  const checked = checkOptions("checkGradients", options, known);
  const { order = 1, atol = 1e-5, rtol = 1e-4, step = Math.cbrt(Number.EPSILON), gradient } = checked;
  const tolerances = { atol, rtol, step };
  for (const [name, value] of Object.entries(tolerances)) {
    if (Number.isFinite(value) && (value > 0 || (value === 0 && name !== "step"))) continue;
    throw new RangeError(`checkGradients: ${name} is ${describe(value)}; expected a positive number`);
  }
  if (order !== 1 && order !== 2) throw new RangeError(`checkGradients: order is ${describe(order)}; expected 1 or 2`);
  if (gradient !== undefined) checkFunction("checkGradients, option gradient", gradient);
  if (gradient && order === 2) {
    throw new RangeError(
      "checkGradients: a gradient written by hand is checked at order 1; to check its derivative, check it as a function of its own",
    );
  }
  return { order, gradient, tolerances };
}

/** A tensor among the inputs: where it stands, its node, the parameter in the place of that, and its values. */
interface Variable {
  readonly path: string;
  readonly given: Node;
  readonly node: Node;
  readonly values: Values;
}

function symbolsFor<Inputs extends readonly unknown[]>(
  inputs: readonly [...Inputs],
  count: number,
): { symbols: [...Inputs]; variables: Variable[] } {
  const variables: Variable[] = [];
  const symbols = inputs.map((input, at) =>
    mapStructure(input, (leaf, path) => {
      if (at >= count || !(leaf instanceof Tensor)) return leaf;
      const node = parameter(leaf.shape, leaf.dtype);
      const where = `inputs[${at}]${path}`;
      variables.push({ path: where, given: leaf.node, node, values: checkFinite(leaf, where) });
      return new Tensor(node);
    }),
  );
  if (variables.length === 0) {
    throw new TypeError(
      `checkGradients: the inputs hold no tensor to differentiate by: ${describe(inputs)}; expected an array of arguments`,
    );
  }
  return { symbols: symbols as [...Inputs], variables };
}

/** The values of an input, once each can be moved a little to either side. */
function checkFinite({ node, shape }: Tensor, path: string): Values {
  const values = valuesOf(node);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return values;
  throw new RangeError(
    `checkGradients: ${path} is ${values[wrong]} at [${indexOf(wrong, shape).join(", ")}]; expected finite numbers, as there is nothing to either side of others`,
  );
}

function scalarOf({ node }: Tensor): Node {
  if (node.shape.length === 0) return node;
  throw new RangeError(
    `checkGradients: f has shape ${formatShape(node.shape)}; expected a scalar, because a gradient written by hand is one of a scalar`,
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

/**
 * Each entry of each variable: the derivative under test against the slope of the objective there. `exact` is the same
 * derivative in float64, which tells a wrong rule from the rounding of a right one.
 */
function compareAll(
  objective: Node,
  variables: readonly Variable[],
  analytic: readonly ArrayLike<number>[],
  exact: readonly ArrayLike<number>[] | undefined,
  { atol, rtol, step }: Tolerances,
): GradientComparison[] {
  const point = new Map(variables.map(({ node, values }) => [node, new Float64Array(values)]));
  const value = (): number => (evaluate([objective], (node) => point.get(node))[0] as Float64Array)[0] as number;
  const tolerance = (slope: number): number => atol + rtol * Math.abs(slope);
  return variables.flatMap(({ path, node, values }, which) => {
    const coordinates = point.get(node) as Float64Array;
    return Array.from(values, (x, at): GradientComparison => {
      const along = (moved: number): number => {
        coordinates[at] = moved;
        const result = value();
        coordinates[at] = x;
        return result;
      };
      const slope = slopeAt(along, x, step * Math.max(1, Math.abs(x)), tolerance);
      const bound = tolerance(slope.value || 0) + slope.noise;
      const fits = (derivative: number | undefined): boolean =>
        derivative !== undefined && derivative >= slope.lowest - bound && derivative <= slope.highest + bound;
      const claimed = (analytic[which] as ArrayLike<number>)[at] as number;
      return {
        order: 1,
        input: path,
        index: indexOf(at, node.shape),
        value: slope.here,
        analytic: claimed,
        numeric: slope.value,
        left: slope.left,
        right: slope.right,
        lowest: slope.lowest,
        highest: slope.highest,
        step: slope.step,
        bound,
        verdict: !fits(claimed) ? "differs" : slope.kink ? "kink" : "agrees",
        fitsInFloat64: fits(exact?.[which]?.[at]),
      };
    });
  });
}

/** The index of an entry from its place in row-major order. */
function indexOf(at: number, shape: Shape): number[] {
  const index: number[] = [];
  shape.reduceRight((rest, length) => {
    index.unshift(rest % length);
    return Math.floor(rest / length);
  }, at);
  return index;
}
