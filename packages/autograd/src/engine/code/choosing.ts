/**
 * Folds that choose, as code: an entry takes the place of the best before it where it wins, and with it goes its
 * position. Knows no fold by name.
 */
import type { Choosing } from "../../graph.js";
import type { Lane } from "../instructions/lanes.js";
import { lanesOf, sumOnStack } from "./access.js";
import type { Accumulator, Folding, FoldWriter } from "./folding.js";
import { rowsOfRead } from "./tiling.js";
import { eachLane, eachTile, grid, isUntiled, laneOf, type Value, type Where } from "./walk.js";

export const choosing: FoldWriter<Choosing> = {
  inline(here, { length, fold, inputs, shape }, wantsPosition, line) {
    const { code, lanes, vectors } = here;
    const accumulators = (write: () => Lane): Value => grid(here.tile?.rows ?? 1, vectors, () => lanes.hold(write()));
    const best = accumulators(() => lanes.number(fold.start));
    const position = wantsPosition ? accumulators(() => lanes.integer(0)) : [];
    const rows = isUntiled(here) ? rowsOfRead(here.task, inputs[0], shape.length) : 1;
    eachTile(here, length, rows, (index, here) => {
      const value = line(index, here);
      const where = wantsPosition ? lanesOf(here, index) : [];
      // Nothing comes before the first.
      const isFirst = index.terms.length === 0 && index.offset === 0;
      eachLane(best, here.tile?.rows ?? 1, (lane, row, vector) => {
        const entry = laneOf(value, row, vector);
        if (isFirst) {
          code.get(entry.local).set(lane.local);
          return;
        }
        const wins = fold.wins(lanes, entry, lane);
        chooseInto(here, lane, wins, entry);
        if (wantsPosition) raiseTo(here, laneOf(position, row, vector), wins, laneOf(where, row, vector));
        code.release(lanes.hold(wins).local);
      });
    });
    return { value: best, position };
  },

  clear(here, { fold: { start } }, { address, offset, bytes }) {
    const { code } = here;
    const float = floatOf(here);
    code.get(address)[float](start).memory(`${float}.store`, offset);
    code
      .get(address)
      .i32(0)
      .memory("i32.store", offset + bytes / 2);
  },

  step(here, folding, value, accumulator) {
    takeIfBetter(here, folding, accumulator, laneOf(value, 0, 0), () => sumOnStack(here.code, here.stream, 1));
  },

  combine(here, folding, accumulator, { address, offset, bytes }) {
    const { code, lanes } = here;
    code.get(address).memory(`${floatOf(here)}.load`, offset);
    const entry = lanes.hold(lanes.take("float"));
    takeIfBetter(here, folding, accumulator, entry, () => code.get(address).memory("i32.load", offset + bytes / 2));
    code.release(entry.local);
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

/** Puts an entry in the place of the best so far if it wins, and its position with it. */
function takeIfBetter(
  here: Where,
  { fold }: Folding<Choosing>,
  { address, offset, bytes }: Accumulator,
  entry: Lane,
  position: () => void,
): void {
  const { code, lanes } = here;
  const float = floatOf(here);
  code.get(address).memory(`${float}.load`, offset);
  const wins = fold.wins(lanes, entry, lanes.take("float"));
  code.get(wins.local).when(() => {
    code.get(address).get(entry.local).memory(`${float}.store`, offset).get(address);
    position();
    code.memory("i32.store", offset + bytes / 2);
  });
  code.release(lanes.hold(wins).local);
}

/** What numbers of the pass are. */
const floatOf = ({ lanes }: Where): "f32" | "f64" => (lanes.isDouble ? "f64" : "f32");

function chooseInto({ code, lanes }: Where, { local }: Lane, mask: Lane, value: Lane): void {
  code.get(value.local).get(local).get(mask.local);
  code.emit(lanes.isVector ? "v128.bitselect" : "select").set(local);
}

/** Chooses a position where it wins. They come in rising order: so in vectors the larger one is right, and quicker. */
function raiseTo(here: Where, position: Lane, mask: Lane, where: Lane): void {
  const { code, lanes } = here;
  if (!lanes.isVector) chooseInto(here, position, mask, where);
  else {
    code.get(mask.local).get(where.local).emit("v128.and");
    code.get(position.local).emit("i32x4.max_s").set(position.local);
  }
}
