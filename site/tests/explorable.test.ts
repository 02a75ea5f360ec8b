/** The explorable by mouse, keyboard and touch, and its numbers against those of Node. */
import { readFile } from "node:fs/promises";
import { kmeans } from "@protograd/kmeans";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { addressOf, stateFrom } from "../explorable/address.js";
import { surveyOf } from "../explorable/costs.js";
import { costText } from "../explorable/numbers.js";
import { fitOptions } from "../explorable/races.js";
import { pointsOf, startIn } from "../explorable/scene.js";
import { ALGORITHMS, initialState, PRESETS } from "../explorable/state.js";
import { inSite } from "./browser.js";
import { dragByMouse, dragByTouch, expectCostOfNode, openExplorable, settled, stateOf } from "./explorable.js";
import { kernelLines } from "./kernel.js";

const PROTOTYPE = '[data-prototype="0"]';
const POINT = "[data-point]";
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

inSite("the explorable", (open) => {
  test("opens with the seed's points, its start and its cost", async () => {
    const { page, said } = await openExplorable(open);
    expect(await expectCostOfNode(page)).toBe("29\u202f488.71");
    expect(new URL(page.url()).hash).toBe("");
    expect(await said()).toEqual([]);
  });

  test.each(PRESETS)("the points “%s” have the cost that Node computes", async (preset) => {
    const { page, said } = await openExplorable(open, addressOf({ ...initialState, preset }));
    if (preset === "empty") expect(await page.textContent(".x-pane-plane .x-note")).toContain("No points yet");
    else await expectCostOfNode(page);
    expect(await said()).toEqual([]);
  });

  test.each<[string, object, (page: Page) => Promise<void>]>([
    ["mouse", {}, (page) => dragByMouse(page, PROTOTYPE, { x: -80, y: -60 })],
    ["touch", phone, (page) => dragByTouch(page, PROTOTYPE, { x: -60, y: -70 })],
    [
      "keyboard",
      {},
      async (page) => {
        await page.focus(PROTOTYPE);
        for (const key of ["ArrowLeft", "Shift+ArrowUp", "Alt+ArrowRight"]) await page.keyboard.press(key);
      },
    ],
  ])("a prototype is dragged by %s: the cost is that of Node, and a voice says it", async (_, options, drag) => {
    const { page, said } = await openExplorable(open, "", options);
    const before = await expectCostOfNode(page);
    await drag(page);
    const after = await expectCostOfNode(page);
    expect(after).not.toBe(before);
    const { start, line } = await stateOf(page);
    expect(start).toHaveLength(3);
    expect(line?.subject).toBe(0);
    await page.waitForFunction((cost) => document.querySelector(".x-announcer")?.textContent?.includes(cost), after);
    expect(await said()).toEqual([]);
  });

  test("a point is dragged and added, by mouse and by key", async () => {
    const { page } = await openExplorable(open);
    await dragByMouse(page, POINT, { x: 30, y: 20 });
    await expectCostOfNode(page);
    await page.keyboard.press("ArrowUp");
    await expectCostOfNode(page);
    expect((await stateOf(page)).moved.size).toBe(1);
    await page.getByRole("button", { name: "Add a point" }).click();
    await page.keyboard.press("ArrowLeft");
    await expectCostOfNode(page);
    await page.getByText("Brush", { exact: true }).click();
    await dragByMouse(page, PROTOTYPE, { x: 40, y: 0 });
    await expectCostOfNode(page);
    expect((await stateOf(page)).added.length).toBeGreaterThan(2);
  });

  test("a point that crosses an edge changes argmin, and its gradient jumps", async () => {
    const { page } = await openExplorable(open);
    const crossing = page.locator(".x-crossing");
    expect(await crossing.textContent()).toBe("argmin: w₃ is the nearest.");
    await dragByMouse(page, POINT, { x: 60, y: 0 });
    await settled(page);
    expect(await crossing.textContent()).toMatch(/^Over the edge: argmin went from w₃ to w₁, and ∂e\/∂x jumped from/);
    const state = await stateOf(page);
    const { labels } = surveyOf(pointsOf(state), startIn(state), state.rate);
    expect(labels[state.chosen]).toBe(0);
    expect(await page.locator(".x-kinks circle").count()).toBeGreaterThan(0);
  });

  test.each(["blobs", "crowd", "far"] as const)("on “%s” the four algorithms end where kmeans does", async (preset) => {
    const state = { ...initialState, preset, chosen: 0 };
    const { page } = await openExplorable(open, addressOf(state));
    const points = pointsOf(state);
    const start = startIn(state);
    const { safeRate } = surveyOf(points, start, state.rate);
    for (const algorithm of ALGORITHMS) {
      const options = fitOptions(algorithm, start, state.rate * safeRate);
      const model = kmeans({ data: points, shape: [points.length / 2, 2] }, options);
      const cells = await page.locator(`.x-results [data-algorithm="${algorithm}"] td`).allTextContents();
      expect([cells[0], cells[2]]).toEqual([String(model.iterations), costText(model.inertia)]);
    }
  });

  test("with a rate that is too large the cost rises, and the page says why", async () => {
    const { page } = await openExplorable(open, "rate=3&k=1");
    expect(await page.textContent(".x-warning")).toContain("overshoots");
    const cells = await page.locator('.x-results [data-algorithm="gradient-descent"] td').allTextContents();
    const [now = 0, end = 0] = cells.slice(1).map((text) => Number(text.replaceAll("\u202f", "")));
    expect(end).toBeGreaterThan(now);
  });

  test("play goes through the iterations, or to the end where motion is unwanted", async () => {
    const { page } = await openExplorable(open, "", { reducedMotion: "reduce" });
    await page.getByRole("button", { name: "Play" }).click();
    await settled(page);
    expect((await stateOf(page)).iteration).toBe(40);
    await page.getByRole("button", { name: "Step back" }).click();
    await settled(page);
    expect((await stateOf(page)).iteration).toBe(39);
    const end = await page.locator('.x-results [data-algorithm="lloyd"] td').nth(1).textContent();
    expect(await page.textContent(".x-cost-value")).toBe(end);
    expect(await page.locator(".x-trails .is-followed").count()).toBe(1);
  });

  test("play goes on by itself, until it is paused", async () => {
    const { page } = await openExplorable(open);
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForFunction(
      () => Number(document.querySelector<HTMLInputElement>('[aria-label="iteration"]')?.value) >= 2,
    );
    await page.getByRole("button", { name: "Pause" }).click();
    await settled(page);
    const { iteration } = await stateOf(page);
    expect(iteration).toBeGreaterThanOrEqual(2);
    await page.getByRole("button", { name: "Back to the start" }).click();
    expect(await expectCostOfNode(page)).toBe("29\u202f488.71");
  });

  test("points are drawn on an empty page with a brush, and by touch too", async () => {
    for (const [options, drag] of [
      [{}, dragByMouse],
      [phone, dragByTouch],
    ] as const) {
      const { page } = await openExplorable(open, "", options);
      await page.selectOption(".x-select select", "empty");
      await settled(page);
      expect(await page.locator(".x-cost-value").textContent()).toBe("0");
      await drag(page, PROTOTYPE, { x: 50, y: -40 });
      await expectCostOfNode(page);
      const { added, start } = await stateOf(page);
      expect(added.length).toBeGreaterThan(3);
      expect(start).toBeUndefined();
    }
  });

  test("the link that is copied is the page as it is", async () => {
    const { page } = await openExplorable(open, "", { permissions: ["clipboard-read", "clipboard-write"] });
    await dragByMouse(page, PROTOTYPE, { x: 20, y: 10 });
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.waitForFunction(() => document.querySelector(".x-announcer")?.textContent?.includes("copied"));
    await settled(page);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  });

  test("a link restores the state", async () => {
    const { page } = await openExplorable(open);
    await page.selectOption(".x-select select", "moons");
    await page.getByRole("group", { name: "prototypes", exact: true }).getByRole("button", { name: "More" }).click();
    await dragByMouse(page, PROTOTYPE, { x: 50, y: -30 });
    await page.locator(".x-choice-online").first().click();
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await page.getByRole("button", { name: "From the end" }).click();
    await page.getByRole("button", { name: "One node back" }).click();
    await settled(page);
    const address = new URL(page.url()).hash.slice(1);
    const state = stateFrom(address);
    expect(state).toMatchObject({ preset: "moons", k: 3, algorithm: "online", iteration: 1, back: 1 });
    const shown = (page: Page) =>
      page.evaluate(() => [
        ...[...document.querySelectorAll(".x-cost-value, .x-table td, .x-matrix td")].map((each) => each.textContent),
        ...[...document.querySelectorAll("[data-prototype]")].map((each) => each.getAttribute("aria-valuetext")),
      ]);
    const { page: other } = await openExplorable(open, address);
    expect(new URL(other.url()).hash.slice(1)).toBe(address);
    expect(await shown(other)).toEqual(await shown(page));
    await other.evaluate(() => {
      location.hash = "";
    });
    await expectCostOfNode(other);
    expect(new URL(other.url()).hash).toBe("");
  });

  test("the gradient comes back node by node", async () => {
    const { page } = await openExplorable(open, "back=0");
    const known = () =>
      page.locator(".x-edge.has-come").evaluateAll((edges) => edges.map((each) => (each as HTMLElement).dataset.edge));
    expect(await known()).toEqual([]);
    for (let back = 1; back <= 8; back++) {
      await page.getByRole("button", { name: "One node back" }).click();
      await settled(page);
      expect(await known()).toHaveLength(back);
    }
    const [value, upstream] = [".x-value", ".x-gradient"].map((kind) => `[data-edge="W"] ${kind} td`) as [
      string,
      string,
    ];
    expect((await page.locator(value).allTextContents()).length).toBe(6);
    const gradients = await page.locator(upstream).allTextContents();
    expect(gradients.filter((each) => each !== "0").length).toBe(2);
  });

  test.each(["differences", "distances", "nearest", "cost"] as const)(
    "an operation that is pointed at or has the focus lights up the plane and its lines: %s",
    async (name) => {
      const { page } = await openExplorable(open);
      const expected = kernelLines(await stateOf(page), name);
      for (const act of ["hover", "focus"] as const) {
        await page.locator(`[data-node="${name}"]`)[act]();
        expect(await page.getAttribute(".x-stage", "data-lit")).toBe(name);
        const marked = await page.locator(".x-listing .x-line.makes-value").allTextContents();
        expect(expected.length).toBeGreaterThan(0);
        for (const line of expected) expect(marked).toContain(line);
        await page.locator("h1").hover();
      }
    },
  );

  test("from four prototypes to five the loop is no longer written out", async () => {
    const { page } = await openExplorable(open, "k=4");
    const loop = page.locator(".x-listing details").first();
    expect(await loop.textContent()).toContain(
      "for i in 2, j in 4: t8[i, j] += -2 · t1[n, i, j] where j = t6[n], else 0",
    );
    await page.getByRole("group", { name: "prototypes of the loop" }).getByRole("button", { name: "More" }).click();
    await settled(page);
    expect(await loop.locator(".is-new").allTextContents()).toContain(
      "    for i in 2: t8[i, t6[n]] += -2 · t1[n, i, t6[n]]",
    );
  });

  test("the check measures what the graph says, and tells float32 from float64", async () => {
    const { page } = await openExplorable(open, "h=-6");
    const rows = await page.locator(".x-derivatives tbody tr").allTextContents();
    expect(rows).toHaveLength(6);
    expect(await page.textContent(".x-verdict")).toContain("6 derivatives checked, 6 agree, 0 differ, 0 at a kink");
    const errorOf = async (precision: string): Promise<number> =>
      Number(await page.getAttribute(`.x-${precision} circle`, "cy"));
    // Further down is a smaller error.
    expect(await errorOf("float64")).toBeGreaterThan(await errorOf("float32"));
  });

  test.each([
    ["SVG", "protograd.svg", "<svg "],
    ["PNG", "protograd.png", "\u0089PNG"],
  ])("the plane is saved as %s", async (kind, name, begin) => {
    const { page } = await openExplorable(open);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: `${kind}: save the plane` }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(name);
    expect((await readFile(await download.path(), "latin1")).startsWith(begin)).toBe(true);
  });

  test.each(["", "k=8&points=picture", "points=empty&k=2", "k=8&iteration=3&points=crowd"])(
    "a phone scrolls nothing sideways: #%s",
    async (address) => {
      const { page } = await openExplorable(open, address, phone);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    },
  );

  test("a finger on the plane scrolls the page; on a prototype it does not", async () => {
    const { page } = await openExplorable(open, "", phone);
    await page.locator(".x-stage").scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await dragByTouch(page, PROTOTYPE, { x: 0, y: -80 });
    expect(await page.evaluate(() => scrollY)).toBe(before);
  });
});
