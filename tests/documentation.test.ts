/** The documentation is true: programs print what stands below them, quotations stand in the source, links lead on. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, type Block, blocksOf, filesBelow, linksOf, root } from "./markdown.js";
import { run, typeErrorsOf } from "./programs.js";

const textOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

const isPart = ({ label }: Block): boolean => label === "ts";

/** What a reader may copy into a file of its own. */
const isWhole = ({ label }: Block): boolean => label === "js";

const documents = filesBelow("", ".md");
const withPrograms = documents.filter((file) => blocksOf(file).some((block) => isPart(block) || isWhole(block)));

/** Where lines begin is no part of what is quoted. */
const unindented = (text: string): string => text.replace(/^[ \t]+/gm, "");

const sources = filesBelow("packages/", ".ts").map((file) => unindented(textOf(file)));

const isQuoted = (lines: readonly string[]): boolean => {
  const quotation = unindented(lines.join("\n"));
  return sources.some((source) => source.includes(quotation));
};

describe("programs", () => {
  test.each(withPrograms)("%s prints what it shows", async (file) => {
    const blocks = blocksOf(file);
    const parts = blocks.filter(isPart);
    const printed = new Map<Block, string | undefined>();
    const printedByParts = await run(parts, file);
    parts.forEach((part, at) => {
      printed.set(part, printedByParts[at]);
    });
    for (const whole of blocks.filter(isWhole)) printed.set(whole, (await run([whole], file))[0]);
    for (const [program, found] of printed) {
      const next = blocks[blocks.indexOf(program) + 1];
      const shown = next?.follows && next.label === "text" ? `${next.text.join("\n")}\n` : "";
      expect(found, `${file}:${program.line}: what the block prints is not what stands below it`).toBe(shown);
    }
  });

  test("have no type errors", () => {
    const programs = new Map(withPrograms.map((file) => [file, blocksOf(file).filter(isPart)]));
    expect(typeErrorsOf(programs)).toEqual([]);
  });
});

test.each(documents)("%s has only blocks that are checked, commands and diagrams", (file) => {
  const blocks = blocksOf(file);
  blocks.forEach(({ label, line, text, follows }, at) => {
    const place = `${file}:${line}`;
    expect(["ts", "js", "ts no-run", "text", "diff", "sh", "mermaid"], `${place}: the label of a block`).toContain(
      label,
    );
    if (label === "text") {
      const above = follows ? blocks[at - 1]?.label : undefined;
      expect(["ts", "js"], `${place}: a text block shows what the block right above it prints`).toContain(above);
    }
    if (label === "ts no-run") {
      expect(isQuoted(text), `${place}: a block that is not run stands word for word in packages/*/src`).toBe(true);
    }
    if (label === "diff") {
      for (const kept of text.filter((each) => !each.startsWith("+") && each.trim() !== "")) {
        expect(isQuoted([kept.slice(1)]), `${place}: this line is not in packages/*/src: ${kept}`).toBe(true);
      }
    }
  });
});

describe("links", () => {
  test.each(documents)("of %s lead to what is there", (file) => {
    for (const { line, target } of linksOf(file)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", anchor] = decodeURI(target).split("#");
      const destination = path === "" ? file : posix.join(posix.dirname(file), path);
      expect(existsSync(new URL(destination, root)), `${file}:${line}: ${target} does not exist`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(destination), `${file}:${line}: ${target}`).toContain(anchor);
    }
  });

  test("of the guide's table of contents are its chapters in order", () => {
    const chapters = readdirSync(new URL("docs/", root)).filter((name) => /^\d\d-.*\.md$/.test(name));
    const listed = linksOf("docs/README.md").map(({ target }) => target);
    expect(listed.filter((target) => /^\d\d-/.test(target))).toEqual(chapters.sort());
  });
});

test.each(documents)("%s names only commands that exist", (file) => {
  const packages = ["", "bench/", "check-tensorflow/", "examples/many-machines/", "examples/streams/", "site/"];
  const commands = packages.flatMap((folder) => Object.keys(JSON.parse(textOf(`${folder}package.json`)).scripts));
  const named = textOf(file).matchAll(/\bpnpm@12 ([a-z][\w-]*)/g);
  for (const [, command] of named) expect([...commands, "install", "exec"]).toContain(command);
});

describe("the map of the code", () => {
  const file = "docs/architecture.md";
  const mapped = linksOf(file).flatMap(({ target }) => /^\.\.\/(packages\/.*\.ts)$/.exec(target)?.[1] ?? []);

  test("has all files, each after those that it imports", () => {
    expect([...mapped].sort()).toEqual(filesBelow("packages/", ".ts").sort());
    mapped.forEach((source, at) => {
      const imports = textOf(source).matchAll(/\bfrom "(\..*)\.js"/g);
      const before = [...imports].map(([, from]) => posix.join(posix.dirname(source), `${from}.ts`));
      expect(mapped.slice(0, at), source).toEqual(expect.arrayContaining(before));
    });
  });

  const text = textOf(file).replace(/\s+/g, " ");
  const invariants = text.split("- **").slice(1);
  test.each(invariants.map((item) => item.split("** ")))("the tests exist that hold: %s", (_, named) => {
    const holders = [...(named ?? "").matchAll(/\]\(\.\.\/(tests\/[^)]*)\)((?: “[^”]*”)+)/g)];
    expect(holders).not.toEqual([]);
    for (const [, holder = "", names = ""] of holders) {
      const tests = textOf(holder);
      for (const [, name] of names.matchAll(/“([^”]*)”/g)) expect(tests, holder).toContain(`"${name}"`);
    }
  });
});
