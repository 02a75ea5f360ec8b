/** All that fit k-means, protograd first. */
import type { Fitter } from "./fitter.js";
import { mlKmeansFitter } from "./ml-kmeans.js";
import { protogradFitter } from "./protograd.js";
import { skmeansFitter } from "./skmeans.js";

export const fitters: readonly Fitter[] = [protogradFitter, mlKmeansFitter, skmeansFitter];
