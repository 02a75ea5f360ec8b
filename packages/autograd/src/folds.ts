/**
 * The folds: they tell the engine, which knows none by name, how a reduction of the operation table goes through a
 * line. To add a fold, add a row here and name it in a row of `ops`. Computes nothing.
 */
import type { Choosing, Combining } from "./graph.js";
import { named } from "./kinds.js";

const combining = (
  step: Combining["step"],
  start: number,
  inFloat32: number,
  skipsZeros: boolean,
  takesOutFactors: boolean,
  repeated: Combining["repeated"],
): Combining => ({ kind: "combining", step, start, inFloat32, skipsZeros, takesOutFactors, repeated });

const choosing = (start: number, wins: Choosing["wins"]): Choosing => ({
  kind: "choosing",
  start,
  wins,
  repeated: (entry) => entry,
});

// Adding 0 turns −0 into 0, as a sum that starts at 0 does.
// biome-ignore format: one fold a line, in columns
export const folds = named({
  //                  step   of nothing  in float32  skips zeros  factors come out  of equal entries
  sum:      combining("add", 0,          8,          true,        true,             (entry, length) => entry * length + 0),
  // A product soon leaves the range of float32.
  product:  combining("mul", 1,          1,          false,       false,            (entry, length) => entry ** length),

  //                 of nothing  whether an entry wins over the best before it
  smallest: choosing(Infinity,   (lanes, entry, best) => lanes.wins(entry, best, false)),
  largest:  choosing(-Infinity,  (lanes, entry, best) => lanes.wins(entry, best, true)),
});
