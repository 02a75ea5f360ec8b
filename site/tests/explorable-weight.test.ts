/** What the explorable's page weighs, in bytes of script as they go over the wire; nothing here is about time. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { inSite, site } from "./browser.js";
import { settled } from "./explorable.js";

/** By their paths, the scripts that a page asks for, with the bytes of each. */
async function scriptsOf(page: Page, path: string): Promise<Map<string, number>> {
  const paths = new Set<string>();
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith(".js")) paths.add(pathname);
  });
  await page.goto(path, { waitUntil: "networkidle" });
  if (path.startsWith("/explorable")) await settled(page);
  return new Map(
    [...paths].map((each) => [each, gzipSync(readFileSync(new URL(`.${each}`, site)), { level: 9 }).length]),
  );
}

/** What keeps the site for times without a network loads all of it, whatever page is open. */
const alone = { serviceWorkers: "block" } as const;

inSite("the explorable", (open) => {
  test("takes at most 120 kB of script beyond what every page takes", async () => {
    const { page } = await open("/404.html", alone);
    const shared = await scriptsOf(page, "/quantiser.html");
    const { page: other } = await open("/404.html", alone);
    const all = await scriptsOf(other, "/explorable.html");
    const own = [...all].filter(([name]) => !shared.has(name) || !/framework|theme|app|metadata/.test(name));
    const weight = own.reduce((sum, [, size]) => sum + size, 0);
    console.log(`the explorable: ${weight} bytes of script, gzipped`);
    expect(weight).toBeGreaterThan(60_000);
    expect(weight).toBeLessThan(120_000);
  });

  test("paints before the packages are there", async () => {
    const { page } = await open("/404.html", alone);
    // All that comes late is held back.
    const held: (() => void)[] = [];
    await page.route(/\/explorable\.[\w-]+\.js$/, async (route) => {
      await new Promise<void>((resolve) => held.push(resolve));
      await route.continue();
    });
    await page.goto("/explorable.html", { waitUntil: "domcontentloaded" });
    await page.getByRole("heading", { level: 1, name: "Drag it" }).waitFor();
    expect(await page.locator(".x-stage").count()).toBe(0);
    await expect.poll(() => held.length).toBeGreaterThan(0);
    for (const release of held) release();
    await settled(page);
    expect(await page.locator(".x-stage").count()).toBe(1);
  });
});
