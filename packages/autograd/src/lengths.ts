/**
 * Lengths that a program is told when it runs, such as the number of points. While it is compiled, stand-ins take their
 * places: numbers so large that nothing else comes near. Whatever follows from one, such as a stride, is just as large,
 * and thus easy to find; the program then belongs to a single length. Knows nothing of graphs or formulas.
 */

type Lengths = readonly number[];

/** Primes, so that no reshape divides one, and so far apart that no difference of two is another. */
const STAND_INS: Lengths = [
  1073741827, 1074741869, 1075741831, 1076741833, 1077741827, 1078741831, 1079741843, 1080741839,
];
const SMALLEST = STAND_INS[0] as number;

/** How many lengths of one program may be open. */
export const MOST_OPEN = STAND_INS.length;

/** The length from which vectors pay off: shorter lengths stay closed where there is much to compute. */
export const SHORTEST_OPEN = 16;

/** The stand-in of an open length, by its number among the program's. */
export const standIn = (which: number): number => STAND_INS[which] as number;

/** The number of the open length that a stand-in is for; −1 for any other length. */
export const openAt = (length: number): number => (length < SMALLEST ? -1 : STAND_INS.indexOf(length));

export const isOpen = (length: number): boolean => openAt(length) >= 0;

/** Whether a number follows from a stand-in, or might: then no length may be open. */
export const isTooLarge = (value: number): boolean => Math.abs(value) >= SMALLEST / 2;

/** What an open length counts as when the engine chooses between two ways. */
const TYPICAL = 1024;

/** A length, or a typical one if it is open. */
export const typical = (length: number): number => (isOpen(length) ? TYPICAL : length);

/** How many entries a shape has, where open lengths are typical. */
export const typicalSize = (shape: Lengths): number => shape.reduce((size, length) => size * typical(length), 1);

/** A shape with the given lengths in the place of those that are open. */
export const closed = (shape: Lengths, lengths: Lengths): Lengths =>
  shape.some(isOpen) ? shape.map((length) => lengths[openAt(length)] ?? length) : shape;

let questions = 0;

/** How many times somebody has asked for a length that is open. */
export const questionsSoFar = (): number => questions;

function refuse(): never {
  questions++;
  throw new Error("this length is not known yet: the function is being compiled for all lengths at once");
}

/** A shape for callers, who may do anything with it: reading an open length throws. */
export function forEveryone(shape: Lengths): Lengths {
  if (!shape.some(isOpen)) return shape;
  const seen = [...shape];
  shape.forEach((length, axis) => {
    if (isOpen(length)) Object.defineProperty(seen, axis, { get: refuse });
  });
  return Object.freeze(seen);
}

/** The same shape, for showing or counting it as a whole; throws if one of its lengths is open. */
export function known(shape: Lengths): Lengths {
  return shape.some(isOpen) ? refuse() : shape;
}
