/**
 * The sample picture of the quantiser: dusk over hills and a lake, computed pixel by pixel, so that the project owns it
 * and any test can have its pixels without a decoder. Knows nothing of files and pages.
 */

export const SAMPLE = { width: 480, height: 320 } as const;

type Colour = readonly [red: number, green: number, blue: number];

/** All pixels row after row, four bytes each, opaque. */
export function samplePixels(): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = SAMPLE;
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = 4 * (row * width + column);
      pixels.set([...sampleColour(column, row), 255], at);
    }
  }
  return pixels;
}

/** The colour of one pixel: the scene, under a little grain, as film has it. */
export function sampleColour(column: number, row: number): Colour {
  const [x, y] = [column / SAMPLE.width, row / SAMPLE.height];
  const grain = (noise(column, row) - 0.5) * 9;
  return scene(x, y).map((each) => Math.min(255, Math.max(0, Math.round(each + grain)))) as unknown as Colour;
}

const SHORE = 0.7;

/** x goes to the right, y down, both from 0 to 1. */
function scene(x: number, y: number): Colour {
  if (y > SHORE) return lake(x, y);
  const hills = [
    { top: ridge(x, 0.47, 0.055, 5, 0.3), colour: [150, 104, 138] },
    { top: ridge(x, 0.55, 0.05, 7, 2.1), colour: [98, 74, 116] },
    { top: ridge(x, 0.63, 0.04, 11, 4.2), colour: [50, 46, 82] },
  ] as const;
  const nearest = hills.findLast(({ top }) => y > top);
  if (nearest === undefined) return sky(x, y);
  // Mist lies in the valleys.
  return mixed(nearest.colour, [236, 168, 140], 0.55 * smooth((y - nearest.top) / 0.16));
}

function sky(x: number, y: number): Colour {
  const high = mixed([38, 52, 104], [150, 98, 150], smooth(y / 0.34));
  const low = mixed(high, [250, 176, 108], smooth((y - 0.2) / 0.34));
  const fromSun = Math.hypot((x - 0.66) * 1.5, y - 0.4);
  const glow = mixed(low, [255, 222, 150], 0.8 * smooth(1 - fromSun / 0.4));
  if (fromSun < 0.052) return [255, 244, 206];
  const cloud = smooth((wave(x * 3 + y * 2, y * 26 + Math.sin(x * 9)) - 0.62) / 0.3) * smooth((0.42 - y) / 0.2);
  return mixed(glow, [244, 138, 122], 0.7 * cloud);
}

/** The sky upside down, darker, broken by ripples. */
function lake(x: number, y: number): Colour {
  const depth = (y - SHORE) / (1 - SHORE);
  const ripple = 0.012 * Math.sin(y * 300 + Math.sin(x * 40) * 2) * (0.3 + depth);
  const above = sky(x + ripple, Math.max(0, 0.46 - depth * 0.42));
  const water = mixed(above, [20, 40, 84], 0.32 + 0.36 * depth);
  const reed = ridge(x, 0.985 - 0.1 * smooth((0.3 - x) / 0.3), 0.03, 90, 1.1);
  return y > reed ? [22, 40, 38] : water;
}

/** A line of hills, as waves over each other. */
const ridge = (x: number, height: number, rise: number, waves: number, phase: number): number =>
  height -
  rise * (Math.sin(x * waves + phase) + 0.4 * Math.sin(x * waves * 2.7 + phase * 3) + 0.12 * Math.sin(x * waves * 9));

const wave = (x: number, y: number): number =>
  0.5 + 0.25 * (Math.sin(x * 2.1 + Math.sin(y)) + Math.sin(y * 0.7 + x * 1.3));

const mixed = (a: Colour, b: Colour, share: number): Colour =>
  a.map((each, channel) => each + ((b[channel] as number) - each) * share) as unknown as Colour;

/** From 0 at 0 to 1 at 1, without corners. */
function smooth(at: number): number {
  const within = Math.min(1, Math.max(0, at));
  return within * within * (3 - 2 * within);
}

/** A number from 0 to 1 for each pixel, without order: an integer hash (Wellons, "lowbias32"). */
function noise(column: number, row: number): number {
  let mixed = Math.imul(column + 1, 0x9e3779b1) ^ Math.imul(row + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
