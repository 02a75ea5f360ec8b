/** The public face of `@protograd/kmeans`. */
export { type BlobOptions, type Blobs, makeBlobs } from "./blobs.js";
export { kmeansCost, squaredDistances } from "./cost.js";
