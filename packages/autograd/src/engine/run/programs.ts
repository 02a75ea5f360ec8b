/**
 * Programs by the structure of their graphs: all but the values of their leaves, the lengths that can be open, and
 * constants that nothing depends on. Bounded by what the programs weigh. Knows nothing of how a program is made.
 */
import { attributesKey, fillOf, type Node, type Nodes, noValuesYet, topologicalOrder } from "../../graph.js";
import { Latest } from "../../latest.js";
import { type Shape, sizeOf } from "../../shape.js";
import { MOST_OPEN } from "../formula/lengths.js";
import { isAlong, open, withLengths } from "../schedule/opening.js";
import { plan } from "../schedule/plan.js";
import { compileProgram, type Program, type Run } from "./program.js";

/** What computes the outputs of a graph. */
export interface Computing {
  /** The nodes whose values, or values in their places, a run is given. */
  readonly leaves: Nodes;
  readonly run: Run;
}

interface Kept {
  /** Nothing, where the platform refuses the program. */
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

/** What computes `outputs`; `undefined` where the platform refuses it. */
export function computing(outputs: Nodes, isGiven: (node: Node) => boolean): Computing | undefined {
  const isLeaf = (node: Node): boolean => isGiven(node) || isOpenConstant(node);
  const order = topologicalOrder(outputs, isLeaf);
  const lengths = lengthsOf(order, isGiven);
  const structure = structureOf(order, outputs, isLeaf, lengths);
  const closed = closedOf.get(structure);
  const known = closed && programs.get(programKey(structure, closed, lengths));
  const kept = known ?? make(order, outputs, isLeaf, lengths, structure);
  if (kept.program === undefined) return undefined;
  return {
    leaves: kept.leaves.map((at) => order[at] as Node),
    run: kept.program.with([...lengths.keys()], outputs),
  };
}

const programKey = (structure: string, closed: ReadonlySet<number>, lengths: Lengths): string =>
  `${structure}\n${[...lengths].filter(([, which]) => closed.has(which)).map(([length, which]) => `${which}:${length}`)}`;

function make(
  order: Nodes,
  outputs: Nodes,
  isLeaf: (node: Node) => boolean,
  lengths: Lengths,
  structure: string,
): Kept {
  const { opened, planned } = opening(order, outputs, isLeaf, lengths);
  const closed = new Set([...lengths.values()].filter((which) => !opened.lengths.has(which)));
  const program = compileProgram(planned, lengths.size);
  const leaves = program?.leaves.map((leaf) => order.indexOf(opened.originals.get(leaf) as Node)) ?? [];
  const kept = { program, leaves };
  const key = programKey(structure, closed, lengths);
  closedOf.set(structure, closed, structure.length);
  programs.set(key, kept, OWN_WEIGHT + key.length + 8 * (program?.bytes ?? 0));
  return kept;
}

/** The graph with one length open that can be, and each other long one that then can be too; and its plan. */
function opening(order: Nodes, outputs: Nodes, isLeaf: (node: Node) => boolean, lengths: Lengths) {
  const attempt = (tried: Lengths) => {
    const opened = open(order, outputs, isLeaf, tried);
    const planned = opened && plan(opened.outputs, opened.isGiven);
    return planned && isAlong(planned) ? { opened, planned } : undefined;
  };
  let best: ReturnType<typeof attempt>;
  let found: Lengths = new Map();
  for (const [length, which] of lengths) {
    if (found.size > 0 && length < BLOCK) continue;
    const more = new Map([...found, [length, which]]);
    const better = attempt(more);
    if (better) [best, found] = [better, more];
  }
  return best ?? (attempt(new Map()) as NonNullable<typeof best>);
}

/** Lengths, and the number of each among those of a program. */
type Lengths = ReadonlyMap<number, number>;

/**
 * The lengths that may be open: those of the first axes of what is given, if there is enough of them to fill a block, or
 * if so little is computed that blocks do not matter. Those that most leaves have come first, and of these the longest.
 */
function lengthsOf(order: Nodes, isGiven: (node: Node) => boolean): Lengths {
  const counts = new Map<number, number>();
  for (const node of order) {
    const [length] = node.shape;
    if (length !== undefined && length > 1 && isGiven(node)) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const isLittle = order.reduce((work, { shape }) => work + sizeOf(shape), 0) <= LITTLE;
  return new Map(
    [...counts]
      .filter(([length]) => length >= BLOCK || isLittle)
      .sort(([a, uses], [b, others]) => others - uses || b - a)
      .slice(0, MOST_OPEN)
      .map(([length], which) => [length, which]),
  );
}

const BLOCK = 16;
const LITTLE = 2 ** 17;

/** Whether a node is a constant whose value makes no difference but to the result: no rule of algebra asks for it. */
function isOpenConstant(node: Node): boolean {
  const value = fillOf(node);
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
    return -1 - which - (which > 0 && length < BLOCK ? MOST_OPEN : 0);
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
