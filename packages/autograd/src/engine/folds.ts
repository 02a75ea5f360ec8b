/**
 * How folds are written: what they go on from, what one more entry makes of it, and what comes of that at the end;
 * inside an entry, with what they go on from in variables, and over the stream, with it in memory. Knows nothing of
 * where the entries that are folded come from.
 */

import { addressOf, lanesOf, sumOnStack } from "./access.js";
import { at, type Index, sum, variable } from "./affine.js";
import type { Code, Local } from "./assembler.js";
import type { Reduce } from "./formula.js";
import type { Lane } from "./lanes.js";
import { each, entrywise, inScope, laneOf, loop, own, type Value, type Where } from "./walk.js";

/** The entry of a line that is folded. */
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

export interface FoldWriter {
  /** Inside an entry: the fold of a line. */
  inline(here: Where, fold: Reduce, wantsPosition: boolean, line: Line): Folded;
  /** Over the stream: what is there before the first entry, for all entries of the fold. */
  clear(here: Where, fold: Reduce, base: Local, offset: number, bytes: number, size: number): void;
  /** Takes in the entries of a block. */
  step(here: Where, fold: Reduce, value: Value, accumulator: Accumulator): void;
  /** Puts the value on the stack, as the memory has it. */
  finish(here: Where, fold: Reduce, accumulator: Accumulator): void;
}

/** The vectors of a block are added in float32; what comes of it, two lanes at a time, and the blocks in float64. */
const sumWriter: FoldWriter = {
  /** Up to 16 terms are added one by one in float32, up to 64 in groups of 8, more in float64, in groups of 8 too. */
  inline(here, fold, _, line) {
    const { code, lanes } = here;
    const { length } = fold;
    const total = accumulators(here, "float", 0);
    if (length <= 16) {
      each(here, length, (index, here) => addTo(here, total, line(index, here)));
      return { value: summed(here, total, fold), position: [] };
    }
    const isWide = length > 64 && !lanes.isDouble;
    const wide = isWide ? wideAccumulators(here) : [];
    const part = accumulators(here, "float", 0);
    for (const { local } of part) own(here, local);
    const addGroup = (here: Where, first: Index, count: number): void => {
      for (const { local } of part) zero(code, local);
      inScope(here, (here) => each(here, count, (index, here) => addTo(here, part, line(sum(first, index), here))));
      if (isWide) addWide(here, wide, part);
      else addTo(here, total, part);
    };
    const counter = code.local("i32");
    code.i32(0).set(counter);
    const grouped = length - (length % 8);
    loop(here, counter, 8, grouped, (here) => addGroup(here, variable(counter), 8));
    code.release(counter);
    if (grouped < length) addGroup(here, at(grouped), length - grouped);
    if (isWide) narrow(here, wide, total);
    return { value: summed(here, total, fold), position: [] };
  },

  clear({ code }, _, base, offset, bytes, size) {
    code
      .get(base)
      .i32(offset)
      .emit("i32.add")
      .i32(0)
      .i32(bytes * size)
      .emit("memory.fill", 0);
  },

  step({ code, lanes, vectors, across }, _, value, { address, offset }) {
    if (across) {
      addHalves(code, laneOf(value, 0).local, address, offset);
      return;
    }
    code.get(address).get(address);
    if (lanes.isVector) {
      const all = Array.from({ length: vectors }, (_, vector) => laneOf(value, vector));
      const together = lanes.keep(pairwise(all, lanes.add));
      code.memory("v128.load", offset);
      promote(code, together.local, 0);
      promote(code, together.local, 1);
      code.emit("f64x2.add").emit("f64x2.add").memory("v128.store", offset);
      code.release(together.local);
    } else {
      code.memory("f64.load", offset).get(laneOf(value, 0).local);
      if (!lanes.isDouble) code.emit("f64.promote_f32");
      code.emit("f64.add").memory("f64.store", offset);
    }
  },

  finish({ code }, { factor, dtype }, { address, offset, bytes }) {
    code.get(address).memory("f64.load", offset);
    if (bytes === 16)
      code
        .get(address)
        .memory("f64.load", offset + 8)
        .emit("f64.add");
    // Adding 0 makes 0 of −0.
    if (factor !== 1) code.f64(factor).emit("f64.mul").f64(0).emit("f64.add");
    if (dtype === "float32") code.emit("f32.demote_f64");
  },
};

