/** What holds of every page. */
import { expect, test } from "vitest";
import { inSite } from "./browser.js";

inSite("a page", (open) => {
  test.each(["/", "/docs/", "/explorable.html", "/quantiser.html"])("%s opens and says nothing", async (path) => {
    const { page, said } = await open(path);
    expect(await page.title()).toContain("Protograd");
    expect(await said()).toEqual([]);
  });
});
