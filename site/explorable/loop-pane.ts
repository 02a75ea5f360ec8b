/** The loop that the engine makes of the cost and its gradient, as `explain` prints it, with marks on what is meant. */
import { paneOf, stepperOf } from "./controls.js";
import type { TensorName } from "./costs.js";
import type { Desk, Pane } from "./desk.js";
import { html, write } from "./element.js";
import { type Line, listingOf, type Section } from "./listing.js";
import { withPrototypes } from "./moving.js";
import { startOf } from "./presets.js";
import type { Scene } from "./scene.js";
import { MOST_PROTOTYPES } from "./state.js";

const TITLES: readonly (readonly [word: RegExp, title: string, isOpen: boolean])[] = [
  [/^kernel/, "The loop", true],
  [/^simplified/, "The formulas, before they become one loop", false],
  [/^gradient/, "The graph of the gradient", false],
  [/^graph/, "The graph of the cost", false],
];

export class LoopPane implements Pane {
  readonly element: HTMLElement;
  /** The lines of the loop that make what is meant, to be shown beside the plane. */
  readonly peek = html("p", { class: "x-peek", "aria-hidden": true });
  readonly #desk: Desk;
  readonly #body = html("div", { class: "x-listing" });
  readonly #note = html("p", { class: "x-note" });
  readonly #k;
  #shown: { readonly k: number; readonly n: number; readonly kernel: readonly string[] } | undefined;
  #lines: [HTMLElement, Line][] = [];
  #kernel: readonly Line[] = [];
  #lit: TensorName | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.#k = stepperOf("prototypes of the loop", 1, MOST_PROTOTYPES, (k) => {
      const { scene } = this.#desk;
      this.#desk.change(withPrototypes(scene, k, startOf(scene.state.preset, k)));
    });
    this.element = paneOf(
      {
        id: "loop",
        title: "The loop",
        invitation:
          "go from k = 4 to k = 5. Up to four prototypes the last line is written out for each of them; from five on the loop goes straight to the nearest. Point at an operation of the graph to see the lines that compute it.",
      },
      html("div", { class: "x-bar" }, this.#k.element),
      this.#note,
      this.#body,
    );
  }

  show(scene: Scene): void {
    this.#k.show(scene.state.k, `k = ${scene.state.k}`);
  }

  work({ points, prototypes }: Scene): boolean {
    const [n, k] = [points.length / 2, prototypes.length];
    if (n === 0 || (this.#shown?.n === n && this.#shown.k === k)) return true;
    const sections = listingOf(points, prototypes);
    const kernel = sections.filter(({ title }) => title.startsWith("kernel")).flatMap(({ lines }) => lines);
    const known = new Set(this.#shown?.kernel);
    const isNew = (line: Line): boolean => known.size > 0 && this.#shown?.k !== k && !known.has(formOf(line));
    this.#lines = [];
    this.#kernel = kernel;
    const isOpen = [...this.#body.querySelectorAll("details")].map(({ open }) => open);
    this.#body.replaceChildren(
      ...TITLES.flatMap(([word, title, opensFirst], at) => {
        const meant = sections.filter((section) => word.test(section.title));
        return this.#listing(title, meant, isOpen[at] ?? opensFirst, word.test("kernel") ? isNew : () => false);
      }),
    );
    const changed = kernel.filter(isNew).length;
    write(
      this.#note,
      k > 4
        ? "k is above 4: the last line is one entry at the position of the nearest, not one for each prototype."
        : "k is at most 4: the last line goes through all prototypes, four points at a time.",
    );
    if (changed > 0) {
      this.#desk.announcer.say("loop", `The loop for ${k} prototypes has ${changed} lines that are new in form.`);
    }
    this.#shown = { k, n, kernel: kernel.map(formOf) };
    this.light(this.#lit);
    return true;
  }

  light(name: TensorName | undefined): void {
    this.#lit = name;
    for (const [element, { makes }] of this.#lines) {
      element.classList.toggle("makes-value", name !== undefined && makes.includes(name));
      element.classList.toggle("makes-gradient", name !== undefined && makes.includes(`∂${name}`));
    }
    const making = this.#kernel.filter(({ makes }) => name !== undefined && makes.includes(name));
    write(this.peek, making.map(({ text }) => text.trim()).join("\n"));
  }

  #listing(
    title: string,
    sections: readonly Section[],
    isOpen: boolean,
    isNew: (line: Line) => boolean,
  ): HTMLElement[] {
    if (sections.length === 0) return [];
    const lines = sections.flatMap((section) => [
      html("span", { class: "x-line-title" }, section.title),
      ...section.lines.map((line) => {
        const element = html("span", { class: `x-line${isNew(line) ? " is-new" : ""}` }, line.text);
        this.#lines.push([element, line]);
        return element;
      }),
    ]);
    return [
      html(
        "details",
        { open: isOpen },
        html("summary", {}, title),
        html("pre", { tabindex: 0, role: "region", "aria-label": `Listing: ${title}` }, html("code", {}, ...lines)),
      ),
    ];
  }
}

/** A line without its counts: what it does, however many. */
const formOf = ({ text }: Line): string => text.replace(/\d+/g, "#");
