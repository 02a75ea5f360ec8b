/**
 * The natural logarithm, correctly rounded. `Math.log` may differ in its last bit from engine to engine and from C's,
 * and one bit is enough to make two runs with the same seed differ. Knows numbers only.
 *
 * A value is represented as a pair of float64 numbers whose sum has twice the digits (Dekker 1971).
 */

type Pair = readonly [high: number, low: number];

/**
 * log x for a positive, normal x. With x = 2ᵏ m, m between √½ and √2, and s = (m − 1) / (m + 1):
 * log x = k log 2 + 2 (s + s³/3 + s⁵/5 + …).
 */
export function logarithm(x: number): number {
  const exponent = Math.round(Math.log2(x));
  const mantissa = x / 2 ** exponent;
  const s = divide(mantissa - 1, sum(mantissa, 1));
  const square = multiply(s, s);
  const series = RECIPROCALS.reduceRight<Pair>((rest, reciprocal) => add(multiply(rest, square), reciprocal), [0, 0]);
  const [high, low] = add(multiply(LOG_2, [exponent, 0]), multiply(series, [2 * s[0], 2 * s[1]]));
  return high + low;
}

/** log 2 to 106 bits. */
const LOG_2: Pair = [Math.LN2, 2.3190468138462996e-17];

/** 1, 1/3, 1/5, …: enough terms for |s| ≤ 0.172 to reach 2⁻⁸⁰. */
const RECIPROCALS: readonly Pair[] = Array.from({ length: 16 }, (_, i) => divide(1, [2 * i + 1, 0]));

/** a + b, and its rounding error. */
function sum(a: number, b: number): Pair {
  const high = a + b;
  const part = high - a;
  return [high, a - (high - part) + (b - part)];
}

/** a · b, and its rounding error. */
function product(a: number, b: number): Pair {
  const high = a * b;
  const [a1, a2] = split(a);
  const [b1, b2] = split(b);
  return [high, a1 * b1 - high + a1 * b2 + a2 * b1 + a2 * b2];
}

/** The upper and the lower half of the digits. */
function split(a: number): Pair {
  const scaled = a * (2 ** 27 + 1);
  const high = scaled - (scaled - a);
  return [high, a - high];
}

function add(a: Pair, b: Pair): Pair {
  const [high, low] = sum(a[0], b[0]);
  return sum(high, low + a[1] + b[1]);
}

function multiply(a: Pair, b: Pair): Pair {
  const [high, low] = product(a[0], b[0]);
  return sum(high, low + (a[0] * b[1] + a[1] * b[0]));
}

function divide(a: number, b: Pair): Pair {
  const quotient = a / b[0];
  const [high, low] = product(quotient, b[0]);
  return sum(quotient, (a - high - low - quotient * b[1]) / b[0]);
}
