/** Both packages in a real page and in a worker, where the page's policy allows WebAssembly and where it does not. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import reference from "../reference/seed_run.json" with { type: "json" };
import { inBrowser, pageOf } from "./browser.js";
import { bundled, modulesIn } from "./built.js";
import { results } from "./programs/results.js";

type Results = ReturnType<typeof results>;

/** Where bare names lead; the policy allows this inline script alone, by its hash. */
const MAP = JSON.stringify({
  imports: { "@protograd/autograd": "/autograd/index.js", "@protograd/kmeans": "/kmeans/index.js" },
});

/** The files of a site for each way to import the packages. */
const sitesOf = async () => ({
  "bundled, in the page": { "/": pageOf("/page.js"), ...(await bundled("page")) },
  "bundled, in a module worker": { "/": pageOf("/employer.js"), ...(await bundled("employer", "worker")) },
  "module by module": {
    "/": pageOf("/programs/page.js", `<script type="importmap">${MAP}</script>`),
    ...modulesIn("packages/autograd/src", "autograd"),
    ...modulesIn("packages/kmeans/src", "kmeans"),
    ...modulesIn("tests/browser/programs", "programs"),
  },
});

const expected: Results = { ...results(), costs: Object.values(reference.printed) };

/** Two float32 numbers between them at most. */
function expectNear(found: readonly number[], to: readonly number[]): void {
  expect(found.length).toBe(to.length);
  found.forEach((value, at) => {
    expect(Math.abs(value - (to[at] as number))).toBeLessThanOrEqual(2 ** -22 * Math.abs(to[at] as number));
  });
}

inBrowser("under a content security policy", (open) => {
  let sites: Awaited<ReturnType<typeof sitesOf>>;
  beforeAll(async () => {
    sites = await sitesOf();
  });

  describe.each([
    ["with 'wasm-unsafe-eval' the engine computes, and says nothing", " 'wasm-unsafe-eval'", []],
    [
      "without it the interpreter does, and says so once",
      "",
      [
        expect.stringMatching(
          /^warning: autograd computes on its interpreter, .* may not be compiled .*; allow 'wasm-unsafe-eval' in/,
        ),
      ],
    ],
  ])("%s", (_, allowed, said) => {
    const hash = createHash("sha256").update(MAP).digest("base64");
    const headers = { "content-security-policy": `script-src 'self' 'sha256-${hash}'${allowed}` };

    test.each(["bundled, in the page", "bundled, in a module worker", "module by module"] as const)(
      "%s",
      async (way) => {
        const visit = await open({ files: sites[way], headers });
        const found: Results = await visit.page.evaluate("globalThis.answer");
        expect(await visit.said()).toEqual(said);
        expectNear(found.costs, expected.costs);
        expectNear(found.gradient, expected.gradient);
        expectNear(found.smooth, expected.smooth);
        expectNear(found.centroids, expected.centroids);
        expectNear([found.inertia], [expected.inertia]);
        expect(found.labels).toEqual(expected.labels);
      },
    );
  });

  test("that comes while programs run: they run on, each new one is tried once", async () => {
    const visit = await open({ files: { "/": pageOf("/later.js"), ...(await bundled("later")) } });
    const found = await visit.page.evaluate("globalThis.answer");
    expect(await visit.said()).toEqual([
      expect.stringMatching(
        /^warning: autograd computes on its interpreter, .* a program of \d+ bytes is refused .*; compile/,
      ),
    ]);
    expect(found).toEqual({ squares: [1, 4, 9], cubes: [1, 8, 27], refusals: 1 });
  });
});
