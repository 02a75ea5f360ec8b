/** `@protograd/kmeans`. Its input is one typed array, row after row. */
import { kmeans } from "@protograd/kmeans";
import { checkIterations, type Fitter } from "./fitter.js";

export const protogradFitter: Fitter = {
  name: "protograd",
  convert: (points) => {
    const data = Float32Array.from(points.flat());
    const shape = [points.length, (points[0] as number[]).length];
    return (start, iterations) => {
      const model = kmeans({ data, shape }, { init: start, maxIterations: iterations, tolerance: 0 });
      checkIterations("protograd", model.iterations, iterations);
      return { centroids: model.centroids, labels: model.labels };
    };
  },
};
