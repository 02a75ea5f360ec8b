/** What the page and its worker say to each other. */
import type { Progress, Quantised } from "./quantise.js";

export interface Order {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly k: number;
}

export type Answer =
  | { readonly progress: Progress }
  | { readonly quantised: Quantised; readonly milliseconds: number }
  | { readonly failure: string };
