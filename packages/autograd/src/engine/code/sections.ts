/**
 * Folds of long lines in sections: for each section what the lines share is brought near, and each line goes on with
 * its sum, which waits in memory as float64. The additions, and their order, are those of the line in one piece.
 */
import type { Combining } from "../../graph.js";
import { sizeOf } from "../../shape.js";
import { along } from "../formula/affine.js";
import type { Formula } from "../formula/formula.js";
import type { Local } from "../instructions/assembler.js";
import { SECTION } from "../schedule/sections.js";
import { canBeTurned } from "../schedule/staging.js";
import { addressOf, load, rowsIn, scratchIndex, stageTransposed, storeScratch } from "./access.js";
import { combineHalves, finished, joinHalves } from "./combining.js";
import type { Folding, Line } from "./folding.js";
import { foldLineUpTo, setEnd } from "./line.js";
import { eachIndex, eachLane, endOf, grid, type Index, inScope, loop, type Value, type Where } from "./walk.js";

/**
 * Computes all entries of a fold at a block of the stream, `given`, so many rows together, and hands them to `keep`.
 * `lineOf` says the line of an entry.
 */
export function foldInSections(
  here: Where,
  folding: Folding<Combining>,
  given: ReadonlyMap<number, Index>,
  rows: number,
  lineOf: (index: readonly Index[]) => Line,
  keep: (index: readonly Index[], here: Where, value: Value) => void,
): void {
  const { code, task, vectors, lanes } = here;
  const { fold, shape, length, factor, dtype } = folding;
  const sources = task.staging.sections.get(folding) ?? [];
  const { base, offset } = task.room.sectionOf(folding);
  /** Where the sum of an entry of a tile and a vector is, each as two pairs of float64. */
  const sumAt = (here: Where, index: readonly Index[]) => {
    const to = scratchIndex(here, folding, index);
    const { step } = rowsIn(here, to);
    const address = addressOf(here, base, to, 8);
    return { address, offsetOf: (row: number, vector: number) => offset + 8 * (to.offset + row * step + 4 * vector) };
  };
  const [start, end] = [code.local("i32"), code.local("i32")];
  const last = endOf(here, length);
  const entries = sizeOf(shape.filter((_, axis) => !given.has(axis)));
  code
    .get(base)
    .i32(offset)
    .emit("i32.add")
    .i32(0)
    .i32(8 * entries * task.block)
    .emit("memory.fill", 0);
  code.i32(0).set(start);
  loop(here, start, SECTION, last, (here) => {
    setEnd(code, end, start, SECTION, last);
    const inside = { ...here, section: { start, sources: new Set(sources) } };
    for (const source of sources) bringSection(inside, source, start, end);
    eachIndex(
      inside,
      shape,
      given,
      (index, here) => {
        foldLineUpTo(here, fold, lineOf(index), start, end, (here, value) => {
          const { address, offsetOf } = sumAt(here, index);
          eachLane(value, value.length, ({ local }, row, vector) => {
            combineHalves(code, fold.step, local, address, offsetOf(row, vector));
          });
        });
      },
      rows,
    );
  });
  inScope(here, (here) =>
    eachIndex(
      here,
      shape,
      given,
      (index, here) => {
        const { address, offsetOf } = sumAt(here, index);
        const total = grid(here.tile?.rows ?? 1, vectors, (row, vector) => {
          joinHalves(code, (half) => code.get(address).memory("v128.load", offsetOf(row, vector) + 16 * half));
          return lanes.hold(lanes.take("float"));
        });
        const value = finished(here, total, factor, dtype === "float32");
        keep(index, here, value);
        for (const { local } of value.flat()) code.release(local);
      },
      rows,
    ),
  );
  for (const local of [start, end]) code.release(local);
}

/** Brings the entries of a block, from `start` up to `end` along the line, near: four at a time where they lie so. */
function bringSection(here: Where, source: Formula, start: Local, end: Local): void {
  const { code, stream, task } = here;
  const axis = task.staging.axes.get(source) as number;
  const indexAt = (counter: Local): Index[] => (axis === 0 ? [stream, along(counter)] : [along(counter), stream]);
  const counter = code.local("i32");
  code.get(start).set(counter);
  if (canBeTurned(task.pass, source, axis)) {
    const inFours = code.local("i32");
    code.get(end).get(end).get(start).emit("i32.sub").i32(3).emit("i32.and").emit("i32.sub").set(inFours);
    code.get(counter).get(inFours).emit("i32.lt_u");
    code.when(() => loop(here, counter, 4, inFours, (here) => stageTransposed(here, source, indexAt(counter))));
    code.release(inFours);
  }
  code.get(counter).get(end).emit("i32.lt_u");
  code.when(() =>
    loop(here, counter, 1, end, (here) =>
      storeScratch(here, source, indexAt(counter), load(here, source, indexAt(counter))),
    ),
  );
  code.release(counter);
}
