/** Which part of the plane is seen, and where its places lie on the screen. One unit is as long across as up. */
import { type Place, placeAt } from "./place.js";

/** A rectangle of the plane. */
export interface Window {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** Around all places, with room to drag things out of the crowd. */
export function windowAround(points: ArrayLike<number>, others: readonly Place[]): Window {
  const places = [...Array.from({ length: points.length / 2 }, (_, at) => placeAt(points, at)), ...others];
  const window = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (const { x, y } of places) {
    window.left = Math.min(window.left, x);
    window.right = Math.max(window.right, x);
    window.bottom = Math.min(window.bottom, y);
    window.top = Math.max(window.top, y);
  }
  const room = 0.12 * Math.max(window.right - window.left, window.top - window.bottom, 1);
  return {
    left: window.left - room,
    right: window.right + room,
    bottom: window.bottom - room,
    top: window.top + room,
  };
}

/** A window on a screen of a size in pixels. */
export class View {
  readonly width: number;
  readonly height: number;
  /** Pixels for one unit. */
  readonly scale: number;
  readonly #center: Place;

  constructor({ left, right, bottom, top }: Window, width: number, height: number) {
    this.width = width;
    this.height = height;
    this.scale = Math.min(width / (right - left), height / (top - bottom));
    this.#center = { x: (left + right) / 2, y: (bottom + top) / 2 };
  }

  x(x: number): number {
    return this.width / 2 + (x - this.#center.x) * this.scale;
  }

  y(y: number): number {
    return this.height / 2 - (y - this.#center.y) * this.scale;
  }

  /** Whether a place is seen, up to the rounding of what was dragged to the edge. */
  shows(place: Place): boolean {
    const { x, y } = this.onScreen(place);
    return x >= -1 && x <= this.width + 1 && y >= -1 && y <= this.height + 1;
  }

  /** A place of the plane on the screen. */
  onScreen({ x, y }: Place): Place {
    return { x: this.x(x), y: this.y(y) };
  }

  /** The place of the plane at some pixels; none outside of what is seen. */
  inPlane({ x, y }: Place): Place {
    const [across, up] = [Math.min(Math.max(x, 0), this.width), Math.min(Math.max(y, 0), this.height)];
    return {
      x: this.#center.x + (across - this.width / 2) / this.scale,
      y: this.#center.y - (up - this.height / 2) / this.scale,
    };
  }
}
