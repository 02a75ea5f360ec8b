/**
 * A pass as code: the loop over the stream, in blocks of SIMD lanes and then entry by entry, and in it what is kept
 * of a block and what the folds over the stream take in. Knows nothing of how memory is divided up or programs are
 * run.
 */
import { bytesOf, type Combining } from "../../graph.js";
import { sizeOf } from "../../shape.js";
import { along, fixed, scaled, total as totalOf } from "../formula/affine.js";
import {
  type Access,
  axesAlong,
  compose,
  dependsOn,
  type Formula,
  isComputedAlong,
  type Place,
  type Reduce,
} from "../formula/formula.js";
import type { Code, Local } from "../instructions/assembler.js";
import type { Planned } from "../schedule/plan.js";
import { isFold, type Pass, readingAxis } from "../schedule/schedule.js";
import {
  accumulatorBytes,
  canBeTurned,
  firstOfPair,
  isLanewise,
  isTakenTogether,
  MANY_MEMBERS,
} from "../schedule/staging.js";
import { addressOf, MACHINE_TYPES, rowMajorIndex, stageTransposed, store, storeScratch } from "./access.js";
import type { Accumulator, Folding, Line } from "./folding.js";
import { foldInSections } from "./sections.js";
import { rowsOf, rowsOfRead } from "./tiling.js";
import { entryOf, indexOf, positionOf, read, writerOf } from "./values.js";
import {
  asVectors,
  each,
  eachIndex,
  fourByFour,
  type Index,
  inScope,
  isUntiled,
  lastAxisOf,
  loop,
  oneByOne,
  type Room,
  rowOf,
  type Spot,
  start,
  type Task,
  type Value,
  type Where,
} from "./walk.js";

/**
 * The length of a block, in entries of the stream: four vectors. A stream shorter than that is one of blocks only where
 * nothing is combined along it: else the result would depend on whether its length is open.
 */
export function blockOf(pass: Pass): number {
  const { length, isDouble, members } = pass;
  if (isDouble) return length >= 8 ? 8 : 1;
  if (length >= 16) return 16;
  const isCombined = members.some((member) => isFold(pass, member) && (member as Reduce).fold.kind === "combining");
  return length >= 4 && !isCombined ? 4 : 1;
}

/** Where the code of a pass begins. */
export const beginPass = (code: Code, { pass, staging }: Planned, stored: ReadonlySet<Formula>, room: Room): Where =>
  start({ pass, members: new Set(pass.members), stored, staging, room, block: blockOf(pass) }, code);

/** Writes all of a pass that is not cut. */
export function writePass(here: Where): void {
  const { length } = here.task.pass;
  for (const fold of foldsOf(here)) clear(here, fold);
  const round = roundOf(here);
  if (length === 1) round(here);
  else writeLoops(here, length, round);
  writeFinish(here);
}

/** Writes what a pass does from one entry up to another, into accumulators of its own. */
export function writePart(here: Where, from: Local, end: Local): void {
  for (const fold of foldsOf(here)) clear(here, fold);
  writeLoopsUpTo(here, from, end, roundOf(here));
}

/** Writes how what a later chunk comes to, which lies in a room of its own, is taken in. */
export function writeCombination(here: Where, room: Room): void {
  const { code, task } = here;
  for (const fold of foldsOf(here)) {
    if (firstOfPair(task.staging, fold) !== fold) continue;
    inScope(here, (here) =>
      each(here, sizeOf(fold.shape), (entry, here) => {
        const later = accumulatorAt({ ...here, task: { ...task, room } }, fold, entry);
        writerOf(fold).combine(here, fold, accumulatorAt(here, fold, entry), later);
      }),
    );
  }
  if (task.pass.members.some(({ kind }) => kind === "checked")) takeOverReport(code, task.room.report, room.report);
}

/** Writes what makes values of the accumulators. */
export function writeFinish(here: Where): void {
  for (const fold of foldsOf(here)) finish(here, fold);
}

const foldsOf = ({ task: { pass } }: Where): Reduce[] =>
  pass.members.filter((member): member is Reduce => isFold(pass, member));

function roundOf(here: Where): (here: Where) => void {
  const kept = keptOf(here.task);
  const folds = foldsOf(here);
  return (here) => writeRound(here, kept, folds);
}

/** A wrong index of a later chunk is reported in place of an earlier one, as within a chunk. */
function takeOverReport(code: Code, report: Spot, later: Spot): void {
  code.get(later.base).memory("i32.load", later.offset);
  code.when(() => {
    code.get(report.base).get(later.base).memory("v128.load", later.offset).memory("v128.store", report.offset);
    code.get(later.base).i32(0).memory("i32.store", later.offset);
  });
}

function writeLoops(here: Where, length: number, round: (here: Where) => void): void {
  const { code } = here;
  const { block } = here.task;
  const inBlocks = block > 1 ? length - (length % block) : 0;
  const entry = code.local("i32");
  code.i32(0).set(entry);
  const inLoop = { ...here, stream: along(entry) };
  if (inBlocks > 0) loop(asVectors(inLoop), entry, block, inBlocks, round);
  if (inBlocks < length) loop(inLoop, entry, 1, length, round);
  code.release(entry);
}

