/**
 * What a check looks at where it does not look at every entry: entries and directions drawn at random, the same ones for
 * the same seed. Knows numbers only.
 */

/** Numbers from 0 to below 1 (Tommy Ettinger's mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different places below `size`, in order; all of them where there are no more (Floyd's way of drawing). */
export function drawPlaces(size: number, count: number, seed: number): number[] {
  const random = uniform(seed);
  const places = new Set<number>();
  for (let last = Math.max(0, size - count); last < size; last++) {
    const place = Math.floor(random() * (last + 1));
    places.add(places.has(place) ? last : place);
  }
  return [...places].sort((a, b) => a - b);
}

/**
 * The direction of a seed that has this number: how far each entry goes while h grows by 1. Each goes by ½ to 1½ times
 * max(1, |x|), rounded up to a power of two, so that none is left out and no two errors cancel; and by a multiple of
 * 1/64 of that, so that in float32 too, x + hv is rounded little where h is a power of two.
 */
export function drawDirection(parts: readonly ArrayLike<number>[], seed: number, which: number): Float64Array[] {
  const random = uniform(Math.imul(seed, 0x9e3779b1) + Math.imul(which, 0x85ebca6b));
  return parts.map((values) =>
    Float64Array.from(values, (x) => {
      const sign = random() < 0.5 ? -1 : 1;
      return (sign * scaleOf(x) * (32 + Math.floor(random() * 65))) / 64;
    }),
  );
}

const scaleOf = (x: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, Math.abs(x))));

/** Numbers spread around 0, for a vector that need not fit any x. */
export function drawVector(size: number, seed: number, which: number): Float64Array {
  return (drawDirection([new Float64Array(size)], seed, which) as [Float64Array])[0];
}
