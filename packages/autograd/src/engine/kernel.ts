/**
 * A pass as code: the loop over the stream, in blocks of SIMD lanes and then entry by entry, and in it whatever is
 * computed for a block. Every formula is written by the same lines for lanes and for single entries, so both have
 * the same bits. Knows nothing of how memory is divided up or programs are run.
 */
import { bytesOf, type DType } from "../graph.js";
import { type Shape, sizeOf } from "../shape.js";
import { contiguous } from "../view.js";
import { at, type Index, keyOf, scaled, sum, variable } from "./affine.js";
import type { Code, Local, Type } from "./assembler.js";
import {
  type Access,
  type Checked,
  compose,
  dependsOn,
  type Formula,
  indicesOf,
  type Map as MapFormula,
  type Place,
  type Position,
  type Reduce,
} from "./formula.js";
import { type Lane, Lanes } from "./lanes.js";
import { isOpen } from "./lengths.js";
import { canRepeat, isFold, type Pass, readingAxis } from "./schedule.js";
import {
  accumulatorBytes,
  isLanewise,
  MANY_MEMBERS,
  MOST_COPIES,
  pairKey,
  SHORT_LOOP,
  STRIDED_LOAD,
  type Staging,
} from "./staging.js";

/** Where values lie, in bytes from an address that a variable holds; `strides` count entries. */
export interface Storage {
  readonly base: Local;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Where the code finds and leaves what it works on. */
export interface Room {
  /** The values of what is in memory before the pass, and of what it stores. */
  readonly storageOf: (formula: Formula) => Storage;
  /** Of what is staged: for each of its entries, without the stream, a block of the stream. */
  readonly scratchOf: (formula: Formula) => { readonly base: Local; readonly offset: number };
  /** Of a fold over the stream: for each entry `accumulatorBytes`. */
  readonly accumulatorOf: (fold: Reduce) => { readonly base: Local; readonly offset: number };
  /** An open length of the program, as a variable. */
  readonly lengthOf: (open: number) => Local;
  /** Where a wrong index is reported: its axis and length, one word each, after the index and a 1. */
  readonly report: { readonly base: Local; readonly offset: number };
}

/**
 * The length of a block, in entries of the stream. Float64 is computed entry by entry. A stream shorter than 16 is one
 * of blocks only where nothing is summed along it: else the sum would depend on whether its length is open.
 */
export function blockOf(pass: Pass): number {
  const { length, isDouble, members } = pass;
  if (isDouble) return 1;
  if (length >= 16) return 16;
  return length >= 4 && !members.some((member) => isFold(pass, member)) ? 4 : 1;
}

/** A value of each vector of a block; only one, where all entries of the block have the same. */
type Value = readonly Lane[];

/** Writes the loop of a pass, with what comes before and after it. */
export function writePass(code: Code, pass: Pass, stored: ReadonlySet<Formula>, staging: Staging, room: Room): void {
  const writer = new PassWriter(code, pass, stored, staging, room);
  writer.write();
}

interface Scope {
  readonly values: Map<string, Value>;
  readonly addresses: Map<string, Local>;
  readonly locals: Local[];
}

/** How values are computed, and which are there already. */
type Mode = readonly [lanes: Lanes, vectors: number, scopes: Scope[]];

class PassWriter {
  readonly #code: Code;
  readonly #pass: Pass;
  readonly #stored: ReadonlySet<Formula>;
  readonly #staging: Staging;
  readonly #room: Room;
  readonly #members: ReadonlySet<Formula>;
  readonly #block: number;
  readonly #pairs = new Map<string, Reduce[]>();

  /** How the entries of a block are gone through: all together in vectors, or one after another. */
  #lanes: Lanes;
  #vectors = 1;
  /** The entry of the stream, or the first one of the block; and which of the block's entries it is. */
  #stream: Index = at(0);
  #lane: Index = at(0);
  /** Where four neighbours of an entry are computed together: what goes along them, and how to compute single values. */
  #across: { readonly along: Local; readonly single: Mode } | undefined;
  /** What has its values in memory or scratch already, in this round of the loop. */
  #done = new Set<Formula>();
  /** Values that are in variables, by formula and index; each loop has its own. */
  #scopes: Scope[] = [];
  /** How many times the code that is being written stands there, because short loops are written out. */
  #copies = 1;

  constructor(code: Code, pass: Pass, stored: ReadonlySet<Formula>, staging: Staging, room: Room) {
    this.#code = code;
    this.#pass = pass;
    this.#stored = stored;
    this.#staging = staging;
    this.#room = room;
    this.#members = new Set(pass.members);
    this.#block = blockOf(pass);
    this.#lanes = new Lanes(code, false, pass.isDouble);
    for (const member of pass.members) {
      if (member.kind !== "reduce" || member.fold === "sum") continue;
      const pair = this.#pairs.get(pairKey(member));
      if (pair) pair.push(member);
      else this.#pairs.set(pairKey(member), [member]);
    }
  }

  write(): void {
    const { length } = this.#pass;
    const folds = this.#pass.members.filter((member): member is Reduce => isFold(this.#pass, member));
    for (const fold of folds) this.#clear(fold);
    if (length === 1) {
      this.#body(folds);
    } else if (isOpen(length)) {
      this.#openLoops(this.#room.lengthOf(length), () => this.#body(folds));
    } else {
      const inBlocks = this.#block > 1 ? length - (length % this.#block) : 0;
      const entry = this.#code.local("i32");
      this.#code.i32(0).set(entry);
      this.#stream = variable(entry);
      if (inBlocks > 0) {
        this.#asVectors(() => this.#loop(entry, this.#block, inBlocks, () => this.#body(folds)));
      }
      if (inBlocks < length) this.#loop(entry, 1, length, () => this.#body(folds));
      this.#code.release(entry);
    }
    for (const fold of folds) this.#finish(fold);
  }

