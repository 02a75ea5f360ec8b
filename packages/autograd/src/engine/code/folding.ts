/**
 * What it takes to write a fold: inside an entry of a formula, with what it goes on from in variables, and over the
 * stream, with that in memory. Knows no fold.
 */
import type { Fold, Named } from "../../graph.js";
import type { Reduce } from "../formula/formula.js";
import type { Local } from "../instructions/assembler.js";
import type { Index, Value, Where } from "./walk.js";

/** An entry of the line that is folded. */
export type Line = (index: Index, here: Where) => Value;

/** Where what a fold over the stream goes on from lies: `offset` bytes behind an address, for an entry of the fold. */
export interface Accumulator {
  readonly address: Local;
  readonly offset: number;
  readonly bytes: number;
}

/** What comes of a line: its fold, and the position of the entry that is chosen, if that is asked for. */
export interface Folded {
  readonly value: Value;
  readonly position: Value;
}

export type Folding<F extends Fold> = Reduce & { readonly fold: Named<F> };

export interface FoldWriter<F extends Fold> {
  /** Inside an entry: the fold of a line. */
  inline(here: Where, folding: Folding<F>, wantsPosition: boolean, line: Line): Folded;
  /** Over the stream: what is there before the first entry. */
  clear(here: Where, folding: Folding<F>, accumulator: Accumulator): void;
  /** Takes in the entries of a block. */
  step(here: Where, folding: Folding<F>, value: Value, accumulator: Accumulator): void;
  /** Takes in what came of the entries of a later chunk. */
  combine(here: Where, folding: Folding<F>, accumulator: Accumulator, later: Accumulator): void;
  /** Puts the value on the stack, as the memory has it. */
  finish(here: Where, folding: Folding<F>, accumulator: Accumulator): void;
}
