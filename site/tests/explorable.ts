/** The explorable in a browser, from a test's side: its page, what it shows, and what Node says to the same state. */

import { kmeansCost } from "@protograd/kmeans";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { stateFrom } from "../explorable/address.js";
import { tensorOf } from "../explorable/costs.js";
import { costText } from "../explorable/numbers.js";
import { flatOf, type Place } from "../explorable/place.js";
import { pointsOf, startIn } from "../explorable/scene.js";
import type { Open, Visit } from "./browser.js";

export const openExplorable = async (open: Open, address = "", options: BrowserContextOptions = {}): Promise<Visit> => {
  const visit = await open(`/explorable.html${address === "" ? "" : `#${address}`}`, options);
  await settled(visit.page);
  return visit;
};

/** Waits until all that is computed has been computed. */
export const settled = async (page: Page): Promise<void> => {
  // What has just been done is noticed by the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  await page.waitForSelector(".x-room[data-settled]");
};

export const stateOf = async (page: Page) => stateFrom(new URL(page.url()).hash);

/** The cost that the page shows, and that of the state in its address, both as text. */
export async function expectCostOfNode(page: Page): Promise<string> {
  await settled(page);
  const state = await stateOf(page);
  const expected = kmeansCost(tensorOf(pointsOf(state)), tensorOf(flatOf(startIn(state)))).item();
  const shown = (await page.textContent(".x-cost-value")) as string;
  expect(shown).toBe(costText(expected));
  return shown;
}

/** The middle of a handle on the screen. */
export async function middleOf(page: Page, selector: string): Promise<Place> {
  const box = await page.locator(`${selector} .x-body`).boundingBox();
  if (box === null) throw new Error(`${selector} is not on the screen`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Presses, goes there in a few moves, and lets go. */
export async function dragByMouse(page: Page, selector: string, by: Place): Promise<void> {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const from = await middleOf(page, selector);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by.x, from.y + by.y, { steps: 6 });
  await page.mouse.up();
}

/** The same with a finger. */
export async function dragByTouch(page: Page, selector: string, by: Place): Promise<void> {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const { x, y } = await middleOf(page, selector);
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: Place[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", [{ x, y }]);
  for (const part of [0.25, 0.5, 0.75, 1]) await touch("touchMove", [{ x: x + part * by.x, y: y + part * by.y }]);
  await touch("touchEnd", []);
}
