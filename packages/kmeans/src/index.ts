/** The public face of `@protograd/kmeans`. */
export { type BlobOptions, type Blobs, makeBlobs } from "./blobs.js";
export { kmeansCost, squaredDistances } from "./cost.js";
export { kmeans, kmeansSteps } from "./kmeans.js";
export { type KMeansDocument, KMeansModel } from "./model.js";
export type { AlgorithmName, Init, KMeansOptions, KMeansState } from "./options.js";
export type { Points, ShapedNumbers, Weights } from "./points.js";
export { type Silhouette, type SilhouetteOptions, silhouette } from "./silhouette.js";
