/**
 * What lies over the points as elements: trails of the algorithms, the chosen point with its distances, arrows, and the
 * handles by which prototypes and the point are moved. Shows a scene; who moves things is `moving`.
 */
import { fillWith, html, put, svg, write } from "./element.js";
import { placeText, prototypeName, short } from "./numbers.js";
import type { Place } from "./place.js";
import { reachedAfter } from "./races.js";
import type { Scene } from "./scene.js";
import { arrow, lineThrough } from "./shapes.js";
import { ALGORITHMS } from "./state.js";
import type { View } from "./view.js";

export class Overlay {
  readonly #trails = svg("g", { class: "x-trails", "aria-hidden": true });
  readonly #probes = svg("g", { class: "x-probes", "aria-hidden": true });
  readonly #newtons = svg("g", { class: "x-newtons", "aria-hidden": true });
  readonly #descents = svg("g", { class: "x-descents", "aria-hidden": true });
  readonly #handles = svg("g");
  readonly #point = handle("x-point", 22);
  readonly element = svg(
    "svg",
    { class: "x-overlay", role: "group", "aria-label": "The plane" },
    this.#trails,
    this.#probes,
    this.#newtons,
    this.#descents,
    this.#point,
    this.#handles,
  );

  show(scene: Scene, view: View): void {
    put(this.element, { width: view.width, height: view.height, viewBox: `0 0 ${view.width} ${view.height}` });
    this.#showTrails(scene, view);
    this.#showProbes(scene, view);
    this.#showArrows(scene, view);
    this.#showHandles(scene, view);
  }

