/** Draws the pictures of the guide into this folder. Run it with `npx -y pnpm@12 pictures`. */
import { writeFileSync } from "node:fs";
import { pictures } from "./pictures.js";

for (const [name, draw] of Object.entries(pictures)) {
  writeFileSync(new URL(name, import.meta.url), draw());
  console.log(`Wrote docs/pictures/${name}`);
}
