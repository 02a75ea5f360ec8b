/** Code as HTML, a `span` for each line, with the classes of the book's colours. Knows nothing of where it stands. */
import { highlightCode } from "@lezer/highlight";
import { parser } from "@lezer/javascript";
import { colours } from "../live/colours.js";

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const span = (name: string, text: string): string => `<span class="${name}">${escaped(text)}</span>`;

/** Each line by itself: how much of it from its beginning or to its end has which class. */
const byLine =
  (part: RegExp, name: (found: string) => string) =>
  (text: string): string[] =>
    text.split("\n").map((line) => {
      const [found] = part.exec(line) ?? [];
      if (found === undefined || found === "") return escaped(line);
      const at = line.indexOf(found);
      return `${escaped(line.slice(0, at))}${span(name(found), found)}${escaped(line.slice(at + found.length))}`;
    });

function typeScript(text: string): string[] {
  const lines = [""];
  const put = (part: string): void => {
    lines[lines.length - 1] += part;
  };
  highlightCode(
    text,
    parser.configure({ dialect: "ts" }).parse(text),
    colours,
    (part, classes) => put(classes === "" ? escaped(part) : span(classes, part)),
    () => lines.push(""),
  );
  return lines;
}

const plain = byLine(/(?!)/, () => "");
const comments = byLine(/(^|\s)#.*$/, () => "code-comment");
const changes = byLine(/^[+-].*$/, (line) => (line.startsWith("+") ? "code-added" : "code-removed"));

const LANGUAGES: Readonly<Record<string, (text: string) => string[]>> = {
  ts: typeScript,
  js: typeScript,
  typescript: typeScript,
  sh: comments,
  py: comments,
  diff: changes,
};

/** The lines of code in a language, which plain text is if it is not known here. */
export function highlighted(text: string, language: string): string {
  const lines = (LANGUAGES[language.split(" ")[0] ?? ""] ?? plain)(text);
  return lines.map((line) => `<span class="line">${line}</span>`).join("\n");
}
