/** Writes the service worker of a build: which files are the book, and which edition of it they are. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** What is kept when it is read, and not before: references, code, the compiler, and letters that the book has not. */
const LATER =
  /^(api|bench|check-tensorflow|ci|examples|fonts|tests|typescript)\/|\/src\/|^assets\/api_|\.ts\.html$|cyrillic|vietnamese/;

export async function writeServiceWorker({ outDir }: { outDir: string }): Promise<void> {
  const files = readdirSync(outDir, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(outDir, file)).isFile())
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !LATER.test(file))
    .sort();
  const edition = createHash("sha256");
  for (const file of files) edition.update(file).update(readFileSync(join(outDir, file)));
  await build({
    entryPoints: [fileURLToPath(new URL("../offline/service-worker.ts", import.meta.url))],
    outfile: join(outDir, "service-worker.js"),
    bundle: true,
    minify: true,
    define: { FILES: JSON.stringify(files), EDITION: JSON.stringify(edition.digest("hex").slice(0, 12)) },
  });
}
