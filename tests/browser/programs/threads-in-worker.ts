/** Compares in a worker and posts what comes out. */
import { compared } from "./threads.js";

postMessage(await compared());
