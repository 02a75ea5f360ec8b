/**
 * Pages in a real browser: a server on this machine that answers with the files and the headers of a test, a browser
 * without a window, and everything that a page says. All of it is closed with the test. Knows nothing of what is
 * tested.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { hearAll, launchOptions } from "./chromium.js";
import { executable } from "./executable.js";

export interface Site {
  /** What there is, by its path, which begins with "/". */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** What every answer says besides its type, such as a Content-Security-Policy. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Visit {
  readonly page: Page;
  /** The lines of the console and the uncaught errors up to now, of the page and of its workers: `"warning: …"`. */
  said(): Promise<string[]>;
}

/** Opens "/" of a site, in a profile of its own; other paths by `page.goto`. */
export type Open = (site: Site) => Promise<Visit>;

const WITHOUT_BROWSER =
  "there is no Chromium or Chrome; install one (apt-get install chromium), or set CHROMIUM to the path of its executable";

/** Tests that need a browser. Where there is none they are skipped, but where CI is true that is an error. */
export function inBrowser(name: string, tests: (open: Open) => void): void {
  if (executable === undefined) {
    if (process.env.CI === "true") throw new Error(WITHOUT_BROWSER);
    console.warn(`"${name}" is skipped: ${WITHOUT_BROWSER}`);
  }
  describe.skipIf(executable === undefined)(name, () => {
    let browser: Browser;
    const closing: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      browser = await launch();
    });
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    afterAll(() => browser?.close());
    tests(async (site) => {
      const server = await serve(site);
      closing.push(() => stop(server));
      const { port } = server.address() as AddressInfo;
      const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}` });
      closing.push(() => context.close());
      return visit(await context.newPage());
    });
  });
}

async function launch(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch(launchOptions);
}

async function visit(page: Page): Promise<Visit> {
  const said: string[] = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`uncaught: ${error}`));
  page.setDefaultTimeout(0);
  await page.goto("/");
  return {
    page,
    said: async () => {
      await hearAll(page);
      return [...said];
    },
  };
}

async function serve({ files, headers = {} }: Site): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const content = files[pathname];
    const type = TYPES[extname(pathname)] ?? "text/html";
    response.writeHead(content === undefined ? 404 : 200, { ...headers, "content-type": `${type}; charset=utf-8` });
    response.end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Of paths without an extension the type is HTML. */
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

async function stop(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

/** A page that runs one module of its site and asks for nothing else; `head` comes before the module. */
export const pageOf = (module: string, head = ""): string =>
  `<!doctype html><link rel="icon" href="data:,">${head}<body><script type="module" src="${module}"></script>`;
