/**
 * Gathers what the site is built from into `gathered`: the repository's Markdown and its pictures as they are, the
 * site's own pages, and a page of plain HTML for each file of code and each folder that the Markdown links to.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { filesBelow, root } from "../../tests/markdown.js";
import { documents, pageOf, sources } from "./repository.js";

const gathered = new URL("../gathered/", import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

function write(page: string, text: string): void {
  const place = new URL(page, gathered);
  mkdirSync(dirname(fileURLToPath(place)), { recursive: true });
  writeFileSync(place, text);
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const pageOfCode = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<main><h1>${title}</h1>
${body}</main>
</html>
`;

const codeOf = (file: string): string => `<pre><code>${escaped(textOf(file))}</code></pre>\n`;

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
cpSync(new URL("../pages/", import.meta.url), gathered, { recursive: true });
