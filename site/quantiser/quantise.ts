/** Few colours for many: k-means over the pixels of a picture. Knows no page and no worker. */
import { type KMeansState, kmeansSteps } from "@protograd/kmeans";

/** What of a fit the reader may watch. */
export type Progress = Pick<KMeansState, "iteration" | "inertia">;

export interface Swatch {
  /** `#rrggbb`, and two more digits where it is not opaque. */
  readonly hex: string;
  /** Which part of the picture has it. */
  readonly share: number;
}

export interface Quantised {
  /** From dark to light. */
  readonly palette: readonly Swatch[];
  /** The picture in these colours, four bytes for each pixel. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly iterations: number;
  /** The mean squared distance of a pixel to its colour. */
  readonly error: number;
}

export const MOST_ITERATIONS = 60;
export const MOST_COLOURS = 64;

/** `pixels` are those of a canvas: four bytes each, row after row. */
export function quantise(
  pixels: Uint8ClampedArray,
  k: number,
  onProgress: (progress: Progress) => void = () => undefined,
): Quantised {
  const n = pixels.length / 4;
  const steps = kmeansSteps(
    { data: pixels, shape: [n, 4] },
    { k: Math.min(k, n), seed: 1, maxIterations: MOST_ITERATIONS, onIteration: onProgress },
  );
  let next = steps.next();
  while (!next.done) next = steps.next();
  const { centroids, labels, clusterSizes, inertia, iterations } = next.value;
  const colours = centroids.map((centroid) => centroid.map(Math.round));
  const order = [...colours.keys()].sort(
    (a, b) => lightness(colours[a] as number[]) - lightness(colours[b] as number[]),
  );
  return {
    palette: order.map((at) => ({ hex: hexOf(colours[at] as number[]), share: (clusterSizes[at] as number) / n })),
    pixels: painted(labels, colours),
    iterations,
    error: inertia / n,
  };
}

function painted(labels: Int32Array, colours: readonly (readonly number[])[]): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * labels.length);
  for (let at = 0; at < labels.length; at++) pixels.set(colours[labels[at] as number] as number[], 4 * at);
  return pixels;
}

/** As bright as the eye has it (Rec. 709), enough to put colours in order. */
const lightness = ([red = 0, green = 0, blue = 0]: readonly number[]): number =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue;

function hexOf(colour: readonly number[]): string {
  const channels = colour[3] === 255 ? colour.slice(0, 3) : colour;
  return `#${channels.map((each) => each.toString(16).padStart(2, "0")).join("")}`;
}