/** The same two loops where the ends are known when the program runs: each of them may have nothing to do. */
function writeLoopsUpTo(here: Where, entry: Local, end: Local, round: (here: Where) => void): void {
  const { code } = here;
  const { block } = here.task;
  const inLoop = { ...here, stream: along(entry) };
  if (block > 1) {
    const inBlocks = code.local("i32");
    code.get(entry).get(end).i32(-block).emit("i32.and").tee(inBlocks).emit("i32.lt_u");
    code.when(() => loop(asVectors(inLoop), entry, block, inBlocks, round));
    code.release(inBlocks);
  }
  code.get(entry).get(end).emit("i32.lt_u");
  code.when(() => loop(inLoop, entry, 1, end, round));
}

/** What is kept of a block, each after what it needs. */
function keptOf({ pass, stored, staging }: Task): Formula[] {
  const ofPass = pass.members.filter((member) => stored.has(member) && !isFold(pass, member));
  return [...new Set([...staging.staged, ...ofPass])].sort((a, b) => a.id - b.id);
}

/** What is done for one block, or for one entry. */
function writeRound(here: Where, kept: readonly Formula[], folds: readonly Reduce[]): void {
  const { members, staging } = here.task;
  for (const formula of kept) {
    const before = { ...here, kept: formula.id };
    if (members.has(formula) && isLanewise(formula)) oneByOne(before, (here) => keep(here, formula));
    else keep(before, formula);
  }
  const after = { ...here, kept: Infinity };
  const apart = folds.filter((fold) => !isTakenTogether(fold) || staging.placed.has(fold));
  for (const fold of folds) if (!apart.includes(fold)) step(after, fold);
  if (apart.length > 0) {
    oneByOne(after, (here) => {
      for (const fold of apart) {
        if (staging.placed.has(fold)) stepInPlace(here, fold);
        else step(here, fold);
      }
    });
  }
}

/** Keeps all entries that a formula has at this entry of the stream. */
function keep(here: Where, formula: Formula): void {
  const isComputed = here.task.members.has(formula);
  // What lies in memory already is not brought near for single entries.
  if (!isComputed && !here.lanes.isVector) return;
  const write = (here: Where): void => (isComputed ? compute(here, formula) : bring(here, formula));
  // In a pass of very many formulas variables end where they were made; in others the block keeps them.
  if (here.scope === undefined || here.task.pass.members.length > MANY_MEMBERS) inScope(here, write);
  else write(here);
}

function compute(here: Where, formula: Formula): void {
  const { pass, staging, stored } = here.task;
  const given = at(readingAxis(pass, formula), here.stream);
  const last = lastAxisOf(formula.shape, given);
  const keepEntry = (index: readonly Index[], here: Where, value: Value): void => {
    if (staging.staged.has(formula)) storeScratch(here, formula, index, value);
    if (stored.has(formula)) store(here, formula, index, value);
  };
  const rows = last >= 0 && isUntiled(here) ? rowsOf(here.task, formula, last) : 1;
  if (!staging.sections.has(formula) || !here.lanes.isVector) {
    eachIndex(here, formula.shape, given, (index, here) => keepEntry(index, here, entryOf(here, formula, index)), rows);
    return;
  }
  const fold = formula as Folding<Combining>;
  const lineOf =
    (index: readonly Index[]): Line =>
    (each, here) =>
      read(here, fold.inputs[0], [...index, each]);
  foldInSections(here, fold, given, rows, lineOf, keepEntry);
}

/**
 * Copies entries to scratch, from memory or as they are computed where they are read: four at a time where they lie
 * side by side, along another axis than the block's.
 */
function bring(here: Where, formula: Formula): void {
  const { shape } = formula;
  const { pass, staging } = here.task;
  const axis = staging.axes.get(formula) as number;
  const given = at(axis, here.stream);
  const last = lastAxisOf(shape, given);
  const length = shape[last] as number;
  const inFours = canBeTurned(pass, formula, axis) ? length - (length % 4) : 0;
  if (inFours > 0) {
    eachIndex(here, shape.with(last, inFours / 4), given, (index, here) =>
      stageTransposed(here, formula, index.with(last, scaled(index[last] as Index, 4))),
    );
  }
  if (inFours < length) {
    eachIndex(here, shape.with(last, length - inFours), given, (index, here) => {
      const one = index.with(last, totalOf([index[last] as Index, fixed(inFours)]));
      storeScratch(here, formula, one, entryOf(here, formula, one));
    });
  }
}

const at = (axis: number | undefined, index: Index): Map<number, Index> =>
  new Map(axis === undefined ? [] : [[axis, index]]);

// Folds over the stream.

const bytesFor = ({ pass, staging }: Task, fold: Reduce): number => accumulatorBytes(fold, pass, staging);

function accumulatorAt(here: Where, fold: Reduce, entry: Index): Accumulator {
  const { base, offset } = here.task.room.accumulatorOf(fold);
  const bytes = bytesFor(here.task, fold);
  return { address: addressOf(here, base, entry, bytes), offset: offset + bytes * entry.offset, bytes };
}

