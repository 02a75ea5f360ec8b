/** The seed's two pictures. Knows points, not where they come from. */
import * as Plot from "@observablehq/plot";
import { svgOf } from "./picture.js";

type Point = readonly number[];

export interface Clusters {
  /** For each point the cluster that it belongs to. */
  readonly labels: ArrayLike<number>;
  /** The centre of each cluster, drawn as a ring. */
  readonly prototypes: readonly Point[];
}

/** Points in the plane as an SVG document: all black, or in shades of grey by cluster with the prototypes ringed. */
export function scatterSvg(points: readonly Point[], clusters?: Clusters): string {
  const shade = (at: number): string => (clusters ? shadeOf(clusters.labels[at] as number) : "black");
  const data = Plot.dot(points, { x: "0", y: "1", r: 3, fill: (_: Point, at: number) => shade(at) });
  const rings = clusters ? [Plot.dot(clusters.prototypes, { x: "0", y: "1", ...RING }), ...legend(clusters)] : [];
  return svgOf({
    ariaLabel: clusters ? "The points in shades of grey by cluster, the prototypes ringed" : "The points",
    x: { label: null },
    y: { label: null },
    marks: [data, ...rings],
  });
}

const RING = { r: 8, stroke: "red", strokeWidth: 2 };

const SHADES = ["#000000", "#6e6e6e", "#b8b8b8"];

const shadeOf = (label: number): string => SHADES[label % SHADES.length] as string;

/** In the upper right corner: a dot of each cluster's shade beside "data", a ring beside "prototypes". */
function legend({ prototypes }: Clusters): Plot.Markish[] {
  const corner = { frameAnchor: "top-right" } as const;
  const text = (label: string, dy: number): Plot.Markish =>
    Plot.text([label], { ...corner, dx: -80, dy, textAnchor: "start", fontSize: 12 });
  const shades = prototypes.map((_, cluster) =>
    Plot.dot([cluster], {
      ...corner,
      dx: -90 - 12 * (prototypes.length - 1 - cluster),
      dy: 18,
      r: 3,
      fill: shadeOf(cluster),
    }),
  );
  return [...shades, text("data", 12), Plot.dot([0], { ...corner, ...RING, dx: -96, dy: 42 }), text("prototypes", 36)];
}
