/** Threads in a real page and in a worker of it, where the page is cross-origin isolated and where it is not. */
import { describe, expect, test } from "vitest";
import { inBrowser, pageOf } from "./browser.js";
import { bundled } from "./built.js";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const sites = {
  "in the page": async () => ({ "/": pageOf("/threads-in-page.js"), ...(await bundled("threads-in-page")) }),
  "in a worker": async () => {
    const { "/employer.js": employer, "/threads-in-worker.js": worker } = await bundled(
      "employer",
      "threads-in-worker",
    );
    return { "/": pageOf("/employer.js"), "/employer.js": employer as string, "/worker.js": worker as string };
  },
};

inBrowser("threads", (open) => {
  describe.each(Object.entries(sites))("%s", (_, site) => {
    test("have the same bits as one where the page is cross-origin isolated", async () => {
      const visit = await open({ files: await site(), headers: ISOLATED });
      const most = await visit.page.evaluate("navigator.hardwareConcurrency");
      expect(await visit.page.evaluate("globalThis.answer")).toEqual({ count: 3, areSame: true, most });
      expect(await visit.said()).toEqual([]);
    });

    test("are one where it is not, and the console says once what helps", async () => {
      const visit = await open({ files: await site() });
      expect(await visit.page.evaluate("globalThis.answer")).toEqual({ count: 1, areSame: true, most: 1 });
      expect(await visit.said()).toEqual([
        expect.stringMatching(/^warning: autograd computes on one thread: .* not cross-origin isolated; serve it with/),
      ]);
    });

    test("are one where workers from blob: URLs are forbidden, and the console says what helps", async () => {
      const policy = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
      const visit = await open({ files: await site(), headers: { ...ISOLATED, "content-security-policy": policy } });
      expect(await visit.page.evaluate("globalThis.answer")).toEqual({ count: 1, areSame: true, most: 1 });
      expect((await visit.said()).filter((each) => each.startsWith("warning"))).toEqual([
        expect.stringMatching(
          /^warning: autograd computes on one thread: no threads .*; allow workers from blob: URLs/,
        ),
      ]);
    });
  });
});
