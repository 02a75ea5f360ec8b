/**
 * Markdown as the documentation's tests read it: blocks of code, anchors, links, and the TypeScript of a file as one
 * program. Knows nothing of which files there are or what they should say.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

export const root = new URL("../", import.meta.url);

export interface Block {
  /** What stands behind the opening fence: "ts", "text", "sh", … */
  readonly label: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  readonly text: readonly string[];
  /** Whether nothing but blank lines lies between the block before this one and this one. */
  readonly follows: boolean;
}

const linesOf = (file: string): string[] => readFileSync(new URL(file, root), "utf8").split("\n");

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

/** The lines of a file with nothing in them but some of its blocks, each line where the file has it. */
function only(blocks: readonly Block[], file: string, opening: string): string[] {
  const lines = linesOf(file).fill("");
  for (const { line, text } of blocks) lines.splice(line - 1, 1 + text.length, opening, ...text);
  return lines;
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

/** The anchors of a file's headings as GitHub makes them: lower case, hyphens for spaces, repeats numbered. */
export function anchorsOf(file: string): string[] {
  const lines = linesOf(file);
  const prose = proseOf(file);
  const headings = lines.filter((line, at) => /^#{1,6} /.test(line) && prose[at] !== "");
  const slugs = headings.map((heading) =>
    heading
      .replace(/^#+ /, "")
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
  return slugs.map((slug, at) => {
    const before = slugs.slice(0, at).filter((other) => other === slug).length;
    return before === 0 ? slug : `${slug}-${before}`;
  });
}

/**
 * Runs blocks of a file in order as one module, in a process of its own; what each of them printed. The program's
 * lines are the file's, so that errors name them.
 */
export async function run(blocks: readonly Block[], file: string): Promise<string[]> {
  if (blocks.length === 0) return [];
  const border = "\u0000";
  const source = only(blocks, file, `;process.stdout.write(${JSON.stringify(border)});`).join("\n");
  const bundle = await build({
    stdin: { contents: source, resolveDir: fileURLToPath(root), sourcefile: file, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    keepNames: true,
    sourcemap: "inline",
    logLevel: "silent",
  });
  const { FORCE_COLOR: _, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--enable-source-maps", "--input-type=module"], {
    cwd: root,
    env: { ...environment, NO_COLOR: "1" },
    input: bundle.outputFiles[0]?.text,
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(`${file}: the program ends with an error\n${stdout.replaceAll(border, "")}${stderr}`);
  return stdout.split(border).slice(1);
}

/** What TypeScript says of blocks of files, as if each file's stood as one module in the project's folder. */
export function typeErrorsOf(programs: ReadonlyMap<string, readonly Block[]>): string[] {
  const folder = fileURLToPath(root);
  const sources = new Map(
    [...programs].map(([file, blocks]) => {
      const text = `${only(blocks, file, "").join("\n")}\nexport {};`;
      return [`${folder}${file.replaceAll("/", " ")}.ts`, { file, text }];
    }),
  );
  const { config } = ts.readConfigFile(`${folder}tsconfig.base.json`, ts.sys.readFile);
  const settings = { ...config.compilerOptions, types: ["node"], noEmit: true };
  const forReading = { noUnusedLocals: false, noUncheckedIndexedAccess: false };
  const { options } = ts.convertCompilerOptionsFromJson({ ...settings, ...forReading }, folder);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.getSourceFile = (name, ...rest) => {
    const source = sources.get(name);
    return source ? ts.createSourceFile(name, source.text, rest[0]) : getSourceFile(name, ...rest);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources].flatMap(([name, { file }]) => {
    const source = program.getSourceFile(name);
    const problems = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return problems.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}
