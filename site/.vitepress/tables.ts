/** A cell without words is no header, wherever in a table it stands. */
import type { MarkdownRenderer } from "vitepress";

export function nameHeaders(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("headers with words", ({ tokens }) => {
    for (const [at, token] of tokens.entries()) {
      if (token.type !== "th_open" || tokens[at + 1]?.content !== "") continue;
      token.tag = "td";
      tokens[at + 2]!.tag = "td";
    }
  });
}
