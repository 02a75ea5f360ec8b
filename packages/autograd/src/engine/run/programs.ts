/**
 * Programs by the structure of their graphs: all but the values of their leaves, the lengths that can be open, and
 * constants that nothing depends on. Bounded by what the programs weigh. Knows nothing of how a program is made.
 */
import {
  attributesKey,
  fillOf,
  lengthsInFill,
  type Node,
  type Nodes,
  noValuesYet,
  topologicalOrder,
} from "../../graph.js";
import { Latest } from "../../latest.js";
import { closed, isOpen, MOST_OPEN, SHORTEST_OPEN } from "../../lengths.js";
import { type Shape, sizeOf } from "../../shape.js";
import { holdsForAllLengths, isAlong, open, withLengths } from "../schedule/opening.js";
import { plan } from "../schedule/plan.js";
import { compileProgram, type Program, type Run } from "./program.js";

/** What computes the outputs of a graph. */
export interface Computing {
  /** The nodes whose values, or values in their places, a run is given. */
  readonly leaves: Nodes;
  /**
   * What computes them where the lengths that are open in the graph are these; `undefined` where one is short and much is
   * computed: then it is better not to be open.
   */
  with(lengths: Shape): Run | undefined;
}

interface Kept {
  /** Nothing, where the platform refuses the program, or an open length cannot be. */
  readonly program: Program | undefined;
  /** Which nodes of the graph, in topological order, the program is given the values of. */
  readonly leaves: readonly number[];
}

/** By the structure of a graph with all lengths open that might be: those that cannot. Weighed in letters. */
const closedOf = new Latest<ReadonlySet<number>>(2 ** 24);
/** Weighed in bytes. */
const programs = new Latest<Kept>(2 ** 26);

/** What a program weighs besides its own bytes. */
const OWN_WEIGHT = 2 ** 16;

/**
 * What computes `outputs`; `undefined` where the platform refuses it, or where the graph has open lengths and is no
 * graph for all of them. `example` are lengths that may come in their places.
 */
export function computing(
  outputs: Nodes,
  isGiven: (node: Node) => boolean,
  example: Shape = [],
): Computing | undefined {
  const isLeaf = (node: Node): boolean => isGiven(node) || isOpenConstant(node);
  const order = topologicalOrder(outputs, isLeaf);
  if (example.length > 0 && !holdsForAllLengths(order, isLeaf)) return undefined;
  const lengths = lengthsOf(order, isGiven, example);
  const structure = structureOf(order, outputs, isLeaf, lengths);
  const closing = closedOf.get(structure);
  const known = closing && programs.get(programKey(structure, closing, lengths));
  const kept = known ?? make(order, outputs, isLeaf, lengths, structure);
  const { program } = kept;
  if (program === undefined) return undefined;
  return {
    leaves: kept.leaves.map((at) => order[at] as Node),
    with: (given) =>
      given.some((length) => length < SHORTEST_OPEN) && workOf(order, given) > LITTLE
        ? undefined
        : program.with(closed([...lengths.keys()], given), outputs),
  };
}

const programKey = (structure: string, closing: ReadonlySet<number>, lengths: Lengths): string =>
  `${structure}\n${[...lengths].filter(([, which]) => closing.has(which)).map(([length, which]) => `${which}:${length}`)}`;

function make(
  order: Nodes,
  outputs: Nodes,
  isLeaf: (node: Node) => boolean,
  lengths: Lengths,
  structure: string,
): Kept {
  const found = opening(order, outputs, isLeaf, lengths);
  const closing = new Set([...lengths.values()].filter((which) => !found?.opened.lengths.has(which)));
  const isPossible = [...lengths].every(([length, which]) => !isOpen(length) || !closing.has(which));
  const program = found && isPossible ? compileProgram(found.planned, lengths.size) : undefined;
  const leaves = program?.leaves.map((leaf) => order.indexOf(found?.opened.originals.get(leaf) as Node)) ?? [];
  const kept = { program, leaves };
  const key = programKey(structure, closing, lengths);
  closedOf.set(structure, closing, structure.length);
  programs.set(key, kept, OWN_WEIGHT + key.length + 8 * (program?.bytes ?? 0));
  return kept;
}