  /** The same two loops where the length is known when the program runs: each of them may have nothing to do. */
  #openLoops(end: Local, body: () => void): void {
    const entry = this.#code.local("i32");
    this.#code.i32(0).set(entry);
    this.#stream = variable(entry);
    if (this.#block > 1) {
      const inBlocks = this.#code.local("i32");
      this.#code.get(end).i32(-this.#block).emit("i32.and").tee(inBlocks);
      this.#code.when(() => this.#asVectors(() => this.#loop(entry, this.#block, inBlocks, body)));
      this.#code.release(inBlocks);
    }
    this.#code.get(entry).get(end).emit("i32.lt_u");
    this.#code.when(() => this.#loop(entry, 1, end, body));
    this.#code.release(entry);
  }

  /** What is done for one block, or for one entry. */
  #body(folds: readonly Reduce[]): void {
    this.#done = new Set();
    for (const formula of this.#inOrder()) {
      if (this.#members.has(formula) && isLanewise(formula)) this.#oneByOne(() => this.#keep(formula));
      else this.#keep(formula);
      this.#done.add(formula);
    }
    const { placed } = this.#staging;
    const apart = folds.filter((fold) => fold.fold !== "sum" || isLanewise(fold) || placed.has(fold));
    for (const fold of folds) if (!apart.includes(fold)) this.#addUp(fold);
    if (apart.length > 0) {
      this.#oneByOne(() => {
        for (const fold of apart) {
          if (fold.fold !== "sum") this.#compare(fold);
          else if (placed.has(fold)) this.#addInPlace(fold);
          else this.#addUp(fold);
        }
      });
    }
  }

  /** What is kept of a block, each after what it needs. */
  #inOrder(): Formula[] {
    const stored = this.#pass.members.filter((member) => this.#stored.has(member) && !isFold(this.#pass, member));
    return [...new Set([...this.#staging.staged, ...stored])].sort((a, b) => a.id - b.id);
  }

  // Ways to go through entries.

  #asVectors(write: () => void): void {
    this.#in([new Lanes(this.#code, true), this.#block / 4, this.#scopes], write);
  }

  /** The entries of a block one after another. */
  #oneByOne(write: () => void): void {
    if (!this.#lanes.isVector) {
      write();
      return;
    }
    const first = this.#stream;
    const lane = this.#code.local("i32");
    const entry = this.#code.local("i32");
    this.#code.i32(0).set(lane);
    this.#lane = variable(lane);
    this.#in([new Lanes(this.#code, false), 1, []], () =>
      this.#loop(lane, 1, this.#block, () => {
        this.#code
          .get((first.terms[0] as Index["terms"][number]).local)
          .get(lane)
          .emit("i32.add")
          .set(entry);
        this.#stream = variable(entry);
        write();
      }),
    );
    this.#lane = at(0);
    this.#stream = first;
    this.#code.release(lane);
    this.#code.release(entry);
  }

  /** Four entries at a time along an axis that is not the stream, for one entry of the stream. `end` is a multiple of 4. */
  #fourByFour(end: number, write: (index: Index) => void): void {
    const along = this.#code.local("i32");
    this.#code.i32(0).set(along);
    const single: Mode = [this.#lanes, this.#vectors, this.#scopes];
    this.#across = { along, single };
    // Several in a round share addresses: for 32 coordinates that saves 5 % of a k-means step.
    const round = [16, 8, 4].find((width) => end % width === 0) as number;
    this.#in([new Lanes(this.#code, true), 1, []], () =>
      this.#loop(along, round, end, () => {
        for (let start = 0; start < round; start += 4) write({ ...variable(along), offset: start });
      }),
    );
    this.#across = undefined;
    this.#code.release(along);
  }

  #in<T>(mode: Mode, write: () => T): T {
    const before: Mode = [this.#lanes, this.#vectors, this.#scopes];
    [this.#lanes, this.#vectors, this.#scopes] = mode;
    const result = write();
    [this.#lanes, this.#vectors, this.#scopes] = before;
    return result;
  }

  /** Runs `body` while `counter` goes on by `step`, from what it is, below `end`. */
  #loop(counter: Local, step: number, end: number | Local, body: () => void): void {
    this.#code.repeat(() => {
      this.#scope(body);
      this.#code.get(counter).i32(step).emit("i32.add").tee(counter);
      if (typeof end === "number") this.#code.i32(end);
      else this.#code.get(end);
      this.#code.emit("i32.lt_u");
    });
  }

  /** Variables that are made in `body` end with it. */
  #scope(body: () => void): void {
    this.#scopes.push({ values: new Map(), addresses: new Map(), locals: [] });
    body();
    for (const local of this.#scopes.pop()?.locals ?? []) this.#code.release(local);
  }

  /** A variable that lives as long as the scope. */
  #own(local: Local): Local {
    this.#scopes.at(-1)?.locals.push(local);
    return local;
  }

  /**
   * Every index below `length`. Short loops are written out, long ones not even in part: with twice as much code the
   * k-means step of 32 coordinates takes as long, with four times as much it takes 17 % longer.
   */
  #each(length: number, body: (index: Index) => void): void {
    const copies = this.#copies;
    if (length <= SHORT_LOOP && copies * length <= MOST_COPIES) {
      this.#copies = copies * length;
      for (let each = 0; each < length; each++) body(at(each));
      this.#copies = copies;
      return;
    }
    const counter = this.#code.local("i32");
    this.#code.i32(0).set(counter);
    this.#loop(counter, 1, length, () => body(variable(counter)));
    this.#code.release(counter);
  }

  /** Every index of a shape; along the axes of `given` only the one that is given. */
  #eachIndex(shape: Shape, given: ReadonlyMap<number, Index>, body: (index: readonly Index[]) => void): void {
    const next = (axis: number, index: readonly Index[]): void => {
      const known = given.get(axis);
      if (axis === shape.length) body(index);
      else if (known) next(axis + 1, [...index, known]);
      else this.#each(shape[axis] as number, (each) => next(axis + 1, [...index, each]));
    };
    next(0, []);
  }

  // Values.

  #read(read: Access, index: readonly Index[]): Value {
    return this.#value(
      read.from,
      read.at.map((position) => this.#index(position, index)),
    );
  }

  #index({ offset, terms }: Position, index: readonly Index[]): Index {
    const inner = terms.map(({ variable: axis, factor }) =>
      scaled(typeof axis === "number" ? (index[axis] as Index) : variable(this.#position(axis, index)), factor),
    );
    return inner.reduce(sum, at(offset));
  }

  /** A computed index as a variable. */
  #position(read: Access, index: readonly Index[]): Local {
    const across = this.#across;
    if (across) {
      this.#across = undefined;
      const position = this.#in(across.single, () => this.#position(read, index));
      this.#across = across;
      return position;
    }
    const [lane] = this.#read(read, index) as [Lane];
    if (!this.#lanes.isVector) return lane.local;
    const local = this.#own(this.#code.local("i32"));
    this.#code.get(lane.local).emit("i32x4.extract_lane", 0).set(local);
    return local;
  }

  #value(formula: Formula, index: readonly Index[]): Value {
    const key = `${formula.id} ${index.map(keyOf)}`;
    for (const { values } of this.#scopes) {
      const known = values.get(key);
      if (known) return known;
    }
    const value = this.#write(formula, index);
    this.#remember(key, value);
    return value;
  }

  #remember(key: string, value: Value): void {
    const scope = this.#scopes.at(-1);
    scope?.values.set(key, value);
    for (const { local } of value) scope?.locals.push(local);
  }

  #write(formula: Formula, index: readonly Index[]): Value {
    if (formula.kind === "fill") {
      return [
        this.#lanes.keep(
          formula.dtype === "int32" ? this.#lanes.integer(formula.value) : this.#lanes.number(formula.value),
        ),
      ];
    }
    if (this.#isInScratch(formula, index)) return this.#loadScratch(formula, index);
    if (this.#isInMemory(formula, index)) return this.#load(formula, index);
    if (formula.kind === "map") return this.#map(formula, index);
    if (formula.kind === "reduce")
      return formula.fold === "sum" ? this.#sum(formula, index) : this.#extreme(formula, index);
    if (formula.kind === "place") return this.#place(formula, index);
    if (formula.kind === "checked") return this.#check(formula, index);
    throw new Error(`the engine has no code for a ${formula.kind} here`);
  }

  /** Whether an entry's value is in memory: from before the pass, or from earlier in this round of its loop. */
  #isInMemory(formula: Formula, index: readonly Index[]): boolean {
    if (!this.#members.has(formula)) return !canRepeat(formula);
    return (
      this.#stored.has(formula) && this.#done.has(formula) && this.#isHere(index[this.#pass.axes.get(formula) ?? -1])
    );
  }

  /** Whether an index along the stream is that of the block. */
  #isHere(index: Index | undefined): boolean {
    return index === undefined || keyOf(index) === keyOf(this.#stream);
  }

  #map({ rules, attributes, inputs, dtype }: MapFormula, index: readonly Index[]): Value {
    const values = inputs.map((input) => this.#read(input, index));
    if (rules === undefined) return (values[0] as Value).map((lane) => this.#lanes.keep(lane));
    return this.#entrywise(values, (lanes) =>
      this.#rounded(rules.lanes(this.#lanes, ...(lanes as never), attributes), dtype),
    );
  }

  /** What is float32 stays float32 where a pass computes in float64. */
  #rounded(lane: Lane, dtype: DType): Lane {
    if (!this.#pass.isDouble || dtype !== "float32") return lane;
    this.#code.get(lane.local).emit("f32.demote_f64").emit("f64.promote_f32");
    return this.#lanes.take("float");
  }

  /** Once for each vector, or once for all where all inputs are the same for all. */
  #entrywise(values: readonly Value[], write: (lanes: readonly Lane[]) => Lane): Value {
    const vectors = Math.max(...values.map((value) => value.length));
    return Array.from({ length: vectors }, (_, vector) =>
      this.#lanes.keep(write(values.map((value) => value[Math.min(vector, value.length - 1)] as Lane))),
    );
  }

  /**
   * Up to 16 terms are added one by one in float32, up to 64 in groups of 8, more in float64, in groups of 8 too. Where
   * a pass computes in float64, all of this is float64.
   */
  #sum(formula: Reduce, index: readonly Index[]): Value {
    const {
      length,
      inputs: [input],
    } = formula;
    const total = this.#accumulators("float", 0);
    if (length <= 16) {
      this.#each(length, (each) => this.#addTo(total, this.#read(input, [...index, each])));
      return this.#summed(total, formula);
    }
    const isWide = length > 64 && !this.#pass.isDouble;
    const wide = isWide ? this.#wideAccumulators() : [];
    const part = this.#accumulators("float", 0);
    for (const { local } of part) this.#own(local);
    const addGroup = (start: Index, count: number): void => {
      for (const { local } of part) this.#zero(local);
      this.#scope(() =>
        this.#each(count, (each) => this.#addTo(part, this.#read(input, [...index, sum(start, each)]))),
      );
      if (isWide) this.#addWide(wide, part);
      else this.#addTo(total, part);
    };
    const counter = this.#code.local("i32");
    this.#code.i32(0).set(counter);
    const grouped = length - (length % 8);
    this.#loop(counter, 8, grouped, () => addGroup(variable(counter), 8));
    this.#code.release(counter);
    if (grouped < length) addGroup(at(grouped), length - grouped);
    if (isWide) this.#narrow(wide, total);
    return this.#summed(total, formula);
  }

  /** Sums times their factor. Adding 0 makes 0 of −0. */
  #summed(total: readonly Lane[], { factor, dtype }: Reduce): Value {
    if (factor === 1 && !(this.#pass.isDouble && dtype === "float32")) return total;
    const scaled = this.#entrywise([total], ([sum]) => {
      const product = this.#lanes.mul(sum as Lane, this.#lanes.number(factor));
      return this.#rounded(this.#lanes.add(product, this.#lanes.number(0)), dtype);
    });
    for (const { local } of total) this.#code.release(local);
    return scaled;
  }

  #accumulators(type: "float" | "whole", start: number): Lane[] {
    return Array.from({ length: this.#vectors }, () =>
      this.#lanes.keep(type === "float" ? this.#lanes.number(start) : this.#lanes.integer(start)),
    );
  }

  #zero(local: Local): void {
    if (local.type === "v128") this.#code.emit("v128.const", ...new Uint8Array(16));
    else if (local.type === "f64") this.#code.f64(0);
    else this.#code.f32(0);
    this.#code.set(local);
  }

  #addTo(total: readonly Lane[], value: Value): void {
    total.forEach(({ local }, vector) => {
      this.#code.get(local).get((value[Math.min(vector, value.length - 1)] as Lane).local);
      this.#code.emit(this.#lanes.isVector ? "f32x4.add" : local.type === "f64" ? "f64.add" : "f32.add").set(local);
    });
  }

  /** For each vector two of float64, or one number. */
  #wideAccumulators(): Local[] {
    const { isVector } = this.#lanes;
    return Array.from({ length: isVector ? 2 * this.#vectors : 1 }, () => {
      const local = this.#own(this.#code.local(isVector ? "v128" : "f64"));
      this.#zero(local);
      return local;
    });
  }

  #addWide(wide: readonly Local[], part: readonly Lane[]): void {
    wide.forEach((local, half) => {
      this.#code.get(local);
      if (this.#lanes.isVector) {
        this.#promote((part[half >> 1] as Lane).local, half & 1);
        this.#code.emit("f64x2.add");
      } else {
        this.#code
          .get((part[0] as Lane).local)
          .emit("f64.promote_f32")
          .emit("f64.add");
      }
      this.#code.set(local);
    });
  }

  /** Half of four numbers as float64: the first two or the last two. */
  #promote(local: Local, half: number): void {
    this.#code.get(local);
    if (half === 1) this.#code.get(local).emit("i8x16.shuffle", ...UPPER_HALF);
    this.#code.emit("f64x2.promote_low_f32x4");
  }

  #narrow(wide: readonly Local[], total: readonly Lane[]): void {
    total.forEach(({ local }, vector) => {
      if (this.#lanes.isVector) {
        this.#code.get(wide[2 * vector] as Local).emit("f32x4.demote_f64x2_zero");
        this.#code.get(wide[2 * vector + 1] as Local).emit("f32x4.demote_f64x2_zero");
        this.#code.emit("i8x16.shuffle", ...LOWER_HALVES);
      } else {
        this.#code.get(wide[0] as Local).emit("f32.demote_f64");
      }
      this.#code.set(local);
    });
  }

  /** The extreme and its position come out of one loop, whichever of them is asked for. */
  #extreme(formula: Reduce, index: readonly Index[]): Value {
    const {
      length,
      fold,
      inputs: [input],
    } = formula;
    const isLargest = fold === "largest";
    const pair = this.#pairs.get(pairKey(formula)) ?? [formula];
    const wantsPosition = pair.some(({ dtype }) => dtype === "int32");
    const best = this.#accumulators("float", isLargest ? -Infinity : Infinity);
    const position = wantsPosition ? this.#accumulators("whole", 0) : [];
    this.#each(length, (each) => {
      const value = this.#read(input, [...index, each]);
      const place = wantsPosition ? this.#lanesOf(each) : [];
      best.forEach((lane, vector) => {
        const challenger = value[Math.min(vector, value.length - 1)] as Lane;
        // Nothing comes before the first.
        if (each.terms.length === 0 && each.offset === 0) {
          this.#code.get(challenger.local).set(lane.local);
          return;
        }
        const wins = this.#lanes.wins(challenger, lane, isLargest);
        this.#chooseInto(lane, wins, challenger);
        if (wantsPosition) this.#raiseTo(position[vector] as Lane, wins, place[0] as Lane);
        this.#code.release(this.#lanes.keep(wins).local);
      });
    });
    for (const each of pair) {
      const value = each.dtype === "int32" ? position : best;
      if (each !== formula) this.#remember(`${each.id} ${index.map(keyOf)}`, value);
    }
    if (pair.length === 1 && formula.dtype === "int32") for (const { local } of best) this.#own(local);
    return formula.dtype === "int32" ? position : best;
  }

  #chooseInto({ local }: Lane, mask: Lane, value: Lane): void {
    this.#code.get(value.local).get(local).get(mask.local);
    this.#code.emit(this.#lanes.isVector ? "v128.bitselect" : "select").set(local);
  }

  /** Chooses a position where it wins. They come in rising order: so in vectors the larger one is right, and quicker. */
  #raiseTo(position: Lane, mask: Lane, place: Lane): void {
    if (!this.#lanes.isVector) this.#chooseInto(position, mask, place);
    else {
      this.#code.get(mask.local).get(place.local).emit("v128.and");
      this.#code.get(position.local).emit("i32x4.max_s").set(position.local);
    }
  }

  #place({ axis, inputs: [value, position] }: Place, index: readonly Index[]): Value {
    const own = this.#lanesOf(index[axis] as Index);
    return this.#entrywise([this.#read(value, index), this.#read(position, index), own], ([placed, where, here]) =>
      this.#lanes.only(this.#lanes.equal(where as Lane, here as Lane), placed as Lane),
    );
  }

  /** Negative indices count from the end. What is out of range is reported, and read as 0. */
  #check({ axis, length, inputs: [input] }: Checked, index: readonly Index[]): Value {
    const lanes = this.#lanes;
    return this.#entrywise([this.#read(input, index)], ([given]) => {
      const zero = lanes.integer(0);
      const wrapped = lanes.addWhole(
        given as Lane,
        lanes.choose(lanes.lessWhole(given as Lane, zero), lanes.integer(length), zero),
      );
      const isWrong = lanes.beyond(wrapped, lanes.integer(length));
      this.#code.get(isWrong.local);
      if (lanes.isVector) this.#code.emit("v128.any_true");
      this.#code.when(() => {
        for (let lane = 0; lane < (lanes.isVector ? 4 : 1); lane++)
          this.#reportWrong(given as Lane, isWrong, lane, axis, length);
      });
      return lanes.choose(isWrong, zero, wrapped);
    });
  }

  #reportWrong(given: Lane, isWrong: Lane, lane: number, axis: number, length: number): void {
    const { base, offset } = this.#room.report;
    const extract = ({ local }: Lane): Code => {
      this.#code.get(local);
      return this.#lanes.isVector ? this.#code.emit("i32x4.extract_lane", lane) : this.#code;
    };
    extract(isWrong);
    this.#code.when(() => {
      this.#code.get(base).i32(1).memory("i32.store", offset);
      this.#code.get(base);
      extract(given).memory("i32.store", offset + 4);
      this.#code
        .get(base)
        .i32(axis)
        .memory("i32.store", offset + 8);
      this.#code
        .get(base)
        .i32(length)
        .memory("i32.store", offset + 12);
    });
  }

  /** An index as whole numbers, one for each lane. */
  #lanesOf(index: Index): Value {
    const key = `index ${keyOf(index)}`;
    for (const { values } of this.#scopes) {
      const known = values.get(key);
      if (known) return known;
    }
    const { isVector } = this.#lanes;
    const factor = isVector ? this.#stepOf(index) : 0;
    const value = Array.from({ length: factor === 0 ? 1 : this.#vectors }, (_, vector) => {
      this.#sumOnStack(index, 1);
      if (isVector) this.#code.emit("i32x4.splat");
      const first = this.#lanes.take("whole");
      if (factor === 0) return this.#lanes.keep(first);
      const steps = Int32Array.from([0, 1, 2, 3], (lane) => factor * (4 * vector + lane));
      this.#code.emit("v128.const", ...new Uint8Array(steps.buffer));
      return this.#lanes.keep(this.#lanes.addWhole(first, this.#lanes.take("whole")));
    });
    this.#remember(key, value);
    return value;
  }

  // Memory.

  /** The address, without `offset` bytes, of offset + Σ factor · variable entries of `size` bytes, as a variable. */
  #address(base: Local, { terms }: Index, size: number): Local {
    if (terms.length === 0) return base;
    const key = `${base.number} ${size} ${keyOf({ offset: 0, terms })}`;
    for (const { addresses } of this.#scopes) {
      const known = addresses.get(key);
      if (known) return known;
    }
    this.#code.get(base);
    this.#sumOnStack({ offset: 0, terms }, size);
    const address = this.#own(this.#code.emit("i32.add").local("i32"));
    this.#code.set(address);
    this.#scopes.at(-1)?.addresses.set(key, address);
    return address;
  }

  #sumOnStack({ offset, terms }: Index, size: number): void {
    if (offset !== 0 || terms.length === 0) this.#code.i32(offset * size);
    terms.forEach(({ local, factor }, which) => {
      this.#code.get(local);
      if (factor * size !== 1) this.#code.i32(factor * size).emit("i32.mul");
      if (which > 0 || offset !== 0) this.#code.emit("i32.add");
    });
  }

  #load(formula: Formula, index: readonly Index[]): Value {
    const { base, offset, strides } = this.#room.storageOf(formula);
    const flat = index.map((each, axis) => scaled(each, strides[axis] as number)).reduce(sum, at(0));
    return this.#loadLanes(base, offset, flat, this.#stepOf(flat), formula);
  }

  /** How many entries apart two neighbouring lanes lie. */
  #stepOf({ terms }: Index): number {
    const along = this.#across?.along ?? this.#stream.terms[0]?.local;
    return terms.find(({ local }) => local === along)?.factor ?? 0;
  }

  #isInScratch(formula: Formula, index: readonly Index[]): boolean {
    if (!this.#staging.staged.has(formula) || !this.#done.has(formula)) return false;
    if (!this.#isHere(index[this.#staging.axes.get(formula) ?? -1])) return false;
    if (!this.#across) return this.#members.has(formula) || this.#lanes.isVector;
    // In scratch, neighbours along other axes than the stream lie a block apart.
    const isApart = this.#stepOf(this.#scratchIndex(formula, index)) > 0;
    return this.#members.has(formula) && !(isApart && (this.#staging.costs.get(formula) as number) <= STRIDED_LOAD);
  }

  #scratchIndex(formula: Formula, index: readonly Index[]): Index {
    const axis = this.#staging.axes.get(formula);
    const inner = index.filter((_, each) => each !== axis);
    const { strides } = contiguous(formula.shape.filter((_, each) => each !== axis));
    const start = inner.map((each, at) => scaled(each, (strides[at] as number) * this.#block)).reduce(sum, at(0));
    return sum(start, this.#lane);
  }

  #loadScratch(formula: Formula, index: readonly Index[]): Value {
    const { base, offset } = this.#room.scratchOf(formula);
    const flat = this.#scratchIndex(formula, index);
    return this.#loadLanes(base, offset, flat, this.#across ? this.#stepOf(flat) : 1, formula);
  }

  /** Loads the entries of a block that lie `step` apart. */
  #loadLanes(base: Local, offset: number, flat: Index, step: number, { dtype }: Formula): Value {
    const type = dtype === "int32" ? "whole" : "float";
    const address = this.#address(base, flat, bytesOf(dtype));
    const start = offset + bytesOf(dtype) * flat.offset;
    const { isVector, isDouble } = this.#lanes;
    return Array.from({ length: step === 0 ? 1 : this.#vectors }, (_, vector) => {
      this.#code.get(address);
      if (!isVector) {
        this.#code.memory(`${MACHINE_TYPES[dtype]}.load`, start);
        if (isDouble && dtype === "float32") this.#code.emit("f64.promote_f32");
      } else if (step === 0) this.#code.memory("v128.load32_splat", start);
      else if (step === 1) this.#code.memory("v128.load", start + 16 * vector);
      else if (step === 2 && flat.terms.every(({ factor }) => factor % 2 === 0))
        this.#loadEveryOther(address, start + 32 * vector, flat.offset % 2);
      else {
        const place = (lane: number): number => start + 4 * step * (4 * vector + lane);
        this.#code.memory("v128.load32_zero", place(0));
        const loaded = this.#lanes.keep(this.#lanes.take(type));
        for (let lane = 1; lane < 4; lane++) {
          this.#code.get(address).get(loaded.local).memory("v128.load32_lane", place(lane), lane).set(loaded.local);
        }
        return loaded;
      }
      return this.#lanes.keep(this.#lanes.take(type));
    });
  }

  /**
   * Four entries out of eight, the even or the odd ones: for points in the plane this saves 7 % of a step. The entry
   * read beside the last belongs to the array too, or to what fills it up to 16 bytes.
   */
  #loadEveryOther(address: Local, offset: number, odd: number): void {
    const start = offset - 4 * odd;
    this.#code
      .memory("v128.load", start)
      .get(address)
      .memory("v128.load", start + 16);
    const bytes = [0, 8, 16, 24].flatMap((byte) => [0, 1, 2, 3].map((each) => byte + 4 * odd + each));
    this.#code.emit("i8x16.shuffle", ...bytes);
  }

  #storeLanes(base: Local, offset: number, flat: Index, step: number, value: Value, { dtype }: Formula): void {
    const address = this.#address(base, flat, bytesOf(dtype));
    const start = offset + bytesOf(dtype) * flat.offset;
    for (let vector = 0; vector < this.#vectors; vector++) {
      const { local } = value[Math.min(vector, value.length - 1)] as Lane;
      if (!this.#lanes.isVector) {
        this.#code.get(address).get(local);
        if (this.#lanes.isDouble && dtype === "float32") this.#code.emit("f32.demote_f64");
        this.#code.memory(`${MACHINE_TYPES[dtype]}.store`, start);
      } else if (step === 1)
        this.#code
          .get(address)
          .get(local)
          .memory("v128.store", start + 16 * vector);
      else {
        for (let lane = 0; lane < 4; lane++) {
          this.#code
            .get(address)
            .get(local)
            .memory("v128.store32_lane", start + 4 * step * (4 * vector + lane), lane);
        }
      }
    }
  }

  /** Computes all entries that a formula has at the place in the stream, and keeps them. */
  #keep(formula: Formula): void {
    const axis = this.#members.has(formula) ? readingAxis(this.#pass, formula) : this.#staging.axes.get(formula);
    const given = axis === undefined ? new Map() : new Map([[axis, this.#stream]]);
    // What lies in memory already needs no transposing for single entries.
    if (!this.#members.has(formula) && !this.#lanes.isVector) return;
    this.#ownScope(() =>
      this.#eachIndex(formula.shape, given, (index) => {
        const value = this.#value(formula, index);
        if (this.#staging.staged.has(formula)) {
          const { base, offset } = this.#room.scratchOf(formula);
          this.#storeLanes(base, offset, this.#scratchIndex(formula, index), 1, value, formula);
        }
        if (this.#stored.has(formula) && this.#members.has(formula)) {
          const { base, offset, strides } = this.#room.storageOf(formula);
          const flat = index.map((each, along) => scaled(each, strides[along] as number)).reduce(sum, at(0));
          this.#storeLanes(base, offset, flat, this.#stepOf(flat), value, formula);
        }
      }),
    );
  }

  /** In a pass of very many formulas variables end where they were made; in others the block keeps them. */
  #ownScope(body: () => void): void {
    if (this.#scopes.length === 0 || this.#pass.members.length > MANY_MEMBERS) this.#scope(body);
    else body();
  }

  // Folds over the stream.

  /** What numbers of the pass are. */
  get #float(): "f32" | "f64" {
    return this.#pass.isDouble ? "f64" : "f32";
  }

  #accumulatorBytes(fold: Reduce): number {
    return accumulatorBytes(fold, this.#pass, this.#staging);
  }

  #getDouble({ local }: Lane): Code {
    this.#code.get(local);
    return local.type === "f64" ? this.#code : this.#code.emit("f64.promote_f32");
  }

  #isFirstOfPair(fold: Reduce): boolean {
    return this.#pairs.get(pairKey(fold))?.[0] === fold;
  }

  #clear(fold: Reduce): void {
    if (fold.fold !== "sum" && !this.#isFirstOfPair(fold)) return;
    const { base, offset } = this.#room.accumulatorOf(fold);
    const size = sizeOf(fold.shape);
    if (fold.fold === "sum") {
      this.#code
        .get(base)
        .i32(offset)
        .emit("i32.add")
        .i32(0)
        .i32(this.#accumulatorBytes(fold) * size)
        .emit("memory.fill", 0);
      return;
    }
    const bytes = this.#accumulatorBytes(fold);
    this.#eachEntry(size, (entry) => {
      const address = this.#address(base, entry, bytes);
      const start = offset + bytes * entry.offset;
      this.#code
        .get(address)
        [this.#float](fold.fold === "largest" ? -Infinity : Infinity)
        .memory(`${this.#float}.store`, start);
      this.#code
        .get(address)
        .i32(0)
        .memory("i32.store", start + bytes / 2);
    });
  }

  #eachEntry(size: number, body: (entry: Index) => void): void {
    this.#scope(() => this.#each(size, body));
  }

  #flatIndex(shape: Shape, index: readonly Index[]): Index {
    const { strides } = contiguous(shape);
    return index.map((each, axis) => scaled(each, strides[axis] as number)).reduce(sum, at(0));
  }

  /** The vectors of a block are added in float32; what comes of it, two lanes at a time, and the blocks in float64. */
  #addUp(fold: Reduce): void {
    const [input] = fold.inputs;
    const { base, offset } = this.#room.accumulatorOf(fold);
    this.#eachIndex(fold.shape, new Map(), (index) => {
      const value = this.#read(input, [...index, this.#stream]);
      const flat = this.#flatIndex(fold.shape, index);
      const address = this.#address(base, flat, 16);
      const start = offset + 16 * flat.offset;
      this.#code.get(address).get(address);
      if (this.#lanes.isVector) {
        const lanes = Array.from(
          { length: this.#vectors },
          (_, each) => value[Math.min(each, value.length - 1)] as Lane,
        );
        const together = this.#lanes.keep(pairwise(lanes, this.#lanes.add));
        this.#code.memory("v128.load", start);
        this.#promote(together.local, 0);
        this.#promote(together.local, 1);
        this.#code.emit("f64x2.add").emit("f64x2.add").memory("v128.store", start);
        this.#code.release(together.local);
      } else {
        const [lane] = value as [Lane];
        this.#code.memory("f64.load", start);
        this.#getDouble(lane).emit("f64.add").memory("f64.store", start);
      }
    });
  }

  /** out[…, position, …] += value: of all that is summed only this differs from 0. */
  #addInPlace(fold: Reduce): void {
    const [input] = fold.inputs;
    const { shape } = fold;
    const axis = this.#staging.placed.get(fold) as number;
    const {
      inputs: [value, position],
    } = input.from as Place;
    const { base, offset } = this.#room.accumulatorOf(fold);
    // Along the axis that is placed along, neither the value nor the position depends on the index.
    const given = new Map([[axis, at(0)]]);
    const innerOf = (index: readonly Index[]): readonly Index[] =>
      input.at.map((each) => this.#index(each, [...index, this.#stream]));
    const add = (index: readonly Index[]): void => {
      const inner = innerOf(index);
      const flat = this.#placedIndex(fold, index.with(axis, variable(this.#position(position, inner))));
      const [lane] = this.#read(value, inner) as [Lane];
      const address = this.#address(base, flat, 8);
      const start = offset + 8 * flat.offset;
      if (this.#lanes.isVector) this.#addHalves(lane, address, start);
      else {
        this.#code.get(address).get(address).memory("f64.load", start);
        this.#getDouble(lane).emit("f64.add").memory("f64.store", start);
      }
    };
    // What is added to one place lies side by side along the last of the other axes.
    const last = shape.findLastIndex((_, each) => each !== axis);
    const length = shape[last] ?? 0;
    const isOnePlace = !dependsOn(compose(position, input.at)).has(last);
    const goesAcross =
      isOnePlace && !this.#pass.isDouble && this.#goesAcross(compose(value, input.at), new Set([last]));
    const inFours = goesAcross ? length - (length % 4) : 0;
    if (inFours === 0) {
      this.#eachIndex(shape, given, add);
      return;
    }
    this.#eachIndex(shape, given.set(last, at(0)), (index) => {
      this.#position(position, innerOf(index));
      this.#fourByFour(inFours, (each) => add(index.with(last, each)));
      for (let rest = inFours; rest < length; rest++) add(index.with(last, at(rest)));
    });
  }

  #addHalves({ local }: Lane, address: Local, offset: number): void {
    for (const half of [0, 1]) {
      const start = offset + 16 * half;
      this.#code.get(address).get(address).memory("v128.load", start);
      this.#promote(local, half);
      this.#code.emit("f64x2.add").memory("v128.store", start);
    }
  }

  /** Whether neighbours along axes of the reader can be computed together: not if a computed index depends on these. */
  #goesAcross(read: Access, axes: ReadonlySet<number>): boolean {
    const { from } = read;
    if (indicesOf(read).some((index) => [...dependsOn(index)].some((axis) => axes.has(axis)))) return false;
    const own = new Set(
      read.at.flatMap(({ terms }, axis) =>
        terms.some(({ variable: each }) => typeof each === "number" && axes.has(each)) ? [axis] : [],
      ),
    );
    if (from.kind === "map") return from.inputs.every((each) => this.#goesAcross(each, own));
    return from.kind === "leaf" || from.kind === "fill" || from.kind === "flat" || !this.#members.has(from);
  }

  /** Where the accumulator of a placed fold lies: the axis that is placed along comes first. */
  #placedIndex(fold: Reduce, index: readonly Index[]): Index {
    const axis = this.#staging.placed.get(fold) as number;
    const inOrder = <T>(each: readonly T[]): T[] => [each[axis] as T, ...each.toSpliced(axis, 1)];
    return this.#flatIndex(inOrder(fold.shape), inOrder(index));
  }

  /** The extreme so far, and where in the stream it was. */
  #compare(fold: Reduce): void {
    if (!this.#isFirstOfPair(fold)) return;
    const [input] = fold.inputs;
    const { base, offset } = this.#room.accumulatorOf(fold);
    const bytes = this.#accumulatorBytes(fold);
    this.#eachIndex(fold.shape, new Map(), (index) => {
      const [lane] = this.#read(input, [...index, this.#stream]) as [Lane];
      const flat = this.#flatIndex(fold.shape, index);
      const address = this.#address(base, flat, bytes);
      const start = offset + bytes * flat.offset;
      this.#code.get(address).memory(`${this.#float}.load`, start);
      const best = this.#lanes.take("float");
      const wins = this.#lanes.wins(lane, best, fold.fold === "largest");
      this.#code.get(wins.local).when(() => {
        this.#code.get(address).get(lane.local).memory(`${this.#float}.store`, start);
        this.#code.get(address);
        this.#sumOnStack(this.#stream, 1);
        this.#code.memory("i32.store", start + bytes / 2);
      });
      this.#code.release(this.#lanes.keep(wins).local);
    });
  }

  /** From the accumulators to the values of the fold. */
  #finish(fold: Reduce): void {
    const first = fold.fold === "sum" ? fold : ((this.#pairs.get(pairKey(fold)) as Reduce[])[0] as Reduce);
    const from = this.#room.accumulatorOf(first);
    const to = this.#room.storageOf(fold);
    const { dtype } = fold;
    const bytes = this.#accumulatorBytes(fold);
    const finish = (source: Index, target: Index): void => {
      const address = this.#address(from.base, source, bytes);
      const start = from.offset + bytes * source.offset;
      this.#code.get(this.#address(to.base, target, bytesOf(dtype))).get(address);
      if (fold.fold === "sum") {
        this.#code.memory("f64.load", start);
        if (bytes === 16)
          this.#code
            .get(address)
            .memory("f64.load", start + 8)
            .emit("f64.add");
        // Adding 0 makes 0 of −0.
        if (fold.factor !== 1) this.#code.f64(fold.factor).emit("f64.mul").f64(0).emit("f64.add");
        if (dtype === "float32") this.#code.emit("f32.demote_f64");
      } else if (dtype === "int32") this.#code.memory("i32.load", start + bytes / 2);
      else {
        this.#code.memory(`${this.#float}.load`, start);
        if (this.#pass.isDouble && dtype === "float32") this.#code.emit("f32.demote_f64");
      }
      this.#code.memory(`${MACHINE_TYPES[dtype]}.store`, to.offset + bytesOf(dtype) * target.offset);
    };
    if (!this.#staging.placed.has(fold)) this.#eachEntry(sizeOf(fold.shape), (entry) => finish(entry, entry));
    else {
      this.#scope(() =>
        this.#eachIndex(fold.shape, new Map(), (index) =>
          finish(this.#placedIndex(fold, index), this.#flatIndex(fold.shape, index)),
        ),
      );
    }
  }
}

/** How the machine has the entries of a tensor. */
const MACHINE_TYPES = { float32: "f32", float64: "f64", int32: "i32" } as const satisfies Record<DType, Type>;

/** Which bytes of two vectors, one behind the other, are taken. */
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** (a + b) + (c + d) */
function pairwise(lanes: readonly Lane[], add: (a: Lane, b: Lane) => Lane): Lane {
  if (lanes.length === 1) return lanes[0] as Lane;
  const half = lanes.length / 2;
  return add(pairwise(lanes.slice(0, half), add), pairwise(lanes.slice(half), add));
}
