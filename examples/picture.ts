/** A plot of Observable Plot's as an SVG document, its legend, and its place on disk. Knows nothing of what is drawn. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A framed plot on white, as an SVG document. */
export function svgOf({ marks = [], ...options }: Plot.PlotOptions): string {
  const svg = Plot.plot({
    document: parseHTML("<html></html>").document,
    width: 640,
    height: 440,
    inset: 8,
    style: { background: "white", color: "black" },
    ...options,
    marks: [Plot.frame({ stroke: "silver" }), ...marks],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return `${svg.outerHTML.replace(LONG_DECIMAL, (number: string) => Number(number).toFixed(2))}\n`;
}

/** Hundredths of a pixel are enough, and the same on every machine. */
const LONG_DECIMAL = /\d+\.\d{3,}/g;

/** An axis with its title in the middle. */
export const axis = (label: string) => ({ label, labelAnchor: "center", labelArrow: "none" }) as const;

/** Colours that differ for every eye (Okabe & Ito 2008). */
export const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"] as const;

/** One line for each entry, in a corner of the frame: its dot, then its text, which starts `inwards` from the corner. */
export function legend(
  entries: readonly (readonly [text: string, dot: Plot.DotOptions])[],
  frameAnchor: "top-left" | "top-right",
  inwards: number,
): Plot.Markish[] {
  const dx = frameAnchor === "top-left" ? inwards : -inwards;
  return entries.flatMap(([text, dot], line) => {
    const place = { frameAnchor, dy: 20 + 20 * line };
    return [
      Plot.dot([0], { ...place, ...dot, dx: dx - 14 }),
      Plot.text([text], { ...place, dx, textAnchor: "start", lineAnchor: "middle", fontSize: 12 }),
    ];
  });
}

/** Writes the picture into the folder that the command line names, else into `examples/pictures`, and says so. */
export function writePicture(name: string, svg: string): void {
  const folder = process.argv[2] ?? fileURLToPath(new URL("pictures", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, svg);
  console.log(`Wrote ${relative(process.cwd(), file)}`);
}
