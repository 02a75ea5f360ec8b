/**
 * A graph as a picture, from the top down: boxes, and on each edge between two of them the numbers that go down and the
 * numbers that come up. Knows nothing of their meaning.
 */
import { Graph, layout } from "@dagrejs/dagre";
import * as Plot from "@observablehq/plot";
import { svgOf } from "../../examples/picture.js";

export interface Box {
  readonly title: string;
  /** A second line, smaller. */
  readonly text: string;
}

export interface Edge {
  /** The positions of two boxes in the list of boxes. */
  readonly from: number;
  readonly to: number;
  readonly down: Matrix;
  /** As many rows and columns as `down`. */
  readonly up: Matrix;
}

export type Matrix = readonly (readonly number[])[];

export interface GraphPicture {
  readonly ariaLabel: string;
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  /** The meaning of the numbers that go down. */
  readonly down: string;
  /** The meaning of the numbers that come up. */
  readonly up: string;
  /** A line below all. */
  readonly note: string;
}

const WIDTH = 640;
const TOP = 48;
const BOTTOM = 40;
const BOX = { width: 200, height: 42 };
/** Between things side by side. */
const BESIDE = 28;
const CELL = { width: 25, height: 19 };
/** Round the numbers of a matrix. */
const PADDING = 5;
/** Between the lines of an edge and its matrices. */
const MARGIN = 16;
/** Between the two lines of an edge, half of it. */
const APART = 5;

const DOWN = { stroke: "#0072b2", fill: "#0072b2" };
const UP = { stroke: "#b84a00", fill: "#b84a00" };

