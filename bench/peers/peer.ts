/** What the benchmark asks of each way to compute the cost and its gradient. */
import type { CostAndGradient, Problem } from "../problems.js";

/** A library, or code that does without one. */
export interface Peer {
  readonly name: string;
  /** Imports the library and starts its backend: what is not measured. */
  load(): Promise<Prepare>;
}

/** Hands over the points and the prototypes, and makes the function that will be called many times. */
export type Prepare = (problem: Problem) => Step;

/** The cost and its gradient at the prototypes of one problem. */
export interface Step {
  /** Computes both anew, and reads both. */
  run(): CostAndGradient;
  /** Gives the memory back. */
  dispose(): void;
}
