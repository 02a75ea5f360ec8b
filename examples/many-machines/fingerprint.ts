/** A fit as text: its numbers for people, and a fingerprint of all their bits. */
import { createHash } from "node:crypto";
import type { Fit } from "./lloyd.js";

/** Differs wherever one bit of the centroids or the inertia does. */
export function fingerprint({ centroids, inertia }: Fit): string {
  const bits = new Uint8Array(Float64Array.from([inertia, ...centroids.flat()]).buffer);
  return createHash("sha256").update(bits).digest("hex").slice(0, 16);
}

export function describeFit(fit: Fit): string {
  const centroids = fit.centroids.map((row) => `  ${row.map((value) => value.toFixed(6).padStart(10)).join(" ")}`);
  return [
    `${fit.iterations} iterations, inertia ${fit.inertia}, bits ${fingerprint(fit)}, centroids`,
    ...centroids,
  ].join("\n");
}
