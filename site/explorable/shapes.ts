/** Outlines as path data. */
import type { Place } from "./place.js";

const at = ({ x, y }: Place): string => `${x.toFixed(1)},${y.toFixed(1)}`;

export const lineThrough = (places: readonly Place[]): string =>
  places.length === 0 ? "" : `M${places.map(at).join("L")}`;

/** An arrow from one place to another, filled: a shaft of some width and a head; nothing, where they are too near. */
export function arrow(from: Place, to: Place, width: number): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length < 1) return "";
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
  const head = Math.min(4.5 * width, length * 0.8);
  const corner = (forth: number, aside: number): Place => ({
    x: from.x + along.x * forth - along.y * aside,
    y: from.y + along.y * forth + along.x * aside,
  });
  const half = width / 2;
  const neck = length - head;
  return `${lineThrough([
    corner(0, half),
    corner(neck, half),
    corner(neck, head * 0.5),
    corner(length, 0),
    corner(neck, -head * 0.5),
    corner(neck, -half),
    corner(0, -half),
  ])}Z`;
}
