/** Links of the repository's Markdown as links between pages. Knows nothing of what pages contain. */
import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { destinationOf, documents, pageOf } from "../gather/repository.js";

/** The document of the repository that a page shows, by the page's path. */
const files: ReadonlyMap<string, string> = new Map(documents.map((file) => [pageOf(file), file]));

/** Where a link of the page leads within the site; what leads elsewhere stays as it is. */
function linkOf(target: string, page: string): string {
  const file = files.get(page);
  const destination = file === undefined ? undefined : destinationOf(target, file);
  if (destination === undefined) return target;
  const [, anchor] = target.split("#");
  const path = posix.relative(posix.dirname(page), pageOf(destination));
  return `./${path}${anchor === undefined ? "" : `#${anchor}`}`;
}

export function linkPages(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("links between pages", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const target = token.attrGet("href");
      if (token.type !== "link_open" || target === null) continue;
      const link = linkOf(target, env.relativePath ?? "");
      token.attrSet("href", link);
      // The router knows pages of Markdown alone; it leaves a link with a target to the browser.
      if (/^\.[^#]*\.html/.test(link)) token.attrSet("target", "_self");
    }
  });
}
