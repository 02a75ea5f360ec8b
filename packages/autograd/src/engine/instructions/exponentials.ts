/**
 * Exponentials, logarithms and powers on lanes. WebAssembly has none of them: of float32 numbers they are made of the
 * exponent field and of polynomials for what is left, of float64 numbers they are the host's. Knows nothing of tensors.
 */
import { type Lane, type Lanes, SIGN } from "./lanes.js";

/**
 * eˣ as 2ⁿ · eʳ. The coefficients are those of Cephes' expf (Moshier). 2ⁿ is multiplied in two halves, so that results
 * below the normal range round once.
 */
export function exponential(lanes: Lanes, x: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost("exp", x);
  const { n, r } = multiplesOfLog2(lanes, x, -104, 89);
  const polynomial = lanes.polynomial(r, EXPONENTIAL);
  const power = lanes.add(lanes.add(lanes.mul(lanes.mul(r, r), polynomial), r), lanes.number(1));
  const whole = lanes.toWhole(n);
  const half = lanes.shiftRight(whole, 1);
  return lanes.mul(lanes.mul(power, twoTo(lanes, half)), twoTo(lanes, lanes.subWhole(whole, half)));
}

/**
 * eˣ − 1 as 2ⁿ · (eʳ − 1) + (2ⁿ − 1), in halves, so that the largest do not overflow on the way: with the n and the r
 * of the exponential, the digits that r lost, and the large terms added first. x where it is as small as its last digit.
 */
export function exponentialMinus1(lanes: Lanes, x: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost("expm1", x);
  const { n, near, rest, r } = multiplesOfLog2(lanes, x, -30, 89);
  const lost = lanes.sub(lanes.sub(near, r), rest);
  const curve = lanes.add(lanes.mul(lanes.mul(r, r), lanes.polynomial(r, EXPONENTIAL)), lost);
  const scale = twoTo(lanes, lanes.subWhole(lanes.toWhole(n), lanes.integer(1)));
  const line = lanes.add(lanes.sub(scale, lanes.number(0.5)), lanes.mul(scale, r));
  const half = lanes.add(line, lanes.mul(scale, curve));
  const isTiny = lanes.less(lanes.abs(x), lanes.number(2 ** -25));
  return lanes.choose(isTiny, x, lanes.add(half, half));
}

/**
 * tanh x: near 0 the polynomial of Cephes' tanhf (Moshier), which keeps the digits of small results;
 * beyond, 1 − 2 / (e²ˣ + 1). Of |x|, with the sign of x, so that −0 stays −0.
 */
