/** What axe finds wrong with a page. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** One line for each violation: its rule, and the first elements that break it. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // The button of the search is VitePress's, whose name leaves out the keys that it shows.
  const results = (await page.evaluate("axe.run({ exclude: '.DocSearch' })")) as axe.AxeResults;
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes
        .slice(0, 4)
        .map(({ target, any }) => `${target.join(" ")} ${any[0]?.message ?? ""}`)
        .join("; ")}`,
  );
}
