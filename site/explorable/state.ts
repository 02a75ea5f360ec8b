/**
 * What the reader has set: everything else on the page follows from it. Immutable, and small enough for an address.
 * Knows no package and no page.
 */
import type { Place } from "./place.js";

export const PRESETS = ["blobs", "crowd", "moons", "rings", "far", "picture", "empty"] as const;
export type PresetName = (typeof PRESETS)[number];

export const ALGORITHMS = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const MOST_PROTOTYPES = 8;
export const MOST_ITERATIONS = 40;
/** The longest and the shortest step of the gradient check, as powers of ten. */
export const STEPS = { from: -10, to: 0 } as const;
/** The rates of gradient descent, as multiples of the safe one. */
export const RATES = { from: 0.05, to: 3 } as const;

/** How many points may be added: an address holds no more. */
export const MOST_ADDED = 2000;

/** The line along which something was dragged last: a prototype, or the chosen point. */
export interface Line {
  readonly subject: "point" | number;
  readonly from: Place;
  readonly to: Place;
}

export interface State {
  readonly preset: PresetName;
  /** Points of the preset that lie elsewhere now, by their positions in it. */
  readonly moved: ReadonlyMap<number, Place>;
  /** Points after those of the preset. */
  readonly added: readonly Place[];
  /** Where the prototypes start; nothing, where that is the preset's own start for k of them. */
  readonly start: readonly Place[] | undefined;
  readonly k: number;
  readonly algorithm: Algorithm;
  /** How many iterations of it are on the screen. */
  readonly iteration: number;
  /** ε of gradient descent, as a multiple of the safe rate. */
  readonly rate: number;
  /** The point whose cost the graph shows. */
  readonly chosen: number;
  /** Through how many edges of the graph the gradient has come back. */
  readonly back: number;
  /** log₁₀ of the step of the gradient check. */
  readonly step: number;
  readonly line: Line | undefined;
}

/** How many edges of the graph carry a gradient. */
export const EDGES = 8;

export const initialState: State = {
  preset: "blobs",
  moved: new Map(),
  added: [],
  start: undefined,
  k: 3,
  algorithm: "lloyd",
  iteration: 0,
  rate: 0.5,
  chosen: 10,
  back: EDGES,
  step: -2.5,
  line: undefined,
};
