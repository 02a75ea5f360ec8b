/** The race: four algorithms from one start, to be stepped through, and their costs on a logarithmic scale. */
import { button, choiceOf, paneOf, sliderOf } from "./controls.js";
import type { Desk, Pane } from "./desk.js";
import { fillWith, html, put, write } from "./element.js";
import { costText, scientific, short } from "./numbers.js";
import { RaceChart } from "./race-chart.js";
import { reachedAfter } from "./races.js";
import type { Scene } from "./scene.js";
import { ALGORITHMS, type Algorithm, MOST_ITERATIONS, RATES } from "./state.js";

const ALGORITHM_TITLES: Readonly<Record<Algorithm, string>> = {
  lloyd: "Lloyd (Newton)",
  "gradient-descent": "Gradient descent",
  online: "Online",
  "mini-batch": "Mini-batch",
};

/** How long one iteration stays on the screen while it plays, in milliseconds. */
const PACE = 450;

export class RacePane implements Pane {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #chart: RaceChart;
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
    this.#chart = new RaceChart(() => desk.change({}));
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
    this.#chart.show(races, state.iteration, state.algorithm);
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
    if (races === undefined) return;
    if (state.iteration >= last) this.#goTo(0);
    write(this.#play, "Pause");
    const go = (): void => {
      const { scene } = this.#desk;
      // Where the start has changed meanwhile, there is nothing to go through yet.
      if (scene.races === undefined || scene.state.iteration >= scene.races.length) {
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
}
