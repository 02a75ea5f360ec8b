/** Cells and points on a canvas: what there is too much of for elements. */
import { cellsOf } from "./cells.js";
import type { Place } from "./place.js";
import type { Scene } from "./scene.js";
import type { Theme } from "./theme.js";
import type { View } from "./view.js";

/** Smaller, where there are many. */
export const radiusOf = (points: number): number => (points > 1000 ? 1.7 : points > 200 ? 2.4 : 3.2);

export function paintPlane(context: CanvasRenderingContext2D, scene: Scene, view: View, theme: Theme): void {
  const { width, height } = view;
  context.clearRect(0, 0, width, height);
  paintCells(
    context,
    scene.prototypes.map((place) => view.onScreen(place)),
    view,
    theme,
  );
  paintPoints(context, scene, view, theme);
}

function paintCells(context: CanvasRenderingContext2D, places: readonly Place[], view: View, theme: Theme): void {
  const cells = cellsOf(places, view.width, view.height);
  context.lineWidth = 1;
  for (const [at, cell] of cells.entries()) {
    context.beginPath();
    for (const [x, y] of cell) context.lineTo(x, y);
    context.closePath();
    context.globalAlpha = 0.09;
    context.fillStyle = theme.prototypes[at] as string;
    context.fill();
    context.globalAlpha = 0.5;
    context.strokeStyle = theme.muted;
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** All points of one colour in one path. */
function paintPoints(context: CanvasRenderingContext2D, { points, colours, survey }: Scene, view: View, theme: Theme) {
  const radius = radiusOf(points.length / 2);
  const paths = new Map<string, Path2D>();
  for (let at = 0; at < points.length / 2; at++) {
    const colour = colours?.[at] ?? (theme.prototypes[survey?.labels[at] ?? 0] as string);
    const path = paths.get(colour) ?? new Path2D();
    paths.set(colour, path);
    const [x, y] = [view.x(points[2 * at] as number), view.y(points[2 * at + 1] as number)];
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.globalAlpha = 0.8;
  for (const [colour, path] of paths) {
    context.fillStyle = colour;
    context.fill(path);
  }
  context.globalAlpha = 1;
}
