/** The graph of the chosen point's cost: operations one below the other, values that go down, gradients that come up. */
import { button, paneOf, sliderOf } from "./controls.js";
import type { TensorName } from "./costs.js";
import type { Desk, Pane } from "./desk.js";
import { Edge, MANY } from "./edge.js";
import { html, write } from "./element.js";
import { BACKWARDS, NODES, USER } from "./nodes.js";
import { placeText, prototypeName, short } from "./numbers.js";
import { type Place, placeAt } from "./place.js";
import type { Scene } from "./scene.js";
import { SectionChart } from "./section-chart.js";
import { EDGES } from "./state.js";

export class GraphPane implements Pane {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #cards = new Map<TensorName, HTMLElement>();
  readonly #edges = new Map<TensorName, Edge>();
  readonly #back = sliderOf({ label: "gradient back", from: 0, to: EDGES, step: 1, act: (back) => this.#goBack(back) });
  readonly #said = html("p", { class: "x-said" });
  readonly #crossing = html("p", { class: "x-crossing" });
  readonly #who = html("p", { class: "x-who" });
  readonly #section: SectionChart;
  #before: { readonly at: number; readonly label: number; readonly slope: Place } | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#section = new SectionChart(desk);
    const chain = (...names: TensorName[]): Node[] => names.flatMap((name) => [this.#card(name), this.#edge(name)]);
    this.element = paneOf(
      {
        id: "graph",
        title: "The graph",
        invitation:
          "press “From the end”, then “One node back” a few times. A 1 starts at the bottom and comes up; each operation changes it by its rule, and what arrives at W is the gradient.",
      },
      this.#who,
      html(
        "div",
        { class: "x-bar" },
        button("From the end", () => this.#goBack(0)),
        button("One node back", () => this.#goBack(Math.min(this.#desk.scene.state.back + 1, EDGES))),
        button("All the way", () => this.#goBack(EDGES)),
      ),
      this.#back.element,
      this.#said,
      html(
        "div",
        { class: "x-graph" },
        html(
          "div",
          { class: "x-heads", "aria-hidden": true },
          html("span", { class: "x-down-word" }, "values go down ↓"),
          html("span", { class: "x-up-word" }, "↑ gradients come up"),
        ),
        html(
          "div",
          { class: "x-branches" },
          html("div", {}, ...chain("W", "columns")),
          html("div", { class: "x-branch-x" }, ...chain("x")),
        ),
        ...chain("differences", "squares", "distances", "nearest", "cost"),
        html("p", { class: "x-end" }, html("var", {}, "e"), ", the cost of this point"),
      ),
      this.#crossing,
      this.#section.element,
    );
  }

  show(scene: Scene): void {
    const { chosen, state } = scene;
    const k = scene.prototypes.length;
    this.element.classList.toggle("is-empty", chosen === undefined);
    this.element.classList.toggle("has-many", k > MANY);
    this.#back.show(state.back, `${state.back} of ${EDGES}`);
    if (chosen === undefined) {
      write(this.#who, "There is no point yet: add one in the plane.");
      return;
    }
    const { graph, at, place } = chosen;
    write(
      this.#who,
      `Point ${at + 1} of ${scene.points.length / 2}, at ${placeText(place)}. Choose another by a click in the plane, or by the keys [ and ] while this one has the focus.`,
    );
    for (const [name, edge] of this.#edges) {
      const { value, gradient } = graph.tensors[name];
      edge.show(value, gradient, BACKWARDS.indexOf(name) < state.back, graph.label, k);
    }
    const working = state.back < EDGES && state.back > 0 ? USER[BACKWARDS[state.back - 1] as TensorName] : undefined;
    for (const [name, card] of this.#cards) card.classList.toggle("is-working", name === working);
    write(this.#said, sentenceAt(state.back, scene));
    this.#showCrossing(scene);
    this.#section.show(scene);
  }

  light(name: TensorName | undefined): void {
    for (const [each, card] of this.#cards) card.classList.toggle("is-lit", each === name);
    for (const [each, { element }] of this.#edges) element.classList.toggle("is-lit", each === name);
  }

  stop(): void {
    this.#section.stop();
  }

  #card(name: TensorName): HTMLElement {
    const { title, code, rule } = NODES[name];
    const card = html(
      "button",
      { type: "button", class: `x-node x-node-${name}`, "data-node": name },
      html("span", { class: "x-node-title" }, title),
      html("code", {}, code),
      html("span", { class: "x-rule" }, html("span", { "aria-hidden": true }, "↑ "), rule),
    );
    const light = (): void => this.#desk.light(name);
    const dim = (): void => this.#desk.light(undefined);
    for (const event of ["pointerenter", "focus", "click"]) card.addEventListener(event, light);
    card.addEventListener("blur", dim);
    card.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") dim();
    });
    this.#cards.set(name, card);
    return card;
  }

  #edge(name: TensorName): HTMLElement {
    const edge = new Edge(name);
    this.#edges.set(name, edge);
    return edge.element;
  }

  #goBack(back: number): void {
    this.#desk.change({ back });
    this.#desk.announcer.say("back", sentenceAt(back, this.#desk.scene));
  }

  /** Says so when the chosen point has come over an edge between cells. */
  #showCrossing({ chosen }: Scene): void {
    if (chosen === undefined) return;
    const { at, graph } = chosen;
    const slope = placeAt((graph.tensors.x.gradient[0] as readonly number[]) ?? [], 0);
    const before = this.#before;
    this.#before = { at, label: graph.label, slope };
    if (before === undefined || before.at !== at) {
      write(this.#crossing, `argmin: ${prototypeName(graph.label)} is the nearest.`);
    } else if (before.label !== graph.label) {
      const [from, to] = [prototypeName(before.label), prototypeName(graph.label)];
      const text = `Over the edge: argmin went from ${from} to ${to}, and ∂e/∂x jumped from ${placeText(before.slope)} to ${placeText(slope)}. The cost itself did not jump.`;
      write(this.#crossing, text);
      this.#desk.announcer.say("crossing", text);
    }
  }
}

/** What has just happened on the way back. */
function sentenceAt(back: number, { chosen }: Scene): string {
  if (chosen === undefined) return "";
  if (back === 0) return "At the end, before anything has come back. Press “One node back”.";
  const name = BACKWARDS[back - 1] as TensorName;
  const user = USER[name];
  const { gradient } = chosen.graph.tensors[name];
  const numbers = gradient.map((row) => `(${row.map((each) => short(each)).join(", ")})`).join(", ");
  if (user === undefined) return "∂e/∂e = 1: the cost grows as fast as itself.";
  return `${NODES[user].title}: ${NODES[user].rule}. ∂e/∂${name} = ${numbers}`;
}
