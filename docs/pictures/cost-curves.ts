/** Chapter 7: how far four algorithms are above the lowest cost after each pass over the points, from one start. */
import * as Plot from "@observablehq/plot";
import { tensor } from "@protograd/autograd";
import { type KMeansOptions, kmeansCost, kmeansSteps, makeBlobs } from "@protograd/kmeans";
import { axis, COLOURS, svgOf } from "../../examples/picture.js";

const PASSES = 40;

interface Curve {
  readonly options: KMeansOptions;
  readonly colour: string;
  /** What stands beside the curve, and where its first line begins. */
  readonly label: (passes: number) => string;
  readonly pass: number;
  readonly above: number;
}

const CURVES: readonly Curve[] = [
  {
    options: { algorithm: "gradient-descent" },
    colour: COLOURS[0],
    label: () => "gradient descent:\nall points a step",
    pass: 11.5,
    above: 2000,
  },
  {
    options: { algorithm: "lloyd" },
    colour: COLOURS[1],
    label: (passes) =>
      `Lloyd, which is Newton's method:\nall points a step,\nat the lowest cost after ${passes} passes`,
    pass: 12,
    above: 1,
  },
  {
    options: { algorithm: "online" },
    colour: COLOURS[2],
    label: () => "online: one point a step",
    pass: 14,
    above: 9,
  },
  {
    options: { algorithm: "mini-batch", batchSize: 200 },
    colour: COLOURS[3],
    label: (passes) => `mini-batch:\n200 points a step,\nends after ${passes} passes`,
    pass: 4.6,
    above: 350,
  },
];

export function costCurves(): string {
  // Blobs that overlap, so that many points change their prototype on the way.
  const { points } = makeBlobs({ samples: 2000, centers: 3, clusterStd: 2.5, randomState: 5 });
  const init = points.slice(0, 3);
  const atStart = kmeansCost(tensor(points), tensor(init)).item();
  const costs = CURVES.map(({ options }) => {
    const states = kmeansSteps(points, { init, seed: 2, tolerance: 0, maxIterations: PASSES, ...options });
    return [atStart, ...Array.from(states, ({ inertia }) => inertia)];
  });
  const lowest = Math.min(...costs.flat());
  return svgOf({
    ariaLabel:
      "The cost above the lowest after each pass: online is lowest at first, Lloyd reaches the lowest cost first",
    height: 460,
    marginTop: 12,
    marginLeft: 60,
    marginBottom: 40,
    x: axis("passes over the points"),
    y: {
      ...axis("cost above the lowest cost"),
      type: "log",
      domain: [0.01, 1e5],
      ticks: [0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000],
      tickFormat: String,
      grid: true,
    },
    marks: CURVES.flatMap(({ colour, label, pass, above }, at) => {
      const cost = costs[at] as number[];
      // The lowest cost itself has no place on a logarithmic axis.
      const curve = cost.map((each, passes) => ({ passes, above: each - lowest })).filter(({ above }) => above > 0);
      return [
        Plot.line(curve, { x: "passes", y: "above", stroke: colour, strokeWidth: 2 }),
        Plot.dot(curve, { x: "passes", y: "above", fill: colour, r: 2.5 }),
        Plot.text([label(cost.length - 1)], {
          x: [pass],
          y: [above],
          textAnchor: "start",
          lineAnchor: "top",
          fontSize: 12,
          stroke: "white",
          strokeWidth: 4,
          fill: "black",
        }),
      ];
    }),
  });
}
