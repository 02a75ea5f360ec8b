/** The examples: each runs as a reader runs it, prints what is expected and draws the pictures that are committed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const examples = new URL("../examples/", import.meta.url);
const tsx = createRequire(import.meta.url).resolve("tsx/cli");

/** Runs an example with a folder of its own for its pictures. */
function run(name: string): { printed: string; pictures: Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), "pictures-"));
  try {
    const program = fileURLToPath(new URL(`${name}.ts`, examples));
    const { stdout, stderr, status } = spawnSync(process.execPath, [tsx, program, "."], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    const pictures = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]);
    return { printed: stdout, pictures: Object.fromEntries(pictures) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const committed = (...files: string[]): Record<string, string> =>
  Object.fromEntries(files.map((file) => [file, readFileSync(new URL(`pictures/${file}`, examples), "utf8")]));

test("seed", () => {
  expect(run("seed").pictures).toEqual(committed("seed-clusters.svg", "seed-data.svg"));
});

test.each([
  [
    "iris",
    `\
150 flowers, inertia 78.85 after 6 iterations

cluster  setosa  versicolor  virginica
0            50           0          0
1             0          48         14
2             0           2         36

16 flowers are in a cluster that is mostly of another species
Wrote iris.svg
`,
  ],
  [
    "descents",
    `\
The lowest cost is 28575. How many percent above it each way is after so many passes:

passes                           0      1      2      5     10    20    40  ends after
gradient descent            137.09  51.26  44.65  34.74  21.10  8.41  0.00
Lloyd (Newton's method)     137.09  46.08  31.45   9.58   1.07  0.00  0.00          19
online (a point at a time)  137.09   1.39   1.04   0.72   0.54  0.31  0.16
mini-batch (100 points)     137.09  11.19   8.12   5.90   5.90  5.90  5.90           4
Wrote descents.svg
`,
  ],
  [
    "choosing-k",
    `\
k   inertia  saved  silhouette
1     34394
2     16070   53 %       0.527
3      6269   61 %       0.656
4      1216   81 %       0.789
5      1094   10 %       0.679
6       976   11 %       0.571
7       860   12 %       0.465
8       745   13 %       0.347
9       681    9 %       0.354
10      622    9 %       0.359

The elbow is at k = 4, the highest silhouette at k = 4
Wrote choosing-k.svg
`,
  ],
])("%s", (name, expected) => {
  const { printed, pictures } = run(name);
  expect(printed).toBe(expected);
  expect(pictures).toEqual(committed(`${name}.svg`));
});

test("each example has a script", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", examples), "utf8"));
  expect(scripts).toMatchObject({
    demo: "tsx examples/seed.ts",
    iris: "tsx examples/iris.ts",
    descents: "tsx examples/descents.ts",
    "choosing-k": "tsx examples/choosing-k.ts",
  });
});

test("the irises are Fisher's, in rows 35 and 38 too", () => {
  const rows = readFileSync(new URL("data/iris.csv", examples), "utf8").trimEnd().split("\n").slice(1);
  expect([rows[0], rows[34], rows[37], rows[50], rows[149]]).toEqual([
    "5.1,3.5,1.4,0.2,setosa",
    "4.9,3.1,1.5,0.2,setosa",
    "4.9,3.6,1.4,0.1,setosa",
    "7.0,3.2,4.7,1.4,versicolor",
    "5.9,3.0,5.1,1.8,virginica",
  ]);
  const column = (at: number): number =>
    rows.reduce((sum, row) => sum + Math.round(10 * Number(row.split(",")[at])), 0);
  expect([0, 1, 2, 3].map(column)).toEqual([8765, 4586, 5637, 1799]);
  expect(rows.map((row) => row.split(",")[4])).toEqual(
    ["setosa", "versicolor", "virginica"].flatMap((species) => Array<string>(50).fill(species)),
  );
});
