/** `skmeans`. It works on the rows as they are. */
import skmeans from "skmeans";
import { checkIterations, type Fitter } from "./fitter.js";

export const skmeansFitter: Fitter = {
  name: "skmeans",
  convert: (points) => (start, iterations) => {
    // It replaces the rows of the start, and stops early only where no prototype moved at all.
    const result = skmeans(
      points,
      start.length,
      start.map((row) => [...row]),
      iterations,
    );
    checkIterations("skmeans", result.it, iterations);
    return { centroids: result.centroids, labels: result.idxs };
  },
};
