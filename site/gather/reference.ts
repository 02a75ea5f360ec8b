/** Gives the pages of the reference the names under which programs import what they describe. */
import { readFileSync, writeFileSync } from "node:fs";

const folder = new URL("../gathered/api/@protograd/autograd/", import.meta.url);

for (const entry of ["index", "vitest", "fast-check"]) {
  const page = new URL(`${entry}.md`, folder);
  const name = `@protograd/autograd${entry === "index" ? "" : `/${entry}`}`;
  writeFileSync(page, readFileSync(page, "utf8").replace(`# ${entry}\n`, `# ${name}\n`));
}
