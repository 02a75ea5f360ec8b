/** The explorable and the quantiser for those who do not see or do not point: what axe finds, in light and in dark. */
import { expect, test } from "vitest";
import { violationsOn } from "./accessible.js";
import { inSite } from "./browser.js";
import { openExplorable } from "./explorable.js";

inSite("without sight", (open) => {
  test.each(["light", "dark"] as const)("axe finds nothing on the explorable, %s", async (colorScheme) => {
    const { page } = await openExplorable(open, "", { colorScheme });
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole("button", { name: "From the end" }).click();
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await page.locator('[data-node="distances"]').focus();
    for (const summary of await page.locator(".x-listing summary").all()) await summary.click();
    expect(await violationsOn(page)).toEqual([]);
  });

  test("axe finds nothing on a phone with eight prototypes, nor without points", async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    for (const address of ["k=8&points=picture", "points=empty&k=2"]) {
      const { page } = await openExplorable(open, address, phone);
      expect(await violationsOn(page)).toEqual([]);
    }
  });

  test.each(["light", "dark"] as const)("axe finds nothing on the quantiser, %s", async (colorScheme) => {
    const { page } = await open("/quantiser.html", { colorScheme });
    await page.waitForSelector("progress[data-done]");
    expect(await violationsOn(page)).toEqual([]);
  });

  test("every handle is reached by Tab, with its place said", async () => {
    const { page } = await openExplorable(open);
    await page.focus(".x-stage .x-point");
    const names: (string | null)[] = [];
    for (let press = 0; press < 3; press++) {
      await page.keyboard.press("Tab");
      names.push(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? null));
      expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-valuetext"))).toMatch(
        /^at \(.+, .+\)/,
      );
    }
    expect(names).toEqual(["Prototype 1", "Prototype 2", "Prototype 3"]);
  });
});
