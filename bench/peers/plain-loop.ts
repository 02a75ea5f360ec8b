/**
 * No library: the loop that a careful programmer writes for this one cost, in one pass over the points, with sums in
 * float64.
 */
import type { Peer } from "./peer.js";

export const plainLoop: Peer = {
  name: "plain loop",
  load: async () => (problem) => ({
    run: () => costAndGradient(problem.points, problem.prototypes, problem.n, problem.d, problem.k),
    dispose: () => {},
  }),
};

function costAndGradient(points: Float32Array, prototypes: Float32Array, n: number, d: number, k: number) {
  const gradient = new Float64Array(k * d);
  let cost = 0;
  for (let i = 0, start = 0; i < n; i++, start += d) {
    let nearest = 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let cluster = 0, at = 0; cluster < k; cluster++) {
      let distance = 0;
      for (let j = 0; j < d; j++, at++) {
        const difference = points[start + j]! - prototypes[at]!;
        distance += difference * difference;
      }
      if (distance < smallest) {
        smallest = distance;
        nearest = cluster;
      }
    }
    cost += smallest;
    for (let j = 0, at = nearest * d; j < d; j++, at++) {
      gradient[at]! += 2 * (prototypes[at]! - points[start + j]!);
    }
  }
  return { cost, gradient: Float32Array.from(gradient) };
}
