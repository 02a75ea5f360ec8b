/**
 * Where the code that is being written stands, and the ways from there through the entries of a pass: in vectors or
 * one by one, in loops or written out. Where it stands is a value that is passed down and never changed; only what
 * has been computed is noted, in the scope of the loop that it was computed in. Knows nothing of how values are made.
 */
import { isOpen } from "../../lengths.js";
import type { Shape } from "../../shape.js";
import { type Affine, along, fixed, type Term } from "../formula/affine.js";
import type { Formula, Reduce } from "../formula/formula.js";
import type { Code, Local } from "../instructions/assembler.js";
import { type Lane, Lanes } from "../instructions/lanes.js";
import type { Pass } from "../schedule/schedule.js";
import { MOST_COPIES, SHORT_LOOP, type Staging } from "../schedule/staging.js";

/** A place in memory: so many bytes from an address that a variable holds. */
export interface Spot {
  readonly base: Local;
  readonly offset: number;
}

/** Where values lie; `strides` count entries. */
export interface Storage extends Spot {
  readonly strides: readonly number[];
}

/** Where the code finds and leaves what it works on. */
export interface Room {
  /** The values of what is in memory before the pass, and of what it stores. */
  readonly storageOf: (formula: Formula) => Storage;
  /** Of what is staged: for each of its entries, without the stream, a block of the stream. */
  readonly scratchOf: (formula: Formula) => Spot;
  /** Of a fold in sections: for each of its entries, without the stream, a block of float64. */
  readonly sectionOf: (fold: Formula) => Spot;
  /** Of a fold over the stream: for each entry `accumulatorBytes`, in the block of what a chunk comes to. */
  readonly accumulatorOf: (fold: Reduce) => Spot;
  /** An open length of the program, as a variable. */
  readonly lengthOf: (open: number) => Local;
  /** Where a wrong index is reported: its axis and length, one word each, after the index and a 1. */
  readonly report: Spot;
}

/** What is being written: the pass, and what is known of it before. */
export interface Task {
  readonly pass: Pass;
  readonly members: ReadonlySet<Formula>;
  readonly stored: ReadonlySet<Formula>;
  readonly staging: Staging;
  readonly room: Room;
  /** The length of a block. */
  readonly block: number;
}

/** A place along an axis, or in memory, as the code has it. */
export type Index = Affine<Local>;

/**
 * The value at each entry of a tile, and there of each vector of a block; only one where all entries of the tile, or of
 * the block, have the same.
 */
export type Value = readonly (readonly Lane[])[];

/** What is in variables already, by formula and index. The variables end with the scope. */
export interface Scope {
  readonly outer: Scope | undefined;
  /** What goes on from round to round, if the scope is a loop, and the loop's number. */
  readonly loop: { readonly counter: Local; readonly number: number } | undefined;
  readonly values: Map<string, Value>;
  readonly addresses: Map<string, Local>;
  readonly locals: Local[];
}

export interface Where {
  readonly task: Task;
  readonly code: Code;
  /** How entries are gone through: so many vectors of them together, or one after another. */
  readonly lanes: Lanes;
  readonly vectors: number;
  /** The entry of the stream, or the first one of the block; and which of the block's entries it is. */
  readonly stream: Index;
  readonly lane: Index;
  /** Where a section of long lines is gone through: where it starts, and what has been brought near for it. */
  readonly section: { readonly start: Local; readonly sources: ReadonlySet<Formula> } | undefined;
  /** Where several entries along another axis are computed together: what goes along it, and how many they are. */
  readonly tile: { readonly along: Local; readonly rows: number } | undefined;
  /** Where four neighbours of an entry are computed together: what goes along them, and where single values are computed. */
  readonly across: { readonly along: Local; readonly single: Where } | undefined;
  /** Of what this round of the loop keeps, formulas with a smaller number are in memory or scratch already. */
  readonly kept: number;
  readonly scope: Scope | undefined;
  /** How many times the code that is being written stands there, because short loops are written out. */
  readonly copies: number;
}

