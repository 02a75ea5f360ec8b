/** What the reader does to points and prototypes, as changes of the state. Knows no pointer and no key. */
import { FARTHEST, toHundredths } from "./address.js";
import { type Place, rounded } from "./place.js";
import { preset } from "./presets.js";
import type { Scene } from "./scene.js";
import { type Line, MOST_ADDED, type State } from "./state.js";

/** The chosen point, or a prototype by its position. */
export type Subject = Line["subject"];

export const placeOf = ({ chosen, prototypes }: Scene, subject: Subject): Place | undefined =>
  subject === "point" ? chosen?.place : prototypes[subject];

/** The subject elsewhere. What is on the screen becomes the start of what follows. */
export function moved(scene: Scene, subject: Subject, to: Place, line: Line | undefined): Partial<State> {
  const place = within(to);
  const start = scene.prototypes.map(rounded);
  const restart = scene.state.iteration === 0 && subject === "point" ? {} : { start, iteration: 0 };
  if (subject !== "point") return { ...restart, start: start.with(subject, rounded(place)), line };
  return { ...restart, ...movedPoint(scene, rounded(place)), line };
}

function movedPoint({ state, chosen }: Scene, place: Place): Partial<State> {
  const at = chosen?.at ?? 0;
  const ofPreset = preset(state.preset).points.length;
  if (at < ofPreset) return { moved: new Map(state.moved).set(at, place) };
  return { added: state.added.with(at - ofPreset, toHundredths(place)) };
}

/** More points; the last of them is chosen. As many as there is room for. */
export function withPoints(scene: Scene, places: readonly Place[]): Partial<State> {
  const { state, points, prototypes } = scene;
  const room = MOST_ADDED - state.added.length;
  const more = places.slice(0, room).map((place) => toHundredths(within(place)));
  const restart = state.iteration === 0 ? {} : { start: prototypes.map(rounded), iteration: 0 };
  return { ...restart, added: [...state.added, ...more], chosen: points.length / 2 + more.length - 1, line: undefined };
}

/** One more prototype or one fewer; those that stay, stay where they are. */
export function withPrototypes(
  { state, prototypes, points }: Scene,
  k: number,
  fresh: readonly Place[],
): Partial<State> {
  const isPresetStart = state.start === undefined && state.iteration === 0;
  if (isPresetStart) return { k, line: undefined };
  const start = Array.from({ length: k }, (_, at) => prototypes[at] ?? (fresh[at] as Place)).map(rounded);
  return { k, start, iteration: 0, line: points.length === 0 ? undefined : lineStillThere(state, k) };
}

const lineStillThere = ({ line }: State, k: number): Line | undefined =>
  line !== undefined && line.subject !== "point" && line.subject >= k ? undefined : line;

const within = ({ x, y }: Place): Place => ({ x: clamped(x), y: clamped(y) });

const clamped = (value: number): number => Math.min(FARTHEST, Math.max(-FARTHEST, value));

/**
 * The line of a step by key: the one before, where the step goes along it, else from where the subject was, so far in
 * the direction of the step that there is something to see.
 */
export function lineOfStep(line: Line | undefined, subject: Subject, from: Place, to: Place, length: number): Line {
  if (line !== undefined && line.subject === subject && isOn(line, from) && isOn(line, to)) return line;
  const stride = Math.hypot(to.x - from.x, to.y - from.y);
  const end = { x: from.x + ((to.x - from.x) / stride) * length, y: from.y + ((to.y - from.y) / stride) * length };
  return { subject, from: rounded(from), to: rounded(end) };
}

/** Up to the rounding of addresses. */
function isOn({ from, to }: Line, { x, y }: Place): boolean {
  const [across, up] = [to.x - from.x, to.y - from.y];
  return Math.abs((x - from.x) * up - (y - from.y) * across) <= 1e-3 * Math.hypot(across, up);
}
