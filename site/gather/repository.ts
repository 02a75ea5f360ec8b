/** Which files of the repository are pages of the site, and under which paths. Knows nothing of how pages look. */
import { statSync } from "node:fs";
import { posix } from "node:path";
import { filesBelow, linksOf, root } from "../../tests/markdown.js";

/** All Markdown of the repository, the site's own pages among it. */
export const documents: readonly string[] = filesBelow("", ".md");

const OWN = "site/pages/";

const isFolder = (path: string): boolean => statSync(new URL(path, root)).isDirectory();

const isPicture = (path: string): boolean => path.endsWith(".svg");

/** The file or folder of the repository that a link leads to, or `undefined` if it leads elsewhere. */
export function destinationOf(target: string, file: string): string | undefined {
  const [path = ""] = decodeURI(target).split("#");
  if (path === "" || /^[a-z]+:/.test(target)) return undefined;
  return posix.join(posix.dirname(file), path).replace(/\/$/, "");
}

/** What the documents link to that is no document: files of code, and folders. */
export const sources: readonly string[] = [
  ...new Set(documents.flatMap((file) => linksOf(file).flatMap(({ target }) => destinationOf(target, file) ?? []))),
]
  .filter((path) => !documents.includes(path) && !documents.includes(`${path}/README.md`) && !isPicture(path))
  .sort();

/**
 * The page of a file or folder of the repository: "docs/index.md" of "docs" and of "docs/README.md". Code is shown by
 * pages of plain HTML, without a leading dot in their path: hidden folders are not served.
 */
export function pageOf(path: string): string {
  if (path === "README.md") return "readme.md";
  if (path.startsWith(OWN)) return path.slice(OWN.length);
  if (documents.includes(`${path}/README.md`)) return `${path}/index.md`;
  if (path.endsWith("/README.md")) return path.replace("README.md", "index.md");
  if (path.endsWith(".md") || isPicture(path)) return path;
  const place = path.replace(/^\./, "");
  return isFolder(path) ? `${place}/index.html` : `${place}.html`;
}
