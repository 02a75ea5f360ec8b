/** The gradient check of some points and prototypes, a step h at a time, in both precisions. Knows no page. */
import { checkGradients, type Tensor } from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { Differences, tensorOf } from "./costs.js";
import { flatOf, type Place } from "./place.js";
import { STEPS } from "./state.js";

export const PRECISIONS = ["float32", "float64"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Ten steps in three decades. */
const SAMPLES = Array.from({ length: 31 }, (_, at) => STEPS.from + at / 3).filter((each) => each <= STEPS.to);
/** As a part of the largest entry of the gradient: smaller errors are drawn here. */
export const LEAST = -16;

/** Points in these many entries take the interpreter of `checkGradients` too long; a few directions do for more. */
const MOST_CHECKED = 4000;

export interface Measured {
  readonly analytic: readonly number[];
  readonly numeric: Readonly<Record<Precision, readonly number[]>>;
  /** Logarithms of the largest error. */
  readonly error: Readonly<Record<Precision, number>>;
}

/** The check at some points and prototypes, a step at a time. */
export class Measuring {
  readonly #differences: Readonly<Record<Precision, Differences>>;
  readonly #points: Float64Array;
  readonly #prototypes: readonly Place[];
  readonly #size: number;
  readonly errors: Readonly<Record<Precision, [number, number][]>> = { float32: [], float64: [] };
  verdict = "";

  constructor(points: Float64Array, prototypes: readonly Place[]) {
    this.#points = points;
    this.#prototypes = prototypes;
    this.#differences = {
      float32: new Differences(points, prototypes, "float32"),
      float64: new Differences(points, prototypes, "float64"),
    };
    this.#size = Math.max(...this.#differences.float64.analytic.map(Math.abs), Number.MIN_VALUE);
  }

  at(step: number): Measured {
    const h = 10 ** step;
    const numeric = { float32: this.#differences.float32.numeric(h), float64: this.#differences.float64.numeric(h) };
    const errorOf = (precision: Precision): number => {
      const { analytic } = this.#differences.float64;
      const errors = numeric[precision].map((value, entry) => Math.abs(value - (analytic[entry] as number)));
      return Math.max(LEAST, Math.log10(Math.max(...errors) / this.#size));
    };
    return {
      analytic: this.#differences.float32.analytic,
      numeric,
      error: { float32: errorOf("float32"), float64: errorOf("float64") },
    };
  }

  /** True once all steps have been measured, and the package has given its verdict. */
  advance(): boolean {
    const step = SAMPLES[this.errors.float32.length];
    if (step !== undefined) {
      const { error } = this.at(step);
      for (const precision of PRECISIONS) this.errors[precision].push([step, error[precision]]);
      return false;
    }
    if (this.verdict === "") this.verdict = this.#check();
    return true;
  }

  #check(): string {
    const X = tensorOf(this.#points);
    const W = tensorOf(flatOf(this.#prototypes));
    const isMuch = this.#points.length * this.#prototypes.length > MOST_CHECKED;
    try {
      const options = isMuch ? { directions: 2 } : {};
      const report = checkGradients((w: Tensor) => kmeansCost(X, w), [W], options);
      return `checkGradients(E, [W])\n${report}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
