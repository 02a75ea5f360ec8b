/**
 * Long lines in sections: where numbers that many lines share are too many for the nearest cache, a section of them is
 * brought near and goes into all lines before the next one is. Knows nothing of instructions.
 */
import { isOpen } from "../../lengths.js";
import { sizeOf } from "../../shape.js";
import { type Access, axisOf, compose, type Formula } from "../formula/formula.js";
import { canRepeat, isFold, type Pass } from "./schedule.js";

/** How many entries of a line: of each a block, 32 kB in all. */
export const SECTION = 512;

/** So many lines at least, or it does not pay to bring a section. */
const FEWEST_LINES = 8;

/**
 * What lies in memory and is brought near section by section for the lines of a formula, and which of its axes is the
 * stream: what goes along the stream and along the line, and along nothing else. Nothing, where the lines are short or few.
 */
export function sourcesOf(
  pass: Pass,
  formula: Formula,
  isInline: (formula: Formula) => boolean,
): ReadonlyMap<Formula, number> {
  const found = new Map<Formula, number>();
  if (formula.kind !== "reduce" || formula.fold.kind !== "combining" || isFold(pass, formula)) return found;
  const { fold, shape, length } = formula;
  const stream = pass.axes.get(formula);
  const others = shape.filter((_, axis) => axis !== stream);
  const isLong = isOpen(length) || length > SECTION;
  // Sums in memory are cleared to 0.
  if (stream === undefined || !isLong || fold.inFloat32 === 1 || fold.start !== 0) return found;
  if (pass.isDouble || pass.length < 16 || others.some(isOpen) || sizeOf(others) < FEWEST_LINES) return found;
  let isPlain = true;
  const visit = ({ from, at, indices }: Access): void => {
    isPlain &&= indices.length === 0;
    if (isInline(from)) {
      isPlain &&= from.kind === "map";
      if (from.kind === "map") for (const input of from.inputs) visit(compose(input, at));
      return;
    }
    const axes = at.map(axisOf);
    const isShared = axes.length === 2 && axes.includes(stream) && axes.includes(shape.length);
    const isWhole = from.shape.every((extent, axis) => extent === (axes[axis] === stream ? pass.length : length));
    if (isShared && isWhole && !canRepeat(from) && from.kind !== "flat" && from.kind !== "join")
      found.set(from, axes.indexOf(stream));
  };
  visit(formula.inputs[0]);
  return isPlain ? found : new Map();
}
