/**
 * Optimizers: how parameters move by the gradient of a cost, as pure steps. What one keeps from step to step is a
 * structure of tensors like all others, so that a step and the gradient that it takes compile into one program. Knows
 * structures of tensors, not where gradients come from.
 */
import { checkNumber, checkOptions, checkSwitch, describe } from "./argument.js";
import { fill } from "./graph.js";
import { formatShape, sameShape } from "./shape.js";
import { leavesOf, located, rebuild } from "./structure.js";
import { checkTensor, type Operand, Tensor } from "./tensor.js";
import { compile } from "./transforms.js";

/** What an optimizer keeps from step to step. */
export interface OptimizerState<Params> {
  /** How many steps have been taken, as a scalar. */
  readonly steps: Tensor;
  /** What gradients have come to so far, each like the parameters. */
  readonly moments: readonly Params[];
}

/** A way to move a tensor, or arrays and plain objects of tensors, by gradients of the same structure. */
export interface Optimizer {
  /** The state before the first step. */
  init<Params>(params: Params): OptimizerState<Params>;
  /**
   * One step: the parameters after it, and the state. Changes nothing that it is given. Inside `compile` it is a part of
   * what is compiled; elsewhere it is compiled by itself, and its results are values without a history.
   */
  update<Params>(
    gradient: Params,
    state: OptimizerState<Params>,
    params: Params,
  ): [params: Params, state: OptimizerState<Params>];
}