export function graphSvg({ ariaLabel, boxes, edges, down, up, note }: GraphPicture): string {
  const { placedBoxes, placedEdges, height } = place(boxes, edges);
  const identity = { type: "identity", axis: null } as const;
  return svgOf({
    ariaLabel,
    height,
    margin: 8,
    x: identity,
    y: identity,
    marks: [
      ...placedEdges.flatMap(edgeMarks),
      Plot.rect(placedBoxes, {
        x1: ({ x, width }) => x - width / 2,
        x2: ({ x, width }) => x + width / 2,
        y1: ({ y }) => y - BOX.height / 2,
        y2: ({ y }) => y + BOX.height / 2,
        r: 6,
        fill: "#f2f2f2",
        stroke: "grey",
      }),
      Plot.text(placedBoxes, { x: "x", y: ({ y }) => y - 8, text: "title", fontSize: 14, fontWeight: "bold" }),
      Plot.text(placedBoxes, { x: "x", y: ({ y }) => y + 10, text: "text", fontSize: 12 }),
      written([`${down} ↓`], { x: WIDTH / 2 - MARGIN, y: 28, textAnchor: "end", fill: DOWN.fill }),
      written([`↑ ${up}`], { x: WIDTH / 2 + MARGIN, y: 28, textAnchor: "start", fill: UP.fill }),
      written([note], { x: WIDTH / 2, y: height - 24 }),
    ],
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Puts boxes below those that lead to them, with room on each edge for its numbers. */
function place(boxes: readonly Box[], edges: readonly Edge[]) {
  const graph = new Graph<object, Area, Area & { readonly labelpos: "c" }>({ multigraph: true });
  graph.setGraph({ ranksep: 20, nodesep: BESIDE, edgesep: BESIDE });
  boxes.forEach((_, box) => {
    // As wide as all incoming edges, so that each can come straight down.
    const widths = edges.filter(({ to }) => to === box).map(({ down }) => roomFor(down).width);
    const width = widths.reduce((sum, each) => sum + each + BESIDE, -BESIDE);
    graph.setNode(String(box), { width: Math.max(width, BOX.width), height: BOX.height });
  });
  edges.forEach(({ from, to, down }, edge) => {
    graph.setEdge(String(from), String(to), { ...roomFor(down), labelpos: "c" }, String(edge));
  });
  // Boxes side by side stand in the order of the list.
  layout(graph, { disableOptimalOrderHeuristic: true });
  const { width, height } = graph.graph() as Area;
  const found = (area: Area): Area & Place => {
    const { x, y } = area as Area & Place;
    return { ...area, x: x + (WIDTH - width) / 2, y: y + TOP };
  };
  const areas = boxes.map((_, box) => found(graph.node(String(box))));
  return {
    height: height + TOP + BOTTOM,
    placedBoxes: boxes.map((box, at) => ({ ...box, ...(areas[at] as Area & Place) })),
    placedEdges: edges.map((edge, at) => {
      const [from, to] = [areas[edge.from], areas[edge.to]] as [Area & Place, Area & Place];
      const middle = found(graph.edge(String(edge.from), String(edge.to), String(at)));
      const start = { x: nearestWithin(from, middle.x), y: from.y + from.height / 2 };
      const end = { x: nearestWithin(to, middle.x), y: to.y - to.height / 2 };
      return { ...edge, start, middle, end };
    }),
  };
}

interface Area {
  readonly width: number;
  readonly height: number;
}

/** Where a line that would come in at x meets the box. */
const nearestWithin = (box: Area & Place, x: number): number => {
  const reach = box.width / 2 - MARGIN;
  return Math.min(Math.max(x, box.x - reach), box.x + reach);
};

/** The room that an edge takes with a matrix on each side. */
function roomFor(matrix: Matrix): Area {
  const { width, height } = sizeOf(matrix);
  return { width: 2 * (width + MARGIN), height };
}

type PlacedEdge = ReturnType<typeof place>["placedEdges"][number];

const sizeOf = (matrix: Matrix) => ({
  width: (matrix[0] as readonly number[]).length * CELL.width + 2 * PADDING,
  height: matrix.length * CELL.height + 2 * PADDING,
});

/** A line down and a line up, beside the first the numbers that go down, beside the other those that come up. */
function edgeMarks({ start, middle, end, down, up }: PlacedEdge): Plot.Markish[] {
  const { width, height } = sizeOf(down);
  const [above, below] = [middle.y - height / 2, middle.y + height / 2];
  const line = (aside: number) =>
    [start, { ...middle, y: above }, { ...middle, y: below }, end].map(({ x, y }) => ({ x: x + aside, y }));
  const arrow = (points: Place[], tip: Place, head: Plot.DotOptions, { stroke, fill }: typeof DOWN) => [
    Plot.line(points, { x: "x", y: "y", stroke, strokeWidth: 1.5, curve: "bump-y" }),
    Plot.dot([tip], { x: "x", y: "y", symbol: "triangle", r: 4.5, fill, ...head }),
  ];
  const [goesDown, comesUp] = [line(-APART), line(APART)];
  return [
    ...arrow(goesDown, goesDown.at(-1) as Place, { rotate: 180, dy: -4 }, DOWN),
    ...arrow(comesUp, comesUp[0] as Place, { dy: 4 }, UP),
    ...matrixMarks(down, { x: middle.x - MARGIN - width, y: above }, DOWN),
    ...matrixMarks(up, { x: middle.x + MARGIN, y: above }, UP),
  ];
}

/** Numbers in rows and columns; `corner` is the one at the top left. */
function matrixMarks(matrix: Matrix, corner: Place, { fill }: typeof DOWN): Plot.Markish[] {
  const { width, height } = sizeOf(matrix);
  const cells = matrix.flatMap((row, i) =>
    row.map((value, j) => ({
      x: corner.x + PADDING + (j + 0.5) * CELL.width,
      y: corner.y + PADDING + (i + 0.5) * CELL.height,
      text: String(value).replace("-", "−"),
    })),
  );
  return [
    Plot.rect([corner], {
      x1: "x",
      x2: ({ x }) => x + width,
      y1: "y",
      y2: ({ y }) => y + height,
      r: 4,
      fill,
      fillOpacity: 0.1,
    }),
    Plot.text(cells, { x: "x", y: "y", text: "text", fontSize: 14, fill }),
  ];
}

/** A line of text at a place. */
const written = (text: string[], { x, y, ...options }: Plot.TextOptions & Place): Plot.Markish =>
  Plot.text(text, { x: [x], y: [y], fontSize: 13, ...options });