/**
 * The graph with one length open that can be, and each other long one that then can be too; and its plan. Nothing, where
 * lengths of the graph itself are open and cannot be.
 */
function opening(order: Nodes, outputs: Nodes, isLeaf: (node: Node) => boolean, lengths: Lengths) {
  const isOpenItself = [...lengths.keys()].some(isOpen);
  const attempt = (tried: Lengths) => {
    const opened = open(order, outputs, isLeaf, tried);
    const planned = opened && plan(opened.outputs, opened.isGiven);
    const isClosed = tried.size === 0 && !isOpenItself;
    return planned && (isClosed || isAlong(planned)) ? { opened, planned } : undefined;
  };
  let best: ReturnType<typeof attempt>;
  let found: Lengths = new Map();
  for (const [length, which] of lengths) {
    if (found.size > 0 && length < SHORTEST_OPEN) continue;
    const more = new Map([...found, [length, which]]);
    const better = attempt(more);
    if (better) [best, found] = [better, more];
  }
  return best ?? attempt(new Map());
}

/** Lengths, and the number of each among those of a program. */
type Lengths = ReadonlyMap<number, number>;

/**
 * The lengths that may be open: those of the first axes of what is given, if there is enough of them to fill a block, or
 * if so little is computed that blocks do not matter. Those that most leaves have come first, and of these long ones,
 * the longest first. Of short ones the length does not say which comes first: for 2 points there is the program for 5.
 */
function lengthsOf(order: Nodes, isGiven: (node: Node) => boolean, example: Shape): Lengths {
  const counts = new Map<number, number>();
  for (const node of order) {
    const [length] = node.shape;
    if (length !== undefined && length > 1 && isGiven(node)) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const areShortOpen = workOf(order, example) <= LITTLE;
  const atLeast = (length: number): number => (length < SHORTEST_OPEN ? 0 : length);
  return new Map(
    [...counts]
      .filter(([length]) => length >= SHORTEST_OPEN || areShortOpen)
      .reverse()
      .sort(([a, uses], [b, others]) => others - uses || atLeast(b) - atLeast(a))
      .slice(0, MOST_OPEN)
      .map(([length], which) => [length, which]),
  );
}

/** How many entries a graph has in all, where its open lengths are these. */
const workOf = (order: Nodes, lengths: Shape): number =>
  order.reduce((work, { shape }) => work + sizeOf(closed(shape, lengths)), 0);

const LITTLE = 2 ** 17;

/** Whether a node is a constant whose value makes no difference but to the result: no rule of algebra asks for it. */
function isOpenConstant(node: Node): boolean {
  const value = fillOf(node);
  if (lengthsInFill(node)) return (value as number) > 1;
  return value !== undefined && Number.isFinite(value) && value !== 0 && !Number.isInteger(Math.log2(Math.abs(value)));
}

/**
 * A graph as text, with marks in the place of lengths that may be open, and of the values of open constants. Those that
 * are short and not the first have marks of their own: the structure alone settles which lengths are open.
 */
function structureOf(order: Nodes, outputs: Nodes, isLeaf: (node: Node) => boolean, lengths: Lengths): string {
  const numbers = new Map(order.map((node, at) => [node, at]));
  const marked = (length: number): number => {
    const which = lengths.get(length);
    if (which === undefined) return length;
    return -1 - which - (which > 0 && length < SHORTEST_OPEN ? MOST_OPEN : 0);
  };
  const shown = (shape: Shape): string => shape.map(marked).join();
  let text = "";
  for (const node of order) {
    const { operation, inputs, attributes, shape, dtype } = node;
    const isConstant = fillOf(node) !== undefined;
    if (isLeaf(node)) {
      text += `${isConstant ? "?" : ""}${dtype} ${shown(shape)}\n`;
      continue;
    }
    if (operation.kind === "leaf" && !isConstant) throw noValuesYet();
    text += `${operation.name} ${dtype} ${attributesKey(withLengths(attributes, marked))} ${shown(shape)}`;
    for (const input of inputs) text += ` ${numbers.get(input)}`;
    text += "\n";
  }
  for (const output of outputs) text += ` ${numbers.get(output)}`;
  return text;
}
