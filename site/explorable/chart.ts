/** A chart's frame: axes with ticks and titles, as wide as there is room. Knows nothing of what is drawn within. */
import { fillWith, html, put, svg, write } from "./element.js";

/** From values to pixels. */
export type Scale = (value: number) => number;

type Ends = readonly [from: number, to: number];

/** A straight line that takes one pair of ends to the other. */
export const linear =
  ([a, b]: Ends, [from, to]: Ends): Scale =>
  (value) =>
    from + ((value - a) / (b - a)) * (to - from);

export interface Axis {
  readonly title: string;
  readonly ticks: readonly (readonly [value: number, text: string])[];
}

const MARGIN = { left: 46, right: 12, top: 12, bottom: 34 } as const;

/** How many charts there are: each clips by a name of its own. */
let charts = 0;

export class Chart {
  /** What is drawn goes here. */
  readonly plot = svg("g");
  readonly #grid = svg("g", { class: "x-grid" });
  readonly #xTitle = svg("text", { class: "x-axis-title" });
  readonly #yTitle = svg("text", { class: "x-axis-title", x: 2, y: 10 });
  readonly #svg: SVGSVGElement;
  readonly element: HTMLElement;
  readonly #clip = svg("rect");
  readonly #height: number;
  readonly #observer: ResizeObserver;

  #width = 0;

  /** `redraw` is called when there is another width to draw for. */
  constructor(name: string, height: number, redraw: () => void) {
    this.#height = height;
    const at = charts++;
    this.#svg = svg(
      "svg",
      { class: "x-chart", role: "img", "aria-label": name },
      this.#grid,
      svg("clipPath", { id: `x-clip-${at}` }, this.#clip),
      svg("g", { "clip-path": `url(#x-clip-${at})` }, this.plot),
      this.#xTitle,
      this.#yTitle,
    );
    this.element = html("div", { class: "x-chart-room" }, this.#svg);
    // To ask for the width at each frame would make the browser lay out the page at each frame.
    this.#observer = new ResizeObserver(() => {
      this.#width = this.element.clientWidth;
      redraw();
    });
    this.#observer.observe(this.element);
  }

  /** From where to where on the screen the plot goes, in pixels. */
  get room(): { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number } {
    const width = Math.max(this.#width, 200);
    return {
      left: MARGIN.left,
      right: width - MARGIN.right,
      top: MARGIN.top,
      bottom: this.#height - MARGIN.bottom,
    };
  }

  stop(): void {
    this.#observer.disconnect();
  }

  /** Says in words what the chart shows now. */
  describe(text: string): void {
    put(this.#svg, { "aria-label": text });
  }

  frame(x: Scale, y: Scale, xAxis: Axis, yAxis: Axis): void {
    const { left, right, top, bottom } = this.room;
    const [width, height] = [right + MARGIN.right, this.#height];
    put(this.#svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    put(this.#clip, { x: left - 8, y: top - 8, width: right - left + 16, height: bottom - top + 16 });
    const lines = [
      ...xAxis.ticks.map(([value, text]) => ({ text, x1: x(value), x2: x(value), y1: top, y2: bottom, isX: true })),
      ...yAxis.ticks.map(([value, text]) => ({ text, x1: left, x2: right, y1: y(value), y2: y(value), isX: false })),
    ];
    fillWith(
      this.#grid,
      lines,
      () => svg("g", {}, svg("line"), svg("text")),
      (group, { text, x1, x2, y1, y2, isX }) => {
        put(group.children[0] as Element, { x1, x2, y1, y2 });
        const place = isX
          ? { x: x1, y: bottom + 14, "text-anchor": "middle" }
          : { x: left - 6, y: y1 + 3.5, "text-anchor": "end" };
        put(group.children[1] as Element, place);
        write(group.children[1] as Element, text);
      },
    );
    put(this.#xTitle, { x: right, y: height - 4, "text-anchor": "end" });
    write(this.#xTitle, xAxis.title);
    write(this.#yTitle, yAxis.title);
  }
}

/** Path data through values; what is not finite is left out. */
export const curve = (values: readonly (readonly [x: number, y: number])[], x: Scale, y: Scale): string => {
  const places = values.filter((value) => value.every(Number.isFinite));
  return places.length === 0 ? "" : `M${places.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("L")}`;
};
