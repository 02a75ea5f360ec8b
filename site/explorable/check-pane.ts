/** The gradient check of what is on the screen: what the graph says, against what the cost does over a step h. */
import { Chart, curve, linear, type Scale } from "./chart.js";
import { paneOf, sliderOf } from "./controls.js";
import type { Desk, Pane } from "./desk.js";
import { fillWith, html, put, svg, write } from "./element.js";
import { LEAST, type Measured, Measuring, PRECISIONS } from "./measuring.js";
import { power, prototypeName, scientific } from "./numbers.js";
import type { Place } from "./place.js";
import type { Scene } from "./scene.js";
import { STEPS } from "./state.js";

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
  #found:
    | { readonly points: Float64Array; readonly prototypes: readonly Place[]; readonly measuring: Measuring }
    | undefined;

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
      this.#found = { points, prototypes, measuring: new Measuring(points, prototypes) };
    }
    const isDone = this.#found.measuring.advance();
    this.element.classList.remove("is-waiting");
    this.#draw(state.step);
    if (isDone) write(this.#verdict, this.#found.measuring.verdict);
    return isDone;
  }

  stop(): void {
    this.#chart.stop();
  }

  #draw(step: number): void {
    const measuring = this.#found?.measuring;
    if (measuring === undefined) return;
    const now = measuring.at(step);
    this.#showRows(now);
    const { left, right, top, bottom } = this.#chart.room;
    const x = linear([STEPS.from, STEPS.to], [left, right]);
    const within = linear([LEAST, 1], [bottom, top]);
    const y: Scale = (value) => within(Math.min(Math.max(value, LEAST), 1));
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
        const errors = measuring.errors[precision];
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
