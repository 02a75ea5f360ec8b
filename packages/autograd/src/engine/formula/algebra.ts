/**
 * What the table states of an operation, asked of inputs some of which are constants: which input it returns, where it
 * is zero, what it multiplies by. Knows no operation by name, and makes no formula.
 */
import type { Attributes, DType, MapRules, Named, Nodes } from "../../graph.js";
import { type Access, compose } from "./formula.js";

export type MapEntry = Named<MapRules<Nodes, Attributes>>;

/** The value of each input that has the same everywhere. */
export type Constants = readonly (number | undefined)[];

export const constantsOf = (inputs: readonly Access[]): Constants =>
  inputs.map(({ from }) => (from.kind === "fill" ? from.value : undefined));

/** A number as entries of the type are. */
export const inType = (dtype: DType, value: number): number => (dtype === "float32" ? Math.fround(value) : value);

/** What an operation makes of numbers. */
export const resultOf = ({ meaning }: MapEntry, attributes: Attributes, values: readonly number[]): number =>
  meaning(...(values as never), attributes);

/** Which input an operation returns as it is, if it does. */
export function unchangedInput(
  { algebra }: MapEntry,
  attributes: Attributes,
  constants: Constants,
): number | undefined {
  const { identities = [] } = algebra?.(attributes) ?? {};
  return identities
    .find((pattern) => pattern.every((given, which) => typeof given === "string" || Object.is(given, constants[which])))
    ?.indexOf("x");
}

/** Whether an operation is zero where these inputs are. */
export function keepsZeros({ algebra }: MapEntry, attributes: Attributes, isZero: (which: number) => boolean): boolean {
  const { zeros = [] } = algebra?.(attributes) ?? {};
  return zeros.some((pattern) => pattern.every((given, which) => given === "any" || isZero(which)));
}

/** A map that multiplies by a power of two from 1, or by minus one: what is multiplied, and the factor. */
export function scalingOf({ from, at }: Access): { readonly read: Access; readonly factor: number } | undefined {
  if (from.kind !== "map" || from.rules === undefined) return undefined;
  const constants = constantsOf(from.inputs);
  const { linear = [] } = from.rules.algebra?.(from.attributes) ?? {};
  const isX = (which: number): boolean => constants[which] === undefined;
  if (!linear.some((pattern) => pattern.every((given, which) => (given === "x") === isX(which)))) return undefined;
  const ones = constants.map((value) => value ?? 1);
  const factor = inType(from.dtype, resultOf(from.rules, from.attributes, ones));
  if (Math.abs(factor) < 1 || !Number.isInteger(Math.log2(Math.abs(factor)))) return undefined;
  return { read: compose(from.inputs[constants.indexOf(undefined)] as Access, at), factor };
}
