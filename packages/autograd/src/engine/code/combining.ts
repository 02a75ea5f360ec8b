/**
 * Folds that combine, as code. As many entries as the fold says go together in float32, what comes of them in
 * float64: of the stream two lanes side by side, until it ends. Where a pass computes in float64, all of this is
 * float64. Knows no fold by name.
 */

import type { Combining } from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { along, fixed, total as totalOf } from "../formula/affine.js";
import type { Code, Local } from "../instructions/assembler.js";
import { type Combination, combiningDoubles, type Lane } from "../instructions/lanes.js";
import type { FoldWriter, Line } from "./folding.js";
import {
  each,
  eachLane,
  entrywise,
  grid,
  type Index,
  inScope,
  laneOf,
  loop,
  own,
  type Value,
  type Where,
} from "./walk.js";

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

/**
 * Folds `count` entries of a line from the `first` on: a few directly, more of them in groups of so many as the fold
 * says, and very many in groups of groups; `take` goes on with what comes of each.
 */
function foldLine(
  here: Where,
  fold: Combining,
  line: Line,
  first: Index,
  count: number,
  take: (here: Where, value: Value) => void,
): void {
  const { step, inFloat32 } = fold;
  if (isOpen(count) && inFloat32 > 1) {
    foldOpenLine(here, fold, line, here.task.room.lengthOf(count), take);
    return;
  }
  if (count <= inFloat32 || inFloat32 === 1) {
    each(here, count, (index, here) => take(here, line(totalOf([first, index]), here)));
    return;
  }
  const size = count > inFloat32 ** 2 ? inFloat32 ** 2 : inFloat32;
  const part = accumulators(here, fold.start);
  for (const { local } of part.flat()) own(here, local);
  const takeGroup = (here: Where, from: Index, count: number): void => {
    // A group of entries starts with the first of them: that saves one addition in eight.
    const begun = count > inFloat32 ? 0 : 1;
    if (begun === 0) for (const { local } of part.flat()) set(here, local, fold.start);
    else inScope(here, (here) => moveInto(here, part, line(from, here)));
    inScope(here, (here) =>
      foldLine(here, fold, line, totalOf([from, fixed(begun)]), count - begun, (here, value) =>
        combineInto(here, step, part, value),
      ),
    );
    take(here, part);
  };
  const grouped = count - (count % size);
  const counter = here.code.local("i32");
  here.code.i32(0).set(counter);
  loop(here, counter, size, grouped, (here) => takeGroup(here, totalOf([first, along(counter)]), size));
  here.code.release(counter);
  if (grouped < count) takeGroup(here, totalOf([first, fixed(grouped)]), count - grouped);
}

/**
 * The same of a line whose length is known when the program runs: the last group of groups and the last group may have
 * fewer entries, and the numbers that are added are the same, in the same order.
 */
function foldOpenLine(
  here: Where,
  { step, start, inFloat32 }: Combining,
  line: Line,
  end: Local,
  take: (here: Where, value: Value) => void,
): void {
  const { code } = here;
  const [parts, part] = [accumulators(here, start), accumulators(here, start)];
  for (const { local } of [...parts.flat(), ...part.flat()]) own(here, local);
  const [outer, middle, inner, outerEnd, middleEnd] = Array.from({ length: 5 }, () => own(here, code.local("i32"))) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  /** Sets `to` to the end of so many from `from` on, or to `last` if that comes before. */
  const setEnd = (to: Local, from: Local, count: number, last: Local): void => {
    code.get(last).get(from).i32(count).emit("i32.add").tee(to);
    code.get(last).get(to).emit("i32.lt_u").emit("select").set(to);
  };
  code.i32(0).set(outer);
  loop(here, outer, inFloat32 ** 2, end, (here) => {
    for (const { local } of parts.flat()) set(here, local, start);
    setEnd(outerEnd, outer, inFloat32 ** 2, end);
    code.get(outer).set(middle);
    loop(here, middle, inFloat32, outerEnd, (here) => {
      inScope(here, (here) => moveInto(here, part, line(along(middle), here)));
      setEnd(middleEnd, middle, inFloat32, outerEnd);
      code.get(middle).i32(1).emit("i32.add").tee(inner).get(middleEnd).emit("i32.lt_u");
      code.when(() =>
        loop(here, inner, 1, middleEnd, (here) => combineInto(here, step, part, line(along(inner), here))),
      );
      combineInto(here, step, parts, part);
    });
    take(here, parts);
  });
}

const accumulators = ({ lanes, vectors, tile }: Where, start: number): Value =>
  grid(tile?.rows ?? 1, vectors, () => lanes.hold(lanes.number(start)));

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

function set({ code, lanes }: Where, local: Local, value: number): void {
  const numbers = lanes.isDouble ? new Float64Array(2).fill(value) : new Float32Array(4).fill(value);
  if (local.type === "v128") code.emit("v128.const", ...new Uint8Array(numbers.buffer));
  else if (local.type === "f64") code.f64(value);
  else code.f32(value);
  code.set(local);
}

function combineInto({ code, lanes }: Where, step: Combination, total: Value, value: Value): void {
  eachLane(total, total.length, ({ local }, row, vector) => {
    code
      .get(local)
      .get(laneOf(value, row, vector).local)
      .emit(lanes.combining(step))
      .set(local);
  });
}

function moveInto({ code }: Where, total: Value, value: Value): void {
  eachLane(total, total.length, ({ local }, row, vector) => {
    code.get(laneOf(value, row, vector).local).set(local);
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
    if (lanes.isVector) {
      code.get(wide[2 * vector] as Local).emit("f32x4.demote_f64x2_zero");
      code.get(wide[2 * vector + 1] as Local).emit("f32x4.demote_f64x2_zero");
      code.emit("i8x16.shuffle", ...LOWER_HALVES);
    } else {
      code.get(wide[vector] as Local).emit("f32.demote_f64");
    }
    code.set(local);
  });
}

/** Times the factor. Adding 0 makes 0 of −0. */
function finished(here: Where, total: Value, factor: number, isSingle: boolean): Value {
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

function combineHalves(code: Code, step: Combination, local: Local, address: Local, offset: number): void {
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