/** The extreme and its position come out of one loop, whichever of them is asked for. */
const extremeWriter: FoldWriter = {
  inline(here, { length, fold }, wantsPosition, line) {
    const { code, lanes } = here;
    const isLargest = fold === "largest";
    const best = accumulators(here, "float", isLargest ? -Infinity : Infinity);
    const position = wantsPosition ? accumulators(here, "whole", 0) : [];
    each(here, length, (index, here) => {
      const value = line(index, here);
      const place = wantsPosition ? lanesOf(here, index) : [];
      best.forEach((lane, vector) => {
        const challenger = laneOf(value, vector);
        // Nothing comes before the first.
        if (index.terms.length === 0 && index.offset === 0) {
          code.get(challenger.local).set(lane.local);
          return;
        }
        const wins = lanes.wins(challenger, lane, isLargest);
        chooseInto(here, lane, wins, challenger);
        if (wantsPosition) raiseTo(here, position[vector] as Lane, wins, place[0] as Lane);
        code.release(lanes.keep(wins).local);
      });
    });
    return { value: best, position };
  },

  clear(here, { fold }, base, offset, bytes, size) {
    const { code } = here;
    const float = floatOf(here);
    inScope(here, (here) =>
      each(here, size, (entry, here) => {
        const address = addressOf(here, base, entry, bytes);
        const start = offset + bytes * entry.offset;
        code
          .get(address)
          [float](fold === "largest" ? -Infinity : Infinity)
          .memory(`${float}.store`, start);
        code
          .get(address)
          .i32(0)
          .memory("i32.store", start + bytes / 2);
      }),
    );
  },

  /** The extreme so far, and where in the stream it was. */
  step(here, { fold }, value, { address, offset, bytes }) {
    const { code, lanes, stream } = here;
    const float = floatOf(here);
    const [lane] = value as [Lane];
    code.get(address).memory(`${float}.load`, offset);
    const best = lanes.take("float");
    const wins = lanes.wins(lane, best, fold === "largest");
    code.get(wins.local).when(() => {
      code.get(address).get(lane.local).memory(`${float}.store`, offset).get(address);
      sumOnStack(code, stream, 1);
      code.memory("i32.store", offset + bytes / 2);
    });
    code.release(lanes.keep(wins).local);
  },

  finish(here, { dtype }, { address, offset, bytes }) {
    const { code, lanes } = here;
    code.get(address);
    if (dtype === "int32") code.memory("i32.load", offset + bytes / 2);
    else {
      code.memory(`${floatOf(here)}.load`, offset);
      if (lanes.isDouble && dtype === "float32") code.emit("f32.demote_f64");
    }
  },
};

export const writerOf = ({ fold }: Reduce): FoldWriter => (fold === "sum" ? sumWriter : extremeWriter);

/** What numbers of the pass are. */
const floatOf = ({ lanes }: Where): "f32" | "f64" => (lanes.isDouble ? "f64" : "f32");

const accumulators = ({ lanes, vectors }: Where, type: "float" | "whole", start: number): Lane[] =>
  Array.from({ length: vectors }, () => lanes.keep(type === "float" ? lanes.number(start) : lanes.integer(start)));

// Sums.

/** Sums times their factor. Adding 0 makes 0 of −0. */
function summed(here: Where, total: readonly Lane[], { factor, dtype }: Reduce): Value {
  const { lanes } = here;
  if (factor === 1 && !(lanes.isDouble && dtype === "float32")) return total;
  const scaled = entrywise(here, [total], ([sum]) => {
    const product = lanes.mul(sum as Lane, lanes.number(factor));
    return lanes.rounded(lanes.add(product, lanes.number(0)), dtype === "float32");
  });
  for (const { local } of total) here.code.release(local);
  return scaled;
}

