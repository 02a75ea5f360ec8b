/**
 * The cost of one point along a straight line on which something moves: the point itself, or a prototype. It is the
 * lowest of k parabolas, and where the lowest changes it has a kink. Knows no page.
 */
import { distancesOf, slopeAlong } from "./costs.js";
import type { Place } from "./place.js";
import type { Line } from "./state.js";

export interface Section {
  /** Positions along the line; 0 is where it begins, 1 where it ends. */
  readonly at: readonly number[];
  /** For each position the squared distance to each prototype. */
  readonly distances: readonly (readonly number[])[];
  /** For each position which prototype is nearest. */
  readonly labels: readonly number[];
  /** Where the nearest changes, between two positions. */
  readonly kinks: readonly number[];
  /** Where the subject is now, the cost there, and how steep it is along the line. */
  readonly now: { readonly at: number; readonly cost: number; readonly slope: number };
  /** How long the line is in the plane. */
  readonly length: number;
}

const POSITIONS = 121;
/** How far the section goes on beyond both ends. */
const BEYOND = 0.5;

export function sectionAlong(line: Line, point: Place, prototypes: readonly Place[]): Section {
  const { subject, from, to } = line;
  const along = { x: to.x - from.x, y: to.y - from.y };
  const placeOn = (at: number): Place => ({ x: from.x + at * along.x, y: from.y + at * along.y });
  const at = Array.from({ length: POSITIONS }, (_, step) => -BEYOND + (step * (1 + 2 * BEYOND)) / (POSITIONS - 1));
  const distances = at.map((position) => {
    const place = placeOn(position);
    return subject === "point" ? distancesOf(place, prototypes) : distancesOf(point, prototypes.with(subject, place));
  });
  const labels = distances.map((row) => row.indexOf(Math.min(...row)));
  const still = { x: 0, y: 0 };
  const subjectNow = subject === "point" ? point : (prototypes[subject] as Place);
  const length = Math.hypot(along.x, along.y);
  const now = ((subjectNow.x - from.x) * along.x + (subjectNow.y - from.y) * along.y) / length ** 2;
  const direction = { x: along.x / length, y: along.y / length };
  const { cost, slope } = slopeAlong(
    point,
    prototypes,
    subject === "point" ? direction : still,
    prototypes.map((_, each) => (each === subject ? direction : still)),
  );
  return { at, distances, labels, kinks: kinksOf(at, distances, labels), now: { at: now, cost, slope }, length };
}

/** Between two positions of different nearest, where the straight lines through their distances cross. */
function kinksOf(at: readonly number[], distances: Section["distances"], labels: readonly number[]): number[] {
  return at.flatMap((position, step) => {
    const [before, after] = [labels[step] as number, labels[step + 1]];
    if (after === undefined || before === after) return [];
    const gap = (row: number): number => {
      const each = distances[row] as readonly number[];
      return (each[after] as number) - (each[before] as number);
    };
    const share = gap(step) / (gap(step) - gap(step + 1));
    return [position + share * ((at[step + 1] as number) - position)];
  });
}

/**
 * Where nothing has been dragged yet: from the point across the edge to its second nearest prototype, so far that there
 * is something to see on either side of the edge, unless that is very far away.
 */
export function lineOver(point: Place, prototypes: readonly Place[]): Line | undefined {
  const distances = distancesOf(point, prototypes);
  const [first, second] = [...distances.keys()].sort((a, b) => (distances[a] as number) - (distances[b] as number));
  if (first === undefined || second === undefined) return undefined;
  const [near, far] = [prototypes[first] as Place, prototypes[second] as Place];
  const across = { x: far.x - near.x, y: far.y - near.y };
  const apart = Math.hypot(across.x, across.y);
  if (apart === 0) return undefined;
  const toEdge = ((distances[second] as number) - (distances[first] as number)) / (2 * apart);
  const share = Math.min(Math.max((2 * toEdge) / apart, 0.5), 3);
  return { subject: "point", from: point, to: { x: point.x + share * across.x, y: point.y + share * across.y } };
}
