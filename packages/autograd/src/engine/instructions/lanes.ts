/**
 * Arithmetic on lanes: the same instructions for four numbers side by side and for one, so that whatever is written
 * with them has the same bits in both; and the same again for two numbers of float64 and for one. Every method writes
 * code and returns where its result is. The functions that WebAssembly lacks are built here from those that it has.
 * Knows nothing of tensors.
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
  andWhole = (a: Lane, b: Lane): Lane => this.#apply("and", "whole", a, b);
  xorWhole = (a: Lane, b: Lane): Lane => this.#apply("xor", "whole", a, b);
  shiftLeft = (a: Lane, by: number): Lane => this.#shift("shl", a, by);
  /** A float as a whole number, as it stands before the point. */
  toWhole = (a: Lane): Lane => this.#apply("whole", "whole", a);

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

  /**
   * eˣ as 2ⁿ · eʳ with n the whole number nearest to x / log 2, so that |r| ≤ log 2 / 2. The coefficients are
   * those of Cephes' expf (Moshier). 2ⁿ is multiplied in two halves, so that results below the normal range round once.
   */
  exp(x: Lane): Lane {
    if (this.isDouble) return this.byHost("exp", x);
    const [low, high] = [this.number(-104), this.number(89)];
    const above = this.choose(this.less(x, low), low, x);
    const bounded = this.choose(this.less(high, above), high, above);
    const n = this.nearest(this.mul(bounded, this.number(Math.LOG2E)));
    const r = this.#subtractLog2Times(n, bounded);
    const polynomial = this.polynomial(r, EXPONENTIAL);
    const power = this.add(this.add(this.mul(this.mul(r, r), polynomial), r), this.number(1));
    const whole = this.toWhole(n);
    const half = this.#shift("shr", whole, 1);
    return this.mul(this.mul(power, this.#twoTo(half)), this.#twoTo(this.#apply("subWhole", "whole", whole, half)));
  }

  /**
   * log x as n · log 2 + log m with x = m · 2ⁿ and m between √½ and √2; log m by the coefficients of Cephes' logf
   * (Moshier). Numbers below the normal range are first brought into it. `rest` is what x lacks, if it was rounded.
   */
  log(x: Lane, rest?: Lane): Lane {
    if (this.isDouble) return this.byHost("log", x);
    const isTiny = this.less(x, this.number(SMALLEST_NORMAL));
    const scaled = this.choose(isTiny, this.mul(x, this.number(2 ** 23)), x);
    // Bits of √½ are subtracted, so that the exponent field counts from there on.
    const bits = this.bitsOf(scaled);
    const n = this.#shift("shr", this.#apply("subWhole", "whole", bits, this.integer(BITS_OF_ROOT_HALF)), 23);
    const mantissa = this.ofBits(this.#apply("subWhole", "whole", bits, this.#shift("shl", n, 23)));
    const near = this.sub(mantissa, this.number(1));
    const f = rest ? this.add(near, this.mul(rest, this.div(mantissa, x))) : near;
    const exponent = this.add(this.#apply("float", "float", n), this.choose(isTiny, this.number(-23), this.number(0)));
    const square = this.mul(f, f);
    const polynomial = this.polynomial(
      f,
      [
        7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
      ],
    );
    const low = this.add(this.mul(this.mul(f, square), polynomial), this.mul(exponent, this.number(LOG2_LOW)));
    const small = this.sub(low, this.mul(square, this.number(0.5)));
    const finite = this.add(this.add(f, small), this.mul(exponent, this.number(LOG2_HIGH)));
    // What the formula does not cover: log ∞ = ∞ and log NaN = NaN, log 0 = −∞, and NaN below.
    const above = this.choose(this.less(x, this.number(Infinity)), finite, x);
    const zero = this.number(0);
    const fromZero = this.choose(this.equal(x, zero), this.number(-Infinity), above);
    return this.choose(this.less(x, zero), this.number(NaN), fromZero);
  }

  /**
   * eˣ − 1 as 2ⁿ · (eʳ − 1) + (2ⁿ − 1), in halves, so that the largest do not overflow on the way: with the n and the r
   * of `exp`, the digits that r lost, and the large terms added first. x where it is as small as its last digit.
   */
  expm1(x: Lane): Lane {
    if (this.isDouble) return this.byHost("expm1", x);
    const [low, high] = [this.number(-30), this.number(89)];
    const above = this.choose(this.less(x, low), low, x);
    const bounded = this.choose(this.less(high, above), high, above);
    const n = this.nearest(this.mul(bounded, this.number(Math.LOG2E)));
    const near = this.sub(bounded, this.mul(n, this.number(LOG2_HIGH)));
    const rest = this.mul(n, this.number(LOG2_LOW));
    const r = this.sub(near, rest);
    const lost = this.sub(this.sub(near, r), rest);
    const curve = this.add(this.mul(this.mul(r, r), this.polynomial(r, EXPONENTIAL)), lost);
    const scale = this.#twoTo(this.#apply("subWhole", "whole", this.toWhole(n), this.integer(1)));
    const line = this.add(this.sub(scale, this.number(0.5)), this.mul(scale, r));
    const half = this.add(line, this.mul(scale, curve));
    const isTiny = this.less(this.abs(x), this.number(2 ** -25));
    return this.choose(isTiny, x, this.add(half, half));
  }

  /** log(1 + x) as log w, where w is 1 + x as rounded, with what rounding took from it: that is exact. x where w is 1. */
  log1p(x: Lane): Lane {
    if (this.isDouble) return this.byHost("log1p", x);
    const one = this.number(1);
    const rounded = this.add(x, one);
    const log = this.log(rounded, this.sub(x, this.sub(rounded, one)));
    return this.choose(this.equal(rounded, one), x, log);
  }

  /**
   * tanh x: near 0 the polynomial of Cephes' tanhf (Moshier), which keeps the digits of small results;
   * beyond, 1 − 2 / (e²ˣ + 1). Of |x|, with the sign of x, so that −0 stays −0.
   */
  tanh(x: Lane): Lane {
    if (this.isDouble) return this.byHost("tanh", x);
    const size = this.abs(x);
    const square = this.mul(x, x);
    const polynomial = this.polynomial(
      square,
      [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
    );
    const near = this.add(this.mul(this.mul(polynomial, square), size), size);
    const one = this.number(1);
    const far = this.sub(one, this.div(this.number(2), this.add(this.exp(this.add(size, size)), one)));
    const result = this.choose(this.less(size, this.number(0.625)), near, far);
    const sign = this.andWhole(this.bitsOf(x), this.integer(SIGN));
    return this.ofBits(this.#apply("or", "whole", this.bitsOf(result), sign));
  }

  /** xⁿ for a fixed n: products for the small whole numbers, the host's function, lane by lane, for the others. */
  pow(x: Lane, exponent: number): Lane {
    if (exponent === 0) return this.number(1);
    if (exponent === 1) return x;
    if (exponent === 2) return this.mul(x, x);
    if (exponent === 3) return this.mul(this.mul(x, x), x);
    if (exponent === -1) return this.div(this.number(1), x);
    return this.byHost("pow", x, exponent);
  }

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

  /** 2ⁿ for −126 ≤ n ≤ 127: n in the exponent field. */
  #twoTo(n: Lane): Lane {
    return this.ofBits(this.#shift("shl", this.addWhole(n, this.integer(127)), 23));
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

  /** x − n · log 2 in two steps; the first product is exact. */
  #subtractLog2Times(n: Lane, x: Lane): Lane {
    const high = this.sub(x, this.mul(n, this.number(LOG2_HIGH)));
    return this.sub(high, this.mul(n, this.number(LOG2_LOW)));
  }

  /** Horner's rule, the highest coefficient first. */
  polynomial(x: Lane, [first, ...others]: readonly number[]): Lane {
    return others.reduce(
      (sum, coefficient) => this.add(this.mul(sum, x), this.number(coefficient)),
      this.number(first as number),
    );
  }
}

/** (eʳ − 1 − r) / r² for |r| ≤ log 2 / 2. */
const EXPONENTIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];
/** log 2 in two parts; the first has so few bits that its product with an exponent is exact. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = -2.121944400546906e-4;
const SMALLEST_NORMAL = 2 ** -126;
/** The bit of the sign. */
export const SIGN = 1 << 31;
const BITS_OF_ROOT_HALF = 0x3f3504f3;
