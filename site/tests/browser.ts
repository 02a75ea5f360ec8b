/**
 * The site as it is built, in a real browser: a server on this machine, a browser without a window, and everything that
 * a page says. Knows nothing of what is tested.
 */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { type Browser, type BrowserContextOptions, type ConsoleMessage, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { hearAll, launchOptions } from "../../tests/browser/chromium.js";
import { executable } from "../../tests/browser/executable.js";

export const site = new URL("../.vitepress/dist/", import.meta.url);

export interface Visit {
  readonly page: Page;
  /** The lines of the console and the uncaught errors up to now, of the page and of its workers: `"warning: …"`. */
  said(): Promise<string[]>;
  /** Ends the server: what the page asks for from here on, it asks in vain. */
  goOffline(): Promise<void>;
}

/** Opens a page by its path from the root of the site, in a profile of its own, without the service worker. */
export type Open = (path: string, options?: BrowserContextOptions) => Promise<Visit>;

/** Tests of the built site in a browser; both must be there. */
export function inSite(name: string, tests: (open: Open) => void): void {
  if (executable === undefined)
    throw new Error("there is no Chromium or Chrome; .ci/browser installs one, CHROMIUM may be the path of one");
  if (!existsSync(site)) throw new Error("the site is not built; `pnpm build` builds it");
  describe(name, () => {
    let browser: Browser;
    const closing: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      browser = await chromium.launch(launchOptions);
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    afterAll(() => browser?.close());
    tests(async (path, options = {}) => {
      const server = await serve();
      closing.push(() => stop(server));
      const { port } = server.address() as AddressInfo;
      const baseURL = `http://127.0.0.1:${port}`;
      const context = await browser.newContext({ baseURL, serviceWorkers: "block", ...options });
      closing.push(() => context.close());
      return visit(await context.newPage(), path, () => stop(server));
    });
  });
}

const BLOCKED = "Service Worker registration blocked by Playwright";

/** Of a file that could not be had, which it is. */
const placeOf = (message: ConsoleMessage): string =>
  message.text().startsWith("Failed to load") ? ` ${message.location().url}` : "";

async function visit(page: Page, path: string, goOffline: () => Promise<void>): Promise<Visit> {
  const said: string[] = [];
  page.on("console", (message) => {
    if (!message.text().includes(BLOCKED)) said.push(`${message.type()}: ${message.text()}${placeOf(message)}`);
  });
  page.on("pageerror", (error) => said.push(`uncaught: ${error}`));
  page.setDefaultTimeout(0);
  await page.goto(path, { waitUntil: "networkidle" });
  return {
    page,
    goOffline,
    said: async () => {
      await hearAll(page);
      return [...said];
    },
  };
}

/** Answers as GitHub Pages does, files by their path, "/" by index.html, with the headers that the service worker adds. */
export async function serve(): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const path = decodeURI(new URL(url, "http://localhost").pathname);
    const file = new URL(`.${path.endsWith("/") ? `${path}index.html` : path}`, site);
    const found = existsSync(file);
    response.writeHead(found ? 200 : 404, {
      "content-type": TYPES[extname(file.pathname)] ?? "text/plain",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(found ? readFileSync(file) : "not found");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
