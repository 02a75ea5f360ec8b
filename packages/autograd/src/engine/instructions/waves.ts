/**
 * Sine and cosine on lanes. WebAssembly has neither: of float32 numbers that are not very large they are polynomials of
 * what is left of the angle after whole quarters of a turn; of all others they are the host's. Knows nothing of tensors.
 */
import { type Lane, type Lanes, SIGN } from "./lanes.js";

export const sine = (lanes: Lanes, x: Lane): Lane => wave(lanes, "sin", x);
export const cosine = (lanes: Lanes, x: Lane): Lane => wave(lanes, "cos", x);

/**
 * sin |x| or cos |x| with |x| = n · π/2 + r, |r| ≤ π/4: for the four n in a row sin r, cos r, −sin r, −cos r. The cosine
 * is the sine a quarter later; the sine takes its sign from x, so that −0 stays −0.
 */
function wave(lanes: Lanes, name: "sin" | "cos", x: Lane): Lane {
  if (lanes.isDouble) return lanes.byHost(name, x);
  const size = lanes.abs(x);
  const n = lanes.nearest(lanes.mul(size, lanes.number(2 / Math.PI)));
  const r = remainder(lanes, size, n);
  const whole = lanes.toWhole(n);
  const quarter = name === "sin" ? whole : lanes.addWhole(whole, lanes.integer(1));
  const isOdd = lanes.equal(lanes.andWhole(quarter, lanes.integer(1)), lanes.integer(1));
  const result = lanes.choose(isOdd, cosineNear0(lanes, r), sineNear0(lanes, r));
  const turned = lanes.shiftLeft(lanes.andWhole(quarter, lanes.integer(2)), 30);
  const sign = name === "sin" ? lanes.xorWhole(turned, lanes.andWhole(lanes.bitsOf(x), lanes.integer(SIGN))) : turned;
  const near = lanes.ofBits(lanes.xorWhole(lanes.bitsOf(result), sign));
  return lanes.except(lanes.lessEqual(lanes.number(FAR), size), near, () => lanes.byHost(name, x));
}

/**
 * x − n · π/2, to the nearest float32 number: π/2 is taken in four parts (Cody & Waite 1980). The products of n and the
 * first three are exact, the first two differences too; what the third loses is added to the last product.
 */
function remainder(lanes: Lanes, x: Lane, n: Lane): Lane {
  const [first, second, third, last] = HALF_PI.map((part) => lanes.mul(n, lanes.number(part))) as [
    Lane,
    Lane,
    Lane,
    Lane,
  ];
  const begun = lanes.sub(lanes.sub(x, first), second);
  const rest = lanes.sub(begun, third);
  const lost = lanes.sub(lanes.sub(begun, rest), third);
  return lanes.add(rest, lanes.sub(lost, last));
}

/** π/2; each part but the last has so few bits that its product with an n up to 2¹³ is exact. */
const HALF_PI = [1.5703125, 0.0004837512969970703, 7.549533620476723e-8, 2.5633440682570896e-12];

/** From here on n · π/2 is more than these parts are good for. */
const FAR = 12_860;

// The coefficients are those of Cephes' sinf and cosf (Moshier).

function sineNear0(lanes: Lanes, r: Lane): Lane {
  const square = lanes.mul(r, r);
  const polynomial = lanes.polynomial(square, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]);
  return lanes.add(r, lanes.mul(r, lanes.mul(square, polynomial)));
}

function cosineNear0(lanes: Lanes, r: Lane): Lane {
  const square = lanes.mul(r, r);
  const polynomial = lanes.polynomial(square, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]);
  const line = lanes.sub(lanes.number(1), lanes.mul(square, lanes.number(0.5)));
  return lanes.add(line, lanes.mul(lanes.mul(square, square), polynomial));
}
