/** Points to begin with, by name, and where prototypes start among them. The same on every machine. */
import { randomNormal, randomUniform } from "@protograd/autograd";
import { makeBlobs } from "@protograd/kmeans";
import { SAMPLE, sampleColour } from "../quantiser/sample.js";
import { type Place, placesOf, rounded } from "./place.js";
import type { PresetName } from "./state.js";

export interface Preset {
  /** What a reader chooses it by. */
  readonly title: string;
  readonly points: readonly Place[];
  /** How many prototypes suit it. */
  readonly k: number;
  /** The positions of points at which the first prototypes start. */
  readonly starts: readonly number[];
  /** The point whose cost is shown first. */
  readonly chosen: number;
  /** For each point a colour of its own, where it has one. */
  readonly colours?: readonly string[];
}

const made = new Map<PresetName, Preset>();

/** A preset, made when it is first asked for. */
export function preset(name: PresetName): Preset {
  const found = made.get(name) ?? MAKERS[name]();
  made.set(name, found);
  return found;
}

export const PRESET_TITLES: Readonly<Record<PresetName, string>> = {
  blobs: "Three blobs",
  crowd: "A crowd of 2,000",
  moons: "Two moons",
  rings: "Two rings",
  far: "One far point",
  picture: "A picture’s colours",
  empty: "An empty page",
};

/** Where k prototypes start, unless the reader says otherwise: at points of the preset. */
export function startOf(name: PresetName, k: number): Place[] {
  const { points, starts } = preset(name);
  return Array.from({ length: k }, (_, at) => {
    const index = starts[at] ?? (at * SPREAD + SPREAD) % Math.max(points.length, 1);
    return points[index] ?? (CORNERS[at] as Place);
  });
}

/** A step through the points that visits many of them before any twice. */
const SPREAD = 89;

/** Where prototypes start when there are no points. */
const CORNERS = placesOf([
  [-4, -3],
  [4, -3],
  [0, 4],
  [-6, 3],
  [6, 3],
  [0, -6],
  [-8, -1],
  [8, -1],
]);

const MAKERS: { readonly [Name in PresetName]: () => Preset } = {
  // The seed's points and its start.
  blobs: () => ({
    title: PRESET_TITLES.blobs,
    points: placesOf(makeBlobs({ samples: 500, randomState: 1111 }).points),
    k: 3,
    starts: [162, 308, 381],
    chosen: 10,
  }),
  // Blobs that overlap: those of the picture in chapter 7.
  crowd: () => ({
    title: PRESET_TITLES.crowd,
    points: placesOf(makeBlobs({ samples: 2000, centers: 3, clusterStd: 2.5, randomState: 5 }).points),
    k: 3,
    starts: [0, 1, 2],
    chosen: 57,
  }),
  moons: () => {
    const { data } = randomNormal([400, 2], { seed: 7 });
    const points = Array.from({ length: 400 }, (_, at): Place => {
      const isUpper = at % 2 === 0;
      const angle = (Math.PI * Math.floor(at / 2)) / 199;
      const [x, y] = isUpper ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
      return rounded({
        x: 6 * (x - 0.5) + 0.45 * (data[2 * at] as number),
        y: 6 * (y - 0.25) + 0.45 * (data[2 * at + 1] as number),
      });
    });
    return { title: PRESET_TITLES.moons, points, k: 2, starts: [10, 11], chosen: 144 };
  },
  rings: () => {
    const { data } = randomNormal([400, 2], { seed: 3 });
    const { data: turns } = randomUniform([400], { seed: 4 });
    const points = Array.from({ length: 400 }, (_, at): Place => {
      const radius = (at % 2 === 0 ? 2.6 : 7) + 0.35 * (data[2 * at] as number);
      const angle = 2 * Math.PI * (turns[at] as number);
      return rounded({ x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
    });
    return { title: PRESET_TITLES.rings, points, k: 2, starts: [0, 1], chosen: 40 };
  },
  far: () => {
    const { points } = makeBlobs({
      samples: 120,
      centers: [
        [-6, -2],
        [-1, 1.5],
      ],
      clusterStd: 0.9,
      randomState: 2,
    });
    return {
      title: PRESET_TITLES.far,
      points: [...placesOf(points), { x: 19, y: 6 }],
      k: 2,
      starts: [0, 1],
      chosen: 120,
    };
  },
  picture: () => {
    const pixels = Array.from({ length: 900 }, (_, at) => {
      const column = Math.floor(((at % 36) + 0.5) * (SAMPLE.width / 36));
      const row = Math.floor((Math.floor(at / 36) + 0.5) * (SAMPLE.height / 25));
      return sampleColour(column, row);
    });
    return {
      title: PRESET_TITLES.picture,
      points: pixels.map(([red, green, blue]) => chroma(red, green, blue)),
      k: 5,
      starts: [20, 300, 480, 640, 890],
      chosen: 450,
      colours: pixels.map((pixel) => `rgb(${pixel.join(" ")})`),
    };
  },
  empty: () => ({ title: PRESET_TITLES.empty, points: [], k: 2, starts: [], chosen: 0 }),
};

/** How far a colour is from grey towards blue, and towards red (the Cb and Cr of JPEG), an eighth of it. */
const chroma = (red: number, green: number, blue: number): Place =>
  rounded({
    x: (-0.168736 * red - 0.331264 * green + 0.5 * blue) / 8,
    y: (0.5 * red - 0.418688 * green - 0.081312 * blue) / 8,
  });
