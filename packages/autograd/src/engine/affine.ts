/**
 * Whole numbers that code computes from its variables, offset + Σ factor · variable: what an index is once loops are
 * unrolled. Knows nothing of formulas or memory.
 */
import type { Local } from "./assembler.js";

/** A place along an axis as the code has it. */
export interface Index {
  readonly offset: number;
  readonly terms: readonly { readonly local: Local; readonly factor: number }[];
}

export const at = (offset: number): Index => ({ offset, terms: [] });

export const variable = (local: Local): Index => ({ offset: 0, terms: [{ local, factor: 1 }] });

export const scaled = ({ offset, terms }: Index, by: number): Index => ({
  offset: offset * by,
  terms: by === 0 ? [] : terms.map(({ local, factor }) => ({ local, factor: factor * by })),
});

export function sum(a: Index, b: Index): Index {
  const terms = [...a.terms];
  for (const term of b.terms) {
    const same = terms.findIndex(({ local }) => local === term.local);
    if (same < 0) terms.push(term);
    else terms[same] = { local: term.local, factor: term.factor + (terms[same] as Index["terms"][number]).factor };
  }
  return { offset: a.offset + b.offset, terms };
}

export const keyOf = ({ offset, terms }: Index): string =>
  [offset, ...terms.map(({ local, factor }) => `${factor}*${local.number}`).sort()].join("+");