/** Options of `momentum`. */
export interface MomentumOptions {
  /** The rate, as a number, or as a scalar tensor, which may differ from step to step. */
  readonly learningRate: number | Tensor;
  /** μ, the share of the velocity that a step keeps. Default 0.9. */
  readonly momentum?: number;
  /** Whether a step looks ahead (Nesterov 1983, as Sutskever et al. 2013 write it). Default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent with momentum (Polyak 1964), as PyTorch's `SGD`: v ← μ v + g and w ← w − ε v, or with `nesterov`
 * w ← w − ε (g + μ v).
 * @example const optimizer = momentum({ learningRate: 0.1 });
 * @example let state = optimizer.init(w);
 * @example [w, state] = optimizer.update(grad(cost)(w), state, w);
 */
export function momentum(options: MomentumOptions): Optimizer {
  const given = checkOptions("momentum", options, ["learningRate", "momentum", "nesterov"]);
  const { learningRate, momentum: share = 0.9, nesterov } = given;
  const kept = checkShare("momentum", "momentum", share);
  const looksAhead = checkSwitch("momentum", "nesterov", nesterov, false);
  return optimizer("momentum", 1, checkRate("momentum", learningRate), () => (gradient, [velocity]) => {
    const next = (velocity as Tensor).mul(kept).add(gradient);
    return { direction: looksAhead ? next.mul(kept).add(gradient) : next, moments: [next] };
  });
}

/** Options of `adam`. */
export interface AdamOptions {
  /** The rate, as a number, or as a scalar tensor, which may differ from step to step. Default 0.001. */
  readonly learningRate?: number | Tensor;
  /** β₁, the share of the mean of gradients that a step keeps. Default 0.9. */
  readonly beta1?: number;
  /** β₂, the share of the mean of their squares that a step keeps. Default 0.999. */
  readonly beta2?: number;
  /** ε, what is added to the root of the mean square. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma & Ba 2015), as PyTorch's: m and v are running means of g and g², m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ)
 * after t steps, and w ← w − rate · m̂ / (√v̂ + ε).
 * @example const optimizer = adam({ learningRate: 0.01 });
 * @example let state = optimizer.init(w);
 * @example [w, state] = optimizer.update(grad(cost)(w), state, w);
 */
export function adam(options: AdamOptions = {}): Optimizer {
  const given = checkOptions("adam", options, ["learningRate", "beta1", "beta2", "epsilon"]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = given;
  checkShare("adam", "beta1", beta1);
  checkShare("adam", "beta2", beta2);
  checkNumber("adam", "epsilon", epsilon);
  return optimizer("adam", 2, checkRate("adam", learningRate), (steps) => {
    // 1 − βᵗ: as −expm1(t log β) it keeps its digits where βᵗ is near 1.
    const [weight1, weight2] = [beta1, beta2].map((beta) => steps.mul(Math.log(beta)).expm1().neg()) as [
      Tensor,
      Tensor,
    ];
    return (gradient, [first, second]) => {
      const mean = towards(first as Tensor, gradient, 1 - beta1);
      const square = towards(second as Tensor, gradient.square(), 1 - beta2);
      const direction = mean.div(weight1).div(square.div(weight2).sqrt().add(epsilon));
      return { direction, moments: [mean, square] };
    };
  });
}

/** β x + (1 − β) y from 1 − β, of which float32 has more digits than of a β near 1. */
const towards = (x: Tensor, y: Tensor, share: number): Tensor => x.add(y.sub(x).mul(share));

/** Where one tensor goes, by its gradient and its moments, and what these become. */
type Rule = (
  gradient: Tensor,
  moments: readonly Tensor[],
) => { readonly direction: Tensor; readonly moments: readonly Tensor[] };

/** An optimizer that goes from each tensor w to w − rate · direction. `ruleAt` is told the number of the step. */
function optimizer(
  name: string,
  momentsKept: number,
  learningRate: Operand,
  ruleAt: (steps: Tensor) => Rule,
): Optimizer {
  function update<Params>(
    gradient: Params,
    state: OptimizerState<Params>,
    params: Params,
  ): [Params, OptimizerState<Params>] {
    const kept = momentsOf(name, momentsKept, state);
    const weights = tensorsOf(name, "the parameters", params, params);
    const slopes = tensorsOf(name, "the gradient", gradient, params);
    const before = kept.map((each) => tensorsOf(name, "the state", each, params));
    const steps = state.steps.add(1);
    const rule = ruleAt(steps);
    const after = weights.map((weight, at) => {
      const past = before.map((moments) => moments[at] as Tensor);
      const { direction, moments } = rule(slopes[at] as Tensor, past);
      return { weight: weight.sub(direction.mul(learningRate)), moments };
    });
    const like = (tensors: readonly Tensor[]): Params => rebuild(params, tensors, () => true);
    const moments = before.map((_, which) => like(after.map((each) => each.moments[which] as Tensor)));
    return [like(after.map(({ weight }) => weight)), { steps, moments }];
  }
  return {
    init: (params) => {
      const weights = tensorsOf(name, "the parameters", params, params);
      const isDouble = weights.every(({ dtype }) => dtype === "float64");
      const nothing = weights.map(({ node }) => new Tensor(fill(node.shape, 0, node.dtype)));
      const moments = Array.from({ length: momentsKept }, () => rebuild(params, nothing, () => true));
      return { steps: new Tensor(fill([], 0, isDouble ? "float64" : "float32")), moments };
    },
    update: compile(update) as Optimizer["update"],
  };
}

/** What a state keeps, once it is one of this optimizer. */
function momentsOf(operation: string, count: number, state: OptimizerState<unknown>): readonly unknown[] {
  const { steps, moments } = (state ?? {}) as Partial<OptimizerState<unknown>>;
  if (steps instanceof Tensor && Array.isArray(moments) && moments.length === count) return moments;
  throw new TypeError(
    `${operation}: the state is ${describe(state)}; expected what init or the last update of ${operation} returned. update takes the gradient, the state and the parameters`,
  );
}

/** The tensors of a structure like the parameters, each in the shape of the parameter in its place. */
function tensorsOf(operation: string, what: string, structure: unknown, params: unknown): Tensor[] {
  const leaves = leavesOf(params, structure);
  if (leavesOf(structure).length !== leaves.length) {
    throw new TypeError(`${operation}: ${what} and the parameters are different structures; expected the same`);
  }
  return leaves.map(({ leaf, path, beside }) => {
    const { node } = checkTensor(operation, located("the parameters", path), leaf);
    const found = checkTensor(operation, located(what, path), beside);
    if (sameShape(found.node.shape, node.shape)) return found;
    throw new RangeError(
      `${operation}: ${located(what, path)} has shape ${formatShape(found.node.shape)}; expected ${formatShape(node.shape)}, as the parameters`,
    );
  });
}

function checkRate(operation: string, rate: unknown): Operand {
  if (typeof rate === "number" && Number.isFinite(rate)) return rate;
  if (rate instanceof Tensor && rate.rank === 0) return rate;
  throw new RangeError(
    `${operation}: learningRate is ${rate instanceof Tensor ? `a Tensor of shape ${formatShape(rate.node.shape)}` : describe(rate)}; expected a finite number, or a scalar tensor`,
  );
}

/** The share of what was that a step keeps. */
function checkShare(operation: string, name: string, share: unknown): number {
  if (typeof share === "number" && share >= 0 && share < 1) return share;
  throw new RangeError(`${operation}: ${name} is ${describe(share)}; expected a number from 0 below 1`);
}
