/** What a reader does to a block: edits it, breaks it, stops it, and puts it back. */
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { inSite, type Open } from "./browser.js";

const CHAPTER = "/docs/01-a-cost.html";

/** The chapter's block that holds the words, in a page where blocks run. */
async function chapter(
  open: Open,
): Promise<{ page: Page; said: () => Promise<string[]>; block: (at: number) => Locator }> {
  const { page, said } = await open(CHAPTER);
  await page.locator(".live[data-ready]").first().waitFor();
  return { page, said, block: (at) => page.locator(".live").nth(at) };
}

const button = (block: Locator, name: string): Locator => block.getByRole("button", { name, exact: true });

/** Replaces what stands in the block, as a reader does. */
async function write(block: Locator, text: string): Promise<void> {
  if (await button(block, "Edit").isVisible()) await button(block, "Edit").click();
  const editor = block.getByRole("textbox");
  await editor.waitFor();
  await editor.fill(text);
}

const outputOf = (block: Locator): Promise<string | null> => block.locator(".live-output output").textContent();

const run = async (block: Locator): Promise<void> => {
  await button(block, "Run").click();
  await button(block, "Run").waitFor();
};

inSite("a block", (open) => {
  test("is first the book's static code; the editor comes with the first edit", async () => {
    const { page, said, block } = await chapter(open);
    const loaded = (): Promise<boolean> =>
      page.evaluate(() =>
        performance.getEntriesByType("resource").some(({ name }) => /\/editor\.[^/]*\.js$/.test(name)),
      );
    expect(await loaded()).toBe(false);
    await block(0).locator("pre code").first().click();
    await block(0).getByRole("textbox").waitFor();
    expect(await loaded()).toBe(true);
    expect(await said()).toEqual([]);
  });

  test("prints what the reader's program prints, where the book's stood, with the blocks above", async () => {
    const { said, block } = await chapter(open);
    await write(block(1), "const mine = 6;\nconsole.log([mine * 7]);");
    await run(block(1));
    expect(await outputOf(block(1))).toBe("[ 42 ]");
    expect(await block(1).locator(".language-text").count()).toBe(
      await block(1).locator(".language-text[hidden]").count(),
    );
    await button(block(1), "Reset").click();
    expect(await block(1).locator(".live-output").count()).toBe(0);
    await run(block(1));
    expect(await block(1).locator(".live-status").textContent()).toBe("as in the book");
    expect(await said()).toEqual([]);
  });

  test("shows what is thrown at its line", async () => {
    const { said, block } = await chapter(open);
    await write(block(0), 'console.log("before");\n\nthrow new RangeError("too far");');
    await run(block(0));
    expect(await block(0).locator(".live-faults p").first().textContent()).toBe("line 3: Uncaught RangeError: too far");
    expect(await outputOf(block(0))).toBe("before");
    expect(await block(0).locator(".live-status").textContent()).toBe("ended with an error");
    expect(await said()).toEqual([]);
  });

  test("shows what cannot be read at its line", async () => {
    const { said, block } = await chapter(open);
    await write(block(0), "const right = 1;\nconst = 2;");
    await run(block(0));
    expect(await block(0).locator(".live-faults p").last().textContent()).toMatch(/^line 2: /);
    expect(await said()).toEqual([]);
  });

  test("shows what TypeScript says at its line, also of the blocks below", async () => {
    const { said, block } = await chapter(open);
    await write(block(0), '\nconst x: number = "four";');
    await expect
      .poll(() => block(0).locator(".live-faults p").allTextContents())
      .toEqual(["line 2: Type 'string' is not assignable to type 'number'."]);
    await expect.poll(() => block(1).locator(".live-faults p").count()).toBeGreaterThan(0);
    await button(block(0), "Reset").click();
    await expect.poll(() => block(1).locator(".live-faults p").count()).toBe(0);
    expect(await said()).toEqual([]);
  });

  test("that never ends is stopped", async () => {
    const { said, block } = await chapter(open);
    await write(block(0), 'console.log("round and round");\nfor (;;);');
    await button(block(0), "Run").click();
    await button(block(0), "Stop").click();
    await button(block(0), "Run").waitFor();
    expect(await block(0).locator(".live-status").textContent()).toBe("stopped");
    expect(await said()).toEqual([]);
  });

  test("that never ends has its time", async () => {
    const { page, said, block } = await chapter(open);
    await page.clock.install();
    await write(block(0), "for (;;);");
    await button(block(0), "Run").click();
    const status = block(0).locator(".live-status");
    await expect
      .poll(async () => {
        await page.clock.fastForward(31_000);
        return status.textContent();
      })
      .toBe("stopped after 30 seconds");
    await button(block(0), "Run").waitFor();
    expect(await said()).toEqual([]);
  });

  test("imports what the site has, and is told what that is", async () => {
    const { said, block } = await chapter(open);
    await write(block(0), 'import { readFileSync } from "node:fs";\nconsole.log(readFileSync);');
    await run(block(0));
    expect(await block(0).locator(".live-faults p").last().textContent()).toMatch(
      /Uncaught Error: import: there is no "node:fs" on this page; there are @protograd\/autograd, /,
    );
    expect(await said()).toEqual([]);
  });

  test("makes no code of text in the page itself", async () => {
    const { page } = await chapter(open);
    const refused = await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.reached = true";
      document.head.append(script);
      return (globalThis as { reached?: boolean }).reached ?? false;
    });
    expect(refused).toBe(false);
    const policy = await page.locator("meta[http-equiv='Content-Security-Policy']").getAttribute("content");
    expect(policy).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
  });
});