/** Before the loop over the stream. */
export const start = (task: Task, code: Code): Where => ({
  task,
  code,
  lanes: new Lanes(code, false, task.pass.isDouble),
  vectors: 1,
  stream: fixed(0),
  lane: fixed(0),
  section: undefined,
  tile: undefined,
  across: undefined,
  kept: 0,
  scope: undefined,
  copies: 1,
});

// What is in variables.

/** A variable that lives as long as the scope. */
export function own(here: Where, local: Local): Local {
  here.scope?.locals.push(local);
  return local;
}

export function remembered(here: Where, key: string): Value | undefined {
  for (let { scope } = here; scope; scope = scope.outer) {
    const known = scope.values.get(key);
    if (known) return known;
  }
  return undefined;
}

export function remember({ scope }: Where, key: string, value: Value): void {
  if (scope === undefined) return;
  scope.values.set(key, value);
  for (const { local } of value.flat()) scope.locals.push(local);
}

/** Variables that are made in `body` end with it. */
export function inScope(here: Where, body: (here: Where) => void, loop?: Scope["loop"]): void {
  const scope: Scope = { outer: here.scope, loop, values: new Map(), addresses: new Map(), locals: [] };
  body({ ...here, scope });
  for (const local of scope.locals) here.code.release(local);
}

/** The value at one entry of a tile. */
export const rowOf = (value: Value, row: number): readonly Lane[] =>
  value[Math.min(row, value.length - 1)] as readonly Lane[];

/** The value for one vector at one entry of a tile. */
export function laneOf(value: Value, row: number, vector: number): Lane {
  const lanes = rowOf(value, row);
  return lanes[Math.min(vector, lanes.length - 1)] as Lane;
}

/** What `write` makes for each entry of a tile, and there for each vector. */
export const grid = (rows: number, vectors: number, write: (row: number, vector: number) => Lane): Value =>
  Array.from({ length: rows }, (_, row) => Array.from({ length: vectors }, (_, vector) => write(row, vector)));

/**
 * What goes on with the entries of a tile, row by row: with each row in an own one of `total`, or one after another in
 * its only one.
 */
export function eachLane(total: Value, rows: number, take: (lane: Lane, row: number, vector: number) => void): void {
  for (let row = 0; row < rows; row++) {
    rowOf(total, row).forEach((lane, vector) => {
      take(lane, row, vector);
    });
  }
}

/** Once for each entry of a tile and each vector, or once for all where all inputs are the same for all. */
export function entrywise(here: Where, values: readonly Value[], write: (lanes: readonly Lane[]) => Lane): Value {
  const rows = Math.max(...values.map((value) => value.length));
  const vectors = Math.max(...values.flat().map((lanes) => lanes.length));
  return grid(rows, vectors, (row, vector) =>
    here.lanes.hold(write(values.map((value) => laneOf(value, row, vector)))),
  );
}

// Ways to go through entries.

/** The entries of a block together, in vectors. */
export function asVectors(here: Where): Where {
  const lanes = new Lanes(here.code, true, here.lanes.isDouble);
  return { ...here, lanes, vectors: here.task.block / lanes.width };
}

/** The entries of a block one after another. */
export function oneByOne(here: Where, write: (here: Where) => void): void {
  const { code, lanes, stream, task } = here;
  if (!lanes.isVector) {
    write(here);
    return;
  }
  const [{ variable: first }] = stream.terms as readonly [Term<Local>];
  const lane = code.local("i32");
  const entry = code.local("i32");
  const one = { ...here, lanes: new Lanes(code, false, lanes.isDouble), vectors: 1, scope: undefined };
  code.i32(0).set(lane);
  loop({ ...one, stream: along(entry), lane: along(lane) }, lane, 1, task.block, (here) => {
    code.get(first).get(lane).emit("i32.add").set(entry);
    write(here);
  });
  code.release(lane);
  code.release(entry);
}

