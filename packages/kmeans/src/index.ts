/** The public names of `@protograd/kmeans`. */
export { type BlobOptions, type Blobs, makeBlobs } from "./blobs.js";
export { kmeansCost, squaredDistances } from "./cost.js";
export { kmeans, kmeansSteps } from "./kmeans.js";
export { type KMeansDocument, KMeansModel, type PartialFitOptions } from "./model.js";
export type { AlgorithmName, Init, KMeansOptions, KMeansState } from "./options.js";
export type { Points, ShapedNumbers, Weights } from "./points.js";
export { type Silhouette, type SilhouetteOptions, silhouette } from "./silhouette.js";
export type { PointBatch, PointSource } from "./source.js";
export { kmeansOver, labelsOver, type StreamOptions, type StreamState } from "./streams.js";
export { mergeSums, nextCentroids, type ShardOptions, type Sums, shardSums } from "./sums.js";
