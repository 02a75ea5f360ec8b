/** What a page, the worker that runs programs and the worker that reads types say to one another. */
import type { Picture } from "../notebook/draw.js";
import type { Place } from "./program.js";

/** What is wrong at a place of the program, in words. */
export interface Fault extends Place {
  readonly message: string;
}

/** What a program says while it runs. */
export type Report =
  /** Everything is loaded, and the first block begins. */
  | { readonly kind: "started" }
  | { readonly kind: "printed"; readonly block: number; readonly text: string }
  | { readonly kind: "warned"; readonly block: number; readonly text: string }
  | { readonly kind: "drawn"; readonly block: number; readonly picture: Picture }
  | { readonly kind: "thrown"; readonly fault: Fault }
  | { readonly kind: "ended" };

/** A question to the worker that reads types; the answer has its number. */
export interface Question {
  readonly number: number;
  readonly blocks: readonly string[];
}

export interface Answer {
  readonly number: number;
  readonly faults: readonly Fault[];
}
