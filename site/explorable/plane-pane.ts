/** The plane: points, prototypes, cells and arrows, and the tools to change them. */
import { addressOf } from "./address.js";
import { button, choiceOf, paneOf, stepperOf } from "./controls.js";
import { costOfPoint, type TensorName } from "./costs.js";
import type { Desk, Pane } from "./desk.js";
import { html, put, write } from "./element.js";
import { exportPng, exportSvg } from "./export.js";
import { lineOfStep, moved, placeOf, type Subject, withPoints, withPrototypes } from "./moving.js";
import { costText, placeText, prototypeName, scientific, short } from "./numbers.js";
import { arrowLegend, Overlay } from "./overlay.js";
import { paintPlane } from "./paint.js";
import { type Place, placeAt, rounded } from "./place.js";
import { listenTo, strideOf, TOOLS, type Tool } from "./pointing.js";
import { PRESET_TITLES, preset, startOf } from "./presets.js";
import type { Scene } from "./scene.js";
import { MOST_PROTOTYPES, PRESETS, type PresetName } from "./state.js";
import { onThemeChange, type Theme, themeOf } from "./theme.js";
import { View, type Window, windowAround } from "./view.js";

export class PlanePane implements Pane {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #canvas = html("canvas", { class: "x-canvas", "aria-hidden": true });
  readonly #overlay = new Overlay();
  readonly stage = html("div", { class: "x-stage" }, this.#canvas, this.#overlay.element);
  readonly #cost = html("output", { class: "x-cost-value" });
  readonly #note = html("p", { class: "x-note" });
  readonly #presets: HTMLSelectElement;
  readonly #tools = choiceOf("Tool", TOOLS, (tool) => this.#use(tool));
  readonly #k;
  #tool: Tool = "move";
  /** Of the stage, in pixels. */
  #size = { width: 1, height: 1 };
  #window: Window | undefined;
  #preset: PresetName | undefined;
  #view = new View({ left: -1, right: 1, bottom: -1, top: 1 }, 1, 1);
  #theme: Theme | undefined;
  readonly #stops: (() => void)[] = [];

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#presets = html(
      "select",
      { "aria-label": "Points" },
      ...PRESETS.map((name) => html("option", { value: name }, PRESET_TITLES[name])),
    );
    this.#presets.addEventListener("change", () => this.#take(this.#presets.value as PresetName));
    this.#k = stepperOf("prototypes", 1, MOST_PROTOTYPES, (k) => this.#takeCount(k));
    this.#tools.show(this.#tool);
    this.element = paneOf(
      {
        id: "plane",
        title: "The plane",
        invitation:
          "drag one of the large dots, a prototype. Each point belongs to the nearest one; E adds up how far away they all are, squared. The arrow points where E falls fastest.",
      },
      html(
        "div",
        { class: "x-bar" },
        html("label", { class: "x-select" }, html("span", {}, "Points"), this.#presets),
        this.#k.element,
        button("New start", () => this.#shuffle(), "New start at other points"),
      ),
      html(
        "div",
        { class: "x-board" },
        html("p", { class: "x-cost" }, html("var", {}, "E"), " = ", this.#cost),
        this.stage,
      ),
      arrowLegend(),
      html(
        "div",
        { class: "x-bar" },
        this.#tools.element,
        button("Add a point", () => this.#addInTheMiddle(), "Add a point in the middle"),
        html("span", { class: "x-gap" }),
        button("Copy link", () => void this.#copyLink(), "Copy link to what is set here"),
        button("SVG", () => exportSvg(this.#desk.scene, this.#view, this.#colours()), "SVG: save the plane"),
        button("PNG", () => exportPng(this.#desk.scene, this.#view, this.#colours()), "PNG: save the plane"),
      ),
      this.#note,
    );
    this.#listen();
  }

  show(scene: Scene): void {
    this.#fit(scene);
    const context = this.#canvas.getContext("2d");
    if (context !== null) paintPlane(context, scene, this.#view, this.#colours());
    this.#overlay.show(scene, this.#view);
    const { state, survey, points } = scene;
    this.#presets.value = state.preset;
    this.#k.show(state.k, `k = ${state.k}`);
    write(this.#cost, survey === undefined ? "0" : costText(survey.cost));
    write(this.#note, noteOn(points.length / 2, state.k, survey && state.rate * survey.safeRate));
  }

  light(name: TensorName | undefined): void {
    put(this.stage, { "data-lit": name });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #colours(): Theme {
    this.#theme ??= themeOf(this.element);
    return this.#theme;
  }

  /** A window round what there is, which stays until there are other points, or a start outside of it. */
  #fit({ points, start, state }: Scene): void {
    const { width, height } = this.#size;
    const before = this.#window && new View(this.#window, width, height);
    if (this.#preset !== state.preset || !start.every((place) => before?.shows(place))) {
      this.#window = windowAround(points, start);
      this.#preset = state.preset;
    }
    const density = globalThis.devicePixelRatio;
    const pixels = [Math.round(width * density), Math.round(height * density)] as const;
    if (this.#canvas.width !== pixels[0] || this.#canvas.height !== pixels[1]) {
      [this.#canvas.width, this.#canvas.height] = pixels;
      this.#canvas.getContext("2d")?.scale(density, density);
    }
    this.#view = new View(this.#window as Window, width, height);
  }

  #listen(): void {
    const pane = this;
    listenTo(this.stage, {
      get scene() {
        return pane.#desk.scene;
      },
      get view() {
        return pane.#view;
      },
      get tool() {
        return pane.#tool;
      },
      choose: (at) => this.#choose(at),
      drag: (subject, from, to, isDone) => {
        const line = isFar(from, to) ? { subject, from: rounded(from), to: rounded(to) } : undefined;
        if (line !== undefined) this.#move(subject, to, line);
        if (isDone) this.#tellOf(subject);
      },
      add: (place) => this.#add([place]),
      spray: (place) => this.#spray(place),
    });
    this.#overlay.element.addEventListener("keydown", (event) => this.#key(event));
    const redraw = (): void => {
      this.#theme = undefined;
      this.#desk.change({});
    };
    const observer = new ResizeObserver(() => {
      this.#size = { width: this.stage.clientWidth, height: this.stage.clientHeight };
      redraw();
    });
    observer.observe(this.stage);
    this.#stops.push(onThemeChange(redraw), () => observer.disconnect());
  }

  #key(event: KeyboardEvent): void {
    const held = event.target instanceof Element ? event.target.closest<SVGGElement>(".x-handle") : null;
    if (held === null || event.ctrlKey || event.metaKey) return;
    const subject = held.dataset.prototype === undefined ? "point" : Number(held.dataset.prototype);
    const { scene } = this.#desk;
    const stride = strideOf(event);
    const turn = { "[": -1, "]": 1, PageUp: -1, PageDown: 1 }[event.key];
    if (stride !== undefined) {
      const from = placeOf(scene, subject) as Place;
      const to = rounded({ x: from.x + stride.x / this.#view.scale, y: from.y + stride.y / this.#view.scale });
      const length = 120 / this.#view.scale;
      this.#move(subject, to, lineOfStep(scene.state.line, subject, from, to, length));
      this.#tellOf(subject);
    } else if (turn !== undefined && scene.chosen !== undefined) {
      const n = scene.points.length / 2;
      this.#choose((scene.chosen.at + turn + n) % n);
    } else return;
    event.preventDefault();
  }

  #move(subject: Subject, to: Place, line: ReturnType<typeof lineOfStep>): void {
    this.#desk.change(moved(this.#desk.scene, subject, to, line));
  }

  #tellOf(subject: Subject): void {
    const { scene } = this.#desk;
    const place = placeOf(scene, subject);
    if (place === undefined || scene.survey === undefined) return;
    const who = subject === "point" ? `Point ${(scene.chosen?.at ?? 0) + 1}` : `Prototype ${subject + 1}`;
    const [g, cost] = [typeof subject === "number" ? scene.survey.gradient[subject] : undefined, scene.survey.cost];
    const slope = g === undefined ? "" : ` Its gradient is ${placeText(g)}.`;
    this.#desk.announcer.say("move", `${who} is at ${placeText(place)}. The cost is ${costText(cost)}.${slope}`);
  }

  #choose(at: number): void {
    this.#desk.change({ chosen: at, line: undefined });
    const { chosen } = this.#desk.scene;
    if (chosen === undefined) return;
    const nearest = prototypeName(chosen.graph.label);
    this.#desk.announcer.say(
      "move",
      `Point ${at + 1} at ${placeText(chosen.place)} is chosen. It is nearest to ${nearest}, and its cost is ${short(costOfPoint(chosen.graph))}.`,
    );
  }

  #add(places: readonly Place[]): void {
    this.#desk.change(withPoints(this.#desk.scene, places));
    const { points, survey } = this.#desk.scene;
    const cost = survey === undefined ? "" : ` The cost is ${costText(survey.cost)}.`;
    this.#desk.announcer.say("add", `There are now ${points.length / 2} points.${cost}`);
  }

  #addInTheMiddle(): void {
    this.#add([this.#view.inPlane({ x: this.#view.width / 2, y: this.#view.height / 2 })]);
    this.#overlay.element.querySelector<SVGGElement>("[data-point]")?.focus();
  }

  /** A few points about a place, where chance puts them. */
  #spray({ x, y }: Place): void {
    const spread = 14 / this.#view.scale;
    const aside = (): number => spread * (Math.random() + Math.random() - 1);
    this.#add(Array.from({ length: 2 }, () => ({ x: x + aside(), y: y + aside() })));
  }

  #use(tool: Tool): void {
    this.#tool = tool;
    put(this.stage, { "data-tool": tool });
  }

  #take(name: PresetName): void {
    const { k, points, chosen } = preset(name);
    this.#desk.change({
      preset: name,
      moved: new Map(),
      added: [],
      start: undefined,
      k,
      iteration: 0,
      chosen,
      line: undefined,
    });
    if (points.length === 0) {
      this.#use("brush");
      this.#tools.show("brush");
    }
    this.#desk.announcer.say("points", `${PRESET_TITLES[name]}: ${points.length} points, ${k} prototypes.`);
  }

