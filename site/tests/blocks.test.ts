/** Blocks of the book run in the page: they print what the book shows, until a reader changes something. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { blocksOf } from "../../tests/markdown.js";
import { documents, pageOf } from "../gather/repository.js";
import { inSite } from "./browser.js";

const isProgram = ({ label }: { label: string }): boolean => label === "ts" || label === "js";

const withPrograms = documents.filter((file) => blocksOf(file).some(isProgram));

const addressOf = (file: string): string => `/${pageOf(file).replace(/\.md$/, ".html")}`;

/** What each program of a file prints, as the book shows it. */
function shownIn(file: string): string[] {
  const blocks = blocksOf(file);
  return blocks.flatMap((block, at) => {
    if (!isProgram(block)) return [];
    const next = blocks[at + 1];
    return [next?.follows && next.label === "text" ? next.text.join("\n") : ""];
  });
}

/** Runs the block and waits for its end: what the page then says beside the button. */
async function run(page: Page, block: number): Promise<string | null> {
  const place = page.locator(".live").nth(block);
  // Solutions are folded away.
  await place.evaluate((element) => element.closest("details")?.setAttribute("open", ""));
  await place.getByRole("button", { name: "Run" }).click();
  await place.getByRole("button", { name: "Run" }).waitFor();
  return place.locator(".live-status").textContent();
}

/** What stands below each block now. */
const printed = (page: Page): Promise<string[]> =>
  page.locator(".live").evaluateAll((blocks) =>
    blocks.map((block) => {
      const pane = block.querySelector(".live-output") ?? block.querySelector(":scope > .language-text:not([hidden])");
      return pane?.querySelector("output, code")?.textContent?.trimEnd() ?? "";
    }),
  );

inSite("the blocks", (open) => {
  test.each(withPrograms)("of %s print what the book shows", async (file) => {
    const { page, said } = await open(addressOf(file));
    await page.locator(".live[data-ready]").first().waitFor();
    const labels = blocksOf(file)
      .filter(isProgram)
      .map(({ label }) => label);
    const statuses: (string | null)[] = [];
    const wholes = labels.flatMap((label, at) => (label === "js" ? [at] : []));
    for (const block of [...wholes, labels.lastIndexOf("ts")].filter((at) => at !== -1))
      statuses.push(await run(page, block));
    expect(await printed(page)).toEqual(shownIn(file));
    expect(new Set(statuses)).toEqual(new Set(["as in the book"]));
    expect(await page.locator(".live-output, .live-faults > p").allTextContents()).toEqual([]);
    expect(await said()).toEqual([]);
  });
});
