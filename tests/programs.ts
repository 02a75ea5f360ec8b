/** The TypeScript of a Markdown file as one program: what it prints, and what TypeScript says of it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";
import { type Block, linesOf, root } from "./markdown.js";

/** The lines of a file with nothing in them but some of its blocks, each line where the file has it. */
function only(blocks: readonly Block[], file: string, opening: string): string[] {
  const lines = linesOf(file).fill("");
  for (const { line, text } of blocks) lines.splice(line - 1, 1 + text.length, opening, ...text);
  return lines;
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
