/** The step: the cost and its gradient, again and again at the same points, by each peer at each size. */
import { peers } from "./peers/all.js";
import type { Prepare, Step } from "./peers/peer.js";
import { type CostAndGradient, exactCostAndGradient, makeProblem, nameOf, SIZES } from "./problems.js";
import { error, markdownTable, milliseconds, timesAsLong } from "./table.js";
import { type Effort, sampleOf, type Timing, timeInTurns } from "./timing.js";

/** The result of one peer at one size. */
export interface StepResult extends Timing {
  readonly size: string;
  readonly peer: string;
  /** |cost − exact| / exact, where exact is the cost in float64. */
  readonly errorOfCost: number;
  /** The largest |gradient − exact| over the largest |exact|. */
  readonly errorOfGradient: number;
}

/** Beyond this, relative to the exact result, a peer does not compute what it is asked to. */
const LARGEST_ERROR = 1e-2;

export async function measureSteps(effort: Effort): Promise<StepResult[]> {
  const loaded: { name: string; prepare: Prepare }[] = [];
  for (const peer of peers) loaded.push({ name: peer.name, prepare: await peer.load() });
  const results: StepResult[] = [];
  for (const size of SIZES) {
    const problem = makeProblem(size);
    console.error(`step at ${nameOf(problem)}`);
    const exact = exactCostAndGradient(problem);
    const steps = loaded.map(({ name, prepare }) => ({ name, ...prepare(problem) }));
    const errors = steps.map((step) => compare(step, exact));
    const contestants = steps.map(({ name, run }) => ({ name, sample: sampleOf(run) }));
    const timings = await timeInTurns(contestants, effort);
    for (const { dispose } of steps) dispose();
    steps.forEach(({ name }, at) => {
      results.push({ size: nameOf(problem), peer: name, ...errors[at]!, ...timings[at]! });
    });
  }
  return results;
}

function compare({ name, run }: Step & { name: string }, exact: CostAndGradient) {
  const { cost, gradient } = run();
  const magnitude = Math.max(...Array.from(exact.gradient, Math.abs));
  const differences = Array.from(exact.gradient, (slope, at) => Math.abs(gradient[at]! - slope));
  const errors = {
    errorOfCost: Math.abs(cost - exact.cost) / exact.cost,
    errorOfGradient: Math.max(...differences) / magnitude,
  };
  // Negated, so that NaN is an error too.
  if (gradient.length === differences.length && Math.max(errors.errorOfCost, errors.errorOfGradient) < LARGEST_ERROR) {
    return errors;
  }
  throw new Error(`${name} is wrong: ${JSON.stringify(errors)}, ${gradient.length} entries in the gradient`);
}

export function tableOfSteps(results: readonly StepResult[]): string {
  const head = ["n × d × k", "by", "ms", "÷ protograd", "error of cost", "error of gradient", "samples"];
  return markdownTable(
    2,
    head,
    results.map(({ size, peer, median, errorOfCost, errorOfGradient, samples }) => [
      size,
      peer,
      milliseconds(median),
      timesAsLong(median, results.find((other) => other.size === size && other.peer === "protograd")?.median),
      error(errorOfCost),
      error(errorOfGradient),
      String(samples.length),
    ]),
  );
}