function clear(here: Where, fold: Reduce): void {
  const { room, staging } = here.task;
  if (firstOfPair(staging, fold) !== fold) return;
  const { base, offset } = room.accumulatorOf(fold);
  const size = sizeOf(fold.shape);
  if (fold.fold.start === 0) {
    const bytes = bytesFor(here.task, fold) * size;
    here.code.get(base).i32(offset).emit("i32.add").i32(0).i32(bytes).emit("memory.fill", 0);
    return;
  }
  inScope(here, (here) =>
    each(here, size, (entry, here) => writerOf(fold).clear(here, fold, accumulatorAt(here, fold, entry))),
  );
}

function step(here: Where, fold: Reduce): void {
  if (firstOfPair(here.task.staging, fold) !== fold) return;
  const [input] = fold.inputs;
  const { shape } = fold;
  const rows = shape.length > 0 && isUntiled(here) ? rowsOfRead(here.task, input, shape.length - 1) : 1;
  const body = (index: readonly Index[], here: Where): void => {
    const value = read(here, input, [...index, here.stream]);
    const entry = rowMajorIndex(index, shape);
    for (let row = 0; row < (here.tile?.rows ?? 1); row++) {
      writerOf(fold).step(
        here,
        fold,
        [rowOf(value, row)],
        accumulatorAt(here, fold, { ...entry, offset: entry.offset + row }),
      );
    }
  };
  eachIndex(here, shape, new Map(), body, rows);
}

/** out[…, position, …] += value: of all that is summed only this differs from 0. */
function stepInPlace(here: Where, fold: Reduce): void {
  const { staging, pass } = here.task;
  const { stream } = here;
  const [input] = fold.inputs;
  const { shape } = fold;
  const axis = staging.placed.get(fold) as number;
  const [value, position] = (input.from as Place).inputs;
  // Along the axis that is placed along, neither the value nor the position depends on the index.
  const given = new Map<number, Index>([[axis, fixed(0)]]);
  const innerOf = (here: Where, index: readonly Index[]): readonly Index[] =>
    indexOf(here, input.at, [...index, stream]);
  const add = (index: readonly Index[], here: Where): void => {
    const inner = innerOf(here, index);
    const flat = placedIndex(fold, axis, index.with(axis, along(positionOf(here, position, inner))));
    const placed = read(here, value, inner);
    writerOf(fold).step(here, fold, placed, accumulatorAt(here, fold, flat));
  };
  // What is added to one place lies side by side along the last of the other axes.
  const last = shape.findLastIndex((_, each) => each !== axis);
  const length = shape[last] ?? 0;
  const isOnePlace = !dependsOn(compose(position, input.at)).has(last);
  const isAcross = isOnePlace && !pass.isDouble && goesAcross(here, compose(value, input.at), new Set([last]));
  const inFours = isAcross ? length - (length % 4) : 0;
  if (inFours === 0) {
    eachIndex(here, shape, given, add);
    return;
  }
  eachIndex(here, shape, given.set(last, fixed(0)), (index, here) => {
    positionOf(here, position, innerOf(here, index));
    fourByFour(here, inFours, (four, here) => add(index.with(last, four), here));
    for (let rest = inFours; rest < length; rest++) add(index.with(last, fixed(rest)), here);
  });
}

/** Whether neighbours along axes of the reader can be computed together: not if a computed index depends on these. */
function goesAcross(here: Where, access: Access, axes: ReadonlySet<number>): boolean {
  const { from } = access;
  if (isComputedAlong(access, axes)) return false;
  const own = axesAlong(access, axes);
  if (from.kind === "map") return from.inputs.every((input) => goesAcross(here, input, own));
  return from.kind === "leaf" || from.kind === "fill" || from.kind === "flat" || !here.task.members.has(from);
}

/** Where the accumulator of a placed fold lies: the axis that is placed along comes first. */
function placedIndex({ shape }: Reduce, axis: number, index: readonly Index[]): Index {
  const inOrder = <T>(each: readonly T[]): T[] => [each[axis] as T, ...each.toSpliced(axis, 1)];
  return rowMajorIndex(inOrder(index), inOrder(shape));
}

/** From the accumulators to the values of the fold. */
function finish(here: Where, fold: Reduce): void {
  const { room, staging } = here.task;
  const { base, offset } = room.storageOf(fold);
  const { dtype, shape } = fold;
  const axis = staging.placed.get(fold);
  const finishEntry = (here: Where, source: Index, target: Index): void => {
    const accumulator = accumulatorAt(here, fold, source);
    here.code.get(addressOf(here, base, target, bytesOf(dtype)));
    writerOf(fold).finish(here, fold, accumulator);
    here.code.memory(`${MACHINE_TYPES[dtype]}.store`, offset + bytesOf(dtype) * target.offset);
  };
  inScope(here, (here) => {
    if (axis === undefined) each(here, sizeOf(shape), (entry, here) => finishEntry(here, entry, entry));
    else {
      eachIndex(here, shape, new Map(), (index, here) =>
        finishEntry(here, placedIndex(fold, axis, index), rowMajorIndex(index, shape)),
      );
    }
  });
}
