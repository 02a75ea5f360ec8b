/** Arrays that only a page has: pixels of a canvas, and arrays of another document. */
import { expect, test } from "vitest";
import { inBrowser, pageOf } from "./browser.js";
import { bundled } from "./built.js";

inBrowser("arrays of a page", (open) => {
  test.each([
    [
      "canvas",
      {
        pixels: [...Array(8).keys()].map((pixel) => (pixel % 4 < 2 ? [255, 0, 0, 255] : [0, 0, 255, 255])),
        centroids: [
          [0, 0, 255, 255],
          [255, 0, 0, 255],
        ],
        isLeft: [true, true, false, false, true, true, false, false],
      },
    ],
    [
      "frame",
      {
        flat: Array(4).fill([3, 17]),
        nested: [
          [1, 2],
          [9, 8],
        ],
        sizes: [2, 2],
      },
    ],
  ])("of %s are taken as they are", async (name, expected) => {
    const { page, said } = await open({ files: { "/": pageOf(`/${name}.js`), ...(await bundled(name)) } });
    const found = await page.evaluate("globalThis.answer");
    expect(await said()).toEqual([]);
    expect(found).toEqual(expected);
  });
});
