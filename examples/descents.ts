/**
 * Four ways down one cost, from one start: how far each is above the lowest cost that any of them reaches, after each
 * pass over the points, as Bottou & Bengio (1995) compare them. Run it with `npx -y pnpm@12 descents`.
 */
import * as Plot from "@observablehq/plot";
import { tensor } from "@protograd/autograd";
import { type KMeansOptions, kmeansCost, kmeansSteps, makeBlobs } from "@protograd/kmeans";
import { axis, COLOURS, legend, svgOf, writePicture } from "./picture.js";
import { tableText } from "./table.js";

// 3000 points in four clusters that overlap. The first four points are the start.
const { points } = makeBlobs({ samples: 3000, centers: 4, clusterStd: 2.5, randomState: 4 });
const init = points.slice(0, 4);
const start = kmeansCost(tensor(points), tensor(init)).item();

const ways: [name: string, options: KMeansOptions][] = [
  ["gradient descent", { algorithm: "gradient-descent" }],
  ["Lloyd (Newton's method)", { algorithm: "lloyd" }],
  ["online (a point at a time)", { algorithm: "online" }],
  ["mini-batch (100 points)", { algorithm: "mini-batch", batchSize: 100 }],
];

// Each iteration goes over as many points as there are: it is one pass. Some algorithms end by themselves.
const passes = 40;
const descents = ways.map(([name, options], way) => {
  const steps = kmeansSteps(points, { ...options, init, seed: 1, tolerance: 0, maxIterations: passes });
  return { name, colour: COLOURS[way] as string, costs: [start, ...Array.from(steps, ({ inertia }) => inertia)] };
});
const lowest = Math.min(...descents.flatMap(({ costs }) => costs));
const percentAbove = (cost: number): number => (100 * (cost - lowest)) / lowest;
const endOf = (costs: readonly number[]): number | undefined => (costs.length > passes ? undefined : costs.length - 1);

const shown = [0, 1, 2, 5, 10, 20, 40];
const rows = descents.map(({ name, costs }) => {
  const after = shown.map((pass) => percentAbove((costs[pass] ?? costs.at(-1)) as number).toFixed(2));
  return [name, ...after, endOf(costs) ?? ""];
});
console.log(`The lowest cost is ${lowest.toFixed(0)}. How many percent above it each way is after so many passes:\n`);
console.log(tableText([["passes", ...shown, "ends after"], ...rows]));

// On a log scale the lowest cost is infinitely far down: what is nearer to it than this is drawn as ≈ 0.
const least = 0.001;
const lines = descents.flatMap(({ colour, costs }) => {
  const curve = costs.map((cost, pass) => ({ pass, above: Math.max(percentAbove(cost), least) }));
  const place = { x: "pass", y: "above" } as const;
  return [
    Plot.line(curve, { ...place, stroke: colour, strokeWidth: 2 }),
    Plot.dot(curve, { ...place, fill: colour, r: 3 }),
  ];
});
const entries = descents.map(({ name, colour, costs }) => {
  const end = endOf(costs);
  return [end === undefined ? name : `${name}, ends after ${end}`, { r: 5, fill: colour }] as const;
});

writePicture(
  "descents.svg",
  svgOf({
    ariaLabel: "The cost after each pass: the online way is lowest at first, Lloyd's algorithm is first at the lowest",
    marginLeft: 60,
    x: axis("passes over the points"),
    y: {
      ...axis("cost above the lowest (log scale)"),
      type: "log",
      domain: [least, 200],
      ticks: [least, 0.01, 0.1, 1, 10, 100],
      tickFormat: (percent: number) => (percent === least ? "≈ 0 %" : `${percent} %`),
    },
    marks: [...lines, ...legend(entries, "top-right", 270)],
  }),
);
