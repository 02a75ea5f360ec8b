/**
 * Checking gradients: what a derivative says against what the function does. The function is differenced in float64
 * by the reference interpreter, because finite differences in float32 are noise; the derivative under test is
 * computed as any other tensor is. Knows no single operation.
 */
import { run, type Values } from "./engine.js";
import { gradients } from "./gradient.js";
import { constant, full, type Node, parameter } from "./graph.js";
import type { NestedArray } from "./nested.js";
import { add, mul, reduceSum, reshape } from "./ops.js";
import { evaluate } from "./reference.js";
import { describe, formatShape, type Shape, sameShape, sizeOf } from "./shape.js";
import { leavesOf, mapStructure } from "./structure.js";
import { Tensor, tensor } from "./tensor.js";

/** Options of `checkGradients`. */
export interface GradientCheckOptions<Inputs extends readonly unknown[] = readonly unknown[]> {
  /** 1 checks the first derivatives; 2 checks the second as well. Default 1. */
  readonly order?: number;
  /** The bound is `atol + rtol · |numeric|`. Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-4. */
  readonly rtol?: number;
  /** How far to go from x to either side, as a part of max(1, |x|). Default ∛2⁻⁵² ≈ 6e-6. */
  readonly step?: number;
  /**
   * A gradient written by hand, to be checked instead of the framework's own: called as `f` is, it returns the
   * gradient of the scalar f with respect to its first argument, in that argument's structure, as tensors or numbers.
   */
  readonly gradient?: (...inputs: Inputs) => unknown;
}

/** One derivative, held against the function. */
export interface GradientComparison {
  /** 1 for ∂f/∂x; 2 for the derivative of ⟨∇f, v⟩, with a fixed v. */
  readonly order: number;
  /** Which input: `inputs[0]`, or `inputs[0].weights` in a structure. */
  readonly input: string;
  /** Which entry of that input. */
  readonly index: readonly number[];
  /** What the derivative under test says. */
  readonly analytic: number;
  /** What the function does: (f(x + h) − f(x − h)) / 2h. */
  readonly numeric: number;
  /** (f(x) − f(x − h)) / h. */
  readonly left: number;
  /** (f(x + h) − f(x)) / h. */
  readonly right: number;
  /** h. */
  readonly step: number;
  /** How far apart `analytic` and `numeric` may be. */
  readonly bound: number;
  /**
   * `kink`: the slopes to the left and to the right disagree, as where a minimum changes its winner within the step,
   * and no number is right.
   */
  readonly verdict: "agrees" | "differs" | "kink";
}

/** What `checkGradients` found. As text it is a summary that a person can read. */
export interface GradientReport {
  /** How many derivatives were compared. */
  readonly checked: number;
  /** Where there is no derivative to compare with. */
  readonly kinks: readonly GradientComparison[];
  /** Where the derivative is wrong. Empty in a report that is returned; the error carries those of a failed check. */
  readonly differences: readonly GradientComparison[];
  /** The comparison that came closest to its bound, or went farthest beyond it. */
  readonly worst: GradientComparison | undefined;
  toString(): string;
}

/** Thrown by `checkGradients`; the message prints both values of each derivative that is wrong. */
export class GradientCheckError extends Error {
  override readonly name = "GradientCheckError";
  readonly report: GradientReport;

  /** @internal */
  constructor(report: GradientReport) {
    super(`checkGradients: ${report}`);
    this.report = report;
  }
}

/**
 * Holds the gradient of `f(...inputs)` with respect to every tensor in `inputs`, or a gradient written by hand,
 * against finite differences of `f`. An `f` that is not a scalar is checked through a fixed weighted sum of its entries.
 * Throws a `GradientCheckError` that prints both values where they are farther apart than `atol + rtol · |numeric|`.
 * Kinks are named in the report and not judged.
 * @example checkGradients((x: Tensor) => x.exp().reduceSum(), [tensor([0, 1])]).checked // 2
 * @example checkGradients((x: Tensor) => x.square().reduceSum(), [tensor([1, 2])], { gradient: (x) => x.mul(2) })
 */
