/**
 * Random numbers as NumPy's `RandomState` draws them: the Mersenne Twister MT19937 of Matsumoto and Nishimura (1998),
 * and the distributions that NumPy has frozen for it. They agree bit for bit, except that the normal distribution takes
 * a logarithm, whose last bit in NumPy depends on the platform; see `logarithm`. Knows nothing of data or clusters.
 */

import { logarithm } from "./logarithm.js";

const STATE_LENGTH = 624;
const MIDDLE = 397;

/** A stream of random numbers that depends only on the seed. */
export class RandomState {
  readonly #state = new Uint32Array(STATE_LENGTH);
  #position = STATE_LENGTH;
  /** The second of the two normal values that each polar draw makes. */
  #spareNormal: number | undefined;

  /**
   * @param seed a whole number from 0 below 2³²
   * @example new RandomState(0).uniform() // 0.5488135039273248, as numpy.random.RandomState(0).uniform()
   */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RangeError(
        `the seed of the random numbers is ${String(seed)}; expected a whole number from 0 below 2³²`,
      );
    }
    this.#state[0] = seed;
    for (let i = 1; i < STATE_LENGTH; i++) {
      const previous = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** A whole number from 0 below 2³². */
  uint32(): number {
    if (this.#position === STATE_LENGTH) this.#twist();
    let y = this.#state[this.#position++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A number from `low` below `high`, out of 2⁵³ evenly spaced ones. */
  uniform(low = 0, high = 1): number {
    const upper = this.uint32() >>> 5;
    const lower = this.uint32() >>> 6;
    return low + (high - low) * ((upper * 2 ** 26 + lower) / 2 ** 53);
  }

  /** A normally distributed number, by the polar method of Marsaglia: it makes two and keeps one for the next call. */
  normal(mean = 0, deviation = 1): number {
    return mean + deviation * this.#standardNormal();
  }

  /**
   * A whole number from 0 to `largest`, both included: draws as many bits as it needs, again and again until the number
   * is not too large.
   */
  integer(largest: number): number {
    if (largest === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(largest)) - 1;
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  /** The numbers 0, 1, …, n − 1 in random order, by Fisher and Yates. */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    return order;
  }

  #standardNormal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * logarithm(square)) / square);
      this.#spareNormal = scale * x;
      return scale * y;
    }
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_LENGTH; i++) {
      const bits = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % STATE_LENGTH] as number) & 0x7fffffff);
      const odd = bits & 1 ? 0x9908b0df : 0;
      state[i] = (state[(i + MIDDLE) % STATE_LENGTH] as number) ^ (bits >>> 1) ^ odd;
    }
    this.#position = 0;
  }
}
