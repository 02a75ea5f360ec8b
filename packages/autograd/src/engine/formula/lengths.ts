/**
 * Lengths that a program is told when it runs, such as the number of points. While it is compiled, stand-ins are in
 * their places: numbers so large that nothing else comes near. Whatever follows from one, such as a stride, is as
 * large, so that it is found, and the program then belongs to one length. Knows nothing of graphs or formulas.
 */
import type { Shape } from "../../shape.js";

/** Stand-ins lie so far apart that no difference of two is one. */
const FIRST = 2 ** 30;
const APART = 1_000_003;

/** How many lengths of one program may be open. */
export const MOST_OPEN = 8;

/** The stand-in of an open length, by its number among the program's. */
export const standIn = (which: number): number => FIRST + which * APART;

/** The number of the open length that a stand-in is for; −1 for any other length. */
export function openAt(length: number): number {
  const which = (length - FIRST) / APART;
  return Number.isInteger(which) && which >= 0 && which < MOST_OPEN ? which : -1;
}

export const isOpen = (length: number): boolean => openAt(length) >= 0;

/** Whether a number follows from a stand-in, or might: then none may be open. */
export const isTooLarge = (value: number): boolean => Math.abs(value) >= FIRST / 2;

/** What an open length counts as where the better of two ways is chosen. */
const TYPICAL = 1024;

/** A length, or what is typical of one that is open. */
export const typical = (length: number): number => (isOpen(length) ? TYPICAL : length);

/** A shape with the given lengths in the place of those that are open. */
export const closed = (shape: Shape, lengths: readonly number[]): Shape =>
  shape.map((length) => lengths[openAt(length)] ?? length);