export function checkGradients<Inputs extends readonly unknown[]>(
  f: (...inputs: Inputs) => Tensor,
  inputs: readonly [...Inputs],
  options: GradientCheckOptions<Inputs> = {},
): GradientReport {
  const { order = 1, gradient, ...tolerances } = options;
  if (order !== 1 && order !== 2) throw new RangeError(`checkGradients: order is ${describe(order)}; expected 1 or 2`);
  if (gradient && order === 2) {
    throw new RangeError(
      "checkGradients: a gradient written by hand is checked at order 1; to check its derivative, check it as a function of its own",
    );
  }
  const { arguments: symbols, variables } = symbolsFor(inputs, gradient ? 1 : inputs.length);
  const value = f(...symbols);
  if (!(value instanceof Tensor))
    throw new TypeError(`checkGradients: f returned ${describe(value)}; expected a tensor`);

  let objective = gradient ? scalarOf(value) : value.rank === 0 ? value.node : weightedSum([value.node]);
  const comparisons: GradientComparison[] = [];
  for (let at = 1; at <= order; at++) {
    const nodes = variables.map(({ node }) => node);
    const slopes = gradients(objective, nodes, full([], 1));
    const analytic = gradient
      ? handWritten(gradient(...inputs), inputs[0], variables)
      : run(
          slopes,
          nodes,
          variables.map(({ values }) => values),
        );
    comparisons.push(...compareAll(objective, variables, analytic, at, tolerances));
    objective = weightedSum(slopes);
  }
  const report = reportOn(comparisons);
  if (report.differences.length > 0) throw new GradientCheckError(report);
  return report;
}

/** A tensor among the inputs: where it stands, the parameter that takes its place, and its values. */
interface Variable {
  readonly path: string;
  readonly node: Node;
  readonly values: Float32Array;
}

