/**
 * Gathers what the site is built from into `gathered`: the repository's Markdown and its pictures as they are, and a
 * page of plain HTML for each file of code and each folder that the Markdown links to.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { filesBelow, root } from "../../tests/markdown.js";
import { declarations } from "./declarations.js";
import { highlighted } from "./highlight.js";
import { documents, pageOf, sources } from "./repository.js";

const gathered = new URL("../gathered/", import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

function write(page: string, text: string): void {
  const place = new URL(page, gathered);
  mkdirSync(dirname(fileURLToPath(place)), { recursive: true });
  writeFileSync(place, text);
}

const BASE = process.env.BASE ?? "/";

const pageOfCode = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} | Protograd</title>
<link rel="icon" href="${BASE}icon.svg">
<link rel="stylesheet" href="${BASE}code.css">
<script src="${BASE}code.js"></script>
</head>
<body>
<header><a href="${BASE}">Protograd</a></header>
<main>
<h1>${title}</h1>
${body}</main>
</body>
</html>
`;

const codeOf = (file: string): string =>
  `<pre tabindex="0"><code>${highlighted(textOf(file).trimEnd(), extname(file).slice(1))}</code></pre>\n`;

function listOf(folder: string): string {
  const within = sources.filter((source) => posix.dirname(source) === folder);
  const items = within.map(
    (path) => `<li><a href="./${posix.relative(folder, pageOf(path))}">${posix.basename(path)}</a>`,
  );
  return `<ul>\n${items.join("\n")}\n</ul>\n`;
}

rmSync(gathered, { recursive: true, force: true });
for (const file of documents) write(pageOf(file), textOf(file));
for (const file of filesBelow("", ".svg").filter((picture) => !picture.startsWith("site/"))) write(file, textOf(file));
for (const source of sources) {
  const page = pageOf(source);
  write(`public/${page}`, pageOfCode(source, page.endsWith("/index.html") ? listOf(source) : codeOf(source)));
}
cpSync(new URL("../pages/public/", import.meta.url), new URL("public/", gathered), { recursive: true });

// Fonts and colours are the theme's.
await build({
  stdin: {
    contents: `
      @import "@fontsource-variable/source-serif-4/index.css";
      @import "@fontsource-variable/source-code-pro/index.css";
      @import "./.vitepress/theme/colours.css";
      @import "./gather/code.css";
    `,
    loader: "css",
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
  },
  outfile: fileURLToPath(new URL("public/code.css", gathered)),
  bundle: true,
  minify: true,
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
});
write("public/typescript/declarations.json", JSON.stringify(declarations));
await build({
  entryPoints: [createRequire(import.meta.url).resolve("typescript")],
  outfile: fileURLToPath(new URL("public/typescript/typescript.js", gathered)),
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  external: ["fs", "path", "os", "inspector", "crypto", "perf_hooks", "source-map-support", "module"],
  logLevel: "error",
});
