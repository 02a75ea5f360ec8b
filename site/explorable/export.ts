/** The plane as a file: an SVG document that needs no style sheet, and the same as PNG. */
import { cellsOf } from "./cells.js";
import { prototypeName } from "./numbers.js";
import { radiusOf } from "./paint.js";
import { type Place, placeAt } from "./place.js";
import { save } from "./save.js";
import type { Scene } from "./scene.js";
import { arrow, lineThrough } from "./shapes.js";
import type { Theme } from "./theme.js";
import type { View } from "./view.js";

function planeDocument(scene: Scene, view: View, theme: Theme): string {
  const { points, colours, prototypes, survey } = scene;
  const { width, height } = view;
  const at = ({ x, y }: Place): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const seen = prototypes.map((place) => view.onScreen(place));
  const cells = cellsOf(seen, width, height).map(
    (cell, each) =>
      `<path d="M${cell.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z" fill="${theme.prototypes[each]}" fill-opacity="0.09" stroke="${theme.muted}" stroke-opacity="0.5"/>`,
  );
  const dots = Array.from({ length: points.length / 2 }, (_, each) => {
    const colour = colours?.[each] ?? theme.prototypes[survey?.labels[each] ?? 0];
    const { x, y } = view.onScreen(placeAt(points, each));
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radiusOf(points.length / 2)}" fill="${colour}" fill-opacity="0.8"/>`;
  });
  const moves = (survey === undefined ? [] : prototypes).flatMap((place, each) => {
    const to = (by: Place | undefined): Place =>
      view.onScreen({ x: place.x + (by?.x ?? 0), y: place.y + (by?.y ?? 0) });
    const [from, mean] = [seen[each] as Place, to(survey?.newton[each])];
    return [
      `<path d="${lineThrough([from, mean])}" stroke="${theme.newton}" stroke-width="1.5" stroke-dasharray="5 3" fill="none"/>`,
      `<circle cx="${mean.x.toFixed(1)}" cy="${mean.y.toFixed(1)}" r="5" fill="none" stroke="${theme.newton}" stroke-width="1.5"/>`,
      `<path d="${arrow(from, to(survey?.descent[each]), 4)}" fill="${theme.upstream}"/>`,
    ];
  });
  const names = seen.map(
    (place, each) =>
      `<g transform="translate(${at(place)})"><circle r="8.5" fill="${theme.prototypes[each]}" stroke="${theme.paper}" stroke-width="2"/><text x="12" y="-10" fill="${theme.ink}" font-family="Georgia, serif" font-style="italic" font-size="15">${prototypeName(each)}</text></g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${prototypes.length} prototypes and ${points.length / 2} points, each in the colour of the nearest</title>`,
    `<rect width="100%" height="100%" fill="${theme.paper}"/>`,
    ...cells,
    ...dots,
    ...moves,
    ...names,
    "</svg>",
    "",
  ].join("\n");
}

export const exportSvg = (scene: Scene, view: View, theme: Theme): void =>
  save(new Blob([planeDocument(scene, view, theme)], { type: "image/svg+xml" }), "protograd.svg");

/** Twice as many pixels across as on the screen. */
export async function exportPng(scene: Scene, view: View, theme: Theme): Promise<void> {
  const picture = new Image(view.width, view.height);
  const address = URL.createObjectURL(new Blob([planeDocument(scene, view, theme)], { type: "image/svg+xml" }));
  picture.src = address;
  await picture.decode();
  const canvas = new OffscreenCanvas(2 * view.width, 2 * view.height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  save(await canvas.convertToBlob({ type: "image/png" }), "protograd.png");
}
