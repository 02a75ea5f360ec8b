/**
 * How many clusters? Each one more costs less, but past the right number it hardly does: the curve has an elbow there.
 * The silhouette, which compares distances within and between clusters, is highest there. Prints both for 1 to 10
 * clusters, and draws the inertia. Run it with `npx -y pnpm@12 choosing-k`.
 */
import * as Plot from "@observablehq/plot";
import { kmeans, makeBlobs, silhouette } from "@protograd/kmeans";
import { axis, COLOURS, svgOf, writePicture } from "./picture.js";
import { tableText } from "./table.js";

// 600 points around four centres; k-means is not told how many.
const { points } = makeBlobs({ samples: 600, centers: 4, randomState: 29 });

// For each k the best of ten fits: a single one may end in a poor minimum, and make a bump in the curve.
const models = Array.from({ length: 10 }, (_, i) => kmeans(points, { k: i + 1, restarts: 10, seed: 1 }));
const fits = models.map(({ inertia, labels }, i) => ({
  k: i + 1,
  inertia,
  // The share of the inertia that the k-th cluster has saved; the first has none before it.
  saved: i === 0 ? 0 : 1 - inertia / (models[i - 1]?.inertia as number),
  // One cluster has no other to compare with.
  silhouette: i === 0 ? 0 : silhouette(points, labels).score,
}));

// The elbow: the last cluster that saves much, so the one after which the saving falls most.
const falls = fits.slice(0, -1).map(({ saved }, i) => saved - (fits[i + 1]?.saved as number));
const elbow = fits[falls.indexOf(Math.max(...falls))] as (typeof fits)[number];

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
console.log(
  tableText([
    ["k", "inertia", "saved", "silhouette"],
    ...fits.map((fit) => [
      fit.k,
      fit.inertia.toFixed(0),
      ...(fit.k === 1 ? ["", ""] : [percent(fit.saved), fit.silhouette.toFixed(3)]),
    ]),
  ]),
);
const best = fits.reduce((a, b) => (b.silhouette > a.silhouette ? b : a));
console.log(`\nThe elbow is at k = ${elbow.k}, the highest silhouette at k = ${best.k}`);

const colour = COLOURS[0];
writePicture(
  "choosing-k.svg",
  svgOf({
    ariaLabel: `The inertia falls steeply up to ${elbow.k} clusters, and hardly from there on`,
    marginLeft: 60,
    x: { ...axis("number of clusters k"), ticks: 10 },
    y: { ...axis("inertia"), domain: [0, fits[0]?.inertia as number] },
    marks: [
      Plot.ruleY([0], { stroke: "silver" }),
      Plot.line(fits, { x: "k", y: "inertia", stroke: colour, strokeWidth: 2 }),
      Plot.dot(fits, { x: "k", y: "inertia", fill: colour, r: 4 }),
      Plot.dot([elbow], { x: "k", y: "inertia", r: 9, stroke: "black", strokeWidth: 2 }),
      Plot.text([elbow], {
        x: "k",
        y: "inertia",
        text: ({ k }) => `the elbow: ${k} clusters`,
        dx: 12,
        dy: -18,
        textAnchor: "start",
        fontSize: 12,
      }),
    ],
  }),
);
