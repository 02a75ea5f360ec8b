/** Compares in the page. */
import { compared } from "./threads.js";

Object.assign(globalThis, { answer: compared() });