  #showTrails({ races, state }: Scene, view: View): void {
    const all =
      races === undefined || state.iteration === 0 ? [] : ALGORITHMS.filter((each) => each !== state.algorithm);
    const trails = [...all, ...(all.length > 0 ? [state.algorithm] : [])].map((algorithm) => {
      const race = (races as NonNullable<typeof races>).of[algorithm];
      const reached = race.reached.slice(0, state.iteration + 1);
      const ends = reachedAfter(race, state.iteration).prototypes.map((place) => view.onScreen(place));
      const path = ends
        .map((_, at) => lineThrough(reached.map(({ prototypes }) => view.onScreen(prototypes[at] as Place))))
        .join("");
      const dots = algorithm === state.algorithm ? "" : ends.map(dot).join("");
      return { algorithm, path, dots, isFollowed: algorithm === state.algorithm };
    });
    fillWith(
      this.#trails,
      trails,
      () => svg("g", {}, svg("path", { class: "x-trail" }), svg("path", { class: "x-ghost" })),
      (group, { algorithm, path, dots, isFollowed }) => {
        put(group, { class: `x-${algorithm}${isFollowed ? " is-followed" : ""}` });
        put(group.children[0] as Element, { d: path });
        put(group.children[1] as Element, { d: dots });
      },
    );
  }

  /** From the chosen point to each prototype: the difference as legs, the squared distance as a number. */
  #showProbes({ chosen, prototypes }: Scene, view: View): void {
    const place = chosen && view.onScreen(chosen.place);
    const distances = chosen?.graph.tensors.distances.value[0] ?? [];
    fillWith(
      this.#probes,
      place === undefined ? [] : prototypes,
      () =>
        svg(
          "g",
          {},
          svg("path", { class: "x-legs" }),
          svg("path", { class: "x-probe" }),
          svg("text", { class: "x-distance" }),
        ),
      (group, prototype, at) => {
        const [from, to] = [place as Place, view.onScreen(prototype)];
        const middle = { x: from.x + 0.5 * (to.x - from.x), y: from.y + 0.5 * (to.y - from.y) };
        put(group, { class: at === chosen?.graph.label ? "is-nearest" : "" });
        put(group.children[0] as Element, { d: lineThrough([from, { x: to.x, y: from.y }, to]) });
        put(group.children[1] as Element, { d: lineThrough([from, to]) });
        put(group.children[2] as Element, { x: middle.x.toFixed(1), y: middle.y.toFixed(1) });
        write(group.children[2] as Element, short(distances[at] ?? 0));
      },
    );
  }

  #showArrows({ prototypes, survey }: Scene, view: View): void {
    const moves = survey === undefined ? [] : prototypes;
    const target = (place: Place, by: Place | undefined): Place =>
      view.onScreen({ x: place.x + (by?.x ?? 0), y: place.y + (by?.y ?? 0) });
    fillWith(
      this.#newtons,
      moves,
      () => svg("g", {}, svg("path", { class: "x-newton" }), svg("circle", { r: 5, class: "x-mean" })),
      (group, place, at) => {
        const to = target(place, survey?.newton[at]);
        put(group.children[0] as Element, { d: lineThrough([view.onScreen(place), to]) });
        put(group.children[1] as Element, { cx: to.x.toFixed(1), cy: to.y.toFixed(1) });
      },
    );
    fillWith(
      this.#descents,
      moves,
      () => svg("path", { class: "x-descent" }),
      (path, place, at) => put(path, { d: arrow(view.onScreen(place), target(place, survey?.descent[at]), 4) }),
    );
  }

  #showHandles({ prototypes, chosen, survey, points }: Scene, view: View): void {
    const sizes = prototypes.map(() => 0);
    for (const label of survey?.labels ?? []) sizes[label] = (sizes[label] ?? 0) + 1;
    fillWith(
      this.#handles,
      prototypes,
      (at) => handle(`x-prototype x-prototype-${at + 1}`, 22),
      (group, place, at) => {
        moveTo(group, view.onScreen(place));
        write(group.querySelector("text") as Element, prototypeName(at));
        put(group, {
          "data-prototype": at,
          "aria-label": `Prototype ${at + 1}`,
          "aria-roledescription": "movable prototype",
          ...sliderValue(place, `at ${placeText(place)}, nearest to ${sizes[at]} of ${points.length / 2} points`),
        });
      },
    );
    put(this.#point, { hidden: chosen === undefined, "data-point": true });
    this.#point.classList.toggle("is-absent", chosen === undefined);
    if (chosen === undefined) return;
    moveTo(this.#point, view.onScreen(chosen.place));
    put(this.#point, {
      "aria-label": `Point ${chosen.at + 1}`,
      "aria-roledescription": "movable point",
      ...sliderValue(chosen.place, `at ${placeText(chosen.place)}, nearest to prototype ${chosen.graph.label + 1}`),
    });
  }
}

/** Something that can be taken hold of, and that takes arrow keys: what screen readers call a slider. */
const handle = (name: string, reach: number): SVGGElement =>
  svg(
    "g",
    { class: `x-handle ${name}`, role: "slider", tabindex: 0 },
    svg("circle", { class: "x-reach", r: reach }),
    svg("circle", { class: "x-focus", r: 14 }),
    svg("circle", { class: "x-body", r: name === "x-point" ? 5 : 8.5 }),
    svg("text", { class: "x-name", x: 12, y: -10 }),
  );

const sliderValue = ({ x }: Place, text: string) => ({
  "aria-valuenow": Number(x.toFixed(2)),
  "aria-valuemin": -300,
  "aria-valuemax": 300,
  "aria-valuetext": text,
});

const moveTo = (group: Element, { x, y }: Place): void =>
  put(group, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });

const dot = ({ x, y }: Place): string => `M${(x - 3).toFixed(1)},${y.toFixed(1)}a3,3 0 1,0 6,0a3,3 0 1,0 -6,0`;

/** The legend of arrows, in words. */
export const arrowLegend = (): HTMLElement =>
  html(
    "ul",
    { class: "x-legend" },
    html("li", { class: "x-key-descent" }, "−ε ∂E/∂w, a step down the gradient"),
    html("li", { class: "x-key-newton" }, "Newton’s step, to the middle of its points"),
  );
