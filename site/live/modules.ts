/** What a program may import: the packages as built, each of autograd's own modules, and fast-check. */

const IN_DIST = "../../packages/autograd/dist/";

/** One of autograd's own modules, by its path below `src`. */
async function insideAutograd(path: string): Promise<object | undefined> {
  return (await import("./autograd.js")).default[`${IN_DIST}${path}`];
}

const packages: Readonly<Record<string, () => Promise<object | undefined>>> = {
  "@protograd/autograd": () => insideAutograd("index.js"),
  "@protograd/autograd/vitest": () => import("@protograd/autograd/vitest"),
  "@protograd/autograd/fast-check": () => import("@protograd/autograd/fast-check"),
  "@protograd/kmeans": () => import("@protograd/kmeans"),
  "fast-check": () => import("fast-check"),
  "./site/notebook/draw.js": () => import("../notebook/draw.js"),
};

/** The module of a specifier, which stands in a program at the root of the repository. */
export async function moduleOf(specifier: string): Promise<object> {
  const [, inside] = /^\.\/packages\/autograd\/src\/(.*\.js)$/.exec(specifier) ?? [];
  const found = await (inside === undefined ? packages[specifier]?.() : insideAutograd(inside));
  if (found === undefined)
    throw new Error(
      `import: there is no ${JSON.stringify(specifier)} on this page; there are ${Object.keys(packages).join(", ")} and ./packages/autograd/src/….js`,
    );
  return found;
}
