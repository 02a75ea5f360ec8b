/** What holds of every page: it says nothing, fits a phone, and axe-core finds nothing to object to, by day and night. */
import { readdirSync } from "node:fs";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { inSite, site } from "./browser.js";

/** Pages of code are made in one way: one of them stands for all. */
const isChosen = (page: string): boolean => !page.endsWith(".ts.html") || page.endsWith("/src/graph.ts.html");

const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".html"))
  .filter(isChosen)
  .sort();

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

/** What axe-core objects to; all of its rules, or those that are named. */
async function objections(page: Page, ...rules: string[]): Promise<string[]> {
  const { violations } = await page.evaluate(
    (chosen) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        resultTypes: ["violations"],
        ...(chosen.length === 0 ? {} : { runOnly: chosen }),
      }),
    rules,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = "" }) => `${id} at ${target}: ${failureSummary.split("\n")[1]?.trim()}`),
  );
}

/** How much wider than the window a page is, in words; "" if it is not. */
const sideways = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? `${scrollWidth} pixels in ${clientWidth}` : "";
  });

inSite("every page", (open) => {
  test("says nothing, fits a phone, and can be read by all, by day and night", async () => {
    const { page, said } = await open("/", { viewport: WIDE });
    const found: Record<string, string[]> = {};
    for (const path of pages) {
      const before = (await said()).length;
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(`/${path}`, { waitUntil: "load" });
      await page.locator("main").first().waitFor();
      await expect.poll(() => page.locator(".live:not([data-ready])").count()).toBe(0);
      await page.evaluate(axe.source);
      const byDay = await objections(page);
      await page.emulateMedia({ colorScheme: "dark" });
      const byNight = await objections(page, "color-contrast");
      await page.setViewportSize(PHONE);
      const onPhone = await objections(page, "button-name", "label", "link-name", "scrollable-region-focusable");
      const all = [...byDay, ...byNight, ...onPhone, await sideways(page), ...(await said()).slice(before)];
      const different = [...new Set(all)].filter((each) => each !== "");
      if (different.length > 0) found[path] = different;
    }
    expect(found).toEqual({});
  });
});
