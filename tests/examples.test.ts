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

test.each<[name: string, printed: string, pictures?: string[]]>([
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
  [
    "perceptron",
    `\
XOR: 4 points
  step   0  loss 0.6836  right 50 %
  step  40  loss 0.0047  right 100 %
  step  80  loss 0.0010  right 100 %
  step 120  loss 0.0006  right 100 %
  step 160  loss 0.0004  right 100 %
  step 200  loss 0.0003  right 100 %
Wrote xor.svg

Two moons: 200 points
  step   0  loss 0.7988  right 19 %
  step 100  loss 0.0421  right 99 %
  step 200  loss 0.0198  right 99 %
  step 300  loss 0.0153  right 99 %
  step 400  loss 0.0132  right 99 %
  step 500  loss 0.0120  right 99 %
Wrote moons.svg
`,
    ["xor.svg", "moons.svg"],
  ],
  [
    "logistic",
    `\
120 flowers to learn from, 30 to be asked about
  step   0  loss 1.0986  right 33.3 %, of those asked about 33.3 %
  step 100  loss 0.1597  right 96.7 %, of those asked about 93.3 %
  step 200  loss 0.1546  right 96.7 %, of those asked about 93.3 %
  step 300  loss 0.1542  right 96.7 %, of those asked about 93.3 %
  step 400  loss 0.1541  right 96.7 %, of those asked about 93.3 %

species     as setosa  as versicolor  as virginica
setosa             50              0             0
versicolor          0             48             2
virginica           0              4            46
Wrote logistic.svg
`,
  ],
  [
    "curve",
    `\
Adam, step   0  misfit 291.820141
Adam, step 100  misfit 12.907491
Adam, step 200  misfit 12.553015
Adam, step 300  misfit 12.515946
Newton, step 1   misfit 12.513832
Newton, step 2   misfit 12.513832
Newton, step 3   misfit 12.513832

              fitted  ± error   true
amplitude A    1.864    0.113  2.000
decay time τ   4.263    0.350  4.000
frequency ω    2.471    0.024  2.500
phase φ        0.645    0.058  0.600
Wrote curve.svg
`,
  ],
])("%s", (name, expected, files = [`${name}.svg`]) => {
  const { printed, pictures } = run(name);
  expect(printed).toBe(expected);
  expect(pictures).toEqual(committed(...files));
});

test("backpropagation", () => {
  const [right, sigmoid, bias] = run("backpropagation").printed.split("\n\n") as [string, string, string];
  expect(right).toContain("10 derivatives checked, 10 agree, 0 differ, 0 at a kink");
  expect(right).toContain("3 directions of seed 1, 3 agree, 0 differ, 0 at a kink");
  expect(sigmoid).toContain("10 derivatives checked, 4 agree, 6 differ, 0 at a kink");
  expect(sigmoid).toContain("direction 1: order 1 instead of 2: the gradient is wrong");
  expect(bias).toMatch(/1 differ, 0 at a kink\n {2}x\.bias at \[0\], order 1: analytic 0, numeric 0\.595/);
});

test("each example has a script", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", examples), "utf8"));
  expect(scripts).toMatchObject({
    perceptron: "tsx examples/perceptron.ts",
    logistic: "tsx examples/logistic.ts",
    curve: "tsx examples/curve.ts",
    demo: "tsx examples/seed.ts",
    iris: "tsx examples/iris.ts",
    descents: "tsx examples/descents.ts",
    "choosing-k": "tsx examples/choosing-k.ts",
    backpropagation: "tsx examples/backpropagation.ts",
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
