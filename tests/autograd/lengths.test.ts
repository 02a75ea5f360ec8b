/** One program for all lengths: how many are compiled, and that its results are those of a program for one length. */
import { compile, grad, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import { kmeans } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileProgram } from "../../packages/autograd/src/engine/run/program.js";
import { isAlong, open } from "../../packages/autograd/src/engine/schedule/opening.js";
import { plan } from "../../packages/autograd/src/engine/schedule/plan.js";
import { valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { constant, fillOf, type Node, topologicalOrder, type Values } from "../../packages/autograd/src/graph.js";
import { isOpen } from "../../packages/autograd/src/lengths.js";
import { entries, expand, mul, reduceSum, reshape } from "../../packages/autograd/src/ops.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { modulesMadeBy } from "../modules.js";
import { type Draw, drawGraph, drawLeaf, runs } from "./cases.js";
import { expectClose } from "./closeness.js";

const wave = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.fround((4321.1 * Math.sin(1 + 12.9898 * at)) % 1)),
    shape,
  );

const rows = (n: number, d: number): number[][] =>
  Array.from({ length: n }, (_, row) =>
    Array.from({ length: d }, (_, j) => (row % 3) * 8 + ((row * 7 + j * 3) % 5) / 4),
  );

describe("how many programs there are", () => {
  test.each([
    { first: 700, limit: 2 },
    { first: 100, limit: 0 },
  ])("for thirty sets of points of other sizes, from $first on: those of the first", ({ first, limit }) => {
    const cluster = (n: number) => kmeans(rows(n, 4), { k: 3, seed: 1 });
    if (limit > 0) expect(modulesMadeBy(() => cluster(first - 1))).toBeGreaterThan(0);
    const others = modulesMadeBy(() => {
      for (let n = first; n < first + 30; n++) cluster(n);
    });
    expect(others).toBeLessThanOrEqual(limit);
  });

  test.each([
    { first: 411, limit: 5 },
    { first: 1, limit: 0 },
  ])("for predictions of 300 sizes, from $first points on: a handful", ({ first, limit }) => {
    const model = kmeans(rows(50, 5), { k: 4, seed: 1 });
    const predict = (): void => {
      for (let n = first; n < first + 300; n++) model.predict(rows(n, 5));
    };
    expect(modulesMadeBy(predict)).toBeLessThanOrEqual(limit);
    expect(modulesMadeBy(predict)).toBe(0);
  });

  test("for a loss over 100 batch sizes: a handful", () => {
    const loss = compile(valueAndGrad((W: Tensor, X: Tensor, y: Tensor) => X.matmul(W).sub(y).square().reduceMean()));
    const made = modulesMadeBy(() => {
      for (let n = 1; n <= 100; n++) loss(wave(100, 10), wave(n, 100), wave(n, 10));
    });
    expect(made).toBeLessThanOrEqual(4);
  });

  test("for the gradient by as many weights as make a product of its own, over 60 batch sizes: a handful", () => {
    const loss = compile(valueAndGrad((W: Tensor, X: Tensor) => X.matmul(W).tanh().square().reduceMean()));
    const made = modulesMadeBy(() => {
      for (let n = 20; n < 80; n++) loss(wave(60, 70), wave(n, 60));
    });
    expect(made).toBeLessThanOrEqual(4);
  });

  test("for a graph whose second length is short at first, then long: one for each", () => {
    const of = (n: number, m: number): ArrayLike<number> => wave(n).square().add(wave(m).exp().reduceSum()).data;
    const made = modulesMadeBy(() => {
      for (const m of [10, 50, 51, 52, 10, 50]) of(1000, m);
    });
    expect(made).toBeLessThanOrEqual(2);
  });

  test("for a graph of three lengths, of which now the second is short, now the third: one for each", () => {
    const of = (m: number, p: number): number => {
      const sumsOf = (length: number, uses: number): Tensor[] =>
        Array.from({ length: uses }, () => wave(length).exp().reduceSum());
      const sums = [...sumsOf(1000, 3), ...sumsOf(m, 2), ...sumsOf(p, 1)];
      return sums.reduce((sum, next) => sum.add(next)).item();
    };
    const [first, second] = [of(10, 50), of(50, 10)];
    expect(
      modulesMadeBy(() => {
        for (let again = 0; again < 5; again++) {
          expect(of(10, 50)).toBe(first);
          expect(of(50, 10)).toBe(second);
        }
      }),
    ).toBe(0);
  });

  test.each([
    { n: 700, limit: 35 },
    { n: 150, limit: 0 },
  ])("for ten values of k on $n points: few for each", ({ n, limit }) => {
    expect(
      modulesMadeBy(() => {
        for (let k = 1; k <= 10; k++) kmeans(rows(n, 4), { k, seed: 1 });
      }),
    ).toBeLessThanOrEqual(limit);
  });

  test("for plain numbers, one; but those that algebra asks for may have one of their own", () => {
    const step = compile((w: Tensor, rate: number) => w.sub(grad((x: Tensor) => x.square().reduceSum())(w).mul(rate)));
    const w = wave(7);
    expect(modulesMadeBy(() => step(w, 0.1))).toBe(1);
    expect(
      modulesMadeBy(() => {
        for (let i = 1; i < 100; i++) {
          const rate = 0.1001 + i / 1000;
          const [found, expected] = [step(w, rate).data, w.data.map((x) => x - 2 * x * rate)];
          for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at] as number, 5);
        }
      }),
    ).toBe(0);
    expect(modulesMadeBy(() => [0, 1, -1, 2].map((rate) => step(w, rate)))).toBeLessThanOrEqual(4);
  });
});

