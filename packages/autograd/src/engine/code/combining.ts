/**
 * Folds that combine, as code. As many entries as the fold says go together in float32, what comes of them in
 * float64: of the stream two lanes side by side, until it ends. Where a pass computes in float64, all of this is
 * float64. Knows no fold by name.
 */

import type { Combining } from "../../graph.js";
import { fixed } from "../formula/affine.js";
import type { Code, Local } from "../instructions/assembler.js";
import { type Combination, combiningDoubles, type Lane } from "../instructions/lanes.js";
import type { FoldWriter } from "./folding.js";
import { accumulators, combineInto, foldLine, set } from "./line.js";
import { entrywise, laneOf, own, type Value, type Where } from "./walk.js";

export const combining: FoldWriter<Combining> = {
  inline(here, { length, fold, factor, dtype }, _, line) {
    const { step, start, inFloat32 } = fold;
    const total = accumulators(here, start);
    const isWide = length > inFloat32 ** 2 && !here.lanes.isDouble;
    const wide = isWide ? wideAccumulators(here, start) : [];
    foldLine(here, fold, line, fixed(0), length, (here, value) => {
      if (isWide) combineWide(here, step, wide, value);
      else combineInto(here, step, total, value);
    });
    if (isWide) narrow(here, wide, total);
    return { value: finished(here, total, factor, dtype === "float32"), position: [] };
  },

  clear({ code }, { fold: { start } }, { address, offset, bytes }) {
    for (let half = 0; half < bytes; half += 8) {
      code
        .get(address)
        .f64(start)
        .memory("f64.store", offset + half);
    }
  },

  step(here, { fold: { step, inFloat32 } }, value, { address, offset }) {
    const { code, lanes, vectors, across } = here;
    if (across) {
      combineHalves(code, step, laneOf(value, 0, 0).local, address, offset);
      return;
    }
    code.get(address).get(address);
    if (lanes.isVector && lanes.isDouble) {
      code.memory("v128.load", offset);
      for (let vector = 0; vector < vectors; vector++) {
        code.get(laneOf(value, 0, vector).local).emit(combiningDoubles(step, true));
      }
      code.memory("v128.store", offset);
    } else if (lanes.isVector) {
      const each = Array.from({ length: vectors }, (_, vector) => laneOf(value, 0, vector));
      const parts = inGroups(each, inFloat32).map((group) =>
        lanes.hold(pairwise(group, (a, b) => lanes.combine(step, a, b))),
      );
      code.memory("v128.load", offset);
      for (const { local } of parts) {
        promote(code, local, 0);
        promote(code, local, 1);
      }
      for (const { local } of parts) {
        code.emit(combiningDoubles(step, true)).emit(combiningDoubles(step, true));
        code.release(local);
      }
      code.memory("v128.store", offset);
    } else {
      code.memory("f64.load", offset).get(laneOf(value, 0, 0).local);
      if (!lanes.isDouble) code.emit("f64.promote_f32");
      code.emit(combiningDoubles(step, false)).memory("f64.store", offset);
    }
  },

  combine({ code }, { fold: { step } }, { address, offset, bytes }, later) {
    const isPair = bytes === 16;
    const load = isPair ? "v128.load" : "f64.load";
    code.get(address).get(address).memory(load, offset).get(later.address).memory(load, later.offset);
    code.emit(combiningDoubles(step, isPair)).memory(isPair ? "v128.store" : "f64.store", offset);
  },

  finish({ code }, { factor, dtype, fold: { step } }, { address, offset, bytes }) {
    code.get(address).memory("f64.load", offset);
    if (bytes === 16) {
      code
        .get(address)
        .memory("f64.load", offset + 8)
        .emit(combiningDoubles(step, false));
    }
    // Adding 0 makes 0 of −0.
    if (factor !== 1) code.f64(factor).emit("f64.mul").f64(0).emit("f64.add");
    if (dtype === "float32") code.emit("f32.demote_f64");
  },
};

/** For each vector two of float64, or one number. */
function wideAccumulators(here: Where, start: number): Local[] {
  const { code, lanes, vectors, tile } = here;
  return Array.from({ length: (tile?.rows ?? 1) * (lanes.isVector ? 2 * vectors : 1) }, () => {
    const local = own(here, code.local(lanes.isVector ? "v128" : "f64"));
    if (lanes.isVector) code.emit("v128.const", ...new Uint8Array(Float64Array.of(start, start).buffer)).set(local);
    else set(here, local, start);
    return local;
  });
}

function combineWide({ code, lanes, vectors }: Where, step: Combination, wide: readonly Local[], value: Value): void {
  wide.forEach((local, at) => {
    const each = lanes.isVector ? at >> 1 : at;
    const lane = laneOf(value, Math.floor(each / vectors), each % vectors);
    code.get(local);
    if (lanes.isVector) promote(code, lane.local, at & 1);
    else code.get(lane.local).emit("f64.promote_f32");
    code.emit(combiningDoubles(step, lanes.isVector)).set(local);
  });
}

function narrow({ code, lanes }: Where, wide: readonly Local[], total: Value): void {
  total.flat().forEach(({ local }, vector) => {
    if (lanes.isVector) joinHalves(code, (half) => code.get(wide[2 * vector + half] as Local));
    else code.get(wide[vector] as Local).emit("f32.demote_f64");
    code.set(local);
  });
}

/** Four numbers out of two and two of float64, which `load` leaves on the stack. */
export function joinHalves(code: Code, load: (half: number) => void): void {
  for (const half of [0, 1]) {
    load(half);
    code.emit("f32x4.demote_f64x2_zero");
  }
  code.emit("i8x16.shuffle", ...LOWER_HALVES);
}

/** Times the factor. Adding 0 makes 0 of −0. */
export function finished(here: Where, total: Value, factor: number, isSingle: boolean): Value {
  const { lanes } = here;
  if (factor === 1 && !(lanes.isDouble && isSingle)) return total;
  const result = entrywise(here, [total], ([each]) => {
    const lane = each as Lane;
    const scaled = factor === 1 ? lane : lanes.add(lanes.mul(lane, lanes.number(factor)), lanes.number(0));
    return lanes.rounded(scaled, isSingle);
  });
  for (const { local } of total.flat()) here.code.release(local);
  return result;
}

/** Combines a vector with the two of float64 that it has in memory. */
export function combineHalves(code: Code, step: Combination, local: Local, address: Local, offset: number): void {
  for (const half of [0, 1]) {
    const start = offset + 16 * half;
    code.get(address).get(address).memory("v128.load", start);
    promote(code, local, half);
    code.emit(combiningDoubles(step, true)).memory("v128.store", start);
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

const inGroups = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, group) => all.slice(group * size, (group + 1) * size));

/** (a + b) + (c + d) */
function pairwise(lanes: readonly Lane[], combine: (a: Lane, b: Lane) => Lane): Lane {
  if (lanes.length === 1) return lanes[0] as Lane;
  const half = lanes.length / 2;
  return combine(pairwise(lanes.slice(0, half), combine), pairwise(lanes.slice(half), combine));
}
