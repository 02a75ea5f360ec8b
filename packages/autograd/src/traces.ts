/**
 * Traces: a function of tensors as a graph, made once for all calls with arguments of the same shapes; or, after calls
 * that differed only in the lengths of first axes, once for all such lengths. Knows structures of tensors, and how a
 * graph is run; does not differentiate.
 */
import { describe } from "./argument.js";
import { type Prepared, prepare, prepareForAll, valuesOf } from "./engine.js";
import { Face } from "./face.js";
import { constant, type Node, type Nodes, parameter, type Values } from "./graph.js";
import { Latest } from "./latest.js";
import { closed, MOST_OPEN, questionsSoFar, standIn } from "./lengths.js";
import { type Shape, sameShape } from "./shape.js";
import { areAlike, located, mapStructure, type Path, rebuild, textOf } from "./structure.js";
import { Indices, Tensor } from "./tensor.js";
import { checkGiven, insideGraph } from "./tracing.js";

/** A function whose calls are traced. */
type Traceable<Arguments extends unknown[], Result> = (...args: Arguments) => Result;

/** A trace for arguments of given shapes. */
interface Trace<Result> {
  /** The arguments, with parameters of the graph in place of tensors. */
  readonly symbols: unknown;
  readonly run: (args: readonly unknown[]) => Result;
}

/** How many traces a function keeps, those used last: one for each set of shapes and plain values. */
const TRACES_KEPT = 64;

/** The traces of one function. */
export class Traces<Arguments extends unknown[], Result> {
  readonly #f: Traceable<Arguments, Result>;
  /** By the shapes and plain values of the arguments. */
  readonly #traces = new Latest<Trace<Result>>(TRACES_KEPT);
  /** By the same without the lengths of first axes. */
  readonly #families = new Latest<Family<Arguments, Result>>(TRACES_KEPT);
  #last: Trace<Result> | undefined;

  constructor(f: Traceable<Arguments, Result>) {
    this.#f = f;
  }

  /** The result of the function for the arguments. */
  call(args: Arguments): Result {
    // Most calls are like the one before.
    if (this.#last === undefined || !areAlike(this.#last.symbols, args, areInterchangeable)) {
      this.#last = this.#traceFor(args);
    }
    return this.#last.run(args);
  }

  #traceFor(args: Arguments): Trace<Result> {
    const lengths: number[] = [];
    const pattern = textOf(args, (leaf) => textOfLeaf(leaf, lengths));
    const text = `${pattern} ${lengths}`;
    const known = this.#traces.get(text);
    if (known) return known;
    const family = this.#families.get(pattern) ?? new Family(this.#f, lengths);
    this.#families.set(pattern, family, 1);
    const trace = family.traceFor(args, lengths) ?? traceOf(this.#f, args);
    this.#traces.set(text, trace, 1);
    return trace;
  }
}

/** Calls whose arguments differ only in the lengths of first axes. */
class Family<Arguments extends unknown[], Result> {
  readonly #f: Traceable<Arguments, Result>;
  /** The lengths in the first call. */
  readonly #first: Shape;
  /** Which lengths have differed, and whether there is a graph for all of them. */
  readonly #isOpen: (boolean | undefined)[] = [];
  /** The graphs, by the lengths that are not open. */
  #graphs: Latest<Attempt<Result>> | undefined;

  constructor(f: Traceable<Arguments, Result>, first: Shape) {
    this.#f = f;
    this.#first = first;
  }

