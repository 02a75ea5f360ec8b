/** What the screen shows, all of it derived from the state: points, prototypes, and what these come to. */
import { type PointGraph, pointGraphOf, type Survey, surveyOf } from "./costs.js";
import { flatOf, type Place, placeAt } from "./place.js";
import { preset, startOf } from "./presets.js";
import { type Races, reachedAfter } from "./races.js";
import { lineOver } from "./section.js";
import type { Line, State } from "./state.js";

export interface Scene {
  readonly state: State;
  readonly points: Float64Array;
  /** For each point of the preset a colour of its own, where it has one. */
  readonly colours: readonly string[] | undefined;
  /** Where the prototypes start. */
  readonly start: readonly Place[];
  /** Where they are. */
  readonly prototypes: readonly Place[];
  /** What they come to; nothing where there are no points. */
  readonly survey: Survey | undefined;
  readonly chosen: { readonly at: number; readonly place: Place; readonly graph: PointGraph } | undefined;
  /** The line along which the cost of the chosen point is drawn. */
  readonly line: Line | undefined;
  readonly races: Races | undefined;
}

/** Points are the same array as long as they are the same points. */
export const pointsOf = latest(
  ({ preset: name, moved, added }: Pick<State, "preset" | "moved" | "added">) => {
    const points = flatOf([...preset(name).points, ...added]);
    for (const [at, { x, y }] of moved) if (at < points.length / 2) points.set([x, y], 2 * at);
    return points;
  },
  ({ preset, moved, added }) => [preset, moved, added],
);

export const startIn = latest(
  ({ start, preset, k }: Pick<State, "start" | "preset" | "k">): readonly Place[] => start ?? startOf(preset, k),
  ({ start, preset, k }) => [start, preset, k],
);

/** `races` are those from the start of this state, if they are known by now. */
export function sceneOf(state: State, races: Races | undefined): Scene {
  const points = pointsOf(state);
  const start = startIn(state);
  const prototypes =
    races === undefined || state.iteration === 0
      ? start
      : reachedAfter(races.of[state.algorithm], state.iteration).prototypes;
  const n = points.length / 2;
  const at = Math.min(state.chosen, n - 1);
  const place = n === 0 ? undefined : placeAt(points, at);
  const fits = state.line !== undefined && (state.line.subject === "point" || state.line.subject < start.length);
  return {
    state,
    points,
    colours: preset(state.preset).colours,
    start,
    prototypes,
    survey: n === 0 ? undefined : surveyOf(points, prototypes, state.rate),
    chosen: place && { at, place, graph: pointGraphOf(place, prototypes) },
    line: fits ? state.line : place && lineOver(place, prototypes),
    races,
  };
}

/** A function that remembers its last result, as long as what it depends on is the same. */
function latest<Argument, Result>(
  f: (argument: Argument) => Result,
  dependencies: (argument: Argument) => readonly unknown[],
): (argument: Argument) => Result {
  let before: { readonly on: readonly unknown[]; readonly result: Result } | undefined;
  return (argument) => {
    const on = dependencies(argument);
    if (before === undefined || on.some((each, at) => each !== before?.on[at])) before = { on, result: f(argument) };
    return before.result;
  };
}
