/**
 * Values: the entries of a formula, for where the code stands: out of a variable, scratch or memory where they are
 * there, else computed. Every formula is written by the same lines for lanes and for single entries, so both have the
 * same bits. Knows nothing of what is kept or when.
 */

import type { Fold } from "../../graph.js";
import { along, fixed, scaled, total } from "../formula/affine.js";
import type { Access, Checked, Formula, Mapped, Place, Position, Reduce } from "../formula/formula.js";
import type { Code, Local } from "../instructions/assembler.js";
import type { Lane } from "../instructions/lanes.js";
import { isInMemory, isInScratch, keyOfIndex, lanesOf, load, loadScratch, rowsIn } from "./access.js";
import { choosing } from "./choosing.js";
import { combining } from "./combining.js";
import type { FoldWriter } from "./folding.js";
import { entrywise, type Index, laneOf, own, remember, remembered, type Value, type Where } from "./walk.js";

/** What an access reads for an index of its reader. */
export const read = (here: Where, read: Access, index: readonly Index[]): Value =>
  entryOf(here, read.from, indexOf(here, read.at, index));

/** Where an access reads for an index of its reader. */
export const indexOf = (here: Where, positions: readonly Position[], index: readonly Index[]): readonly Index[] =>
  positions.map(({ offset, terms }) => {
    const inner: Index[] = terms.map(({ variable, factor }) =>
      scaled(
        typeof variable === "number" ? (index[variable] as Index) : along(positionOf(here, variable, index)),
        factor,
      ),
    );
    if (offset !== 0) inner.push(fixed(offset));
    return total(inner);
  });

/** A computed index as a variable. */
export function positionOf(here: Where, access: Access, index: readonly Index[]): Local {
  if (here.across) return positionOf({ ...here.across.single, copies: here.copies }, access, index);
  const lane = laneOf(read(here, access, index), 0, 0);
  if (!here.lanes.isVector) return lane.local;
  const local = own(here, here.code.local("i32"));
  here.code.get(lane.local).emit("i32x4.extract_lane", 0).set(local);
  return local;
}

export function entryOf(here: Where, formula: Formula, index: readonly Index[]): Value {
  const key = keyFor(formula, index);
  const known = remembered(here, key);
  if (known) return known;
  const value = write(here, formula, index);
  remember(here, key, value);
  return value;
}

const keyFor = (formula: Formula, index: readonly Index[]): string => `${formula.id} ${index.map(keyOfIndex)}`;

function write(here: Where, formula: Formula, index: readonly Index[]): Value {
  const { lanes } = here;
  if (formula.kind === "fill") {
    const number = formula.dtype === "int32" ? lanes.integer(formula.value) : lanes.number(formula.value);
    return [[lanes.hold(number)]];
  }
  if (isInScratch(here, formula, index)) return loadScratch(here, formula, index);
  if (isInMemory(here, formula, index)) return load(here, formula, index);
  if (formula.kind === "map") return map(here, formula, index);
  if (formula.kind === "reduce") return reduce(here, formula, index);
  if (formula.kind === "place") return place(here, formula, index);
  if (formula.kind === "checked") return check(here, formula, index);
  throw new Error(`the engine has no code for a ${formula.kind} here`);
}

function map(here: Where, { rules, attributes, inputs, dtype }: Mapped, index: readonly Index[]): Value {
  const { lanes } = here;
  const values = inputs.map((input) => read(here, input, index));
  if (rules === undefined) return entrywise(here, values, ([lane]) => lane as Lane);
  return entrywise(here, values, (given) =>
    lanes.rounded(rules.lanes(lanes, ...(given as never), attributes), dtype === "float32"),
  );
}

const writers: { readonly [Kind in Fold["kind"]]: FoldWriter<Extract<Fold, { kind: Kind }>> } = { combining, choosing };

export const writerOf = ({ fold }: Reduce): FoldWriter<Fold> => writers[fold.kind];

/** The value and the position that are chosen come out of one loop, whichever of them is asked for. */
function reduce(here: Where, formula: Reduce, index: readonly Index[]): Value {
  const [input] = formula.inputs;
  const pair = here.task.staging.pairs.get(formula) ?? [formula];
  const wantsPosition = pair.some(({ dtype }) => dtype === "int32");
  const isOfTile = index.some((each) => rowsIn(here, each).rows > 1);
  const folded = writerOf(formula).inline(
    isOfTile ? here : { ...here, tile: undefined },
    formula,
    wantsPosition,
    (each, here) => read(here, input, [...index, each]),
  );
  const partOf = ({ dtype }: Reduce): Value => (dtype === "int32" ? folded.position : folded.value);
  for (const each of pair) if (each !== formula) remember(here, keyFor(each, index), partOf(each));
  if (pair.every(({ dtype }) => dtype === "int32")) for (const { local } of folded.value.flat()) own(here, local);
  return partOf(formula);
}

function place(here: Where, { axis, inputs: [value, position] }: Place, index: readonly Index[]): Value {
  const { lanes } = here;
  const own = lanesOf(here, index[axis] as Index);
  return entrywise(here, [read(here, value, index), read(here, position, index), own], ([placed, there, here]) =>
    lanes.only(lanes.equal(there as Lane, here as Lane), placed as Lane),
  );
}

/** Negative indices count from the end. What is out of range is reported, and read as 0. */
function check(here: Where, { axis, length, inputs: [input] }: Checked, index: readonly Index[]): Value {
  const { code, lanes } = here;
  return entrywise(here, [read(here, input, index)], ([given]) => {
    const zero = lanes.integer(0);
    const wrapped = lanes.addWhole(
      given as Lane,
      lanes.choose(lanes.lessWhole(given as Lane, zero), lanes.integer(length), zero),
    );
    const isWrong = lanes.beyond(wrapped, lanes.integer(length));
    code.get(isWrong.local);
    if (lanes.isVector) code.emit("v128.any_true");
    code.when(() => {
      for (let lane = 0; lane < (lanes.isVector ? 4 : 1); lane++)
        reportWrong(here, given as Lane, isWrong, lane, axis, length);
    });
    return lanes.choose(isWrong, zero, wrapped);
  });
}

function reportWrong(
  { code, lanes, task }: Where,
  given: Lane,
  isWrong: Lane,
  lane: number,
  axis: number,
  length: number,
): void {
  const { base, offset } = task.room.report;
  const extract = ({ local }: Lane): Code => {
    code.get(local);
    return lanes.isVector ? code.emit("i32x4.extract_lane", lane) : code;
  };
  extract(isWrong);
  code.when(() => {
    code.get(base).i32(1).memory("i32.store", offset);
    code.get(base);
    extract(given).memory("i32.store", offset + 4);
    code
      .get(base)
      .i32(axis)
      .memory("i32.store", offset + 8);
    code
      .get(base)
      .i32(length)
      .memory("i32.store", offset + 12);
  });
}
