/** Once a page has been read, the book is there without a network. */
import { expect, test } from "vitest";
import { inSite } from "./browser.js";

inSite("without a network", (open) => {
  test("a page is read again, another for the first time, and its blocks run", async () => {
    const { page, said, goOffline } = await open("/docs/01-a-cost.html", { serviceWorkers: "allow" });
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active?.state !== "activated" || navigator.serviceWorker.controller === null)
        await new Promise((go) => setTimeout(go, 50));
    });
    await goOffline();
    await page.reload();
    expect(await page.locator("h1").textContent()).toContain("K-means as a cost");
    await page.goto("/docs/03-reverse-mode-by-hand.html");
    const block = page.locator(".live[data-ready]").first();
    await block.getByRole("button", { name: "Run" }).click();
    await block.getByText("as in the book").waitFor();
    await page.goto("/");
    expect(await page.locator("h1").textContent()).toContain("Protograd");
    expect((await said()).filter((line) => !line.includes("service-worker"))).toEqual([]);
  });

  test("what was never read is said to be missing", async () => {
    const { page, goOffline } = await open("/", { serviceWorkers: "allow" });
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      while (navigator.serviceWorker.controller === null) await new Promise((go) => setTimeout(go, 50));
    });
    await goOffline();
    await page.goto("/api/modules.html");
    expect(await page.locator("h1").textContent()).toContain("There is no such page");
  });
});
