/** Forward mode and matrices of derivatives: held against reverse mode, against each other and against values by hand. */
import {
  compile,
  explain,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  type Tensor,
  tensor,
} from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { type Entry, type Example, fill, type Node } from "../../packages/autograd/src/graph.js";
import { entries, mul, reduceSum, reshape } from "../../packages/autograd/src/ops.js";
import { evaluate } from "../../packages/autograd/src/reference.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { Tensor as Face } from "../../packages/autograd/src/tensor.js";
import { applyEntry, applySomehow, drawDoubleLeaf, drawLeaf, draws, printed, runs, shapes } from "./cases.js";

const inner = (a: Node, b: Node): Node => reshape(reduceSum(reshape(mul(a, b), [sizeOf(a.shape)]), 0), []);

const scalarOf = (node: Node): number => (evaluate([node])[0] as Float64Array)[0] as number;

describe("jvp", () => {
  test("has the value and its derivative along v", () => {
    const f = (x: Tensor): Tensor => x.square().mul(tensor([[1], [2]]));
    const [value, tangent] = jvp(f)(tensor([1, 3]), tensor([1, 10]));
    expect(value.toArray()).toEqual([
      [1, 9],
      [2, 18],
    ]);
    expect(tangent.toArray()).toEqual([
      [2, 60],
      [4, 120],
    ]);
  });

  test("takes and returns structures, and hands on further arguments", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }, factor: number) => [a.mul(b).mul(factor), b.reduceSum()] as const;
    const x = { a: tensor(2), b: tensor([3, 4]) };
    const [value, tangent] = jvp(f)(x, { a: tensor(1), b: tensor([0, 10]) }, 2);
    expect(value.map(String)).toEqual(["Tensor [2] [12, 16]", "Tensor [] 7"]);
    expect(tangent.map(String)).toEqual(["Tensor [2] [6, 48]", "Tensor [] 10"]);
  });

  test("is 0 where the value does not depend on x", () => {
    const [, tangent] = jvp((_: Tensor) => tensor([1, 2]))(tensor(1), tensor(1));
    expect(tangent.toArray()).toEqual([0, 0]);
  });

  test("can be differentiated, compiled and nested", () => {
    const cube = (x: Tensor): Tensor => x.pow(3);
    const slope = (x: Tensor): Tensor => jvp(cube)(x, tensor(1))[1];
    expect(grad(slope)(tensor(2)).item()).toBe(12);
    expect(jvp(slope)(tensor(2), tensor(1))[1].item()).toBe(12);
    expect(compile(jvp(cube))(tensor(2), tensor(10)).map((each) => each.item())).toEqual([8, 120]);
  });

  test("keeps float64", () => {
    const [, tangent] = jvp((x: Tensor) => x.square())(
      tensor([0.1], [1], { dtype: "float64" }),
      tensor([1], [1], { dtype: "float64" }),
    );
    expect(tangent.toArray()).toEqual([0.2]);
  });

  test("is no more graph than forward mode would make: the walk there and back leaves nothing behind", () => {
    const f = (x: Tensor): Tensor => x.square().exp().mul(x);
    const [, tangent] = jvp(f)(tensor([1, 2]), tensor([1, 1]));
    const text = explain(tangent);
    const [simplified] = (text.split("simplified")[1] as string).split("kernel") as [string];
    expect(simplified.match(/= mul\(/g)).toHaveLength(5); // 2 · v, that · x, that · e, that · x, e · v
    expect(text.match(/^kernel/gm)).toHaveLength(1);
  });

  test("says what is wrong with what it is given", () => {
    const f = jvp((x: Tensor) => x.square());
    expect(() => f(tensor([1, 2]), tensor([1]))).toThrow("jvp: the vector has shape [1]; expected [2], like the first");
    expect(() => f(1 as never, 1 as never)).toThrow("jvp: the first argument is 1; expected a tensor");
    expect(() => jvp((_: Tensor) => [2])(tensor(1), tensor(1))).toThrow(
      "jvp: the function's value at [0] is 2; expected a tensor",
    );
    expect(() => jvp(3 as never)).toThrow("jvp: the argument is 3; expected a function");
    expect(() => jvp((x: Tensor) => x.mul(x.item()))(tensor(1), tensor(1))).toThrow("jvp: what is read here");
  });
});

/** Positions have no derivative. */
const isSmooth = (entry: Entry): boolean =>
  entry.kind !== "index" &&
  entry.dtype((entry.examples[0] as Example).inputs.map(() => fill([], 0)) as never) !== "int32";

describe.each(entries.filter(isSmooth).map((entry) => [entry.name, entry] as const))("%s", (_, entry: Entry) => {
  const uses = fc
    .tuple(shapes({ minLength: 1 }), draws())
    .map(([shape, draw]) => {
      const node = applySomehow(entry, drawDoubleLeaf(draw, shape), (other) => drawDoubleLeaf(draw, other), draw);
      const leaves = node?.inputs.map((input) => drawLeaf(draw, input.shape));
      return node && leaves && { ...printed(node), directions: leaves, upstream: drawLeaf(draw, node.shape) };
    })
    .filter((use) => use !== undefined);

  test("forward mode is the transpose of reverse mode, ⟨J v, u⟩ = ⟨v, Jᵀu⟩", () => {
    fc.assert(
      fc.property(uses, (use) => {
        const { node, directions, upstream } = use as NonNullable<typeof use>;
        const f = (inputs: Tensor[]): Tensor =>
          new Face(
            applyEntry(
              entry,
              inputs.map((input) => input.node),
              node.attributes,
            ),
          );
        const at = node.inputs.map((input) => new Face(input));
        const [, forward] = jvp(f)(
          at,
          directions.map((direction) => new Face(direction)),
        );
        const left = scalarOf(inner(forward.node, upstream));
        const products = gradientNodes(node, node.inputs, upstream).map((pulled, which) =>
          inner(pulled, directions[which] as Node),
        );
        const right = products.map(scalarOf).reduce((sum, each) => sum + each, 0);
        const scale = Math.max(1, ...products.map((product) => Math.abs(scalarOf(product))));
        expect(Math.abs(left - right)).toBeLessThan(1e-9 * scale);
      }),
      runs(50),
    );
  });
});

