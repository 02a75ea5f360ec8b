/**
 * Graphs that differ in their lengths alone: the same graph with stand-ins in the place of lengths, and which of these
 * a plan cannot leave open. A length is open where it is how often a pass goes round, and the outermost axis of
 * whatever lies in memory, so that no address but an end follows from it.
 */
import type { Attributes, Entry, Node, Nodes, Rules } from "../../graph.js";
import { isOpen, isTooLarge, standIn } from "../../lengths.js";
import { type Shape, sameShape, sizeOf } from "../../shape.js";
import type { Formula, Position } from "../formula/formula.js";
import { type Plan, type Planned, writtenIn } from "./plan.js";
import { isFold } from "./schedule.js";

/** Attributes that say lengths, or positions that may be at the end of an axis. */
const LENGTHS: readonly string[] = ["shape", "length", "start", "end"];

/** What `replace` makes of each length that attributes say. */
export function withLengths(attributes: Attributes, replace: (length: number) => number): Attributes {
  const replaced: Record<string, unknown> = { ...attributes };
  for (const name of LENGTHS) {
    const value = replaced[name];
    if (value !== undefined) replaced[name] = Array.isArray(value) ? value.map(replace) : replace(value as number);
  }
  return replaced;
}

/** A graph with stand-ins for lengths. `isGiven` says of its nodes what was said of those that they are in place of. */
export interface Opened {
  readonly outputs: Nodes;
  readonly isGiven: (node: Node) => boolean;
  readonly originals: ReadonlyMap<Node, Node>;
  /** The numbers of the lengths that are open. */
  readonly lengths: ReadonlySet<number>;
}

/**
 * The nodes of `order`, from inputs to users, with stand-ins for the `lengths` that are in it; `undefined` where other
 * numbers of the graph follow from these.
 */
export function open(
  order: Nodes,
  outputs: Nodes,
  isGiven: (node: Node) => boolean,
  lengths: ReadonlyMap<number, number>,
): Opened | undefined {
  if (lengths.size === 0) {
    return { outputs, isGiven, originals: new Map(order.map((node) => [node, node])), lengths: new Set() };
  }
  const replace = (length: number): number => {
    const which = lengths.get(length);
    return which === undefined ? length : standIn(which);
  };
  const opened = new Map<Node, Node>();
  const given = new Set<Node>();
  for (const node of order) {
    const shape = node.shape.map(replace);
    if (shape.filter(isOpen).length > 1) return undefined;
    if (isGiven(node) || node.operation.kind === "leaf") {
      const leaf = { ...node, shape };
      opened.set(node, leaf);
      if (isGiven(node)) given.add(leaf);
      continue;
    }
    const inputs = node.inputs.map((input) => opened.get(input) as Node);
    const attributes = withLengths(node.attributes, replace);
    if (!follows(node, node.operation, inputs, attributes, shape)) return undefined;
    opened.set(node, { ...node, inputs, attributes, shape });
  }
  return {
    outputs: outputs.map((output) => opened.get(output) as Node),
    isGiven: (node) => given.has(node),
    originals: new Map([...opened].map(([node, replaced]) => [replaced, node])),
    lengths: new Set(lengths.values()),
  };
}

/** Whether the shape is the one that the operation makes of the inputs: sizes that were equal must still be. */
function follows(node: Node, operation: Entry, inputs: Nodes, attributes: Attributes, shape: Shape): boolean {
  const [before] = node.inputs;
  if (operation.kind === "view" && before && sizeOf(before.shape) === sizeOf(node.shape)) {
    if (sizeOf((inputs[0] as Node).shape) !== sizeOf(shape)) return false;
  }
  const rules: Rules<Nodes, Attributes> = operation;
  return sameShape(rules.shape(inputs, attributes), shape);
}

/**
 * Whether a graph with open lengths is the one that its operations make for any lengths from 2: no number in it follows
 * from one, and no view is cut off at a place that may not be there. Whether indices are held against one, the plan says.
 */
export const holdsForAllLengths = (order: Nodes, isGiven: (node: Node) => boolean): boolean =>
  order.every((node) => {
    const { operation, inputs, shape } = node;
    if (shape.some((length) => isTooLarge(length) && !isOpen(length))) return false;
    const isView = operation.kind === "view" && !isGiven(node);
    return !isView || inputs.every((input) => input.shape.every((length) => !isOpen(length) || shape.includes(length)));
  });

/** Whether a plan only goes along its open lengths. */
export function isAlong(plan: Plan): boolean {
  const { outputs, schedule } = plan;
  const areFixed = (lengths: Shape): boolean => !lengths.some(isOpen);
  const isOuter = ({ shape }: Formula): boolean => areFixed(shape.slice(1));
  const isFitting = (formula: Formula): boolean => {
    if (!formula.reads.every(({ at }) => areSmall(at))) return false;
    const isStored = formula.kind === "leaf" || formula.kind === "join" || schedule.stored.has(formula);
    if (isStored && !isOuter(formula)) return false;
    if (formula.kind === "join" && formula.axis === 0) return formula.inputs.every(({ from }) => areFixed(from.shape));
    if (formula.kind === "flat") return isOuter(formula.inputs[0].from);
    if (formula.kind === "checked") return !isOpen(formula.length);
    return formula.kind !== "place" || !isOpen(formula.shape[formula.axis] as number);
  };
  const goesAlong = ({ pass, staging }: Planned): boolean => {
    const isLine = (member: Formula): boolean =>
      member.kind === "reduce" && !isFold(pass, member) && isOpen(member.length);
    // Where a pass is cut follows from its lines, and what its folds come to from where it is cut.
    if (pass.members.some(isLine) && pass.members.some((member) => isFold(pass, member))) return false;
    return (
      pass.members.every((member) => {
        const isInLine = !schedule.stored.has(member) && !staging.staged.has(member);
        return isInLine || areFixed(member.shape.filter((_, axis) => axis !== pass.axes.get(member)));
      }) &&
      [...staging.staged].every((each) => areFixed(each.shape.filter((_, axis) => axis !== staging.axes.get(each))))
    );
  };
  return (
    schedule.formulas.every(isFitting) &&
    writtenIn(plan).every(goesAlong) &&
    outputs.every(
      ({ view: { shape, strides, offset } }) => areFixed(shape.slice(1)) && ![offset, ...strides].some(isTooLarge),
    )
  );
}

/** Whether no number in an index, however deep, follows from a stand-in. */
const areSmall = (at: readonly Position[]): boolean =>
  at.every(
    ({ offset, terms }) =>
      !isTooLarge(offset) &&
      terms.every(
        ({ factor, variable }) => !isTooLarge(factor) && (typeof variable === "number" || areSmall(variable.at)),
      ),
  );