function zero(code: Code, local: Local): void {
  if (local.type === "v128") code.emit("v128.const", ...new Uint8Array(16));
  else if (local.type === "f64") code.f64(0);
  else code.f32(0);
  code.set(local);
}

function addTo({ code, lanes }: Where, total: readonly Lane[], value: Value): void {
  total.forEach(({ local }, vector) => {
    code.get(local).get(laneOf(value, vector).local);
    code.emit(lanes.isVector ? "f32x4.add" : local.type === "f64" ? "f64.add" : "f32.add").set(local);
  });
}

/** For each vector two of float64, or one number. */
function wideAccumulators(here: Where): Local[] {
  const { code, lanes, vectors } = here;
  return Array.from({ length: lanes.isVector ? 2 * vectors : 1 }, () => {
    const local = own(here, code.local(lanes.isVector ? "v128" : "f64"));
    zero(code, local);
    return local;
  });
}

function addWide({ code, lanes }: Where, wide: readonly Local[], part: readonly Lane[]): void {
  wide.forEach((local, half) => {
    code.get(local);
    if (lanes.isVector) {
      promote(code, (part[half >> 1] as Lane).local, half & 1);
      code.emit("f64x2.add");
    } else {
      code
        .get((part[0] as Lane).local)
        .emit("f64.promote_f32")
        .emit("f64.add");
    }
    code.set(local);
  });
}

function narrow({ code, lanes }: Where, wide: readonly Local[], total: readonly Lane[]): void {
  total.forEach(({ local }, vector) => {
    if (lanes.isVector) {
      code.get(wide[2 * vector] as Local).emit("f32x4.demote_f64x2_zero");
      code.get(wide[2 * vector + 1] as Local).emit("f32x4.demote_f64x2_zero");
      code.emit("i8x16.shuffle", ...LOWER_HALVES);
    } else {
      code.get(wide[0] as Local).emit("f32.demote_f64");
    }
    code.set(local);
  });
}

function addHalves(code: Code, local: Local, address: Local, offset: number): void {
  for (const half of [0, 1]) {
    const start = offset + 16 * half;
    code.get(address).get(address).memory("v128.load", start);
    promote(code, local, half);
    code.emit("f64x2.add").memory("v128.store", start);
  }
}

/** Half of four numbers as float64: the first two or the last two. */
function promote(code: Code, local: Local, half: number): void {
  code.get(local);
  if (half === 1) code.get(local).emit("i8x16.shuffle", ...UPPER_HALF);
  code.emit("f64x2.promote_low_f32x4");
}

/** Which bytes of two vectors, one behind the other, are taken. */
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** (a + b) + (c + d) */
function pairwise(lanes: readonly Lane[], add: (a: Lane, b: Lane) => Lane): Lane {
  if (lanes.length === 1) return lanes[0] as Lane;
  const half = lanes.length / 2;
  return add(pairwise(lanes.slice(0, half), add), pairwise(lanes.slice(half), add));
}

// Extremes.

function chooseInto({ code, lanes }: Where, { local }: Lane, mask: Lane, value: Lane): void {
  code.get(value.local).get(local).get(mask.local);
  code.emit(lanes.isVector ? "v128.bitselect" : "select").set(local);
}

/** Chooses a position where it wins. They come in rising order: so in vectors the larger one is right, and quicker. */
function raiseTo(here: Where, position: Lane, mask: Lane, place: Lane): void {
  const { code, lanes } = here;
  if (!lanes.isVector) chooseInto(here, position, mask, place);
  else {
    code.get(mask.local).get(place.local).emit("v128.and");
    code.get(position.local).emit("i32x4.max_s").set(position.local);
  }
}
