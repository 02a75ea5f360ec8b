/** Chapter 8: one block of 16 points in its vectors and lanes, from memory to the sum, with the numbers of the seed. */
import * as Plot from "@observablehq/plot";
import { tensor } from "@protograd/autograd";
import { makeBlobs, squaredDistances } from "@protograd/kmeans";
import { COLOURS, svgOf } from "../../examples/picture.js";

const POINTS = 16;
const WIDTH = 640;
const LEFT = 170;
const CELL = { width: 26, height: 21 };
/** Between two vectors of four lanes. */
const GAP = 10;
const LENGTH = POINTS * CELL.width + (POINTS / 4 - 1) * GAP;
const SHADES = ["#f2f2f2", "#c9c9c9"] as const;

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly fill: string;
  readonly text: string;
}

const xOf = (lane: number): number => LEFT + lane * CELL.width + Math.floor(lane / 4) * GAP;

export function block(): string {
  const { points } = makeBlobs({ samples: 500, randomState: 1111 });
  const prototypes = [162, 308, 381].map((row) => points[row] as number[]);
  const rows = points.slice(0, POINTS) as number[][];
  const distances = squaredDistances(tensor(rows), tensor(prototypes));
  const numbers = distances.toArray() as number[][];
  const winners = [...distances.argmin(1).data];

  /** A row of 16 lanes. */
  const lanes = (y: number, text: (point: number) => string, fill: (point: number) => string): Cell[] =>
    rows.map((_, point) => ({ x: xOf(point), y, width: CELL.width, fill: fill(point), text: text(point) }));
  const tint = (prototype: number): string => `${COLOURS[prototype]}66`;
  const winnerOf = (point: number): number => winners[point] as number;
  const least = (point: number): number => numbers[point]?.[winnerOf(point)] as number;
  const half = LENGTH / (2 * POINTS);
  const memory: Cell[] = rows.flatMap((_, point) =>
    [0, 1].map((coordinate) => ({
      x: LEFT + (2 * point + coordinate) * half,
      y: 34,
      width: half,
      fill: SHADES[coordinate] as string,
      text: coordinate === 0 ? "x" : "y",
    })),
  );
  const cells = [
    ...memory,
    ...lanes(
      98,
      () => "x",
      () => SHADES[0],
    ),
    ...lanes(
      126,
      () => "y",
      () => SHADES[1],
    ),
    ...prototypes.flatMap((_, prototype) =>
      lanes(
        182 + 28 * prototype,
        (point) => numbers[point]?.[prototype]?.toFixed(0) as string,
        (point) => (winnerOf(point) === prototype ? tint(prototype) : "white"),
      ),
    ),
    ...lanes(
      316,
      (point) => least(point).toFixed(0),
      (point) => tint(winnerOf(point)),
    ),
    ...lanes(
      288,
      (point) => String(winnerOf(point)),
      (point) => tint(winnerOf(point)),
    ),
  ];
  const identity = { type: "identity", axis: null } as const;
  return svgOf({
    ariaLabel:
      "One block: 16 points in four vectors of four lanes, their distances to three prototypes, and the smallest",
    width: WIDTH,
    height: 396,
    margin: 8,
    x: identity,
    y: identity,
    marks: [
      Plot.rect(cells, {
        x1: "x",
        x2: ({ x, width }) => x + width,
        y1: "y",
        y2: ({ y }) => y + CELL.height,
        fill: "fill",
        stroke: "grey",
        strokeWidth: 0.75,
      }),
      Plot.text(cells, {
        x: ({ x, width }) => x + width / 2,
        y: ({ y }) => y + CELL.height / 2,
        text: "text",
        fontSize: 10,
      }),
      ...brackets(),
      title("in memory, row by row", 34),
      title("first coordinates", 98),
      title("second coordinates", 126),
      ...prototypes.map((_, prototype) => title(`squared distance to w${"₁₂₃"[prototype]}`, 182 + 28 * prototype)),
      title("position of the smallest", 288),
      title("the smallest", 316),
      note("16 points of two coordinates: one block", 24),
      note("transposed: four vectors of four lanes for each coordinate", 88),
      note("each lane subtracts, squares and adds for its own point", 172),
      note("and finds the smallest and its position", 278),
      note("the four vectors are added in float32, then their lanes to the cost in float64", 368),
    ],
  });
}

/** Below the row of the smallest, a bracket for each of the four vectors. */
function brackets(): Plot.Markish[] {
  return Array.from({ length: POINTS / 4 }, (_, vector) => {
    const [from, to] = [xOf(4 * vector), xOf(4 * vector + 3) + CELL.width];
    const bracket = [
      { x: from, y: 344 },
      { x: from, y: 350 },
      { x: to, y: 350 },
      { x: to, y: 344 },
    ];
    return Plot.line(bracket, { x: "x", y: "y", stroke: "black" });
  });
}

/** The name of a row, to its left. */
const title = (text: string, y: number): Plot.Markish =>
  Plot.text([text], { x: [LEFT - 10], y: [y + CELL.height / 2], textAnchor: "end", fontSize: 12 });

/** What happens here, above the rows that it happens to. */
const note = (text: string, y: number): Plot.Markish =>
  Plot.text([text], { x: [LEFT], y: [y], textAnchor: "start", fontSize: 12, fill: "#555" });
