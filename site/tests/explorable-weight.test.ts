/** What the explorable's page weighs, in bytes of script as they go over the wire; nothing here is about time. */
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { inSite } from "./browser.js";
import { settled } from "./explorable.js";

/** By their addresses, the scripts that a page has asked for, with the bytes of each. */
async function scriptsOf(page: Page, path: string): Promise<Map<string, number>> {
  const sizes = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.endsWith(".js")) return;
    sizes.set(
      pathname,
      response.body().then((body) => gzipSync(body, { level: 9 }).length),
    );
  });
  await page.goto(path, { waitUntil: "networkidle" });
  if (path.startsWith("/explorable")) await settled(page);
  return new Map(await Promise.all([...sizes].map(async ([name, size]) => [name, await size] as const)));
}

inSite("the explorable", (open) => {
  test("takes at most 120 kB of script beyond what every page takes", async () => {
    const { page } = await open("/");
    const shared = await scriptsOf(page, "/quantiser.html");
    const { page: other } = await open("/");
    const all = await scriptsOf(other, "/explorable.html");
    const own = [...all].filter(([name]) => !shared.has(name) || !/framework|theme|app|metadata/.test(name));
    const weight = own.reduce((sum, [, size]) => sum + size, 0);
    console.log(`${own.map(([name, size]) => `${name} ${size}`).join("\n")}\nall of it ${weight} bytes, gzipped`);
    expect(weight).toBeGreaterThan(60_000);
    expect(weight).toBeLessThan(120_000);
  });

  test("paints before the packages are there", async () => {
    const { page } = await open("/");
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
