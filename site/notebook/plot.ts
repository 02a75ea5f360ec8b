/** A picture of the notebook, drawn by Observable Plot as `examples/scatter.ts` draws the seed's. */
import * as Plot from "@observablehq/plot";
import type { Picture } from "./draw.js";

/** From ink to grey, as far as clusters go. */
const shadeOf = (label: number, k: number): string =>
  `color-mix(in srgb, var(--ink) ${Math.round(100 - (72 * label) / Math.max(1, k - 1))}%, var(--paper))`;

const nameOf = ({ labels, prototypes }: Picture): string => {
  const rings = prototypes === undefined ? "" : `, ${prototypes.length} prototypes ringed`;
  return `${labels === undefined ? "The points" : "The points in shades by cluster"}${rings}`;
};

const LARGEST_WIDTH = 640;

/** The axes are those of the points: a prototype may go beyond. */
function axisOf(points: readonly (readonly number[])[], coordinate: number): Plot.ScaleOptions {
  const values = points.map((point) => point[coordinate] ?? 0);
  return { label: null, domain: [Math.min(...values), Math.max(...values)] };
}

/** An SVG of the picture in the room that there is, in pixels. */
export function plotOf(picture: Picture, room: number): Element {
  const { points, labels, prototypes = [] } = picture;
  const shades = (_: unknown, at: number): string =>
    labels === undefined ? "var(--ink)" : shadeOf(labels[at] ?? 0, prototypes.length);
  const drawn = Plot.plot({
    width: Math.min(LARGEST_WIDTH, room),
    height: Math.min(LARGEST_WIDTH, room) * 0.69,
    inset: 8,
    style: { background: "transparent", color: "var(--ink-soft)", fontFamily: "inherit", fontSize: "12px" },
    x: axisOf(points, 0),
    y: axisOf(points, 1),
    marks: [
      Plot.frame({ stroke: "var(--rule)" }),
      Plot.dot(points, { x: "0", y: "1", r: room < 480 ? 2 : 2.75, fill: shades }),
      Plot.dot(prototypes, { x: "0", y: "1", r: 8, stroke: "var(--accent)", strokeWidth: 2.25, clip: true }),
    ],
  });
  // One picture with one name: what Plot says of its parts is no text for readers.
  for (const part of drawn.querySelectorAll("[aria-label]")) {
    part.setAttribute("class", part.getAttribute("aria-label") ?? "");
    part.removeAttribute("aria-label");
  }
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", nameOf(picture));
  return drawn;
}
