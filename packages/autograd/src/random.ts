/**
 * Random tensors: the same numbers for the same seed on every platform, since they are made by whole numbers and by
 * + − × ÷ √ alone, which leave no last digit open as `Math.log` does. Knows tensors as what the numbers end in.
 *
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, “Parallel random numbers: as easy as 1, 2, 3”): four
 * words of 32 bits are a function of a key, which is the seed, and of a counter, which says where the entry stands. So
 * the first entries are the same however many there are.
 */
import { checkNumber, checkOptions, describe } from "./argument.js";
import { arrays, constant } from "./graph.js";
import { checkShape, type Shape } from "./shape.js";
import { Tensor } from "./tensor.js";
import { allocate } from "./view.js";

/** What all draws are told. */
interface DrawOptions {
  /** A whole number from 0 to 2⁵³ − 1: the same seed draws the same numbers. */
  readonly seed: number;
  /** What the numbers are kept in. Default `"float32"`. */
  readonly dtype?: "float32" | "float64";
}

/** Options of `randomUniform`. */
export interface UniformOptions extends DrawOptions {
  /** The least number that is drawn. Default 0. */
  readonly low?: number;
  /** What all numbers are below; rounded to the type, one may be equal to it where it is not 1. Default 1. */
  readonly high?: number;
}

/** Options of `randomNormal`. */
export interface NormalOptions extends DrawOptions {
  /** Default 0. */
  readonly mean?: number;
  /** The standard deviation. Default 1. */
  readonly deviation?: number;
}

/**
 * Numbers from `low` below `high`, each as likely as any other: 2²⁴ of them in float32, 2⁵³ in float64, from the same
 * bits. Inside `compile` they are drawn once, when the function is traced: to draw at each call, pass them in.
 * @example randomUniform([2, 3], { seed: 1 })
 * @example randomUniform([100], { seed: 2, low: -1, high: 1 })
 */
export function randomUniform(shape: Shape, options: UniformOptions): Tensor {
  const given = checkOptions("randomUniform", options, ["seed", "low", "high", "dtype"]);
  const { low = 0, high = 1 } = given;
  checkNumber("randomUniform", "low", low);
  checkNumber("randomUniform", "high", high);
  if (!(low <= high && Number.isFinite(high - low))) {
    throw new RangeError(
      `randomUniform: low is ${describe(low)} and high is ${describe(high)}; expected finite numbers, low the smaller`,
    );
  }
  const digits = given.dtype === "float64" ? 2 ** 53 : 2 ** 24;
  const place = (fraction: number): number => low + (high - low) * (Math.floor(fraction * digits) / digits);
  return draw("randomUniform", shape, given, UNIFORM, (fractions) => {
    const [first, second] = fractions(0);
    return [place(first), place(second)];
  });
}

/**
 * Normally distributed numbers, by the polar method (Marsaglia & Bray 1964): of a point that is drawn in the unit disc,
 * both coordinates times √(−2 log s / s), where s is the square of its distance from the centre. Inside `compile` they
 * are drawn once, when the function is traced: to draw at each call, pass them in.
 * @example randomNormal([2, 3], { seed: 1 })
 * @example randomNormal([784, 10], { seed: 2, deviation: 0.05 })
 */
export function randomNormal(shape: Shape, options: NormalOptions): Tensor {
  const given = checkOptions("randomNormal", options, ["seed", "mean", "deviation", "dtype"]);
  const { mean = 0, deviation = 1 } = given;
  checkNumber("randomNormal", "mean", mean);
  checkNumber("randomNormal", "deviation", deviation);
  return draw("randomNormal", shape, given, NORMAL, (fractions) => {
    // One point in five lies outside of the disc.
    for (let attempt = 0; ; attempt++) {
      const [x, y] = fractions(attempt).map((fraction) => 2 * fraction - 1) as [number, number];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = deviation * Math.sqrt((-2 * logarithm(square)) / square);
      return [mean + scale * x, mean + scale * y];
    }
  });
}

/** The last word of the counter: with one seed, uniform and normal numbers have nothing to do with each other. */
const UNIFORM = 0;
const NORMAL = 1;

type Pair = readonly [number, number];

/** A tensor whose entries are drawn two by two, from as many pairs of fractions, from 0 below 1, as that takes. */
function draw(
  operation: string,
  shape: Shape,
  { seed, dtype = "float32" }: Partial<DrawOptions>,
  kind: number,
  pairOf: (fractions: (attempt: number) => Pair) => Pair,
): Tensor {
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw new RangeError(`${operation}: seed is ${describe(seed)}; expected a whole number from 0 below 2⁵³`);
  }
  if (dtype !== "float32" && dtype !== "float64") {
    throw new TypeError(`${operation}: dtype is ${describe(dtype)}; expected "float32" or "float64"`);
  }
  const lengths = checkShape(operation, shape);
  const key = wordsOf(seed as number);
  const values = allocate<Float32Array | Float64Array>(lengths, arrays[dtype]);
  for (let at = 0; at < values.length; at += 2) {
    const counter = wordsOf(at / 2);
    const [first, second] = pairOf((attempt) => {
      const [a, b, c, d] = philox([...counter, attempt, kind], key);
      return [fraction(a, b), fraction(c, d)];
    });
    values[at] = first;
    if (at + 1 < values.length) values[at + 1] = second;
  }
  return new Tensor(constant(values, lengths));
}

/** A whole number below 2⁵³ as two words, the lower first. */
const wordsOf = (value: number): Pair => [value >>> 0, Math.floor(value / 2 ** 32)];

/** 53 bits of two words, as a number from 0 below 1. */
const fraction = (high: number, low: number): number => ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;

type Words = readonly [number, number, number, number];

/** Philox4x32-10: ten rounds, in each of which two words are multiplied and the halves of the products change places. */
export function philox([a, b, c, d]: Words, [first, second]: Pair): Words {
  let [key0, key1] = [first, second];
  let [w0, w1, w2, w3] = [a, b, c, d];
  for (let round = 0; round < 10; round++) {
    const next0 = upperHalf(0xcd9e8d57, w2) ^ w1 ^ key0;
    const next2 = upperHalf(0xd2511f53, w0) ^ w3 ^ key1;
    [w1, w3] = [Math.imul(0xcd9e8d57, w2) >>> 0, Math.imul(0xd2511f53, w0) >>> 0];
    [w0, w2] = [next0 >>> 0, next2 >>> 0];
    // The golden ratio, and √3 − 1, in 32 bits.
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  return [w0, w1, w2, w3];
}

/** The upper 32 of the 64 bits of a product. No number on the way has more than 53. */
const upperHalf = (a: number, b: number): number =>
  Math.floor((a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 2 ** 16)) / 2 ** 16);

/**
 * log x for 0 < x < 1, to 15 digits, the same ones everywhere. With x = 2ᵏ m, m from √½ below √2, and s = (m − 1) / (m + 1):
 * log x = k log 2 + 2 (s + s³/3 + s⁵/5 + …).
 */
function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  // |s| is at most 0.172: the next term would be below 2⁻⁵⁶.
  let series = 0;
  for (let odd = 21; odd > 0; odd -= 2) series = series * square + 1 / odd;
  return exponent * Math.LN2 + 2 * s * series;
}