  /** A trace for arguments with these lengths, from a graph for all lengths; `undefined` if there is none. */
  traceFor(args: Arguments, lengths: Shape): Trace<Result> | undefined {
    for (const [which, length] of lengths.entries()) {
      if (length === this.#first[which] || this.#isOpen[which] !== undefined) continue;
      this.#isOpen[which] = true;
      this.#isOpen[which] = this.#graphFor(args, lengths) !== undefined;
    }
    return this.#graphFor(args, lengths)?.traceFor(args, lengths);
  }

  #graphFor(args: Arguments, lengths: Shape): OpenGraph<Result> | undefined {
    if (!this.#isOpen.includes(true)) return undefined;
    const open = [...lengths.keys()].filter((which) => this.#isOpen[which]);
    if (open.length > MOST_OPEN) return undefined;
    this.#graphs ??= new Latest(TRACES_KEPT);
    const key = lengths.map((length, which) => (open.includes(which) ? "" : length)).join();
    const attempt = this.#graphs.get(key) ?? { graph: openGraphOf(this.#f, args, lengths, open) };
    this.#graphs.set(key, attempt, 1);
    return attempt.graph;
  }
}

/** Whether there is a graph for all lengths. */
interface Attempt<Result> {
  readonly graph: OpenGraph<Result> | undefined;
}

/** A graph with open lengths, and what is ready once they are known. */
interface OpenGraph<Result> {
  traceFor(args: readonly unknown[], lengths: Shape): Trace<Result> | undefined;
}

/** A function as a graph. */
interface Traced<Result> {
  readonly parameters: Nodes;
  /** Where in the arguments each parameter is. */
  readonly paths: readonly Path[];
  readonly symbols: unknown;
  /** What the function returned. */
  readonly result: Result;
  readonly outputs: Nodes;
}

function traceOf<Arguments extends unknown[], Result>(f: Traceable<Arguments, Result>, args: Arguments): Trace<Result> {
  const traced = graphOf(f, args, (shape) => shape);
  return { symbols: traced.symbols, run: runOf(traced, prepare(traced.outputs, traced.parameters), []) };
}

/** `undefined` if the function asks for a length, or its graph does not serve all lengths. */
function openGraphOf<Arguments extends unknown[], Result>(
  f: Traceable<Arguments, Result>,
  args: Arguments,
  lengths: Shape,
  open: readonly number[],
): OpenGraph<Result> | undefined {
  const before = questionsSoFar();
  const withStandIns = (shape: Shape): Shape => {
    const place = open.indexOf(lengths.indexOf(shape[0] ?? 0));
    return place < 0 ? shape : shape.with(0, standIn(place));
  };
  const known = (lengths: Shape): Shape => open.map((which) => lengths[which] as number);
  let traced: Traced<Result>;
  try {
    traced = graphOf(f, args, withStandIns);
  } catch {
    // If it is a real error, tracing the function with the given lengths throws it again.
    return undefined;
  }
  if (questionsSoFar() !== before) return undefined;
  const prepared = prepareForAll(traced.outputs, traced.parameters, known(lengths));
  if (prepared === undefined) return undefined;
  return {
    traceFor: (args, lengths) => {
      const ready = prepared(known(lengths));
      return ready && { symbols: symbolsOf(args), run: runOf(traced, ready, known(lengths)) };
    },
  };
}

/** The part of the arguments that `areInterchangeable` compares: everything but their values. */
const symbolsOf = (args: readonly unknown[]): unknown =>
  mapStructure(args, (leaf) => (isFace(leaf) ? faceOf(parameter(leaf.node.shape, leaf.node.dtype)) : leaf));

function graphOf<Arguments extends unknown[], Result>(
  f: Traceable<Arguments, Result>,
  args: Arguments,
  shapeOf: (shape: Shape) => Shape,
): Traced<Result> {
  const parameters: Node[] = [];
  const paths: Path[] = [];
  const symbols = mapStructure(args, (leaf, path) => {
    if (!isFace(leaf)) return checkPlainValue(`argument ${path}`, leaf);
    const node = parameter(shapeOf(leaf.node.shape), leaf.node.dtype);
    parameters.push(node);
    paths.push(path);
    return faceOf(node);
  });
  const result = insideGraph("compile", [], () => f(...mapStructure(symbols, (leaf) => leaf)));
  const outputs: Node[] = [];
  mapStructure(result, (leaf, path) => {
    if (isFace(leaf)) outputs.push(leaf.node);
    else checkPlainValue(located("the result", path), leaf);
  });
  return { parameters, paths, symbols, result, outputs };
}

/** Runs a prepared graph with the tensors of other arguments, for these open lengths. */
function runOf<Result>(
  { parameters, paths, result, outputs }: Traced<Result>,
  prepared: Prepared,
  lengths: Shape,
): (args: readonly unknown[]) => Result {
  const shapes = outputs.map(({ shape }) => closed(shape, lengths));
  const compute = (nodes: Nodes): Values[] => {
    try {
      return prepared(nodes);
    } catch (error) {
      // If an argument is to blame, the operation that expected something else of it says so.
      for (const [at, node] of nodes.entries())
        checkGiven(parameters[at] as Node, valuesOf(node), `, given in argument ${paths[at]}`);
      throw error;
    }
  };
  return (args) => {
    // In the order of the traced arguments: the keys of an object may come in another.
    const results = compute(paths.map((path) => (path.in(args) as Tensor).node));
    return rebuild(
      result,
      shapes.map((shape, at) => faceOf(constant(results[at] as Values, shape))),
      isFace,
    );
  };
}

/** Whether a trace with one leaf among its arguments is valid for another leaf in its place. */
const areInterchangeable = (a: unknown, b: unknown): boolean =>
  isFace(a) && isFace(b) ? a.node.dtype === b.node.dtype && sameShape(a.node.shape, b.node.shape) : Object.is(a, b);

/**
 * The same as text, with marks for lengths of first axes that might be open, one for each of the `lengths` found. A
 * length below 2 is never open: a single entry broadcasts.
 */
function textOfLeaf(leaf: unknown, lengths: number[]): string {
  if (isFace(leaf)) {
    const { shape, dtype } = leaf.node;
    const [first = 0, ...others] = shape;
    if (first < 2) return `${dtype} ${shape}`;
    if (!lengths.includes(first)) lengths.push(first);
    return `${dtype} #${lengths.indexOf(first)},${others}`;
  }
  if (typeof leaf === "string") return JSON.stringify(leaf);
  if (!isPlainValue(leaf)) return "";
  return Object.is(leaf, -0) ? "-0" : `${typeof leaf} ${String(leaf)}`;
}

const isFace = (value: unknown): value is Tensor | Indices => value instanceof Face;

const faceOf = (node: Node): Tensor | Indices => (node.dtype === "int32" ? new Indices(node) : new Tensor(node));

const isPlainValue = (value: unknown): boolean =>
  value === null || !["object", "function", "symbol"].includes(typeof value);

function checkPlainValue(what: string, value: unknown): unknown {
  if (isPlainValue(value)) return value;
  throw new TypeError(
    `compile: ${what} is ${describe(value)}; expected tensors, plain values, and arrays and objects of them`,
  );
}
