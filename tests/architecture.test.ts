/** The shape of the code: imports run one way, the op table is the one place that names operations. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { folds } from "../packages/autograd/src/folds.js";
import { entries } from "../packages/autograd/src/ops.js";

/** Each file may import those before it in its package's list. */
const ORDER = {
  autograd: [
    "argument",
    "lengths",
    "shape",
    "view",
    "latest",
    "engine/instructions/assembler",
    "engine/instructions/lanes",
    "engine/instructions/exponentials",
    "engine/instructions/waves",
    "graph",
    "kinds",
    "folds",
    "ops",
    "gradient",
    "reference",
    "moves",
    "nested",
    "engine/formula/affine",
    "engine/formula/formula",
    "engine/formula/placing",
    "engine/formula/distinct",
    "engine/formula/algebra",
    "engine/formula/simplify",
    "engine/schedule/cost",
    "engine/schedule/contraction",
    "engine/schedule/schedule",
    "engine/schedule/sections",
    "engine/schedule/staging",
    "engine/schedule/chunks",
    "engine/schedule/alike",
    "engine/schedule/plan",
    "engine/schedule/opening",
    "engine/code/walk",
    "engine/code/access",
    "engine/code/tiling",
    "engine/code/folding",
    "engine/code/line",
    "engine/code/choosing",
    "engine/code/combining",
    "engine/code/values",
    "engine/code/sections",
    "engine/code/kernel",
    "engine/run/webassembly",
    "engine/run/memory",
    "engine/run/layout",
    "engine/run/program",
    "engine/run/programs",
    "engine/run/worker",
    "engine/run/crew",
    "engine/describe",
    "engine",
    "threads",
    "structure",
    "tracing",
    "face",
    "broadcasting",
    "arrangement",
    "reductions",
    "logistic",
    "matrix-product",
    "selection",
    "tensor",
    "creation",
    "functions",
    "traces",
    "transforms",
    "leaves",
    "optimizers",
    "random",
    "einsum",
    "safetensors",
    "forward",
    "directions",
    "slope",
    "report",
    "comparison",
    "taylor",
    "settings",
    "claim",
    "check",
    "plain",
    "adjoint",
    "explain",
    "index",
    "vitest",
    "fast-check",
  ],
  kmeans: [
    "argument",
    "cost",
    "logarithm",
    "random",
    "blobs",
    "points",
    "frame",
    "options",
    "costs",
    "costs-in-loops",
    "costs-by-graph",
    "by-size",
    "silhouette",
    "problem",
    "initialise",
    "steps",
    "sums",
    "algorithms",
    "model",
    "kmeans",
    "source",
    "stream-algorithms",
    "streams",
    "index",
  ],
} as const;

/**
 * The table has an entry for each operation, and the face a method or a function, which errors name; nobody else knows
 * operations by name.
 */
const NAMES_OPERATIONS = ["ops", "arrangement", "tensor", "functions"];

/** These know the processor's instructions, some of which are called as operations are. */
const NAMES_INSTRUCTIONS = [
  "engine/instructions/assembler",
  "engine/instructions/lanes",
  "engine/instructions/exponentials",
  "engine/instructions/waves",
  "folds",
];

const folderOf = (name: string): URL => new URL(`../packages/${name}/`, import.meta.url);

const sourceOf = (name: string, file: string): string =>
  readFileSync(new URL(`src/${file}.ts`, folderOf(name)), "utf8");

const importsOf = (source: string): string[] =>
  [...source.matchAll(/\bfrom "([^"]+)"/g)].map(([, from]) => from as string);