  #takeCount(k: number): void {
    const { scene } = this.#desk;
    this.#desk.change(withPrototypes(scene, k, startOf(scene.state.preset, k)));
    const { survey } = this.#desk.scene;
    this.#desk.announcer.say("k", `${k} prototypes. The cost is ${costText(survey?.cost ?? 0)}.`);
  }

  async #copyLink(): Promise<void> {
    const link = new URL(location.href);
    link.hash = addressOf(this.#desk.scene.state);
    const isCopied = await navigator.clipboard?.writeText(link.href).then(
      () => true,
      () => false,
    );
    this.#desk.announcer.say("link", isCopied ? "The link is copied." : "The address of this page is the link.");
    write(this.#note, isCopied ? "The link is copied: it opens this page as it is now." : `Copy this: ${link.href}`);
  }

  #shuffle(): void {
    const { points, state } = this.#desk.scene;
    const n = points.length / 2;
    if (n === 0) return;
    const start = Array.from({ length: state.k }, () => rounded(placeAt(points, Math.floor(Math.random() * n))));
    this.#desk.change({ start, iteration: 0, line: undefined });
    this.#desk.announcer.say("k", `A new start. The cost is ${costText(this.#desk.scene.survey?.cost ?? 0)}.`);
  }
}

const isFar = (from: Place, to: Place): boolean => Math.hypot(to.x - from.x, to.y - from.y) > 1e-3;

function noteOn(n: number, k: number, rate: number | undefined): string {
  if (n === 0) return "No points yet: draw some with the brush, or add them one by one.";
  if (n < k) return `${n} points for ${k} prototypes: the algorithms need at least as many points as prototypes.`;
  return `${n} points. The arrows of the gradient are drawn with ε = ${scientific(rate ?? 0)}: at their full length they would leave the plane.`;
}
