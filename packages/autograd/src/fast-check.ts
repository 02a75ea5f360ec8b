/**
 * Arbitraries for fast-check, which is the importer's: shapes, shapes that broadcast, and tensors. What fails shrinks to
 * small shapes and round numbers. Knows tensors as callers make them.
 */
import fc from "fast-check";
import { tensor } from "./creation.js";
import { broadcastShapes, type Shape, sizeOf } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** What shapes there are. */
export interface ShapeConstraints {
  /** Default 0. */
  readonly minRank?: number;
  /** Default 3. */
  readonly maxRank?: number;
  /** The shortest that an axis may be. Default 0. */
  readonly minLength?: number;
  /** The longest. Default 4. */
  readonly maxLength?: number;
}

/**
 * Shapes; they shrink to fewer and shorter axes.
 * @example fc.property(shapes({ minLength: 1 }), (shape) => zeros(shape).size > 0)
 */
export function shapes(constraints: ShapeConstraints = {}): fc.Arbitrary<number[]> {
  const { minRank = 0, maxRank = 3, minLength = 0, maxLength = 4 } = constraints;
  return fc.array(fc.integer({ min: minLength, max: maxLength }), { minLength: minRank, maxLength: maxRank });
}

/** Shapes, and what they broadcast to. */
export interface Broadcastable {
  /** As many as were asked for. */
  readonly shapes: readonly number[][];
  /** What all of them broadcast to. */
  readonly result: readonly number[];
}

/**
 * `count` shapes that broadcast together, and the shape of the result.
 * @example fc.property(broadcastable(2), ({ shapes: [a, b], result }) => sameShape(zeros(a).add(zeros(b)).shape, result))
 */
export function broadcastable(count = 2, constraints: ShapeConstraints = {}): fc.Arbitrary<Broadcastable> {
  const { minRank = 0, minLength = 0 } = constraints;
  return shapes(constraints).chain((whole) => {
    // Axes in front are left out, and others stretch from 1.
    const part = fc
      .tuple(
        fc.nat(whole.length - minRank),
        fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }),
      )
      .map(([missing, stretched]) =>
        whole.map((length, axis) => (stretched[axis] && minLength <= 1 ? 1 : length)).slice(missing),
      );
    return fc
      .array(part, { minLength: count, maxLength: count })
      .map((parts) => ({ shapes: parts, result: [...broadcastShapes("broadcastable", parts)] }));
  });
}

/** What tensors there are. */
export interface TensorConstraints {
  /** A shape, or an arbitrary of shapes. Default `shapes()`. */
  readonly shape?: Shape | fc.Arbitrary<Shape>;
  /** Default −2. */
  readonly min?: number;
  /** Default 2. */
  readonly max?: number;
  /** Whether also ±0, ±∞, NaN and the smallest and largest float32 numbers, whatever `min` and `max`. Default false. */
  readonly special?: boolean;
}

/**
 * Tensors of float32 numbers, as many of them whole, or parts of 8 or 1024, as others: equal entries are not rare, and
 * arithmetic with them is often exact. They shrink to smaller shapes, and then to rounder numbers nearer to 0.
 * @example fc.property(tensors({ shape: [3], special: true }), (x) => Object.is(x.neg().neg().data[0], x.data[0]))
 */
export function tensors(constraints: TensorConstraints = {}): fc.Arbitrary<Tensor> {
  const { shape = shapes(), min = -2, max = 2, special = false } = constraints;
  if (!(min <= max)) throw new RangeError(`tensors: min is ${min} and max is ${max}; expected min at most max`);
  const numbers = new Numbers(min, max, special);
  const shaped = isShape(shape) ? fc.constant(shape) : shape;
  return shaped.chain((lengths) => {
    const size = sizeOf(lengths);
    return fc.array(numbers, { minLength: size, maxLength: size }).map((values) => tensor(values, lengths));
  });
}

const isShape = (shape: Shape | fc.Arbitrary<Shape>): shape is Shape => Array.isArray(shape);

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Where arithmetic in float32 is special, the roundest first. */
const SPECIAL = [0, -0, 1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 2 ** -126, LARGEST, -LARGEST];

/** Into how many parts 1 is divided, the roundest first. */
const GRANULARITIES = [1, 8, 1024];

/** Multiples of one of the granularities, or any numbers where there are none between the ends. */
class Numbers extends fc.Arbitrary<number> {
  readonly #min: number;
  readonly #max: number;
  readonly #special: boolean;
  readonly #granularities: readonly number[];

  constructor(min: number, max: number, special: boolean) {
    super();
    this.#min = min;
    this.#max = max;
    this.#special = special;
    this.#granularities = GRANULARITIES.filter(
      (parts) => Math.ceil(min * parts) <= Math.floor(max * parts) && Math.max(-min, max) * parts <= 2 ** 30,
    );
  }

  generate(random: fc.Random): fc.Value<number> {
    return new fc.Value(this.#draw(random), undefined);
  }

  #draw(random: fc.Random): number {
    const below = (count: number): number => random.nextInt(0, count - 1);
    if (this.#special && below(4) === 0) return SPECIAL[below(SPECIAL.length)] as number;
    const parts = this.#granularities[below(Math.max(1, this.#granularities.length))];
    if (parts === undefined) return this.#min + (this.#max - this.#min) * (below(2 ** 30) / 2 ** 30);
    return random.nextInt(Math.ceil(this.#min * parts), Math.floor(this.#max * parts)) / parts;
  }

  canShrinkWithoutContext(value: unknown): value is number {
    return typeof value === "number";
  }

  /** To 0, to the rounder numbers beside it, and towards 0 among those that are as round. */
  shrink(value: number): fc.Stream<fc.Value<number>> {
    const parts = GRANULARITIES.find((each) => Number.isInteger(value * each));
    const simpler = Object.is(value, 0) ? [] : [0, ...rounderThan(value, parts), ...nearerThan(value, parts)];
    const allowed = simpler.filter((each) => each !== value && each >= this.#min && each <= this.#max);
    return fc.stream(allowed.map((each) => new fc.Value(each, undefined))[Symbol.iterator]());
  }
}

/** The numbers of fewer parts to both sides, the roundest first. */
function rounderThan(value: number, parts: number | undefined): number[] {
  if (!Number.isFinite(value)) return [1];
  const fewer = GRANULARITIES.filter((each) => parts === undefined || each < parts);
  return fewer.flatMap((each) =>
    [Math.trunc(value * each), Math.trunc(value * each) + Math.sign(value)].map((n) => n / each),
  );
}

/** Numbers of as many parts on the way from 0 to this one. */
function nearerThan(value: number, parts: number | undefined): number[] {
  if (parts === undefined) return [];
  const nearer: number[] = [];
  for (let gap = Math.trunc((value * parts) / 2); gap !== 0; gap = Math.trunc(gap / 2))
    nearer.push(value - gap / parts);
  return [...nearer, value - Math.sign(value) / parts];
}
