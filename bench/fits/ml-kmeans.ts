/** `ml-kmeans`. It works on the rows as they are. */
import { kmeans } from "ml-kmeans";
import { checkIterations, type Fitter } from "./fitter.js";

export const mlKmeansFitter: Fitter = {
  name: "ml-kmeans",
  convert: (points) => (start, iterations) => {
    // No distance is below a negative tolerance, so it never stops early.
    const result = kmeans(points, start.length, {
      initialization: start.map((row) => [...row]),
      maxIterations: iterations,
      tolerance: -1,
    });
    checkIterations("ml-kmeans", result.iterations, iterations);
    return { centroids: result.centroids, labels: result.clusters };
  },
};
