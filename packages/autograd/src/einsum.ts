/**
 * `einsum`: sums of products in index notation, as NumPy and PyTorch read it. Each tensor is laid along the letters, and
 * what that takes is what anybody would write, `expand`, `mul` and `reduceSum`: the engine makes one pass of it. Knows
 * letters and shapes, not how values are computed.
 */
import { describe } from "./argument.js";
import { constant, type Node } from "./graph.js";
import { expand, gather, reshape } from "./ops.js";
import { formatShape, withAxis } from "./shape.js";
import { checkTensor, Tensor } from "./tensor.js";

/** A tensor and what its axes are called, each name once. */
interface Term {
  readonly names: readonly string[];
  readonly tensor: Tensor;
}

/**
 * The sum of products that the subscripts say: a letter for each axis, the same one where entries meet, and behind `->`
 * the axes of the result; all others are summed over. A letter twice in one tensor takes the diagonal. Without `->` the
 * result has the letters that occur once, in alphabetical order. `...` stands for any further axes, which broadcast.
 * @example einsum("ij,jk->ik", a, b) // the matrix product
 * @example einsum("ii", a) // the trace
 * @example einsum("...i,...i->...", a, b) // dot products of rows
 */
export function einsum(subscripts: string, ...tensors: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(subscripts, tensors);
  checkLengths(subscripts, inputs);
  const isNeeded = (name: string, from: number): boolean =>
    output.includes(name) || inputs.slice(from).some(({ names }) => names.includes(name));
  const [first, ...others] = inputs.map(diagonal) as [Term, ...Term[]];
  // From left to right; what no later tensor and not the result has is summed over at once.
  const sum = others.reduce(
    (product, term, at) => {
      const alone = sumOut(term, (name) => product.names.includes(name) || isNeeded(name, at + 2));
      return sumOut(multiply(product, alone), (name) => isNeeded(name, at + 2));
    },
    sumOut(first, (name) => isNeeded(name, 1)),
  );
  return sum.tensor.transpose(output.map((name) => sum.names.indexOf(name)));
}

/** The product, along the names of both. */
function multiply(a: Term, b: Term): Term {
  const names = [...new Set([...a.names, ...b.names])];
  return { names, tensor: along(names, a).mul(along(names, b)) };
}

/** The tensor with its axes in the order of the names, and an axis of length 1 for each that it lacks. */
function along(all: readonly string[], { names, tensor }: Term): Tensor {
  const own = all.filter((name) => names.includes(name));
  const ordered = tensor.transpose(own.map((name) => names.indexOf(name)));
  return all.reduce((wide, name, axis) => (names.includes(name) ? wide : wide.expandDims(axis)), ordered);
}

/** The sum over all axes whose names nobody needs. */
function sumOut({ names, tensor }: Term, isNeeded: (name: string) => boolean): Term {
  const axes = names.flatMap((name, axis) => (isNeeded(name) ? [] : [axis]));
  return { names: names.filter(isNeeded), tensor: axes.length === 0 ? tensor : tensor.reduceSum(axes) };
}

/** The entries where axes of the same name have the same position, along one axis. */
function diagonal(term: Term): Term {
  const { names, tensor } = term;
  const second = names.findIndex((name, axis) => names.indexOf(name) !== axis);
  if (second < 0) return term;
  const first = names.indexOf(names[second] as string);
  const length = tensor.shape[first] as number;
  const { node } = tensor;
  const positions = constant(
    Int32Array.from({ length }, (_, at) => at),
    node.shape.map((_, axis) => (axis === first ? length : 1)),
  );
  const taken: Node = gather(node, expand(positions, withAxis(node.shape, second, 1)), second);
  const rest = names.filter((_, axis) => axis !== second);
  const shape = node.shape.filter((_, axis) => axis !== second);
  return diagonal({ names: rest, tensor: new Tensor(reshape(taken, shape)) });
}

/** What further axes are called: `...1` is the last. */
const further = (count: number): string[] => Array.from({ length: count }, (_, at) => `${DOTS}${count - at}`);