export function hyperbolicTangent(lanes: Lanes, x: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost("tanh", x);
  const size = lanes.abs(x);
  const square = lanes.mul(x, x);
  const polynomial = lanes.polynomial(
    square,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = lanes.add(lanes.mul(lanes.mul(polynomial, square), size), size);
  const one = lanes.number(1);
  const far = lanes.sub(one, lanes.div(lanes.number(2), lanes.add(exponential(lanes, lanes.add(size, size)), one)));
  const result = lanes.choose(lanes.less(size, lanes.number(0.625)), near, far);
  const sign = lanes.andWhole(lanes.bitsOf(x), lanes.integer(SIGN));
  return lanes.ofBits(lanes.orWhole(lanes.bitsOf(result), sign));
}

/**
 * log x as n · log 2 + log m with x = m · 2ⁿ and m between √½ and √2; log m by the coefficients of Cephes' logf
 * (Moshier). Numbers below the normal range are first brought into it. `rest` is what x lacks, if it was rounded.
 */
export function logarithm(lanes: Lanes, x: Lane, rest?: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost("log", x);
  const isTiny = lanes.less(x, lanes.number(SMALLEST_NORMAL));
  const scaled = lanes.choose(isTiny, lanes.mul(x, lanes.number(2 ** 23)), x);
  // Bits of √½ are subtracted, so that the exponent field counts from there on.
  const bits = lanes.bitsOf(scaled);
  const n = lanes.shiftRight(lanes.subWhole(bits, lanes.integer(BITS_OF_ROOT_HALF)), 23);
  const mantissa = lanes.ofBits(lanes.subWhole(bits, lanes.shiftLeft(n, 23)));
  const near = lanes.sub(mantissa, lanes.number(1));
  const f = rest ? lanes.add(near, lanes.mul(rest, lanes.div(mantissa, x))) : near;
  const exponent = lanes.add(lanes.toFloat(n), lanes.choose(isTiny, lanes.number(-23), lanes.number(0)));
  const square = lanes.mul(f, f);
  const polynomial = lanes.polynomial(
    f,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const curve = lanes.mul(lanes.mul(f, square), polynomial);
  const low = lanes.add(curve, lanes.mul(exponent, lanes.number(LOG2_LOW)));
  const small = lanes.sub(low, lanes.mul(square, lanes.number(0.5)));
  const finite = lanes.add(lanes.add(f, small), lanes.mul(exponent, lanes.number(LOG2_HIGH)));
  // What the formula does not cover: log ∞ = ∞ and log NaN = NaN, log 0 = −∞, and NaN below.
  const above = lanes.choose(lanes.less(x, lanes.number(Infinity)), finite, x);
  const zero = lanes.number(0);
  const fromZero = lanes.choose(lanes.equal(x, zero), lanes.number(-Infinity), above);
  return lanes.choose(lanes.less(x, zero), lanes.number(NaN), fromZero);
}

/** log(1 + x) as log w, where w is 1 + x as rounded, with what rounding took from it: that is exact. x where w is 1. */
export function logarithmOf1Plus(lanes: Lanes, x: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost("log1p", x);
  const one = lanes.number(1);
  const rounded = lanes.add(x, one);
  const log = logarithm(lanes, rounded, lanes.sub(x, lanes.sub(rounded, one)));
  return lanes.choose(lanes.equal(rounded, one), x, log);
}

/** xⁿ for a fixed n: products for the small whole numbers, the host's function, lane by lane, for the others. */
export function powerOf(lanes: Lanes, x: Lane, exponent: number): Lane {
  if (exponent === 0) return lanes.number(1);
  if (exponent === 1) return x;
  if (exponent === 2) return lanes.mul(x, x);
  if (exponent === 3) return lanes.mul(lanes.mul(x, x), x);
  if (exponent === -1) return lanes.div(lanes.number(1), x);
  return lanes.byHost("pow", x, exponent);
}

/**
 * x, brought between two bounds, as n · log 2 + r with n the nearest whole number, so that |r| ≤ log 2 / 2. The two parts
 * of log 2 are subtracted one after the other, `near` and then the `rest`; the first product is exact.
 */
function multiplesOfLog2(
  lanes: Lanes,
  x: Lane,
  smallest: number,
  largest: number,
): { n: Lane; near: Lane; rest: Lane; r: Lane } {
  const [low, high] = [lanes.number(smallest), lanes.number(largest)];
  const above = lanes.choose(lanes.less(x, low), low, x);
  const bounded = lanes.choose(lanes.less(high, above), high, above);
  const n = lanes.nearest(lanes.mul(bounded, lanes.number(Math.LOG2E)));
  const near = lanes.sub(bounded, lanes.mul(n, lanes.number(LOG2_HIGH)));
  const rest = lanes.mul(n, lanes.number(LOG2_LOW));
  return { n, near, rest, r: lanes.sub(near, rest) };
}

/** 2ⁿ for −126 ≤ n ≤ 127: n in the exponent field. */
const twoTo = (lanes: Lanes, n: Lane): Lane => lanes.ofBits(lanes.shiftLeft(lanes.addWhole(n, lanes.integer(127)), 23));

/** (eʳ − 1 − r) / r² for |r| ≤ log 2 / 2. */
const EXPONENTIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];
/** log 2 in two parts; the first has so few bits that its product with an exponent is exact. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = -2.121944400546906e-4;
const SMALLEST_NORMAL = 2 ** -126;
const BITS_OF_ROOT_HALF = 0x3f3504f3;
