/** The cost of the chosen point along the line on which something was dragged last, with its kinks and its slope. */
import { ticks } from "d3-array";
import { Chart, curve, linear } from "./chart.js";
import { sliderOf } from "./controls.js";
import { costOfPoint } from "./costs.js";
import type { Desk } from "./desk.js";
import { fillWith, html, put, svg, write } from "./element.js";
import { moved } from "./moving.js";
import { costText, prototypeName, short } from "./numbers.js";
import { rounded } from "./place.js";
import type { Scene } from "./scene.js";
import { type Section, sectionAlong } from "./section.js";

export class SectionChart {
  readonly #desk: Desk;
  readonly #chart: Chart;
  readonly #parabolas = svg("g", { class: "x-parabolas" });
  readonly #lowest = svg("path", { class: "x-lowest" });
  readonly #tangent = svg("path", { class: "x-tangent" });
  readonly #kinks = svg("g", { class: "x-kinks" });
  readonly #now = svg("circle", { class: "x-now", r: 5 });
  readonly #text = html("p", { class: "x-note" });
  readonly #slider = sliderOf({
    label: "along the line",
    from: -0.5,
    to: 1.5,
    step: 0.01,
    act: (at) => this.#moveTo(at),
  });
  readonly element: HTMLElement;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#chart = new Chart("The cost along the line", 220, () => desk.change({}));
    this.element = html(
      "div",
      { class: "x-section" },
      html("h3", {}, "The kink: ", html("var", {}, "e"), " along the line"),
      this.#chart.element,
      this.#slider.element,
      this.#text,
    );
    this.#chart.plot.append(this.#parabolas, this.#lowest, this.#tangent, this.#kinks, this.#now);
  }

  show({ line, chosen, prototypes }: Scene): void {
    this.element.classList.toggle("is-empty", line === undefined || chosen === undefined);
    if (line === undefined || chosen === undefined) return;
    const section = sectionAlong(line, chosen.place, prototypes);
    this.#draw(section);
    const who = line.subject === "point" ? "the point" : (prototypeName(line.subject) as string);
    const at = Number(section.now.at.toFixed(2));
    this.#slider.show(at, short(at));
    const { cost, slope } = section.now;
    write(
      this.#text,
      `As ${who} moves along the line, e is the lowest of ${prototypes.length} curves, one for each prototype; where another takes over, at a ring, it has a kink. Here e = ${costText(cost)}, and its slope along the line is ${short(slope)}.`,
    );
    this.#chart.describe(
      `The cost of the chosen point as ${who} moves along a line: ${section.kinks.length} kinks; here the cost is ${costText(cost)}, the slope ${short(slope)}`,
    );
  }

  stop(): void {
    this.#chart.stop();
  }

  #moveTo(at: number): void {
    const { scene } = this.#desk;
    const { line } = scene;
    if (line === undefined) return;
    const place = { x: line.from.x + at * (line.to.x - line.from.x), y: line.from.y + at * (line.to.y - line.from.y) };
    const kept = { subject: line.subject, from: rounded(line.from), to: rounded(line.to) };
    this.#desk.change(moved(scene, line.subject, place, kept));
    const { chosen } = this.#desk.scene;
    if (chosen !== undefined) {
      this.#desk.announcer.say("section", `The cost of the point is ${costText(costOfPoint(chosen.graph))}.`);
    }
  }

  #draw({ at, distances, labels, kinks, now, length }: Section): void {
    const { left, right, top, bottom } = this.#chart.room;
    const lowest = distances.map((row, step) => row[labels[step] as number] as number);
    const [least, most] = [Math.min(...lowest), Math.max(...lowest)];
    const spread = Math.max(most - least, 1e-6);
    // From 0, unless that would make the curve flat.
    const bottomValue = least < spread ? 0 : least - 0.15 * spread;
    const highest = most + 0.4 * spread;
    const x = linear([-0.5, 1.5], [left, right]);
    const y = linear([bottomValue, highest], [bottom, top]);
    this.#chart.frame(
      x,
      y,
      {
        title: "position along the line",
        ticks: [-0.5, 0, 0.5, 1, 1.5].map((each) => [each, short(each)]),
      },
      { title: "e, the cost of the point", ticks: ticks(bottomValue, highest, 4).map((each) => [each, short(each)]) },
    );
    fillWith(
      this.#parabolas,
      distances[0] as readonly number[],
      () => svg("path"),
      (path, _, k) => {
        const seen = at.flatMap((position, step): [number, number][] => {
          const value = (distances[step] as readonly number[])[k] as number;
          return [[position, value <= highest ? value : Number.NaN]];
        });
        put(path, { d: curve(seen, x, y), class: `x-of-${k + 1}` });
      },
    );
    put(this.#lowest, {
      d: curve(
        at.map((position, step) => [position, lowest[step] as number]),
        x,
        y,
      ),
    });
    // The slope is for a unit of the plane, positions are parts of the line.
    const reach = 0.22;
    const tangent = [-reach, reach].map((aside): [number, number] => [
      now.at + aside,
      now.cost + now.slope * aside * length,
    ]);
    put(this.#tangent, { d: curve(tangent, x, y) });
    put(this.#now, { cx: x(now.at).toFixed(1), cy: y(now.cost).toFixed(1) });
    fillWith(
      this.#kinks,
      kinks,
      () => svg("circle", { r: 5 }),
      (circle, kink) => {
        const step = at.findLastIndex((position) => position <= kink);
        const [a, b] = [lowest[step] as number, lowest[step + 1] ?? (lowest[step] as number)];
        const share = (kink - (at[step] as number)) / ((at[1] as number) - (at[0] as number));
        put(circle, { cx: x(kink).toFixed(1), cy: y(a + share * (b - a)).toFixed(1) });
      },
    );
  }
}
