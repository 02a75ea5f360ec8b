/**
 * A line of entries folded into one: a few directly, more of them in groups, very many in groups of groups, so that few
 * roundings come on top of one another. Knows no fold by name, and not what is done with the groups.
 */
import type { Combining } from "../../graph.js";
import { isOpen } from "../../lengths.js";
import { along, fixed, total as totalOf } from "../formula/affine.js";
import type { Code, Local } from "../instructions/assembler.js";
import type { Combination } from "../instructions/lanes.js";
import type { Line } from "./folding.js";
import { each, eachLane, grid, type Index, inScope, laneOf, loop, own, type Value, type Where } from "./walk.js";

/**
 * Folds `count` entries of a line from the `first` on: a few directly, more of them in groups of so many as the fold
 * says, and very many in groups of groups; `take` goes on with what comes of each.
 */
export function foldLine(
  here: Where,
  fold: Combining,
  line: Line,
  first: Index,
  count: number,
  take: (here: Where, value: Value) => void,
): void {
  const { step, inFloat32 } = fold;
  if (isOpen(count) && inFloat32 > 1) {
    foldLineUpTo(here, fold, line, 0, here.task.room.lengthOf(count), take);
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
 * The same where the end, and the start if it is not 0, are known when the program runs: the last group of groups and
 * the last group may have fewer entries, and the numbers that are combined are the same, in the same order.
 */
export function foldLineUpTo(
  here: Where,
  { step, start, inFloat32 }: Combining,
  line: Line,
  from: number | Local,
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
  code.whole(from).set(outer);
  loop(here, outer, inFloat32 ** 2, end, (here) => {
    for (const { local } of parts.flat()) set(here, local, start);
    setEnd(code, outerEnd, outer, inFloat32 ** 2, end);
    code.get(outer).set(middle);
    loop(here, middle, inFloat32, outerEnd, (here) => {
      inScope(here, (here) => moveInto(here, part, line(along(middle), here)));
      setEnd(code, middleEnd, middle, inFloat32, outerEnd);
      code.get(middle).i32(1).emit("i32.add").tee(inner).get(middleEnd).emit("i32.lt_u");
      code.when(() =>
        loop(here, inner, 1, middleEnd, (here) => combineInto(here, step, part, line(along(inner), here))),
      );
      combineInto(here, step, parts, part);
    });
    take(here, parts);
  });
}

/** Sets `to` to the end of so many from `from` on, or to `last` if that comes before. */
export function setEnd(code: Code, to: Local, from: Local, count: number, last: number | Local): void {
  code.whole(last).get(from).i32(count).emit("i32.add").tee(to);
  code.whole(last).get(to).emit("i32.lt_u").emit("select").set(to);
}

export const accumulators = ({ lanes, vectors, tile }: Where, start: number): Value =>
  grid(tile?.rows ?? 1, vectors, () => lanes.hold(lanes.number(start)));

export function set({ code, lanes }: Where, local: Local, value: number): void {
  const numbers = lanes.isDouble ? new Float64Array(2).fill(value) : new Float32Array(4).fill(value);
  if (local.type === "v128") code.emit("v128.const", ...new Uint8Array(numbers.buffer));
  else if (local.type === "f64") code.f64(value);
  else code.f32(value);
  code.set(local);
}

export function combineInto({ code, lanes }: Where, step: Combination, total: Value, value: Value): void {
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
