/** The seed's notebook prints what the seed's program prints, draws it, and follows its sliders. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { rowsOf } from "../notebook/controls.js";
import { inSite } from "./browser.js";

/** What `examples/seed.ts` prints, without the pictures that it writes. */
function seedsLines(): string[] {
  const pictures = mkdtempSync(join(tmpdir(), "seed-"));
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { stdout } = spawnSync(process.execPath, ["--import", "tsx", "examples/seed.ts", pictures], {
    cwd: root,
    encoding: "utf8",
  });
  rmSync(pictures, { recursive: true });
  return stdout.split("\n").filter((line) => /^(Iteration|Prototype)/.test(line));
}

/** The cell that holds the words, and what it shows when its program has ended. */
const cell = (page: Page, words: string) => page.locator(".live", { hasText: words });

const ended = (page: Page) => page.locator(".live").last().getByRole("button", { name: "Run" }).waitFor();

const printedBy = (page: Page, words: string): Promise<string | null> =>
  cell(page, words).locator("output, .language-text:not([hidden]) code").first().textContent();

const ringsIn = (page: Page, words: string): Promise<number> =>
  cell(page, words).locator(".live-picture g.dot").last().locator("circle").count();

const LOOP = "for (let i = 0";
const LABELS = "const labels";

inSite("the notebook", (open) => {
  test("prints the seed's table, and draws its two pictures", async () => {
    const { page, said } = await open("/notebook.html", { reducedMotion: "reduce" });
    await page.locator(".live[data-ready]").first().waitFor();
    await page.getByText("as in the book").waitFor();
    const printed = [await printedBy(page, LOOP), await printedBy(page, LABELS)].join("\n");
    expect(printed.split("\n").filter((line) => line !== "")).toEqual(seedsLines());
    expect(await cell(page, "makeBlobs").locator(".live-picture circle").count()).toBe(500);
    expect(await ringsIn(page, LABELS)).toBe(3);
    expect(await said()).toEqual([]);
  });

  test("has sliders that write its cells, and runs them", async () => {
    const { page, said } = await open("/notebook.html", { reducedMotion: "reduce" });
    await page.getByText("as in the book").waitFor();
    const k = page.getByRole("slider", { name: "Prototypes, k" });
    await k.press("ArrowRight");
    await k.press("ArrowRight");
    await page.getByRole("slider", { name: "Start" }).press("ArrowRight");
    await expect.poll(() => ringsIn(page, LABELS)).toBe(5);
    await ended(page);
    const text = await cell(page, "const X =").locator("code").textContent();
    expect(text).toContain("const k = 5;");
    expect(text).toContain(`X.take([${rowsOf(1, 5).join(", ")}]); // [5, 2]`);
    expect((await printedBy(page, LABELS))?.trim().split("\n")).toHaveLength(5);
    expect(await page.locator(".live-faults > p").allTextContents()).toEqual([]);
    expect(await said()).toEqual([]);
  });
});
