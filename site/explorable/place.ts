/** Places of the plane, singly and as flat arrays. Knows nothing of what lies there. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Rows of two coordinates, as the packages take them. */
export const rowsOf = (places: readonly Place[]): number[][] => places.map(({ x, y }) => [x, y]);

export const placesOf = (rows: readonly (readonly number[])[]): Place[] =>
  rows.map(([x, y]) => ({ x: x as number, y: y as number }));

/** x₁ y₁ x₂ y₂ … */
export const flatOf = (places: readonly Place[]): Float64Array =>
  Float64Array.from(places.flatMap(({ x, y }) => [x, y]));

export const placeAt = (flat: ArrayLike<number>, at: number): Place => ({
  x: flat[2 * at] as number,
  y: flat[2 * at + 1] as number,
});

/** The same place to four digits after the point: what an address can hold. */
export const rounded = ({ x, y }: Place): Place => ({ x: round(x), y: round(y) });

const round = (value: number): number => Math.round(value * 1e4) / 1e4 + 0;

/** Which of the places is nearest, and only if it is within reach; −1 if none is. */
export function nearestTo({ x, y }: Place, flat: ArrayLike<number>, reach: number): number {
  let [found, least] = [-1, reach ** 2];
  for (let at = 0; at < flat.length / 2; at++) {
    const distance = ((flat[2 * at] as number) - x) ** 2 + ((flat[2 * at + 1] as number) - y) ** 2;
    if (distance < least) [found, least] = [at, distance];
  }
  return found;
}
