/** The pictures of the guide show what the code computes today, and are what a page can carry. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pictures } from "../docs/pictures/pictures.js";

const folder = new URL("../docs/pictures/", import.meta.url);

const committed = readdirSync(folder).filter((name) => name.endsWith(".svg"));

test("the folder has the pictures that are drawn and no others", () => {
  expect(committed.sort()).toEqual(Object.keys(pictures).sort());
});

describe.each(Object.entries(pictures))("%s", (name, draw) => {
  const written = readFileSync(new URL(name, folder), "utf8");

  test("is drawn again as it is committed", () => {
    expect(draw()).toBe(written);
  });

  test("is the same each time it is drawn", () => {
    expect(draw()).toBe(draw());
  });

  test("weighs less than 100 kB", () => {
    expect(Buffer.byteLength(written)).toBeLessThan(100_000);
  });

  test("stands on white and says in words what it shows", () => {
    const [opening] = written.match(/^<svg [^>]*>/) ?? [];
    expect(opening).toMatch(/ style="background:white;/);
    expect(opening).toMatch(/ aria-label="\w+ \w+/);
  });
});
