/**
 * Lengths that a program is told when it runs, such as the number of points. While it is compiled, stand-ins are in
 * their places: numbers so large that nothing else comes near. Whatever follows from one, such as a stride, is as
 * large, so that it is found, and the program then belongs to one length. Knows nothing of graphs or formulas.
 */

type Lengths = readonly number[];

/** Primes, so that no reshape divides one; and so far apart that no difference of two is one. */
const STAND_INS: Lengths = [
  1073741827, 1074741869, 1075741831, 1076741833, 1077741827, 1078741831, 1079741843, 1080741839,
];
const SMALLEST = STAND_INS[0] as number;

/** How many lengths of one program may be open. */
export const MOST_OPEN = STAND_INS.length;

/** From which length on vectors pay: shorter ones are not open where much is computed. */
export const SHORTEST_OPEN = 16;

/** The stand-in of an open length, by its number among the program's. */
export const standIn = (which: number): number => STAND_INS[which] as number;

/** The number of the open length that a stand-in is for; −1 for any other length. */
export const openAt = (length: number): number => (length < SMALLEST ? -1 : STAND_INS.indexOf(length));

export const isOpen = (length: number): boolean => openAt(length) >= 0;

/** Whether a number follows from a stand-in, or might: then none may be open. */
export const isTooLarge = (value: number): boolean => Math.abs(value) >= SMALLEST / 2;

/** What an open length counts as where the better of two ways is chosen. */
const TYPICAL = 1024;

/** A length, or what is typical of one that is open. */
export const typical = (length: number): number => (isOpen(length) ? TYPICAL : length);

/** A shape with the given lengths in the place of those that are open. */
export const closed = (shape: Lengths, lengths: Lengths): Lengths =>
  shape.some(isOpen) ? shape.map((length) => lengths[openAt(length)] ?? length) : shape;

let questions = 0;

/** How many times somebody wanted to know a length that is open. */
export const questionsSoFar = (): number => questions;

function refuse(): never {
  questions++;
  throw new Error("this length is not known yet: the function is being compiled for all lengths at once");
}

/** A shape for somebody who may do with it what he likes: its open lengths cannot be read. */
export function forEveryone(shape: Lengths): Lengths {
  if (!shape.some(isOpen)) return shape;
  const seen = [...shape];
  shape.forEach((length, axis) => {
    if (isOpen(length)) Object.defineProperty(seen, axis, { get: refuse });
  });
  return Object.freeze(seen);
}

/** The same shape, to be shown or counted as a whole: none of its lengths may be open. */
export function known(shape: Lengths): Lengths {
  return shape.some(isOpen) ? refuse() : shape;
}
