/**
 * How many frames are dropped while a prototype is dragged among 2,000 points, a point of these, and while the page
 * rests: Chromium's own count, from a trace. Prints a table; asserts nothing, because it depends on the machine.
 * `npx -y pnpm@12 frames`, once the site is built.
 */
import { chromium, type Page } from "playwright-core";
import { executable } from "../../tests/browser/executable.js";
import { addressOf } from "../explorable/address.js";
import { initialState } from "../explorable/state.js";
import { serve } from "../tests/browser.js";
import { middleOf, settled } from "../tests/explorable.js";

const DRAG = 4000;

interface Frames {
  readonly drawn: number;
  readonly dropped: number;
  /** How long the page's own work for a frame takes, in milliseconds: half of them less, half of them more. */
  readonly median: number;
}

interface TraceEvent {
  readonly name: string;
  readonly dur?: number;
}

/** Moves in a circle, as often as the browser takes it. */
async function dragInCircles(page: Page, selector: string): Promise<void> {
  const { x, y } = await middleOf(page, selector);
  await page.mouse.move(x, y);
  await page.mouse.down();
  const end = performance.now() + DRAG;
  for (let turn = 0; performance.now() < end; turn += 0.08) {
    await page.mouse.move(x + 60 * Math.sin(turn), y + 40 * (1 - Math.cos(turn)));
  }
  await page.mouse.up();
}

async function framesOf(address: string, act: (page: Page) => Promise<void>): Promise<Frames> {
  const server = await serve();
  const { port } = server.address() as { port: number };
  const browser = await chromium.launch({ executablePath: executable as string, chromiumSandbox: false });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`http://127.0.0.1:${port}/explorable.html#${address}`, { waitUntil: "networkidle" });
  await settled(page);
  await browser.startTracing(page, {
    categories: ["disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame", "devtools.timeline"],
  });
  await act(page);
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  await browser.close();
  server.close();
  server.closeAllConnections();
  const count = (name: string): number => traceEvents.filter((event) => event.name === name).length;
  const frames = traceEvents
    .filter(({ name }) => name === "FireAnimationFrame")
    .map(({ dur = 0 }) => dur / 1000)
    .sort((a, b) => a - b);
  return {
    drawn: count("DrawFrame"),
    dropped: count("DroppedFrame"),
    median: frames[Math.floor(frames.length / 2)] ?? 0,
  };
}

const crowd = addressOf({ ...initialState, preset: "crowd" });
const eight = addressOf({ ...initialState, preset: "crowd", k: 8 });
const cases: [string, string, (page: Page) => Promise<void>][] = [
  ["at rest", crowd, (page) => page.waitForTimeout(DRAG)],
  ["a prototype of 3", crowd, (page) => dragInCircles(page, '[data-prototype="0"]')],
  ["a point", crowd, (page) => dragInCircles(page, "[data-point]")],
  ["a prototype of 8", eight, (page) => dragInCircles(page, '[data-prototype="0"]')],
];

console.log("| 2,000 points, dragged for 4 s | frames drawn | dropped | our work for one, ms |");
console.log("| ----------------------------- | -----------: | ------: | -------------------: |");
for (const [name, address, act] of cases) {
  const { drawn, dropped, median } = await framesOf(address, act);
  console.log(
    `| ${name.padEnd(29)} | ${String(drawn).padStart(12)} | ${String(dropped).padStart(7)} | ${median.toFixed(1).padStart(20)} |`,
  );
}
