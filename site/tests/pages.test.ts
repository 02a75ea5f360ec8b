/** What holds of every page: it says nothing, fits a phone, and axe-core finds nothing to object to. */
import { readdirSync } from "node:fs";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { inSite, type Open, site } from "./browser.js";

/** All pages but those of code, which are made in one way. */
const isChosen = (page: string): boolean =>
  !page.endsWith(".ts.html") || page === "packages/autograd/src/graph.ts.html";

const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".html"))
  .filter(isChosen)
  .sort();

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

async function objectionsTo(open: Open, path: string, colorScheme: "light" | "dark", narrow: boolean) {
  const { page, said } = await open(`/${path}`, { colorScheme, ...(narrow ? PHONE : {}) });
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? `${scrollWidth} pixels in ${clientWidth}` : "";
  });
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  );
  return { wide, said: await said(), found };
}

inSite("every page", (open) => {
  describe.each([
    ["wide and light", "light", false],
    ["narrow and dark", "dark", true],
  ] as const)("%s", (_, colorScheme, narrow) => {
    test.each(pages)("%s", async (path) => {
      expect(await objectionsTo(open, path, colorScheme, narrow)).toEqual({ wide: "", said: [], found: [] });
    });
  });
});
