/** Chapter 1: the seed's run, as the paths of its prototypes over the cells in which each is the nearest at the end. */
import * as Plot from "@observablehq/plot";
import { gradientDescent, type Tensor, tensor } from "@protograd/autograd";
import { kmeansCost, makeBlobs, squaredDistances } from "@protograd/kmeans";
import { axis, COLOURS, legend, svgOf } from "../../examples/picture.js";

type Point = readonly [x: number, y: number];

/**
 * The points, the prototype to which each belongs at the end, and the place of each prototype at the start and after
 * each step.
 */
function run() {
  const { points } = makeBlobs({ samples: 500, randomState: 1111 });
  const X = tensor(points);
  const step = gradientDescent((W: Tensor) => kmeansCost(X, W), { learningRate: 0.001 });
  let W = X.take([162, 308, 381]);
  const places = [W];
  for (let i = 0; i <= 100; i++) {
    W = step(W);
    places.push(W);
  }
  const rows = places.map((each) => each.toArray() as unknown as Point[]);
  return {
    points,
    labels: squaredDistances(X, W).argmin(1).data,
    paths: [0, 1, 2].map((prototype) => rows.map((row) => row[prototype] as Point)),
  };
}

/** The pixels for a unit, across and up, so that edges of cells are at right angles to the lines between prototypes. */
const UNIT = 25;

const MARGINS = { marginTop: 12, marginRight: 12, marginBottom: 36, marginLeft: 43 } as const;

const START = { r: 6, stroke: "black", strokeWidth: 2, fill: "white" } as const;
const STEP = { r: 2.5, fill: "black" } as const;
const END = { r: 8, stroke: "black", strokeWidth: 2 } as const;
const LABEL = { fontSize: 12, stroke: "white", strokeWidth: 4, fill: "black" } as const;

export function descent(): string {
  const { points, labels, paths } = run();
  const starts = paths.map((path) => path[0] as Point);
  const ends = paths.map((path) => path.at(-1) as Point);
  const longest = paths[2] as Point[];
  const xy = { x: "0", y: "1" } as const;
  return svgOf({
    ariaLabel:
      "Three prototypes move from three of the points to the middles of the blobs, over the cells of the plane",
    ...MARGINS,
    inset: 0,
    width: 23.4 * UNIT + MARGINS.marginLeft + MARGINS.marginRight,
    height: 20 * UNIT + MARGINS.marginTop + MARGINS.marginBottom,
    x: { ...axis("first coordinate"), domain: [-17, 6.4], ticks: 10 },
    y: { ...axis("second coordinate"), domain: [-8.5, 11.5], ticks: 10 },
    marks: [
      Plot.voronoi(ends, { ...xy, fill: (_: Point, at: number) => COLOURS[at], fillOpacity: 0.12, stroke: "grey" }),
      Plot.dot(points, { ...xy, r: 2, fill: (_, at) => COLOURS[labels[at] as number], fillOpacity: 0.6 }),
      ...paths.flatMap((path) => [
        Plot.line(path, { ...xy, stroke: "black", strokeWidth: 1.5 }),
        Plot.dot(path, { ...xy, ...STEP }),
      ]),
      Plot.dot(starts, { ...xy, ...START }),
      Plot.dot(ends, { ...xy, ...END, fill: (_: Point, at: number) => COLOURS[at] }),
      Plot.text(longest.slice(1, 7), {
        ...xy,
        ...LABEL,
        text: (_, at) => (at === 0 ? "step 1" : String(at + 1)),
        textAnchor: "start",
        dx: 8,
      }),
      alongTheEdge("equidistant from both prototypes", ends[2] as Point, ends[0] as Point),
      ...legend(
        [
          ["where a prototype starts: at a point", START],
          ["where it is after each step", STEP],
          ["where it is after 101 steps", { ...END, fill: "silver" }],
        ],
        "top-right",
        230,
      ),
    ],
  });
}

/** Text that runs along the edge between the cells of two prototypes. */
function alongTheEdge(text: string, [ax, ay]: Point, [bx, by]: Point): Plot.Markish {
  const slope = (bx - ax) / (ay - by);
  const x = -0.5;
  const y = (ay + by) / 2 + slope * (x - (ax + bx) / 2);
  return Plot.text([text], { x: [x], y: [y], rotate: (-Math.atan(slope) * 180) / Math.PI, fontSize: 12, dy: -9 });
}
