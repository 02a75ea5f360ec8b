/**
 * Marks the blocks of a chapter that run: each gets its buttons, and with it goes the block that shows what it prints.
 * Which block is which is what the repository's tests say: `ts` is a part of the page's program, `js` a whole one, and
 * a `text` right below shows what either prints.
 */
import type { MarkdownRenderer } from "vitepress";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

const isProgram = ({ type, info }: Token): boolean => type === "fence" && ["ts", "js"].includes(info.trim());

const isShown = (token: Token | undefined): boolean => token?.type === "fence" && token.info.trim() === "text";

const button = (action: string, text: string, hidden = false): string =>
  `<button type="button" data-action="${action}"${hidden ? " hidden" : ""}>${text}</button>`;

const bar = `<div class="live-bar">${button("run", "Run")}${button("stop", "Stop", true)}${button("edit", "Edit")}${button("reset", "Reset", true)}<span class="live-status"></span></div>\n<div class="live-faults"></div>\n`;

export function markBlocks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("blocks that run", (state) => {
    const html = (content: string): Token => Object.assign(new state.Token("html_block", "", 0), { content });
    const runs = state.env.relativePath?.startsWith("api/") ? () => false : isProgram;
    state.tokens = state.tokens.flatMap((token, at) => {
      const shows = isShown(token) && at > 0 && runs(state.tokens[at - 1] as Token);
      if (shows) return [token, html("</div>\n")];
      if (!runs(token)) return [token];
      const opening = html(`<div class="live" data-program="${token.info.trim() === "ts" ? "part" : "whole"}">\n`);
      return isShown(state.tokens[at + 1])
        ? [opening, token, html(bar)]
        : [opening, token, html(bar), html("</div>\n")];
    });
  });
}
