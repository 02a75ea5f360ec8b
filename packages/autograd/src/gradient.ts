/**
 * Reverse-mode differentiation, from graph to graph: a walk from the result back to the inputs, in which each node
 * hands its upstream gradient to its inputs by its operation's rule. Knows no operation by name, and keeps no state.
 */
import { type Attributes, like, type Node, type Nodes, type Rules, topologicalOrder } from "./graph.js";
import { add } from "./ops.js";
import { formatShape, sameShape } from "./shape.js";

/**
 * ∂⟨upstream, y⟩/∂x for each x, in the shape of x; ∂Σy/∂x where no upstream is given. Zeros where y does not depend on
 * x. Visits each node once, however many paths lead through it, and nodes older than the xs not at all.
 */
export function gradientNodes(y: Node, xs: Nodes, upstream: Node = like(y, 1)): Node[] {
  const collected = new Map<Node, Node>([[y, upstream]]);
  for (const node of pathsFrom(xs, y).reverse()) {
    const arrived = collected.get(node);
    if (arrived === undefined || node.operation.kind === "leaf") continue;
    const rules: Rules<Nodes, Attributes> = node.operation;
    const shares = rules.gradient(arrived, node.inputs, node, node.attributes);
    node.inputs.forEach((input, at) => {
      const share = shares[at];
      if (share === undefined) return;
      checkRule(node, input, share);
      const before = collected.get(input);
      collected.set(input, before === undefined ? share : add(before, share));
    });
  }
  return xs.map((x) => collected.get(x) ?? like(x, 0));
}

/** The nodes through which `y` depends on `xs`, inputs before their users: gradients flow through these alone. */
function pathsFrom(xs: Nodes, y: Node): Node[] {
  const reached = new Set<Node>(xs);
  const oldest = xs.reduce((serial, x) => Math.min(serial, x.serial), Infinity);
  return topologicalOrder([y], (node) => node.serial <= oldest).filter((node) => {
    const leadsOn = node.inputs.some((input) => reached.has(input));
    if (leadsOn) reached.add(node);
    return leadsOn;
  });
}

function checkRule(node: Node, input: Node, share: Node): void {
  if (sameShape(input.shape, share.shape)) return;
  throw new Error(
    `the gradient rule of ${node.operation.name} returned shape ${formatShape(share.shape)} for an input of shape ${formatShape(input.shape)}; expected the input's shape`,
  );
}