describe.each(Object.entries(ORDER))("packages/%s", (name, order) => {
  test("has the files of the list and no others", () => {
    const files = readdirSync(new URL("src/", folderOf(name)), { recursive: true, encoding: "utf8" });
    const sources = files.filter((file) => file.endsWith(".ts")).map((file) => file.replace(/\.ts$/, ""));
    expect(sources.sort()).toEqual([...order].sort());
  });

  test.each(order)("%s imports only what comes before it", (file) => {
    const allowed = (order as readonly string[]).slice(0, (order as readonly string[]).indexOf(file));
    for (const from of importsOf(sourceOf(name, file))) {
      if (name === "kmeans" && from === "@protograd/autograd") continue;
      if (file === from) continue; // an entry point for those who have that package
      expect(allowed).toContain(posix.join(posix.dirname(file), from).replace(/\.js$/, ""));
    }
  });

  test.each(order)("%s opens with what it holds", (file) => {
    expect(sourceOf(name, file)).toMatch(/^\/\*\*\s/);
  });

  test("needs nothing else at run time", () => {
    const { dependencies = {} } = JSON.parse(readFileSync(new URL("package.json", folderOf(name)), "utf8"));
    expect(Object.keys(dependencies)).toEqual(name === "kmeans" ? ["@protograd/autograd"] : []);
  });
});

test.each(ORDER.autograd.filter((file) => ![...NAMES_OPERATIONS, ...NAMES_INSTRUCTIONS].includes(file)))(
  "%s names no operation as a case",
  (file) => {
    const source = sourceOf("autograd", file);
    for (const { name } of entries) expect(source).not.toMatch(new RegExp(`["']${name}["']|operations\\.${name}\\b`));
  },
);

/** What the engine and the interpreter compute with is of their own making; what callers pass may be of another realm. */
const computes = (file: string): boolean => /^(engine|graph$|reference$)/.test(file);

test.each([
  ...ORDER.autograd.filter((file) => !computes(file)).map((file) => ["autograd", file] as const),
  ...ORDER.kmeans.map((file) => ["kmeans", file] as const),
])("%s, %s asks no array and no object for a class of this realm", (name, file) => {
  expect(sourceOf(name, file)).not.toMatch(/instanceof (\w*Array|\w*Buffer|DataView|Object|Map|Set|Date)\b/);
});

test.each(ORDER.autograd.filter((file) => !["ops", "folds"].includes(file)))("%s names no fold", (file) => {
  const source = sourceOf("autograd", file);
  for (const name of Object.keys(folds)) expect(source).not.toMatch(new RegExp(`["']${name}["']|folds\\.${name}\\b`));
});

/** The folders of the engine in the way of the data: graph, formulas, passes, code, runs; and what code is made of. */
const ROOMS = ["instructions", "formula", "schedule", "code", "run"];

test.each(ORDER.autograd.filter((file) => file.split("/").length > 2))(
  "%s imports from its folder or one before",
  (file) => {
    const roomOf = (path: string): number => ROOMS.indexOf(path.split("/")[1] as string);
    expect(roomOf(file)).toBeGreaterThanOrEqual(0);
    for (const from of importsOf(sourceOf("autograd", file))) {
      const target = posix.join(posix.dirname(file), from);
      if (target.startsWith("engine/")) expect(roomOf(target)).toBeLessThanOrEqual(roomOf(file));
    }
  },
);

describe("values come about in one way", () => {
  const importersOf = (of: string): string[] =>
    ORDER.autograd.filter((file) =>
      importsOf(sourceOf("autograd", file)).some((from) => posix.join(posix.dirname(file), from) === `${of}.js`),
    );

  test("only the engine compiles programs; threads run them, its description looks at them", () => {
    expect(importersOf("engine/run/program")).toEqual(["engine/run/programs", "engine/run/crew", "engine", "threads"]);
    expect(importersOf("engine/schedule/plan")).toEqual([
      "engine/schedule/opening",
      "engine/code/kernel",
      "engine/run/layout",
      "engine/run/program",
      "engine/run/programs",
      "engine/describe",
    ]);
  });

  test("only the engine and the claims that are checked know the interpreter", () => {
    expect(importersOf("reference")).toEqual(["engine", "claim"]);
  });
});
