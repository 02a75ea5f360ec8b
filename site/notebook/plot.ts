/** A picture of the notebook, drawn by Observable Plot as `examples/scatter.ts` draws the seed's. */
import * as Plot from "@observablehq/plot";
import type { Picture } from "./draw.js";

/** From ink to grey, as far as clusters go. */
const shadeOf = (label: number, k: number): string =>
  `color-mix(in srgb, var(--ink) ${Math.round(100 - (72 * label) / Math.max(1, k - 1))}%, var(--paper))`;

const countOf = ({ labels, prototypes }: Picture): string => {
  const rings = prototypes === undefined ? "" : `, ${prototypes.length} prototypes ringed`;
  return `${labels === undefined ? "The points" : "The points in shades by cluster"}${rings}`;
};

/** An SVG of the picture; axes stay where they are while prototypes move. */
export function plotOf(picture: Picture): Element {
  const { points, labels, prototypes = [] } = picture;
  const shades = (_: unknown, at: number): string =>
    labels === undefined ? "var(--ink)" : shadeOf(labels[at] ?? 0, prototypes.length);
  return Plot.plot({
    width: 640,
    height: 440,
    inset: 8,
    ariaLabel: countOf(picture),
    style: { background: "transparent", color: "var(--ink-soft)", fontFamily: "inherit", fontSize: "12px" },
    x: { label: null },
    y: { label: null },
    marks: [
      Plot.frame({ stroke: "var(--rule)" }),
      Plot.dot(points, { x: "0", y: "1", r: 2.75, fill: shades }),
      Plot.dot(prototypes, { x: "0", y: "1", r: 8, stroke: "var(--accent)", strokeWidth: 2.25, clip: true }),
    ],
  });
}
