/** Voronoi cells: where in a rectangle which of some places is the nearest. */
import { Delaunay } from "d3-delaunay";
import type { Place } from "./place.js";

export type Polygon = readonly (readonly [x: number, y: number])[];

/** For each place its cell; empty, where another lies on the same spot and comes before it. */
export function cellsOf(places: readonly Place[], width: number, height: number): Polygon[] {
  const cells = Delaunay.from(places.map(({ x, y }) => [x, y])).voronoi([0, 0, width, height]);
  return places.map((_, at) => cells.cellPolygon(at) ?? []);
}
