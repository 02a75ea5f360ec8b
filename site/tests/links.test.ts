/** Links of the built pages lead to files of the site, and to places in them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { site } from "./browser.js";

const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".html"));

const textOf = (url: URL): string => readFileSync(url, "utf8").replaceAll("&amp;", "&");

const idsIn = new Map<string, Set<string>>();

/** The places of a page. */
function placesOf(url: URL): Set<string> {
  const found = idsIn.get(url.href) ?? new Set([...textOf(url).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id ?? ""));
  idsIn.set(url.href, found);
  return found;
}

/** What is wrong with a link of a page; `undefined` if nothing is. */
function faultOf(link: string, page: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = "", anchor] = link.split("#");
  const base = path.startsWith("/") ? site : new URL(page, site);
  const target = path === "" ? new URL(page, site) : new URL(path.replace(/^\//, "./"), base);
  const file = target.href.endsWith("/") ? new URL("index.html", target) : target;
  if (!existsSync(file)) return `${page}: there is no ${link}`;
  if (anchor !== undefined && anchor !== "" && !placesOf(file).has(decodeURIComponent(anchor)))
    return `${page}: there is no such place: ${link}`;
  return undefined;
}

test("all lead to what is there", () => {
  const faults = pages.flatMap((page) =>
    [...textOf(new URL(page, site)).matchAll(/ (?:href|src)="([^"]*)"/g)].flatMap(
      ([, link = ""]) => faultOf(link, page) ?? [],
    ),
  );
  expect([...new Set(faults)]).toEqual([]);
});
