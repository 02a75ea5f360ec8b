/**
 * Fits as most people call them: a start by k-means++, and iterations until they end by themselves, all by default. By
 * Protograd, and by scikit-learn where Python has it. Each program is given the same file of points, and says what its
 * fits took.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeProblem, nameOfSize, type Size } from "./problems.js";
import { markdownTable, milliseconds, timesAsLong } from "./table.js";
import { median } from "./timing.js";

/** What a program says of its fit with one seed. Times are in milliseconds. */
export interface DefaultFit {
  readonly seed: number;
  readonly fit: number;
  /** How much of that the start took. */
  readonly start: number;
  readonly iterations: number;
  readonly inertia: number;
}

export interface DefaultFitResult {
  readonly size: string;
  readonly by: string;
  /** In each round a fit with each seed. */
  readonly rounds: readonly (readonly DefaultFit[])[];
}

/** Few columns and many, few clusters and many. */
const SIZES: readonly Size[] = [
  [1_000_000, 2, 3],
  [100_000, 32, 32],
  [1_000_000, 16, 16],
  [200_000, 3, 100],
  [50_000, 64, 200],
];

const SEEDS = [1, 2, 3];

/** Somebody who fits: a program that takes a file of float32 points, n, d, k, and seeds. */
interface Program {
  readonly by: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const PYTHON = process.env.PYTHON ?? "python3";
const pathOf = (name: string): string => fileURLToPath(new URL(`default-fits/${name}`, import.meta.url));
const scikitLearn = [PYTHON, pathOf("scikit_learn.py")];

const protograd: Program = { by: "protograd", command: ["npx", "tsx", pathOf("protograd.ts")], environment: {} };
const withThreads: Program = {
  ...protograd,
  by: "protograd, threads",
  environment: { THREADS: "as many as there are" },
};
const peers: readonly Program[] = [
  { by: "scikit-learn", command: scikitLearn, environment: {} },
  {
    by: "scikit-learn, one thread",
    command: scikitLearn,
    environment: { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  },
];

/** Each round is a new process of each program, in turns, so that whatever else the machine is doing hits all alike. */
export function measureDefaultFits(rounds: number): DefaultFitResult[] {
  const programs = [protograd, withThreads, ...(hasScikitLearn() ? peers : [])];
  const folder = mkdtempSync(join(tmpdir(), "points-"));
  try {
    return SIZES.flatMap((size) => {
      console.error(`default fits at ${nameOfSize(size)}`);
      const file = join(folder, "points.f32");
      writeFileSync(file, makeProblem(size).points);
      const args = [file, ...size, ...SEEDS].map(String);
      const results = programs.map(({ by }) => ({ size: nameOfSize(size), by, rounds: [] as DefaultFit[][] }));
      for (let round = 0; round < rounds; round++) {
        programs.forEach((program, at) => {
          results[at]!.rounds.push(run(program, args));
        });
      }
      return results;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasScikitLearn(): boolean {
  const { status } = spawnSync(PYTHON, ["-c", "import sklearn"]);
  if (status !== 0) {
    console.error(
      `scikit-learn is left out: ${PYTHON} does not have it; the environment variable PYTHON may name one that does`,
    );
  }
  return status === 0;
}

function run({ by, command, environment }: Program, args: readonly string[]): DefaultFit[] {
  const [program, ...first] = command as [string, ...string[]];
  const { stdout, stderr, status } = spawnSync(program, [...first, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`default fits by ${by} ended with exit code ${status}: ${stderr}`);
  return JSON.parse(stdout) as DefaultFit[];
}

export function tableOfDefaultFits(results: readonly DefaultFitResult[]): string {
  const head = ["n × d × k", "by", "ms", "÷ protograd", "start", "iterations", "inertia ÷ lowest"];
  return markdownTable(
    2,
    head,
    results.map((result) => {
      const same = results.filter(({ size }) => size === result.size);
      const lowest = Math.min(...same.flatMap(({ rounds }) => rounds.flat().map(({ inertia }) => inertia)));
      const protograd = same.find(({ by }) => by === "protograd");
      const fit = timeOf(result, "fit");
      const [first] = result.rounds as [DefaultFit[], ...DefaultFit[][]];
      return [
        result.size,
        result.by,
        milliseconds(fit),
        timesAsLong(fit, protograd && timeOf(protograd, "fit")),
        `${((100 * timeOf(result, "start")) / fit).toFixed(0)} %`,
        first.map(({ iterations }) => iterations).join(", "),
        first.map(({ inertia }) => (inertia / lowest).toFixed(3)).join(", "),
      ];
    }),
  );
}

/** The mean over the seeds of the median over the rounds. */
function timeOf({ rounds }: DefaultFitResult, what: "fit" | "start"): number {
  const times = SEEDS.map((_, seed) => median(rounds.map((round) => round[seed]![what])));
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
