/**
 * Clusters a real table of numbers: Fisher's 150 irises, by four measurements, without a look at their species. Prints
 * how the clusters match the species, and draws them. Run it with `npx -y pnpm@12 iris`.
 */
import { readFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import { kmeans } from "@protograd/kmeans";
import { parse } from "csv-parse/sync";
import { axis, COLOURS, legend, svgOf, writePicture } from "./picture.js";
import { tableText } from "./table.js";

// The file has a header and 150 rows such as 5.1,3.5,1.4,0.2,setosa.
const text = readFileSync(new URL("data/iris.csv", import.meta.url), "utf8");
const flowers = parse<Record<string, string>>(text, { columns: true }).map(({ species, ...measures }) => ({
  species: species as string,
  measures: Object.values(measures).map(Number),
}));

// Three clusters. The same seed gives the same result each time. Another may end in the minimum next to this one, at
// 78.86: the option `restarts` takes the best of several fits.
const { centroids, labels, inertia, iterations } = kmeans(
  flowers.map(({ measures }) => measures),
  { k: 3, seed: 5 },
);

// How many flowers of each species each cluster has, and the species of most of its flowers.
const allSpecies = [...new Set(flowers.map(({ species }) => species))];
const counts = centroids.map((_, cluster) =>
  allSpecies.map((name) => flowers.filter(({ species }, i) => species === name && labels[i] === cluster).length),
);
const names = counts.map((row) => allSpecies[row.indexOf(Math.max(...row))] as string);
const clustered = flowers.map(({ species, measures: [, , length, width] }, i) => {
  const cluster = labels[i] as number;
  return { length, width, cluster, isMisplaced: names[cluster] !== species };
});
const misplaced = clustered.filter(({ isMisplaced }) => isMisplaced);

console.log(`${flowers.length} flowers, inertia ${inertia.toFixed(2)} after ${iterations} iterations\n`);
console.log(tableText([["cluster", ...allSpecies], ...counts.map((row, cluster) => [cluster, ...row])]));
console.log(`\n${misplaced.length} flowers are in a cluster that is mostly of another species`);

const colour = (cluster: number): string => COLOURS[cluster] as string;
const CROSS = { symbol: "times", r: 4, stroke: "black", strokeWidth: 1.5 } as const;
const CENTRE = { r: 8, stroke: "black", strokeWidth: 2 } as const;

writePicture(
  "iris.svg",
  svgOf({
    ariaLabel: "The flowers by length and width of their petals, coloured by cluster, misplaced ones crossed",
    inset: 12,
    marginLeft: 48,
    x: axis("petal length (cm)"),
    y: axis("petal width (cm)"),
    marks: [
      Plot.dot(clustered, { x: "length", y: "width", r: 5, fill: ({ cluster }) => colour(cluster), fillOpacity: 0.5 }),
      Plot.dot(misplaced, { x: "length", y: "width", ...CROSS }),
      Plot.dot(centroids, { x: "2", y: "3", ...CENTRE, fill: (_, cluster) => colour(cluster) }),
      ...legend(
        [
          ...names.map(
            (name, cluster) => [`cluster ${cluster}, mostly ${name}`, { r: 5, fill: colour(cluster) }] as const,
          ),
          [`of another species than most of its cluster (${misplaced.length} flowers)`, CROSS],
          ["centroid", CENTRE],
        ],
        "top-left",
        32,
      ),
    ],
  }),
);
