/** The gradient check of what is on the screen: what the graph says, against what the cost does over a step h. */
import { checkGradients, type Tensor } from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { scaleLinear } from "d3-scale";
import { Chart, curve } from "./chart.js";
import { paneOf, sliderOf } from "./controls.js";
import { Differences, tensorOf } from "./costs.js";
import type { Desk, Pane } from "./desk.js";
import { fillWith, html, put, svg, write } from "./element.js";
import { power, prototypeName, scientific } from "./numbers.js";
import { flatOf, type Place } from "./place.js";
import type { Scene } from "./scene.js";
import { STEPS } from "./state.js";

const PRECISIONS = ["float32", "float64"] as const;
type Precision = (typeof PRECISIONS)[number];

/** Ten steps in three decades. */
const SAMPLES = Array.from({ length: 31 }, (_, at) => STEPS.from + at / 3).filter((each) => each <= STEPS.to);
/** As a part of the largest entry of the gradient: smaller errors are drawn here. */
const LEAST = -16;

/** Points in these many entries take the interpreter of `checkGradients` too long; a few directions do for more. */
const MOST_CHECKED = 4000;

export class CheckPane implements Pane {
  readonly element: HTMLElement;
  readonly #chart: Chart;
  readonly #rows = html("tbody");
  readonly #verdict = html("pre", { class: "x-verdict", tabindex: 0, "aria-label": "What checkGradients says" });
  readonly #note = html("p", { class: "x-note" });
  readonly #step;
  /** What the check comes to at this step, in a sentence. */
  #measured = "";
  /** The curves, for these points and prototypes; they are computed step by step. */
  #found: { readonly points: Float64Array; readonly prototypes: readonly Place[]; readonly work: Work } | undefined;

  constructor(desk: Desk) {
    this.#chart = new Chart("The error of the numeric gradient against the step h", 240, () => desk.change({}));
    this.#step = sliderOf({
      label: "step h",
      from: STEPS.from,
      to: STEPS.to,
      step: 0.1,
      act: (step) => {
        desk.change({ step: Number(step.toFixed(1)) });
        desk.announcer.say("step", this.#measured);
      },
    });
    this.element = paneOf(
      {
        id: "check",
        title: "The check",
        invitation:
          "move the slider to the left. A gradient can be measured: move a prototype by h to either side and see how much E changes. Smaller steps are better, until rounding eats what they measure.",
      },
      this.#step.element,
      this.#chart.element,
      this.#note,
      html(
        "div",
        { class: "x-scroll", tabindex: 0, role: "region", "aria-label": "Derivatives" },
        html(
          "table",
          { class: "x-table x-derivatives" },
          html(
            "thead",
            {},
            html(
              "tr",
              {},
              ...["∂E/∂", "by the graph", "measured, float32", "measured, float64"].map((text) =>
                html("th", { scope: "col" }, text),
              ),
            ),
          ),
          this.#rows,
        ),
      ),
      this.#verdict,
    );
  }

  show(scene: Scene): void {
    const { state, points, prototypes } = scene;
    this.#step.show(state.step, scientific(10 ** state.step));
    const isKnown = this.#found?.points === points && this.#found.prototypes === prototypes;
    this.element.classList.toggle("is-waiting", !isKnown);
    if (isKnown) this.#draw(state.step);
  }

  work({ points, prototypes, state }: Scene): boolean {
    if (points.length === 0) return true;
    if (this.#found?.points !== points || this.#found.prototypes !== prototypes) {
      this.#found = { points, prototypes, work: new Work(points, prototypes) };
    }
    const isDone = this.#found.work.advance();
    this.element.classList.remove("is-waiting");
    this.#draw(state.step);
    if (isDone) write(this.#verdict, this.#found.work.verdict);
    return isDone;
  }

  stop(): void {
    this.#chart.stop();
  }

  #draw(step: number): void {
    const work = this.#found?.work;
    if (work === undefined) return;
    const now = work.at(step);
    this.#showRows(now);
    const { left, right, top, bottom } = this.#chart.room;
    const x = scaleLinear([STEPS.from, STEPS.to], [left, right]);
    const y = scaleLinear([LEAST, 1], [bottom, top]).clamp(true);
    const ticks = (from: number, to: number, by: number): [number, string][] =>
      Array.from({ length: (to - from) / by + 1 }, (_, at) => [from + at * by, power(from + at * by)]);
    this.#chart.frame(
      x,
      y,
      { title: "step h", ticks: ticks(STEPS.from, STEPS.to, 2) },
      { title: "largest error, as a part of the gradient", ticks: ticks(LEAST, 0, 4) },
    );
    fillWith(
      this.#chart.plot,
      PRECISIONS,
      (at) => svg("g", { class: `x-error x-${PRECISIONS[at]}` }, svg("path"), svg("circle", { r: 6 }), svg("text")),
      (group, precision) => {
        const errors = work.errors[precision];
        put(group.children[0] as Element, { d: curve(errors, x, y) });
        const error = now.error[precision];
        const [across, up] = [x(step), y(error)];
        put(group.children[1] as Element, { cx: across.toFixed(1), cy: up.toFixed(1) });
        const isRight = across > (left + right) / 2;
        put(group.children[2] as Element, {
          x: (across + (isRight ? -12 : 12)).toFixed(1),
          y: (up + (precision === "float32" ? -8 : 16)).toFixed(1),
          "text-anchor": isRight ? "end" : "start",
        });
        write(group.children[2] as Element, precision);
      },
    );
    const [in32, in64] = PRECISIONS.map((precision) => scientific(10 ** now.error[precision], 1));
    this.#measured = `At h = ${scientific(10 ** step)} the measured gradient is off by ${in32} of its size in float32, and by ${in64} in float64.`;
    write(
      this.#note,
      `${this.#measured} E is made of parabolas, and on a parabola this measure is exact for any h: what is wrong at large steps are points that change their prototype on the way, what is wrong at small ones is rounding.`,
    );
    this.#chart.describe(`The error of the numeric gradient against the step. ${this.#measured}`);
  }

  #showRows({ analytic, numeric }: Measured): void {
    fillWith(
      this.#rows,
      analytic,
      (entry) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, `${prototypeName(Math.floor(entry / 2))} ${entry % 2 === 0 ? "x" : "y"}`),
          html("td"),
          html("td"),
          html("td"),
        ),
      (row, value, entry) => {
        const cells = [value, numeric.float32[entry], numeric.float64[entry]];
        for (const [at, each] of cells.entries()) write(row.children[at + 1] as Element, precise(each as number));
      },
    );
  }
}

/** Eight digits, of which float32 holds seven. */
const precise = (value: number): string =>
  String(Number(value.toPrecision(8)))
    .replace("-", "−")
    .replace("e−", "e−");

interface Measured {
  readonly analytic: readonly number[];
  readonly numeric: Readonly<Record<Precision, readonly number[]>>;
  /** Logarithms of the largest error. */
  readonly error: Readonly<Record<Precision, number>>;
}

/** The check at some points and prototypes, a step at a time. */
class Work {
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
