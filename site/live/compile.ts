/** A program in TypeScript as the body of an asynchronous function. Types are taken out and not looked at. */
import { transform } from "sucrase";
import type { Fault } from "./messages.js";
import { joined, placeOf } from "./program.js";

export interface Compiled {
  /** Of the function of `require`, `exports` and `begin`, which is told the number of each block. */
  readonly body: string;
  /** What it requires. */
  readonly specifiers: readonly string[];
}

/** Imports become calls of `require`; every line stays where it is. */
export function compile(blocks: readonly string[]): Compiled | Fault {
  const source = joined(blocks, (block) => `;begin(${block});`);
  try {
    const { code } = transform(source, {
      transforms: ["typescript", "imports"],
      disableESTransforms: true,
      preserveDynamicImport: true,
      production: true,
    });
    const specifiers = [...code.matchAll(/\brequire\(['"]([^'"]+)['"]\)/g)].map(([, specifier]) => specifier as string);
    return { body: code, specifiers: [...new Set(specifiers)] };
  } catch (error) {
    // "Unexpected token (3:14)"
    const [, words, line] = /^(.*) \((\d+):\d+\)$/.exec((error as Error).message) ?? [];
    const message = `SyntaxError: ${words ?? (error as Error).message}`;
    return { ...placeOf(blocks, Number(line ?? 1) - 1), message };
  }
}
