/** The quantiser: its palette against that of Node, pictures that a reader brings, and what it saves. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { quantise } from "../quantiser/quantise.js";
import { SAMPLE, samplePixels } from "../quantiser/sample.js";
import { inSite } from "./browser.js";

const paletteOn = async (page: Page): Promise<(string | null)[]> => {
  await page.waitForSelector("progress[data-done]");
  return page.locator(".q-swatch").evaluateAll((all) => all.map((each) => each.getAttribute("data-hex")));
};

const hexOf = (pixels: Uint8ClampedArray, k: number): string[] => quantise(pixels, k).palette.map(({ hex }) => hex);

/** A file that the page itself has made of pixels. */
const fileOf = (page: Page, pixels: number[], width: number, height: number): Promise<number[]> =>
  page.evaluate(
    async ([pixels, width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    },
    [pixels, width, height] as const,
  );

describe("quantise", () => {
  test("of as many colours as there are gives these, each where it was", () => {
    const pixels = new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0, 255, 0, 255, 0, 255]);
    const { palette, pixels: after, error } = quantise(pixels, 3);
    expect(palette).toEqual([
      { hex: "#0000ff", share: 0.25 },
      { hex: "#ff0000", share: 0.5 },
      { hex: "#00ff00", share: 0.25 },
    ]);
    expect(after).toEqual(pixels);
    expect(error).toBe(0);
  });

  test("keeps what is transparent apart, and says so in the colour", () => {
    const pixels = new Uint8ClampedArray([0, 0, 0, 0, 0, 0, 0, 0, 250, 250, 250, 255]);
    expect(hexOf(pixels, 2)).toEqual(["#00000000", "#fafafa"]);
  });

  test("asks for no more colours than there are pixels", () => {
    expect(quantise(new Uint8ClampedArray([1, 2, 3, 255]), 5).palette).toEqual([{ hex: "#010203", share: 1 }]);
  });

  test("tells of each iteration", () => {
    const seen: number[] = [];
    const { iterations } = quantise(samplePixels(), 4, ({ iteration }) => seen.push(iteration));
    expect(seen).toEqual(Array.from({ length: iterations }, (_, at) => at + 1));
  });
});

inSite("the quantiser", (open) => {
  test("opens with the sample in twelve colours, which are those of Node", async () => {
    const { page, said } = await open("/quantiser.html");
    expect(await paletteOn(page)).toEqual(hexOf(samplePixels(), 12));
    expect(await page.textContent(".q-status")).toMatch(
      /^12 colours for 480 × 320 pixels, after \d+ iterations in \d+ milliseconds\./,
    );
    const shown = await page
      .locator(".q-after")
      .evaluate((canvas: HTMLCanvasElement) => [
        ...(canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, 480, 10).data,
      ]);
    expect(shown).toEqual([...quantise(samplePixels(), 12).pixels.slice(0, 4 * 480 * 10)]);
    expect(await said()).toEqual([]);
  });

  test.each([2, 5, 64])("with k = %d too", async (k) => {
    const { page } = await open("/quantiser.html");
    await paletteOn(page);
    await page.getByRole("slider", { name: "colours k" }).fill(String(k));
    // Who waits for it to begin may look too late: a few colours are found within a frame or two.
    await expect.poll(() => paletteOn(page), { timeout: 60_000 }).toEqual(hexOf(samplePixels(), k));
  });

  test("a file that the reader chooses is decoded as it is, and asks nobody for anything", async () => {
    const { page } = await open("/quantiser.html");
    await paletteOn(page);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (/^http/.test(request.url()) && !request.url().endsWith(".js")) asked.push(request.url());
    });
    const pixels = samplePixels();
    const buffer = Buffer.from(await fileOf(page, [...pixels.slice(0, 4 * SAMPLE.width * 100)], SAMPLE.width, 100));
    await page.setInputFiles("#q-file", { name: "sky.png", mimeType: "image/png", buffer });
    await page.waitForFunction(() => document.querySelector(".q-status")?.textContent?.includes("480 × 100"));
    expect(await paletteOn(page)).toEqual(hexOf(pixels.slice(0, 4 * SAMPLE.width * 100), 12));
    expect(asked).toEqual([]);
  });

  test("what is no picture is told, and the picture before stays", async () => {
    const { page, said } = await open("/quantiser.html");
    await paletteOn(page);
    await page.setInputFiles("#q-file", { name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
    await page.waitForFunction(() =>
      document.querySelector(".q-status")?.textContent?.startsWith("note.txt is no picture"),
    );
    expect(await said()).toEqual([]);
  });

  test("the palette is copied, and the picture saved", async () => {
    const { page } = await open("/quantiser.html", { permissions: ["clipboard-read", "clipboard-write"] });
    const palette = await paletteOn(page);
    await page.getByRole("button", { name: "Copy the palette" }).click();
    await page.waitForFunction(() => document.querySelector(".q-status")?.textContent?.startsWith("Copied"));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(palette.join("\n"));
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download PNG" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("12-colours.png");
    expect((await readFile(await download.path(), "latin1")).slice(1, 4)).toBe("PNG");
  });

  test("a phone scrolls nothing sideways", async () => {
    const { page } = await open("/quantiser.html", {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await paletteOn(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});
