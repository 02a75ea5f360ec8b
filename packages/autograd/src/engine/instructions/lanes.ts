/**
 * Arithmetic on lanes: the same instructions for four numbers side by side and for one, so that whatever is written
 * with them has the same bits in both; and the same again for two numbers of float64 and for one. Every method writes
 * code and returns where its result is. Knows nothing of tensors, nor of functions that take more than a few instructions.
 */
import type { Code, Instruction, Local, Type } from "./assembler.js";

/**
 * A value in each lane. A mask is the answer of a comparison. Beside two numbers of float64 a vector has each whole number
 * twice, in the two halves of its lane: masks and comparisons of both sorts then fit each other.
 */
export interface Lane {
  readonly local: Local;
  readonly type: "float" | "whole" | "mask";
}

/** Functions of one or two float64 numbers that the host computes. */
export const hostFunctions = {
  pow: Math.pow,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
} as const;

export type HostFunction = keyof typeof hostFunctions;

type Lanewise = readonly [one: Instruction, four: Instruction, double: Instruction, two: Instruction];

/** Instructions of two numbers that mind no order. */
export type Combination = "add" | "mul" | "min" | "max";

// biome-ignore format: one instruction a line, in columns
const INSTRUCTIONS = {
  //          one float32             four of them                float64                 two of them
  add:       ["f32.add",            "f32x4.add",                "f64.add",              "f64x2.add"],
  sub:       ["f32.sub",            "f32x4.sub",                "f64.sub",              "f64x2.sub"],
  mul:       ["f32.mul",            "f32x4.mul",                "f64.mul",              "f64x2.mul"],
  div:       ["f32.div",            "f32x4.div",                "f64.div",              "f64x2.div"],
  min:       ["f32.min",            "f32x4.min",                "f64.min",              "f64x2.min"],
  max:       ["f32.max",            "f32x4.max",                "f64.max",              "f64x2.max"],
  neg:       ["f32.neg",            "f32x4.neg",                "f64.neg",              "f64x2.neg"],
  abs:       ["f32.abs",            "f32x4.abs",                "f64.abs",              "f64x2.abs"],
  sqrt:      ["f32.sqrt",           "f32x4.sqrt",               "f64.sqrt",             "f64x2.sqrt"],
  nearest:   ["f32.nearest",        "f32x4.nearest",            "f64.nearest",          "f64x2.nearest"],
  floor:     ["f32.floor",          "f32x4.floor",              "f64.floor",            "f64x2.floor"],
  less:      ["f32.lt",             "f32x4.lt",                 "f64.lt",               "f64x2.lt"],
  lessEqual: ["f32.le",             "f32x4.le",                 "f64.le",               "f64x2.le"],
  equal:     ["f32.eq",             "f32x4.eq",                 "f64.eq",               "f64x2.eq"],
  notEqual:  ["f32.ne",             "f32x4.ne",                 "f64.ne",               "f64x2.ne"],
  sameWhole: ["i32.eq",             "i32x4.eq",                 "i32.eq",               "i32x4.eq"],
  lessWhole: ["i32.lt_s",           "i32x4.lt_s",               "i32.lt_s",             "i32x4.lt_s"],
  beyond:    ["i32.ge_u",           "i32x4.ge_u",               "i32.ge_u",             "i32x4.ge_u"],
  addWhole:  ["i32.add",            "i32x4.add",                "i32.add",              "i32x4.add"],
  subWhole:  ["i32.sub",            "i32x4.sub",                "i32.sub",              "i32x4.sub"],
  and:       ["i32.and",            "v128.and",                 "i32.and",              "v128.and"],
  or:        ["i32.or",             "v128.or",                  "i32.or",               "v128.or"],
  xor:       ["i32.xor",            "v128.xor",                 "i32.xor",              "v128.xor"],
  shl:       ["i32.shl",            "i32x4.shl",                "i32.shl",              "i32x4.shl"],
  shr:       ["i32.shr_s",          "i32x4.shr_s",              "i32.shr_s",            "i32x4.shr_s"],
  whole:     ["i32.trunc_sat_f32_s","i32x4.trunc_sat_f32x4_s",  "i32.trunc_sat_f64_s",  "i32x4.trunc_sat_f64x2_s_zero"],
  float:     ["f32.convert_i32_s",  "f32x4.convert_i32x4_s",    "f64.convert_i32_s",    "f64x2.convert_low_i32x4_s"],
} as const satisfies Record<string, Lanewise>;

/** The instruction that combines numbers of float64: two pairs of them, or two. */
export const combiningDoubles = (combination: Combination, arePairs: boolean): Instruction =>
  INSTRUCTIONS[combination][arePairs ? 3 : 2];

export class Lanes {
  readonly code: Code;
  readonly isVector: boolean;
  /** Whether numbers are float64: there the host computes what WebAssembly lacks. */
  readonly isDouble: boolean;
  /** Which of the columns of the instructions is written. */
  readonly #column: 0 | 1 | 2 | 3;
  #made: Local[] = [];

