/** Chapter 7: how far four algorithms are above the lowest cost after each pass over the points, from one start. */
import * as Plot from "@observablehq/plot";
import { tensor } from "@protograd/autograd";
import { type KMeansOptions, kmeansCost, kmeansSteps, makeBlobs } from "@protograd/kmeans";
import { axis, COLOURS, svgOf } from "../../examples/picture.js";

const PASSES = 40;

interface Curve {
  readonly options: KMeansOptions;
  readonly colour: string;
  /** The colour of the label: the same, darker, since thin strokes of a light colour are hard to read. */
  readonly ink: string;
  /** The text beside the curve, and where its first line begins. */
  readonly label: (passes: number) => string;
  readonly pass: number;
  readonly above: number;
}

const CURVES: readonly Curve[] = [
  {
    options: { algorithm: "gradient-descent" },
    colour: COLOURS[0],
    ink: "#00568a",
    label: () => "gradient descent: all points per step",
    pass: 11.3,
    above: 1100,
  },
  {
    options: { algorithm: "lloyd" },
    colour: COLOURS[1],
    ink: "#996600",
    label: (passes) =>
      `Lloyd, which is Newton's method: all points per step,\nat the lowest cost after ${passes - 1} passes, ends after ${passes}`,
    pass: 12.5,
    above: 0.13,
  },
  {
    options: { algorithm: "online" },
    colour: COLOURS[2],
    ink: "#00704f",
    label: () => "online: one point per step",
    pass: 12,
    above: 9.5,
  },
  {
    options: { algorithm: "mini-batch", batchSize: 200 },
    colour: COLOURS[3],
    ink: "#a34b7d",
    label: (passes) => `mini-batch:\n200 points per step,\nends after ${passes} passes`,
    pass: 4.9,
    above: 170,
  },
];

/** Where the lowest cost itself is drawn: 0 has no place on a logarithmic axis. */
const NOTHING = 0.001;

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
    height: 480,
    marginTop: 12,
    marginLeft: 60,
    marginBottom: 40,
    x: axis("passes over the points"),
    y: {
      ...axis("cost above the lowest cost"),
      type: "log",
      domain: [NOTHING, 1e5],
      ticks: [NOTHING, 0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000],
      tickFormat: (cost: number) => (cost === NOTHING ? "0" : String(cost)),
      grid: true,
    },
    marks: CURVES.flatMap(({ colour, ink, label, pass, above }, at) => {
      const cost = costs[at] as number[];
      const curve = cost.map((each, passes) => ({ passes, above: Math.max(each - lowest, NOTHING) }));
      const arrival = curve.findIndex(({ above }) => above === NOTHING);
      const place = { x: "passes", y: "above" } as const;
      const line = { ...place, stroke: colour, strokeWidth: 2 };
      const parts =
        arrival < 0
          ? [Plot.line(curve, line)]
          : [
              Plot.line(curve.slice(0, arrival), line),
              Plot.line(curve.slice(arrival - 1, arrival + 1), { ...line, strokeDasharray: "4 3" }),
              Plot.line(curve.slice(arrival), line),
            ];
      return [
        ...parts,
        Plot.dot(curve, { ...place, fill: colour, r: 2.5 }),
        Plot.text([label(cost.length - 1)], {
          x: [pass],
          y: [above],
          textAnchor: "start",
          lineAnchor: "top",
          fontSize: 12,
          stroke: "white",
          strokeWidth: 4,
          fill: ink,
        }),
      ];
    }),
  });
}
