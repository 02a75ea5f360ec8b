/**
 * Runs one program and ends: it is the only place of the site that makes code of text. What the program writes to its
 * console is reported as Node prints it.
 */
import { format } from "node-inspect-extracted";
import type { Picture } from "../notebook/draw.js";
import { compile } from "./compile.js";
import type { Fault, Report } from "./messages.js";
import { moduleOf } from "./modules.js";
import { placeOf } from "./program.js";

const NAME = "program-of-the-page.js";

/** An endless loop shall not fill the page. */
const LARGEST_NUMBER_OF_LINES = 5_000;

/** A function made of text has two lines before the first one of its body. */
const HEAD = 2;

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

const say = (report: Report): void => postMessage(report);

let current = 0;
let reported = 0;

function report(kind: "printed" | "warned", values: readonly unknown[]): void {
  reported += 1;
  if (reported > LARGEST_NUMBER_OF_LINES) return;
  const text = reported === LARGEST_NUMBER_OF_LINES ? "… and more, which is not shown" : format(...values);
  say({ kind, block: current, text });
}

const print = (...values: unknown[]): void => report("printed", values);
const warn = (...values: unknown[]): void => report("warned", values);
Object.assign(globalThis, { onpicture: (picture: Picture) => say({ kind: "drawn", block: current, picture }) });
Object.assign(console, { log: print, info: print, debug: print, warn, error: warn });

/** Where the error was thrown, if it was thrown in the program itself, or called from there. */
function faultOf(error: unknown, blocks: readonly string[]): Fault {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, line] = new RegExp(`${NAME}:(\\d+):\\d+`).exec(stack) ?? [];
  const place = line === undefined ? { block: current, line: 0 } : placeOf(blocks, Number(line) - 1 - HEAD);
  return { ...place, message: `Uncaught ${error instanceof Error ? String(error) : format(error)}` };
}

async function run(blocks: readonly string[]): Promise<void> {
  const compiled = compile(blocks);
  if ("message" in compiled) return say({ kind: "thrown", fault: compiled });
  const { body, specifiers } = compiled;
  const thrown = (error: unknown): void => say({ kind: "thrown", fault: faultOf(error, blocks) });
  addEventListener("unhandledrejection", ({ reason }) => thrown(reason));
  addEventListener("error", ({ error }) => thrown(error));
  try {
    const loaded = specifiers.map(async (specifier) => [specifier, await moduleOf(specifier)] as const);
    const modules = new Map(await Promise.all(loaded));
    const program = new AsyncFunction("require", "exports", "begin", `${body}\n//# sourceURL=${NAME}`);
    say({ kind: "started" });
    const required = (specifier: string): object => ({ ...modules.get(specifier), __esModule: true });
    await program(required, {}, (block: number) => {
      current = block;
    });
  } catch (error) {
    return thrown(error);
  }
  say({ kind: "ended" });
}

addEventListener("message", ({ data }: MessageEvent<readonly string[]>) => run(data), { once: true });
