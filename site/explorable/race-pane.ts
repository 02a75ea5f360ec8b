/** The race: four algorithms from one start, to be stepped through, and their costs on a logarithmic scale. */
import { scaleLinear, scaleLog } from "d3-scale";
import { Chart, curve } from "./chart.js";
import { button, choiceOf, paneOf, sliderOf } from "./controls.js";
import type { Desk, Pane } from "./desk.js";
import { fillWith, html, put, svg, write } from "./element.js";
import { costText, power, scientific, short } from "./numbers.js";
import { type Races, reachedAfter } from "./races.js";
import type { Scene } from "./scene.js";
import { ALGORITHMS, type Algorithm, MOST_ITERATIONS, RATES } from "./state.js";

export const ALGORITHM_TITLES: Readonly<Record<Algorithm, string>> = {
  lloyd: "Lloyd (Newton)",
  "gradient-descent": "Gradient descent",
  online: "Online",
  "mini-batch": "Mini-batch",
};

/** How long one iteration stays on the screen while it plays, in milliseconds. */
const PACE = 450;
/** In percent: what is nearer to the lowest cost is drawn here, because 0 has no place on a logarithmic scale. */
const NOTHING = 1e-3;

export class RacePane implements Pane {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #chart: Chart;
  readonly #algorithms = choiceOf("Follow", ALGORITHM_TITLES, (algorithm) => this.#follow(algorithm));
  readonly #iteration = sliderOf({
    label: "iteration",
    from: 0,
    to: MOST_ITERATIONS,
    step: 1,
    act: (iteration) => this.#goTo(iteration),
  });
  readonly #rate = sliderOf({
    label: "rate ε",
    from: Math.log10(RATES.from),
    to: Math.log10(RATES.to),
    step: "any",
    act: (logarithm) => this.#desk.change({ rate: Number((10 ** logarithm).toPrecision(2)), iteration: 0 }),
  });
  readonly #play = button("Play", () => this.#toggle());
  readonly #results = html("tbody");
  readonly #warning = html("p", { class: "x-warning" });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#chart = new Chart("The costs of four algorithms", 210, () => desk.change({}));
    this.#play.classList.add("is-first");
    this.element = paneOf(
      {
        id: "race",
        title: "The race",
        invitation:
          "press Play. Four algorithms leave from where the prototypes are now, and all look for the lowest E. Then drag a prototype to give them another start.",
      },
      this.#algorithms.element,
      html(
        "div",
        { class: "x-bar" },
        this.#play,
        button("Step", () => this.#goTo(this.#desk.scene.state.iteration + 1)),
        button("Step back", () => this.#goTo(this.#desk.scene.state.iteration - 1)),
        button("Back to the start", () => this.#goTo(0)),
      ),
      this.#iteration.element,
      this.#rate.element,
      this.#chart.element,
      this.#warning,
      html(
        "table",
        { class: "x-table x-results" },
        html(
          "thead",
          {},
          html(
            "tr",
            {},
            ...["Algorithm", "iterations", "E now", "E at its end"].map((text) => html("th", { scope: "col" }, text)),
          ),
        ),
        this.#results,
      ),
    );
    this.#draw(undefined, 0, "lloyd");
  }

  show({ state, races, survey }: Scene): void {
    this.#algorithms.show(state.algorithm);
    const last = races?.length ?? MOST_ITERATIONS;
    put(this.#iteration.input, { max: Math.max(last, state.iteration) });
    this.#iteration.show(state.iteration, `${state.iteration} of ${last}`);
    this.#rate.show(
      Math.log10(state.rate),
      `${short(state.rate)} × safe${survey === undefined ? "" : ` = ${scientific(state.rate * survey.safeRate)}`}`,
    );
    this.#draw(races, state.iteration, state.algorithm);
    this.element.classList.toggle("is-waiting", races === undefined);
    const isTooLarge = state.rate >= 2;
    write(
      this.#warning,
      isTooLarge ? "From twice the safe rate on, a step overshoots by more than it came: E may rise." : "",
    );
    fillWith(
      this.#results,
      ALGORITHMS,
      (at) =>
        html(
          "tr",
          { "data-algorithm": ALGORITHMS[at] },
          html(
            "th",
            { scope: "row", class: `x-key x-choice-${ALGORITHMS[at]}` },
            ALGORITHM_TITLES[ALGORITHMS[at] as Algorithm],
          ),
          html("td"),
          html("td"),
          html("td"),
        ),
      (row, algorithm) => {
        const race = races?.of[algorithm];
        const cells = race
          ? [
              String(race.reached.length - 1),
              costText(reachedAfter(race, state.iteration).cost),
              race.hasEnded ? costText(reachedAfter(race, MOST_ITERATIONS).cost) : "…",
            ]
          : ["…", "…", "…"];
        for (const [at, text] of cells.entries()) write(row.children[at + 1] as Element, text);
      },
    );
  }

  stop(): void {
    this.#chart.stop();
    clearTimeout(this.#timer);
  }

  #follow(algorithm: Algorithm): void {
    this.#desk.change({ algorithm });
    this.#tell();
  }

  #goTo(iteration: number): void {
    const { races } = this.#desk.scene;
    const last = races?.length ?? MOST_ITERATIONS;
    this.#desk.change({ iteration: Math.min(Math.max(iteration, 0), last) });
    this.#tell();
  }

  #tell(): void {
    const { state, races } = this.#desk.scene;
    if (races === undefined) return;
    const race = races.of[state.algorithm];
    const { cost } = reachedAfter(race, state.iteration);
    const end = race.hasEnded && state.iteration >= race.reached.length - 1 ? " It has ended." : "";
    this.#desk.announcer.say(
      "race",
      `${ALGORITHM_TITLES[state.algorithm]}, iteration ${Math.min(state.iteration, race.reached.length - 1)}: the cost is ${costText(cost)}.${end}`,
    );
  }

  /** Those who want no motion get the end at once. */
  #toggle(): void {
    if (this.#timer !== undefined) {
      this.#pause();
      return;
    }
    const { state, races } = this.#desk.scene;
    const last = races?.length ?? MOST_ITERATIONS;
    if (globalThis.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#goTo(last);
      return;
    }
    if (state.iteration >= last) this.#goTo(0);
    write(this.#play, "Pause");
    const go = (): void => {
      const { scene } = this.#desk;
      if (scene.races !== undefined && scene.state.iteration >= scene.races.length) {
        this.#pause();
        return;
      }
      this.#desk.change({ iteration: scene.state.iteration + 1 });
      this.#timer = setTimeout(go, PACE);
    };
    go();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    write(this.#play, "Play");
    this.#tell();
  }

  #draw(races: Races | undefined, iteration: number, followed: Algorithm): void {
    const { left, right, top, bottom } = this.#chart.room;
    const lowest = races?.lowest ?? 1;
    const above = (cost: number): number => Math.max((100 * (cost - lowest)) / lowest, NOTHING);
    const curves = ALGORITHMS.map((algorithm) => (races?.of[algorithm].reached ?? []).map(({ cost }) => above(cost)));
    const highest = Math.max(10, ...curves.flat().filter(Number.isFinite));
    const last = Math.max(races?.length ?? 0, 10);
    const x = scaleLinear([0, last], [left, right]);
    const y = scaleLog([NOTHING, highest * 1.5], [bottom, top]);
    const powers = Array.from({ length: 3 + Math.ceil(Math.log10(highest)) + 1 }, (_, at) => at - 3);
    const step = Math.ceil(powers.length / 6);
    this.#chart.frame(
      x,
      y,
      { title: "iterations: passes over the points", ticks: x.ticks(8).map((each) => [each, String(each)]) },
      {
        title: "percent above the lowest E",
        ticks: powers
          .filter((each, at) => at % step === 0 && 10 ** each <= highest * 1.5)
          .map((each) => [10 ** each, each === -3 ? "0" : each >= 0 && each < 4 ? String(10 ** each) : power(each)]),
      },
    );
    const now = x(Math.min(iteration, last));
    fillWith(
      this.#chart.plot,
      [...ALGORITHMS, "cursor" as const],
      () => svg("g", {}, svg("path"), svg("circle", { r: 4 })),
      (group, name, at) => {
        const [path, circle] = group.children as unknown as [Element, Element];
        const values = curves[at];
        if (name === "cursor" || values === undefined) {
          put(group, { class: "x-cursor" });
          put(path, { d: `M${now},${top}V${bottom}` });
          put(circle, { r: 0 });
          return;
        }
        put(group, { class: `x-curve x-${name}${name === followed ? " is-followed" : ""}` });
        put(path, {
          d: curve(
            values.map((value, each) => [each, value]),
            x,
            y,
          ),
        });
        const place = Math.min(iteration, values.length - 1);
        put(circle, {
          cx: x(Math.max(place, 0)).toFixed(1),
          cy: y(values[place] ?? NOTHING).toFixed(1),
          r: values.length > 0 ? 4 : 0,
        });
      },
    );
    this.#chart.describe(
      races === undefined
        ? "The costs of four algorithms, still being computed"
        : `The costs of four algorithms after each iteration; the lowest is ${costText(lowest)}`,
    );
  }
}