describe("bits", () => {
  /** Lengths around those of blocks. Not 1, at which reductions have the shape of what they reduce: see below. */
  const LENGTHS = [3, 4, 5, 15, 16, 17, 31, 1000, 1001];
  const [OPEN, SOME] = [977, entries.filter(({ kind }) => kind === "map" || kind === "reduce")];

  const isLeaf = (node: Node): boolean => node.operation.kind === "leaf" && fillOf(node) === undefined;

  /** Draws a product of all n entries, which float32 does not hold for a thousand of them. */
  const OVERFLOWING = [
    0,
    586070,
    518955,
    13,
    0,
    0,
    466746,
    0,
    767789,
    578278,
    0,
    0,
    696669,
    ...Array<number>(51).fill(0),
  ];

  /** The numbers again and again: what is drawn does not depend on how many were. */
  const replay = (numbers: readonly number[]): Draw => {
    let next = 0;
    return (limit) => (numbers[next++ % numbers.length] as number) % limit;
  };

  /** A graph on leaves of which some are n long: for each n the same one. Ends in sums and in what is entry by entry. */
  function graphOf(numbers: readonly number[], n: number): Node[] {
    const draw = replay(numbers);
    const wide = [n, 6 + draw(3)];
    const inputs = [wide, wide.slice(0, 1), [12], [2, 13]].map((shape, which) =>
      drawLeaf(replay(numbers.slice(which)), shape),
    );
    const y = drawGraph(SOME, inputs, 2 + draw(6), draw, Infinity);
    return [y, ...gradientNodes(y, inputs)];
  }

  /** A program with one open length, or none, and its leaves as places in the order of the graph's nodes. */
  function programOf(outputs: readonly Node[], length: number | undefined) {
    const order = topologicalOrder(outputs, isLeaf);
    const opened = open(order, outputs, isLeaf, new Map(length === undefined ? [] : [[length, 0]]));
    const planned = opened && plan(opened.outputs, opened.isGiven);
    if (opened === undefined || planned === undefined || !isAlong(planned)) return undefined;
    const program = compileProgram(planned, 1);
    if (program === undefined) throw new Error("the platform refuses the program");
    return {
      planned,
      program,
      leaves: program.leaves.map((leaf) => order.indexOf(opened.originals.get(leaf) as Node)),
    };
  }

  function runOf(
    { program, leaves }: NonNullable<ReturnType<typeof programOf>>,
    outputs: readonly Node[],
    n: number,
  ): Values[] {
    const order = topologicalOrder(outputs, isLeaf);
    const owners = leaves.map((at) => order[at] as Node);
    return program.with([n], outputs)(owners, owners.map(valuesOf));
  }

  /** Along what the passes of a program go, where an open length is n. */
  const streamsOf = ({ planned }: NonNullable<ReturnType<typeof programOf>>, n: number): string =>
    planned.schedule.passes.map(({ length }) => (isOpen(length) ? n : length)).join();

  test("are those of a program for one length, at each length of one program", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(1 << 20), { minLength: 64, maxLength: 64 }), (numbers) => {
        const all = programOf(graphOf(numbers, OPEN), OPEN);
        fc.pre(all !== undefined);
        for (const n of LENGTHS) {
          const outputs = graphOf(numbers, n);
          const values = runOf(all, outputs, n);
          const one = programOf(outputs, undefined) as NonNullable<ReturnType<typeof programOf>>;
          // Along another axis a program adds in another order.
          if (streamsOf(one, n) === streamsOf(all, n)) {
            compared++;
            expect(values).toEqual(runOf(one, outputs, n));
          }
          expectClose(outputs, values);
        }
      }),
      { ...runs(30), examples: [[OVERFLOWING]] },
    );
    expect(compared).toBeGreaterThan(50);
  });

  test.each(["float32", "float64"] as const)("of a product whose sums go along the open length, in %s", (dtype) => {
    const leaf = (n: number, d: number, start: number): Node => {
      const values = Array.from({ length: n * d }, (_, at) => (4321.1 * Math.sin(start + 12.9898 * at)) % 1);
      return constant(dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values), [n, d]);
    };
    const productOf = (n: number): Node[] => {
      const X = expand(reshape(leaf(n, 60, 1), [n, 60, 1]), [n, 60, 70]);
      const G = expand(reshape(leaf(n, 70, 2), [n, 1, 70]), [n, 60, 70]);
      return [reduceSum(mul(X, G), 0)];
    };
    const all = programOf(productOf(OPEN), OPEN) as NonNullable<ReturnType<typeof programOf>>;
    // It streams along the result, and each sum is a line.
    expect(streamsOf(all, OPEN)).toBe("70");
    for (const n of [2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 72, 73, 127, 128, 129, 200, 511, 512, 513, 1000, 1025]) {
      const outputs = productOf(n);
      const values = runOf(all, outputs, n);
      const one = programOf(outputs, undefined) as NonNullable<ReturnType<typeof programOf>>;
      expect(streamsOf(one, n)).toBe("70");
      expect(values).toEqual(runOf(one, outputs, n));
      // The reference takes a while; tiles.test.ts holds longer lines against loops.
      if (n < 75) expectClose(outputs, values);
    }
  });

  test("of one row they are right too, and of none there are none and its sums are 0", () => {
    const f = compile((X: Tensor, w: Tensor) => {
      const y = X.matmul(w);
      return { y, total: y.square().reduceSum(), columns: X.reduceSum(0), label: X.argmin(1) };
    });
    for (const n of [20, 0, 20, 1, 0]) {
      const { y, total, columns, label } = f(wave(n, 3), wave(3));
      expect([y.shape, label.shape]).toEqual([[n], [n]]);
      const sums = wave(n, 3).data.reduce(
        (sum, value, at) => sum.map((each, j) => each + (j === at % 3 ? value : 0)),
        [0, 0, 0],
      );
      sums.forEach((sum, j) => {
        expect(columns.data[j]).toBeCloseTo(sum, 5);
      });
      if (n > 0) continue;
      expect([total.item(), columns.toArray(), y.toArray()]).toEqual([0, [0, 0, 0], []]);
    }
  });
});
