/**
 * Functions under way: while a function is differentiated, checked or compiled, it builds a graph from stand-ins for
 * its arguments. Here is decided what may be read meanwhile, and what a compiled function expects of arguments still to
 * come. Knows nodes and their values, not tensors.
 */
import { valuesOf as computedValuesOf, isComputable } from "./engine.js";
import { type Node, type Nodes, topologicalOrder, type Values } from "./graph.js";

/** A function under way: what is being done with it, and with respect to which nodes it is differentiated. */
interface Work {
  readonly operation: string;
  readonly variables: ReadonlySet<Node>;
}

/** The functions under way, one inside another, the innermost last. */
const underWay: Work[] = [];

/** Whether a call of a compiled function is now part of a graph that another function builds. */
export const isInsideGraph = (): boolean => underWay.length > 0;

/** Calls a function that builds a graph; what depends on the variables of its differentiation cannot be read. */
export function insideGraph<T>(operation: string, variables: Nodes, call: () => T): T {
  underWay.push({ operation, variables: new Set(variables) });
  try {
    return call();
  } finally {
    underWay.pop();
  }
}

/**
 * The values of a node for a reader, row-major. Throws where a gradient would be lost: a number that was read is a
 * constant for the function that uses it.
 */
export function valuesOf(node: Node): Values {
  const work = differentiating(node);
  if (work === undefined) return computedValuesOf(node);
  throw new Error(
    `${work.operation}: what is read here depends on the argument, and no gradient flows through a number; go on with the tensor, or with stopGradient(tensor) as a constant, or return it and read the result`,
  );
}

/** The values for showing, if there are any: nobody computes with text. */
export const valuesToShow = (node: Node): Values | undefined =>
  isComputable(node) ? computedValuesOf(node) : undefined;

/** Nodes that depend on no variable. They never will: variables are younger than the nodes made before them. */
const independent = new WeakSet<Node>();

/** The innermost function under way that differentiates with respect to something on which the node depends. */
function differentiating(node: Node): Work | undefined {
  if (underWay.length === 0) return undefined;
  const variables = underWay.flatMap((work) => [...work.variables]);
  const oldest = variables.reduce((serial, variable) => Math.min(serial, variable.serial), Infinity);
  const isApart = (each: Node): boolean => each.serial < oldest || stopsGradient(each) || independent.has(each);
  if (isApart(node)) return undefined;
  const order = topologicalOrder([node], isApart);
  const work = underWay.findLast((each) => order.some((reached) => each.variables.has(reached)));
  if (work === undefined) for (const reached of order) independent.add(reached);
  return work;
}

const stopsGradient = ({ operation }: Node): boolean => operation.kind === "map" && operation.stopsGradient === true;

/** Throws if values that a compiled function was given are wrong; `where` names the argument. */
type Expectation = (values: Values, where: string) => void;

const expectations = new WeakMap<Node, Expectation[]>();

/** Remembers what an operation expects of an argument that is still to come. */
export function expectOf(parameter: Node, expectation: Expectation): void {
  expectations.set(parameter, [...(expectations.get(parameter) ?? []), expectation]);
}

/** Throws where the values given for a parameter are not what an operation expects. */
export function checkGiven(parameter: Node, values: Values, where: string): void {
  for (const expectation of expectations.get(parameter) ?? []) expectation(values, where);
}