const DOTS = "...";

const isFurther = (name: string): boolean => name.startsWith(DOTS);

function parse(subscripts: string, tensors: readonly Tensor[]): { inputs: readonly Term[]; output: readonly string[] } {
  if (typeof subscripts !== "string") {
    throw new TypeError(`einsum: the subscripts are ${describe(subscripts)}; expected text such as "ij,jk->ik"`);
  }
  const refuse = (problem: string): never => {
    throw new RangeError(`einsum: ${JSON.stringify(subscripts)} ${problem}`);
  };
  const [left = "", right, ...more] = subscripts.replaceAll(" ", "").split("->");
  if (more.length > 0) refuse("has more than one ->; expected one, before the letters of the result");
  const terms = left.split(",");
  for (const text of right === undefined ? terms : [...terms, right]) {
    const [wrong] = /[^A-Za-z]+/.exec(text.replace(DOTS, "")) ?? [];
    if (wrong) refuse(`has ${describe(wrong)} in it; expected letters, commas, one ->, and ... once for a tensor`);
  }
  if (terms.length !== tensors.length) {
    refuse(`is for ${terms.length} tensors and ${tensors.length} are given; expected as many`);
  }
  const inputs = tensors.map((each, at): Term => {
    const tensor = checkTensor("einsum", `tensor ${at}`, each);
    const [before = "", after] = (terms[at] as string).split(DOTS);
    const letters = before.length + (after ?? "").length;
    const rest = tensor.rank - letters;
    if (rest < 0 || (rest > 0 && after === undefined)) {
      refuse(
        `has ${letters} ${letters === 1 ? "letter" : "letters"} for tensor ${at} of shape ${formatShape(tensor.node.shape)}; expected ${tensor.rank}${rest > 0 ? ", or ... for other axes" : ""}`,
      );
    }
    return { names: [...before, ...further(rest), ...(after ?? "")], tensor };
  });
  const occurring = inputs.flatMap(({ names }) => names);
  const broadcast = further(new Set(occurring.filter(isFurther)).size);
  if (right === undefined) {
    const once = occurring.filter((name) => occurring.indexOf(name) === occurring.lastIndexOf(name));
    return { inputs, output: [...broadcast, ...once.filter((name) => !isFurther(name)).sort()] };
  }
  const [before = "", after] = right.split(DOTS);
  if (after === undefined && broadcast.length > 0) {
    refuse("has ... in a tensor and not in the result; expected it there too, since these axes are not summed over");
  }
  const output = [...before, ...(after === undefined ? [] : broadcast), ...(after ?? "")];
  const unknown = output.find((name) => !occurring.includes(name));
  if (unknown) refuse(`has ${unknown} in the result and in no tensor; expected letters of the tensors`);
  const twice = output.find((name, at) => output.indexOf(name) !== at);
  if (twice) refuse(`has ${twice} twice in the result; expected each letter once`);
  return { inputs, output };
}

/** Throws where axes of one name have different lengths: only a 1 repeats, and not in a diagonal. */
function checkLengths(subscripts: string, inputs: readonly Term[]): void {
  const axes = inputs.flatMap(({ names, tensor }, at) =>
    names.map((name, axis) => ({ name, at, axis, length: tensor.node.shape[axis] as number })),
  );
  axes.forEach((axis, place) => {
    const other = axes
      .slice(0, place)
      .find(
        ({ name, at, length }) =>
          name === axis.name && length !== axis.length && (at === axis.at || (length !== 1 && axis.length !== 1)),
      );
    if (other === undefined) return;
    const shown = ({ at, axis, length }: typeof other): string => `${length} along axis ${axis} of tensor ${at}`;
    throw new RangeError(
      `einsum: ${isFurther(axis.name) ? DOTS : axis.name} in ${JSON.stringify(subscripts)} is ${shown(other)} and ${shown(axis)}; expected one length`,
    );
  });
}