describe("jacobian", () => {
  test("has the shape of the value, then that of x", () => {
    const f = (x: Tensor): Tensor => x.matmul(tensor([[1], [2], [3]]));
    const J = jacobian(f)(
      tensor([
        [1, 1, 1],
        [1, 1, 1],
      ]),
    );
    expect(J.shape).toEqual([2, 1, 2, 3]);
    expect(J.reshape([2, 6]).toArray()).toEqual([
      [1, 2, 3, 0, 0, 0],
      [0, 0, 0, 1, 2, 3],
    ]);
  });

  test("by rows and by columns is the same: ∂(Ax)/∂x = A, wide or tall", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), draws(), (m, n, draw) => {
        const A = new Face(drawLeaf(draw, [m, n]));
        const x = new Face(drawLeaf(draw, [n]));
        // Adding 0 makes 0 of −0: which of them a product of 0 is, nobody promises.
        expect(
          jacobian((x: Tensor) => A.matmul(x))(x)
            .add(0)
            .toArray(),
        ).toEqual(A.add(0).toArray());
        const f = (x: Tensor): Tensor => A.matmul(x).square();
        const rows = [...Array(m).keys()].map((row) =>
          grad((x: Tensor) =>
            f(x)
              .slice(0, row, row + 1)
              .reduceSum(),
          )(x),
        );
        expect(jacobian(f)(x).add(0).toArray()).toEqual(rows.map((row) => row.add(0).toArray()));
      }),
      runs(25),
    );
  });

  test("of structures has in the place of each tensor of the value the structure of x", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): [Tensor, { sum: Tensor }] => [a.mul(b), { sum: b.reduceSum() }];
    const J = jacobian(f)({ a: tensor(2), b: tensor([3, 4]) });
    expectTypeOf(J).toEqualTypeOf<[{ a: Tensor; b: Tensor }, { sum: { a: Tensor; b: Tensor } }]>();
    expect(J[0].a.toArray()).toEqual([3, 4]);
    expect(J[0].b.toArray()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(J[1].sum.a.toArray()).toBe(0);
    expect(J[1].sum.b.toArray()).toEqual([1, 1]);
  });

  test("of nothing has no entries", () => {
    expect(jacobian((x: Tensor) => x.square())(tensor([], [0])).shape).toEqual([0, 0]);
    expect(jacobian((x: Tensor) => x.slice(0, 0, 0))(tensor([1, 2])).shape).toEqual([0, 2]);
    expect(jacobian((_: Tensor) => tensor([1, 2, 3]))(tensor([], [0])).shape).toEqual([3, 0]);
  });

  test("times v is what jvp says, and compiled it is one program", () => {
    const f = (x: Tensor): Tensor => x.softmax().mul(x.reduceSum());
    const [x, v] = [tensor([0.5, -1, 2]), tensor([1, 2, -1])];
    const J = compile(jacobian(f))(x);
    const product = J.matmul(v).toArray() as number[];
    const tangent = jvp(f)(x, v)[1].toArray() as number[];
    for (const [at, each] of product.entries()) expect(each).toBeCloseTo(tangent[at] as number, 5);
  });
});

describe("hessian", () => {
  const rosenbrock = (x: Tensor): Tensor => {
    const [a, b] = [x.slice(0, 0, -1), x.slice(0, 1)];
    return b.sub(a.square()).square().mul(100).add(a.sub(1).square()).reduceSum();
  };

  test("has the values of the textbook", () => {
    expect(hessian(rosenbrock)(tensor([1, 2])).toArray()).toEqual([
      [402, -400],
      [-400, 200],
    ]);
  });

  test("is symmetric, and times v what hessianVectorProduct says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), draws(), (n, draw) => {
        const [x, v] = [new Face(drawLeaf(draw, [n])), new Face(drawLeaf(draw, [n]))];
        const H = hessian(rosenbrock)(x);
        expect(H.transpose().toArray()).toEqual(H.toArray());
        const difference = H.matmul(v).sub(hessianVectorProduct(rosenbrock)(x, v)).abs().reduceMax().item();
        // Both are sums of such terms, rounded to float32 some ten times.
        const terms = 100 * 16 * n * 2;
        expect(difference).toBeLessThan(10 * 2 ** -24 * terms);
      }),
      runs(25),
    );
  });

  test("of a structure has blocks", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => a.square().mul(b).reduceSum();
    const H = hessian(f)({ a: tensor([1, 2]), b: tensor(3) });
    expect([H.a.a, H.a.b, H.b.a, H.b.b].map((block) => block.toArray())).toEqual([
      [
        [6, 0],
        [0, 6],
      ],
      [2, 4],
      [2, 4],
      0,
    ]);
  });

  test("wants a scalar", () => {
    expect(() => hessian((x: Tensor) => x)(tensor([1, 2]))).toThrow("hessian: the function's value has shape [2]");
  });
});