/** Four entries at a time along an axis that is not the stream, for one entry of the stream. `end` is a multiple of 4. */
export function fourByFour(here: Where, end: number, write: (index: Index, here: Where) => void): void {
  const { code } = here;
  const counter = code.local("i32");
  code.i32(0).set(counter);
  const four = {
    ...here,
    lanes: new Lanes(code, true),
    vectors: 1,
    scope: undefined,
    across: { along: counter, single: here },
  };
  // Several in a round share addresses: for 32 coordinates that saves 5 % of a k-means step.
  const round = [16, 8, 4].find((width) => end % width === 0) as number;
  loop(four, counter, round, end, (here) => {
    for (let first = 0; first < round; first += 4) write({ ...along(counter), offset: first }, here);
  });
  code.release(counter);
}

/** Runs `body` while `counter` goes on by `step`, from what it is, below `end`. */
export function loop(
  here: Where,
  counter: Local,
  step: number,
  end: number | Local,
  body: (here: Where) => void,
): void {
  const { code } = here;
  const number = code.depth;
  code.repeat(() => {
    inScope(here, body, { counter, number });
    code.get(counter).i32(step).emit("i32.add").tee(counter);
    code.whole(end).emit("i32.lt_u");
  });
}

/**
 * Every index below `length`. Short loops are written out, long ones not even in part: with twice as much code the
 * k-means step of 32 coordinates takes as long, with four times as much it takes 17 % longer.
 */
export function each(here: Where, length: number, body: (index: Index, here: Where) => void): void {
  const copies = here.copies * length;
  if (length <= SHORT_LOOP && (here.task.staging.isWrittenOut || copies <= MOST_COPIES)) {
    const copy = { ...here, copies };
    for (let index = 0; index < length; index++) body(fixed(index), copy);
    return;
  }
  const counter = here.code.local("i32");
  here.code.i32(0).set(counter);
  loop(here, counter, 1, endOf(here, length), (here) => body(along(counter), here));
  here.code.release(counter);
}

/** A length, or where it is open the variable that has it. */
export const endOf = ({ task }: Where, length: number): number | Local =>
  isOpen(length) ? task.room.lengthOf(length) : length;

/** Whether nothing but the entries of a block is computed together. */
export const isUntiled = ({ tile, across, lanes }: Where): boolean =>
  tile === undefined && across === undefined && lanes.isVector;

/** Every index below `length`, so many rows of them together; the last ones may be fewer. */
export function eachTile(here: Where, length: number, rows: number, body: (index: Index, here: Where) => void): void {
  if (rows === 1) {
    each(here, length, body);
    return;
  }
  const counter = here.code.local("i32");
  here.code.i32(0).set(counter);
  const tile = (rows: number) => (here: Where) => body(along(counter), { ...here, tile: { along: counter, rows } });
  const rest = length % rows;
  if (rest < length) loop(here, counter, rows, length - rest, tile(rows));
  if (rest > 0) inScope(here, tile(rest));
  here.code.release(counter);
}

/**
 * Every index of a shape; along the axes of `given` only the one that is given. Along the last of the other axes so many
 * rows together.
 */
export function eachIndex(
  here: Where,
  shape: Shape,
  given: ReadonlyMap<number, Index>,
  body: (index: readonly Index[], here: Where) => void,
  rows = 1,
): void {
  const last = lastAxisOf(shape, given);
  const next = (here: Where, axis: number, index: readonly Index[]): void => {
    const known = given.get(axis);
    if (axis === shape.length) body(index, here);
    else if (known) next(here, axis + 1, [...index, known]);
    else {
      eachTile(here, shape[axis] as number, axis === last ? rows : 1, (one, here) =>
        next(here, axis + 1, [...index, one]),
      );
    }
  };
  next(here, 0, []);
}

/** The last axis along which no index is given. */
export const lastAxisOf = (shape: Shape, given: ReadonlyMap<number, Index>): number =>
  shape.findLastIndex((_, axis) => !given.has(axis));