  constructor(code: Code, isVector: boolean, isDouble = false) {
    this.code = code;
    this.isVector = isVector;
    this.isDouble = isDouble;
    this.#column = isVector ? (isDouble ? 3 : 1) : isDouble ? 2 : 0;
  }

  /** How many numbers a vector has. */
  get width(): number {
    return this.isDouble ? 2 : 4;
  }

  /** A new variable of the width and type, set to what the stack holds. */
  take(type: Lane["type"]): Lane {
    const local = this.code.local(this.typeOf(type));
    this.#made.push(local);
    this.code.set(local);
    return { local, type };
  }

  /**
   * The same value in a variable that the caller has to give back: what `take` made it in, or a copy. All others that
   * `take` made since the last call are given back, so that rules need not say when they are done with a value.
   */
  hold({ local, type }: Lane): Lane {
    const isOwn = this.#made.includes(local);
    const held = isOwn ? local : this.code.local(local.type);
    if (!isOwn) this.code.get(local).set(held);
    for (const each of this.#made) if (each !== held) this.code.release(each);
    this.#made = [];
    return { local: held, type };
  }

  typeOf(type: Lane["type"]): Type {
    if (this.isVector) return "v128";
    if (type !== "float") return "i32";
    return this.isDouble ? "f64" : "f32";
  }

  number(value: number): Lane {
    const Numbers = this.isDouble ? Float64Array : Float32Array;
    if (this.isVector) this.code.emit("v128.const", ...new Uint8Array(new Numbers(this.width).fill(value).buffer));
    else if (this.isDouble) this.code.f64(value);
    else this.code.f32(value);
    return this.take("float");
  }

  integer(value: number): Lane {
    if (this.isVector) this.code.emit("v128.const", ...new Uint8Array(new Int32Array(4).fill(value).buffer));
    else this.code.i32(value);
    return this.take("whole");
  }

  combine = (combination: Combination, a: Lane, b: Lane): Lane => this.#apply(combination, "float", a, b);
  /** The instruction that combines two numbers, or four and four. */
  combining = (combination: Combination): Instruction => INSTRUCTIONS[combination][this.#column];

  add = (a: Lane, b: Lane): Lane => this.#apply("add", "float", a, b);
  sub = (a: Lane, b: Lane): Lane => this.#apply("sub", "float", a, b);
  mul = (a: Lane, b: Lane): Lane => this.#apply("mul", "float", a, b);
  div = (a: Lane, b: Lane): Lane => this.#apply("div", "float", a, b);
  /** NaN if either is NaN; −0 is less than 0. */
  min = (a: Lane, b: Lane): Lane => this.#apply("min", "float", a, b);
  max = (a: Lane, b: Lane): Lane => this.#apply("max", "float", a, b);
  neg = (a: Lane): Lane => this.#apply("neg", "float", a);
  abs = (a: Lane): Lane => this.#apply("abs", "float", a);
  sqrt = (a: Lane): Lane => this.#apply("sqrt", "float", a);
  floor = (a: Lane): Lane => this.#apply("floor", "float", a);
  /** The nearest whole number, of two the even one. */
  nearest = (a: Lane): Lane => this.#apply("nearest", "float", a);

  less = (a: Lane, b: Lane): Lane => this.#apply("less", "mask", a, b);
  lessEqual = (a: Lane, b: Lane): Lane => this.#apply("lessEqual", "mask", a, b);
  notEqual = (a: Lane, b: Lane): Lane => this.#apply("notEqual", "mask", a, b);
  equal = (a: Lane, b: Lane): Lane => this.#apply(a.type === "whole" ? "sameWhole" : "equal", "mask", a, b);
  lessWhole = (a: Lane, b: Lane): Lane => this.#apply("lessWhole", "mask", a, b);
  /** Of unsigned numbers: a ≥ b. */
  beyond = (a: Lane, b: Lane): Lane => this.#apply("beyond", "mask", a, b);
  both = (a: Lane, b: Lane): Lane => this.#apply("and", "mask", a, b);

  /** Whether x comes before the extreme so far: it is beyond it, or the first NaN. */
  wins(x: Lane, extreme: Lane, isLargest: boolean): Lane {
    const [low, high] = isLargest ? [x, extreme] : [extreme, x];
    const isNumber = this.equal(extreme, extreme);
    const stays = this.lessEqual(low, high);
    this.code.get(isNumber.local).get(stays.local);
    if (this.isVector) this.code.emit("v128.andnot");
    else this.code.emit("i32.eqz").emit("i32.and");
    return this.take("mask");
  }

  /** −1, 0 or 1; NaN of NaN. */
  sign(x: Lane): Lane {
    const zero = this.number(0);
    const sign = this.sub(this.indicator(this.less(zero, x)), this.indicator(this.less(x, zero)));
    return this.choose(this.equal(x, x), sign, x);
  }

  addWhole = (a: Lane, b: Lane): Lane => this.#apply("addWhole", "whole", a, b);
  subWhole = (a: Lane, b: Lane): Lane => this.#apply("subWhole", "whole", a, b);
  andWhole = (a: Lane, b: Lane): Lane => this.#apply("and", "whole", a, b);
  orWhole = (a: Lane, b: Lane): Lane => this.#apply("or", "whole", a, b);
  xorWhole = (a: Lane, b: Lane): Lane => this.#apply("xor", "whole", a, b);
  shiftLeft = (a: Lane, by: number): Lane => this.#shift("shl", a, by);
  /** The sign comes in from the left. */
  shiftRight = (a: Lane, by: number): Lane => this.#shift("shr", a, by);
  /** A float as a whole number, as it stands before the point. */
  toWhole = (a: Lane): Lane => this.#apply("whole", "whole", a);
  toFloat = (a: Lane): Lane => this.#apply("float", "float", a);

  /** `a` in the lanes where the mask holds, `b` in the others. */
  choose(mask: Lane, a: Lane, b: Lane): Lane {
    this.code
      .get(a.local)
      .get(b.local)
      .get(mask.local)
      .emit(this.isVector ? "v128.bitselect" : "select");
    return this.take(a.type);
  }

  /** `a` in the lanes where the mask holds, 0 in the others. */
  only = (mask: Lane, a: Lane): Lane =>
    this.isVector ? this.#apply("and", a.type, mask, a) : this.choose(mask, a, this.number(0));

  /** What is to be a float32 number is one where numbers are float64. */
  rounded(x: Lane, isSingle: boolean): Lane {
    if (!this.isDouble || !isSingle) return x;
    this.code.get(x.local);
    if (this.isVector) this.code.emit("f32x4.demote_f64x2_zero").emit("f64x2.promote_low_f32x4");
    else this.code.emit("f32.demote_f64").emit("f64.promote_f32");
    return this.take("float");
  }

  /** 1 where the mask holds, 0 elsewhere. */
  indicator = (mask: Lane): Lane => this.only(mask, this.number(1));

  /** What the host makes of numbers, lane by lane, in float64. A plain number is the same for all lanes. */
  byHost(name: HostFunction, ...inputs: readonly [Lane, ...(Lane | number)[]]): Lane {
    const numbers = this.isDouble ? "f64x2" : "f32x4";
    const call = (lane?: number): void => {
      for (const input of inputs) {
        if (typeof input === "number") {
          this.code.f64(input);
          continue;
        }
        this.code.get(input.local);
        if (lane !== undefined) this.code.emit(`${numbers}.extract_lane`, lane);
        if (!this.isDouble) this.code.emit("f64.promote_f32");
      }
      this.code.call(name);
      if (!this.isDouble) this.code.emit("f32.demote_f64");
    };
    if (!this.isVector) call();
    else {
      this.code.get(inputs[0].local);
      for (let lane = 0; lane < this.width; lane++) {
        call(lane);
        this.code.emit(`${numbers}.replace_lane`, lane);
      }
    }
    return this.take("float");
  }

  /** `result`, a value made here, but what `compute` makes where the mask holds; that is left out where it never does. */
  except(mask: Lane, result: Lane, compute: () => Lane): Lane {
    this.code.get(mask.local);
    if (this.isVector) this.code.emit("v128.any_true");
    this.code.when(() => {
      const mended = this.choose(mask, compute(), result);
      this.code.get(mended.local).set(result.local);
    });
    return result;
  }

  #apply(name: keyof typeof INSTRUCTIONS, type: Lane["type"], ...inputs: readonly Lane[]): Lane {
    for (const { local } of inputs) this.code.get(local);
    this.code.emit(INSTRUCTIONS[name][this.#column]);
    return this.take(type);
  }

  #shift(name: "shl" | "shr", a: Lane, by: number): Lane {
    this.code.get(a.local).i32(by).emit(INSTRUCTIONS[name][this.#column]);
    return this.take("whole");
  }

  /** The bits of a float32 number. */
  bitsOf(x: Lane): Lane {
    this.code.get(x.local);
    if (!this.isVector) this.code.emit("i32.reinterpret_f32");
    return this.take("whole");
  }

  /** The float32 number that has these bits. */
  ofBits(bits: Lane): Lane {
    this.code.get(bits.local);
    if (!this.isVector) this.code.emit("f32.reinterpret_i32");
    return this.take("float");
  }

  /** Horner's rule, the highest coefficient first. */
  polynomial(x: Lane, [first, ...others]: readonly number[]): Lane {
    return others.reduce(
      (sum, coefficient) => this.add(this.mul(sum, x), this.number(coefficient)),
      this.number(first as number),
    );
  }
}

/** The bit of the sign. */
export const SIGN = 1 << 31;
