/**
 * A flowchart in Mermaid's notation as a drawing, made while the site is built. It reads what the repository's diagrams
 * are written in, boxes and labelled arrows, and refuses the rest.
 */
import { Graph, layout } from "@dagrejs/dagre";
import type { MarkdownRenderer } from "vitepress";
import { escaped } from "../gather/highlight.js";

interface Box {
  readonly lines: readonly string[];
  readonly round: boolean;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
}

const LINE = 19;
const LETTER = 6.9;
/** Labels of arrows, and what stands below the title of a box, have so many letters in a line at most. */
const LABEL = 24;
const PADDING = { x: 16, y: 11 };

const sizeOf = (lines: readonly string[]) => ({
  width: Math.max(0, ...lines.map((line) => line.length)) * LETTER,
  height: lines.length * LINE,
});

/** Words in lines of at most `LABEL` letters, where they allow it. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > LABEL) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

const END = /(\w+)(?:(\(\[|\[)"([^"]*)"(?:\]\)|\]))?/.source;
const ARROW = new RegExp(`^${END}(?: -- "([^"]*)")? --> ${END}$`);

function read(text: string): { boxes: Map<string, Box>; arrows: Arrow[] } {
  const boxes = new Map<string, Box>();
  const arrows: Arrow[] = [];
  const define = (name: string, opening: string | undefined, words: string | undefined): void => {
    if (words === undefined) return;
    const [title = "", ...further] = words.split("<br>");
    boxes.set(name, { lines: [title, ...further.flatMap(wrapped)], round: opening === "([" });
  };
  for (const line of text.trim().split("\n").slice(1)) {
    const [, from, fromOpening, fromWords, label, to, toOpening, toWords] = ARROW.exec(line.trim()) ?? [];
    if (from === undefined || to === undefined)
      throw new Error(`a diagram has a line that is no arrow: ${line.trim()}`);
    define(from, fromOpening, fromWords);
    define(to, toOpening, toWords);
    arrows.push({ from, to, lines: label === undefined ? [] : wrapped(label) });
  }
  return { boxes, arrows };
}

const textAt = (x: number, y: number, lines: readonly string[], name: string): string =>
  lines
    .map((line, at) => {
      const down = y + (at - (lines.length - 1) / 2) * LINE;
      return `<text class="${name}${at > 0 ? " further" : ""}" x="${x.toFixed(1)}" y="${down.toFixed(1)}">${escaped(line)}</text>`;
    })
    .join("");

export function diagramOf(text: string): string {
  const { boxes, arrows } = read(text);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, ranksep: 34, edgesep: 22, marginx: 4, marginy: 4 });
  for (const [name, { lines }] of boxes) {
    const { width, height } = sizeOf(lines);
    graph.setNode(name, { width: width + 2 * PADDING.x, height: height + 2 * PADDING.y });
  }
  for (const [at, { from, to, lines }] of arrows.entries())
    graph.setEdge(from, to, { ...sizeOf(lines), labelpos: "c", labeloffset: 0 }, String(at));
  layout(graph);

  const paths = arrows.map(({ from, to, lines }, at) => {
    const { points, x, y } = graph.edge({ v: from, w: to, name: String(at) });
    const path = (points as { x: number; y: number }[]).map((point) => `${point.x.toFixed(1)},${point.y.toFixed(1)}`);
    const label = lines.length === 0 ? "" : textAt(x as number, y as number, lines, "label");
    return `<polyline points="${path.join(" ")}" marker-end="url(#arrow)"/>${label}`;
  });
  const drawn = [...boxes].map(([name, { lines, round }]) => {
    const { x, y, width, height } = graph.node(name) as Record<"x" | "y" | "width" | "height", number>;
    const corner = `x="${(x - width / 2).toFixed(1)}" y="${(y - height / 2).toFixed(1)}"`;
    return `<rect ${corner} width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="${round ? height / 2 : 4}"/>${textAt(x, y, lines, "box")}`;
  });
  const { width = 0, height = 0 } = graph.graph();
  const words = [...boxes.values()].map(({ lines }) => lines[0]).join("; ");
  const arrowHead = `<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker>`;
  return `<div class="diagram" tabindex="0" role="group" aria-label="Diagram"><svg role="img" aria-label="${escaped(`A flowchart of ${words}`)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" width="${Math.ceil(width)}"><defs>${arrowHead}</defs>${paths.join("")}${drawn.join("")}</svg></div>\n`;
}

export function drawDiagrams(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, at, ...rest) => {
    const token = tokens[at];
    if (token?.info.trim() === "mermaid") return diagramOf(token.content);
    return fence?.(tokens, at, ...rest) ?? "";
  };
}
