/**
 * Markdown as the documentation's tests and the site read it: files, blocks of code, anchors, links. Knows nothing of
 * what the files should say, and does not run them.
 */
import { readdirSync, readFileSync } from "node:fs";

export const root = new URL("../", import.meta.url);

/** Folders that hold nothing of ours, or nothing that is committed. */
const LEFT_OUT = ["node_modules", "dist", "results", "api", "gathered", ".git"];

/** The files below a folder of the repository, "" for all, whose names end in `suffix`. */
export function filesBelow(folder: string, suffix: string): string[] {
  const within = readdirSync(new URL(`./${folder}`, root), { withFileTypes: true });
  return within.flatMap((entry) => {
    if (LEFT_OUT.includes(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(`${folder}${entry.name}/`, suffix);
    return entry.name.endsWith(suffix) ? [`${folder}${entry.name}`] : [];
  });
}

export interface Block {
  /** What stands behind the opening fence: "ts", "text", "sh", … */
  readonly label: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  readonly text: readonly string[];
  /** Whether nothing but blank lines lies between the block before this one and this one. */
  readonly follows: boolean;
}

/** The lines of a file. */
export const linesOf = (file: string): string[] => readFileSync(new URL(file, root), "utf8").split("\n");

/** The fenced blocks of a file, without the indentation of their fences. */
export function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  let open: (Block & { indent: string; fence: string; text: string[] }) | undefined;
  let follows = false;
  for (const [at, line] of linesOf(file).entries()) {
    const [, indent = "", fence = "", label = ""] = /^(\s*)(`{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence !== "") open = { label: label.trim(), line: at + 1, text: [], follows, indent, fence };
      else follows &&= line.trim() === "";
    } else if (fence.startsWith(open.fence) && label.trim() === "") {
      blocks.push(open);
      open = undefined;
      follows = true;
    } else open.text.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the block is never closed`);
  return blocks;
}

/** The lines of a file without its blocks and inline code. */
function proseOf(file: string): string[] {
  const lines = linesOf(file);
  for (const { line, text } of blocksOf(file)) lines.fill("", line - 1, line + text.length + 1);
  return lines.map((line) => line.replace(/(`+).*?\1/g, ""));
}

/** The targets of a file's links and pictures. */
export function linksOf(file: string): { line: number; target: string }[] {
  const link = /\]\(\s*<?([^)\s>]+)[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)|\b(?:href|src)="([^"]*)"/g;
  return proseOf(file).flatMap((text, at) =>
    [...text.matchAll(link)].map(([, inline, reference, html]) => ({
      line: at + 1,
      target: (inline ?? reference ?? html) as string,
    })),
  );
}

/** The anchor of a heading as GitHub makes it: lower case, hyphens for spaces. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");

/** The anchors of a file's headings, repeats numbered. */
export function anchorsOf(file: string): string[] {
  const lines = linesOf(file);
  const prose = proseOf(file);
  const headings = lines.filter((line, at) => /^#{1,6} /.test(line) && prose[at] !== "");
  const slugs = headings.map((heading) =>
    anchorOf(heading.replace(/^#+ /, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")),
  );
  return slugs.map((slug, at) => {
    const before = slugs.slice(0, at).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}
