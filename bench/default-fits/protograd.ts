/** Default fits by `@protograd/kmeans`: takes a file of float32 points, n, d, k, and seeds. */
import { readFileSync } from "node:fs";
import { useThreads } from "@protograd/autograd";
import { type KMeansModel, type KMeansOptions, kmeans } from "@protograd/kmeans";
import type { DefaultFit } from "../default-fits.js";

const [file, ...numbers] = process.argv.slice(2);
const [n, d, k, ...seeds] = numbers.map(Number) as [number, number, number, ...number[]];
const { buffer, byteOffset } = readFileSync(file as string);
const points = { data: new Float32Array(buffer, byteOffset, n * d), shape: [n, d] };

function timed(options: KMeansOptions): { time: number; model: KMeansModel } {
  const began = performance.now();
  const model = kmeans(points, options);
  return { time: performance.now() - began, model };
}

if (process.env.THREADS) await useThreads();

/** By k-means++ and from points that are given, the rest is the same: the difference is the start. */
const given = Array.from({ length: k }, (_, row) => points.data.slice(row * d, (row + 1) * d));
const timeOfStart = (seed: number): number =>
  timed({ k, seed, maxIterations: 1 }).time - timed({ init: given, maxIterations: 1 }).time;

// Programs are compiled once, and engines compile what has run for a while.
timed({ k, seed: 0 });
timeOfStart(0);

const fits = seeds.map((seed): DefaultFit => {
  const { time, model } = timed({ k, seed });
  if (!model.converged) throw new Error(`the fit with seed ${seed} did not converge; expected that it ends by itself`);
  return { seed, fit: time, start: timeOfStart(seed), iterations: model.iterations, inertia: model.inertia };
});
console.log(JSON.stringify(fits));