function symbolsFor<Inputs extends readonly unknown[]>(
  inputs: readonly [...Inputs],
  count: number,
): { arguments: [...Inputs]; variables: Variable[] } {
  const variables: Variable[] = [];
  const symbols = inputs.map((input, at) =>
    mapStructure(input, (leaf, path) => {
      if (at >= count || !(leaf instanceof Tensor)) return leaf;
      const node = parameter(leaf.shape, "float32");
      variables.push({ path: `inputs[${at}]${path}`, node, values: leaf.data });
      return new Tensor(node);
    }),
  );
  if (variables.length === 0) {
    throw new TypeError(
      "checkGradients: the inputs hold no tensor to differentiate by; expected an array of arguments",
    );
  }
  return { arguments: symbols as [...Inputs], variables };
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

/** What a gradient written by hand returned, as the values for each variable. */
function handWritten(result: unknown, input: unknown, variables: readonly Variable[]): Values[] {
  const found = leavesOf(input, result).filter(({ leaf }) => leaf instanceof Tensor);
  return variables.map(({ path, node }, at) => {
    const { beside } = found[at] as { beside: unknown };
    const values = beside instanceof Tensor ? beside : tensor(beside as NestedArray);
    if (values.size === sizeOf(node.shape) && (values.rank === 1 || sameShape(values.shape, node.shape)))
      return values.data;
    throw new RangeError(
      `checkGradients: the gradient by hand for ${path} has shape ${formatShape(values.shape)}; expected ${formatShape(node.shape)}`,
    );
  });
}

type Tolerances = Pick<GradientCheckOptions, "atol" | "rtol" | "step">;

function compareAll(
  objective: Node,
  variables: readonly Variable[],
  analytic: readonly Values[],
  order: number,
  { atol = 1e-5, rtol = 1e-4, step = Math.cbrt(Number.EPSILON) }: Tolerances,
): GradientComparison[] {
  const point = new Map(variables.map(({ node, values }) => [node, new Float64Array(values)]));
  const value = (): number => (evaluate([objective], (node) => point.get(node))[0] as Float64Array)[0] as number;
  return variables.flatMap(({ path, node, values }, which) => {
    const coordinates = point.get(node) as Float64Array;
    return Array.from(values, (x, at): GradientComparison => {
      const along = (moved: number): number => {
        coordinates[at] = moved;
        const result = value();
        coordinates[at] = x;
        return result;
      };
      const h = step * Math.max(1, Math.abs(x));
      const claimed = (analytic[which] as Values)[at] as number;
      const slopes = slopesAt(along, x, h);
      const bound = atol + rtol * Math.abs(slopes.numeric);
      const agrees = Math.abs(claimed - slopes.numeric) <= bound;
      const suspicious = !agrees || Math.abs(slopes.right - slopes.left) > bound;
      return {
        order,
        input: path,
        index: indexOf(at, node.shape),
        analytic: claimed,
        numeric: slopes.numeric,
        left: slopes.left,
        right: slopes.right,
        step: h,
        bound,
        verdict: suspicious && isKink(along, x, slopes, h, bound) ? "kink" : agrees ? "agrees" : "differs",
      };
    });
  });
}

interface Slopes {
  readonly left: number;
  readonly right: number;
  readonly numeric: number;
  /** The largest |f| seen, which says how much of a difference is rounding. */
  readonly magnitude: number;
}

function slopesAt(f: (x: number) => number, x: number, h: number): Slopes {
  const [before, after] = [x - h, x + h];
  const [below, here, above] = [f(before), f(x), f(after)];
  return {
    left: (here - below) / (x - before),
    right: (above - here) / (after - x),
    numeric: (above - below) / (after - before),
    magnitude: Math.max(Math.abs(below), Math.abs(here), Math.abs(above)),
  };
}

/**
 * Whether one-sided slopes disagree because of a kink or a jump. Where f is only curved, the gap between them is
 * h·f″ and halves with the step, and the slope through both sides stays; at a kink neither is so.
 */
function isKink(f: (x: number) => number, x: number, slopes: Slopes, h: number, bound: number): boolean {
  if (!Number.isFinite(slopes.left) || !Number.isFinite(slopes.right)) return false;
  const noise = (64 * Number.EPSILON * slopes.magnitude) / h;
  const sequence = [slopes, slopesAt(f, x, h / 2), slopesAt(f, x, h / 4)];
  const gaps = sequence.map(({ left, right }) => right - left);
  const settled = sequence.every(({ numeric }) => Math.abs(numeric - slopes.numeric) <= bound + noise);
  const closes = gaps.every(
    (gap, at) => at === 0 || Math.abs(gap - (gaps[at - 1] as number) / 2) <= 0.1 * Math.abs(gaps[0] as number) + noise,
  );
  const closed = gaps.every((gap) => Math.abs(gap) <= bound + noise);
  return !settled || !(closes || closed);
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

function reportOn(comparisons: readonly GradientComparison[]): GradientReport {
  const withVerdict = (verdict: GradientComparison["verdict"]): GradientComparison[] =>
    comparisons.filter((comparison) => comparison.verdict === verdict);
  const kinks = withVerdict("kink");
  const differences = withVerdict("differs");
  const judged = comparisons.filter(({ verdict }) => verdict !== "kink");
  const worst = judged.reduce<GradientComparison | undefined>(
    (most, each) => (most === undefined || !(excess(each) <= excess(most)) ? each : most),
    undefined,
  );
  const checked = comparisons.length;
  return {
    checked,
    kinks,
    differences,
    worst,
    toString: () =>
      [
        `${checked} derivatives checked, ${checked - kinks.length - differences.length} agree, ${differences.length} differ, ${kinks.length} at a kink`,
        ...listed(
          differences,
          (each) => `differs by ${format(Math.abs(each.analytic - each.numeric))}, bound ${format(each.bound)}`,
        ),
        ...listed(kinks, (each) => `kink: slope ${format(each.left)} to the left, ${format(each.right)} to the right`),
      ].join("\n"),
  };
}

/** The error as a multiple of the bound. */
const excess = ({ analytic, numeric, bound }: GradientComparison): number => Math.abs(analytic - numeric) / bound;

const LISTED = 10;

function listed(comparisons: readonly GradientComparison[], finding: (each: GradientComparison) => string): string[] {
  const lines = comparisons
    .slice(0, LISTED)
    .map(
      (each) =>
        `  ${each.input} at [${each.index.join(", ")}], order ${each.order}: analytic ${format(each.analytic)}, numeric ${format(each.numeric)} (step ${format(each.step)}): ${finding(each)}`,
    );
  const more = comparisons.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

const format = (value: number): string => String(Number(value.toPrecision(8)));
