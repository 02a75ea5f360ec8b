/** The costs of the four algorithms above the lowest of them, on a logarithmic scale. */
import { ticks } from "d3-array";
import { Chart, curve, linear, type Scale } from "./chart.js";
import { fillWith, put, svg } from "./element.js";
import { costText, power } from "./numbers.js";
import type { Races } from "./races.js";
import { ALGORITHMS, type Algorithm } from "./state.js";

/** In percent: what is nearer to the lowest cost is drawn here, because 0 has no place on a logarithmic scale. */
const NOTHING = 1e-3;

export class RaceChart {
  readonly #chart: Chart;
  readonly element: HTMLElement;

  constructor(redraw: () => void) {
    this.#chart = new Chart("The costs of four algorithms", 210, redraw);
    this.element = this.#chart.element;
  }

  stop(): void {
    this.#chart.stop();
  }

  show(races: Races | undefined, iteration: number, followed: Algorithm): void {
    const { left, right, top, bottom } = this.#chart.room;
    const lowest = races?.lowest ?? 1;
    const above = (cost: number): number => Math.max((100 * (cost - lowest)) / lowest, NOTHING);
    const curves = ALGORITHMS.map((algorithm) => (races?.of[algorithm].reached ?? []).map(({ cost }) => above(cost)));
    const highest = Math.max(10, ...curves.flat().filter(Number.isFinite));
    const last = Math.max(races?.length ?? 0, 10);
    const x = linear([0, last], [left, right]);
    const byPower = linear([Math.log10(NOTHING), Math.log10(highest * 1.5)], [bottom, top]);
    const y: Scale = (value) => byPower(Math.log10(value));
    const powers = Array.from({ length: 3 + Math.ceil(Math.log10(highest)) + 1 }, (_, at) => at - 3);
    const step = Math.ceil(powers.length / 6);
    this.#chart.frame(
      x,
      y,
      { title: "iterations: passes over the points", ticks: ticks(0, last, 8).map((each) => [each, String(each)]) },
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
