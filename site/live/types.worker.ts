/** Says what TypeScript says of the blocks of a page, with the packages' own declarations. */
import type ts from "typescript";
import type { Answer, Fault, Question } from "./messages.js";
import { joined, placeOf } from "./program.js";

const FILE = "/page.ts";

/** A compiler with the packages' declarations, which it parses once. */
function readerOf(compiler: typeof ts, declarations: Readonly<Record<string, string>>) {
  /** As the chapters' tests read them: an index within reach is no error. */
  const options: ts.CompilerOptions = {
    target: compiler.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.webworker.d.ts"],
    types: [],
    module: compiler.ModuleKind.ESNext,
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    paths: {
      "@protograd/autograd": ["/packages/autograd/src/index.d.ts"],
      "@protograd/autograd/*": ["/packages/autograd/src/*.d.ts"],
      "@protograd/kmeans": ["/packages/kmeans/src/index.d.ts"],
    },
  };
  const parsed = new Map<string, ts.SourceFile>();
  let text = "";
  let latest: ts.Program | undefined;

  const read = (name: string): string | undefined => (name === FILE ? text : declarations[name]);

  function sourceOf(name: string): ts.SourceFile | undefined {
    const found = parsed.get(name);
    const source = found === undefined ? read(name) : undefined;
    if (source === undefined) return found;
    const file = compiler.createSourceFile(name, source, compiler.ScriptTarget.ES2022);
    if (name !== FILE) parsed.set(name, file);
    return file;
  }

  const host: ts.CompilerHost = {
    fileExists: (name) => read(name) !== undefined,
    readFile: read,
    getSourceFile: sourceOf,
    getDefaultLibFileName: () => "/lib.es2023.d.ts",
    getDefaultLibLocation: () => "/",
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    writeFile: () => {},
  };

  return (blocks: readonly string[]): Fault[] => {
    text = `${joined(blocks, () => "")}\nexport {};`;
    latest = compiler.createProgram([FILE], options, host, latest);
    const source = latest.getSourceFile(FILE);
    const found = [...latest.getSyntacticDiagnostics(source), ...latest.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => ({
      ...placeOf(blocks, source?.getLineAndCharacterOfPosition(start).line ?? 0),
      message: compiler.flattenDiagnosticMessageText(messageText, "\n"),
    }));
  };
}

const place = `${import.meta.env.BASE_URL}typescript`;

/** The compiler is a file of its own, as large as the rest of the site. */
async function load(): Promise<(blocks: readonly string[]) => Fault[]> {
  const [{ default: compiler }, declarations] = await Promise.all([
    import(/* @vite-ignore */ `${place}/typescript.js`),
    fetch(`${place}/declarations.json`).then((answer) => answer.json()),
  ]);
  return readerOf(compiler, declarations);
}

const reader = load();

addEventListener("message", async ({ data: { number, blocks } }: MessageEvent<Question>) => {
  const answer: Answer = { number, faults: (await reader)(blocks) };
  postMessage(answer);
});
