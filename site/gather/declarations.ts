/** The declarations that TypeScript needs to read a page's program, by the paths under which it looks for them. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const packages = fileURLToPath(new URL("../../packages", import.meta.url));

const LIBRARIES = /^lib\.(es\d.*|decorators.*|webworker)(?<!\.full)\.d\.ts$/;

/** The declarations below a folder of this machine, as if it were another one. */
function below(folder: string, as: string, wanted = /\.d\.ts$/): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => wanted.test(file));
  return Object.fromEntries(
    files.map((file) => [`${as}/${file.replaceAll("\\", "/")}`, readFileSync(join(folder, file), "utf8")]),
  );
}

const compiler = dirname(require.resolve("typescript"));
const fastCheck = dirname(require.resolve("fast-check/package.json"));

export const declarations: Readonly<Record<string, string>> = {
  ...below(compiler, "", LIBRARIES),
  ...below(join(packages, "autograd/dist"), "/packages/autograd/src"),
  ...below(join(packages, "kmeans/dist"), "/packages/kmeans/src"),
  "/site/notebook/draw.ts": readFileSync(new URL("../notebook/draw.ts", import.meta.url), "utf8"),
  ...below(fastCheck, "/node_modules/fast-check", /^(package\.json|lib\/fast-check\.d\.ts)$/),
};
