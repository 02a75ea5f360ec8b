/** Computes in a worker and posts what comes out. */
import { results } from "./results.js";

postMessage(results());
