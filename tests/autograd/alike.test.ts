/** Passes that are alike are written once: which they are, and that their results are those of passes written one by one. */
import { compile, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { compileProgram, isAvailable } from "../../packages/autograd/src/engine/run/program.js";
import { isCut, type Plan, plan, writtenIn } from "../../packages/autograd/src/engine/schedule/plan.js";
import { valuesOf } from "../../packages/autograd/src/engine.js";
import { gradientNodes } from "../../packages/autograd/src/gradient.js";
import { type Node, topologicalOrder, type Values } from "../../packages/autograd/src/graph.js";
import {
  add,
  concat,
  entries,
  expand,
  mul,
  reduceSum,
  reshape,
  sub,
  tanh,
  transpose,
} from "../../packages/autograd/src/ops.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { type Draw, drawGraph, drawLeaf, runs } from "./cases.js";
import { expectClose } from "./closeness.js";

beforeAll(() => {
  isAvailable();
});

const isGiven = ({ operation }: Node): boolean => operation.name === "constant";

const draw: Draw = (() => {
  let next = 1;
  return (n) => {
    next = (Math.imul(next, 1664525) + 1013904223) >>> 0;
    return Math.floor((next / 2 ** 32) * n);
  };
})();

function valuesBy(planned: Plan, outputs: readonly Node[]): Values[] {
  const program = compileProgram(planned, 0);
  if (program === undefined) throw new Error("the platform refuses a program");
  return program.with([], outputs)(program.leaves, program.leaves.map(valuesOf));
}

const passesIn = ({ kernels }: Plan): number => kernels.flat().length;

/** The same plan, each pass written for itself. */
const oneByOne = (planned: Plan): Plan => ({
  ...planned,
  kernels: planned.kernels.map((kernel) =>
    kernel.map(({ pass, staging, chunk }) => ({ pass, staging, chunk, alike: undefined })),
  ),
});

/** Most passes are written for several, and the results are those of passes written one by one, and of the definition. */
function expectAsOneByOne(outputs: readonly Node[]): void {
  const planned = plan(outputs, isGiven);
  const values = valuesBy(planned, outputs);
  expect(writtenIn(planned).length).toBeLessThan(passesIn(planned) / 2);
  expect(values).toEqual(valuesBy(oneByOne(planned), outputs));
  expectClose(outputs, values);
}

/** A state after so many rounds of the same step. */
function after(rounds: number, state: Node, step: (state: Node) => Node): Node {
  let next = state;
  for (let round = 0; round < rounds; round++) next = step(next);
  return next;
}

/** h ↦ tanh(W h + u). */
const recurrent =
  (W: Node, u: Node) =>
  (h: Node): Node => {
    const [n] = h.shape as [number];
    const rows = expand(reshape(h, [1, n]), [n, n]);
    return tanh(add(reshape(reduceSum(mul(W, rows), 1), [n]), u));
  };

describe.each([3, 8, 16, 17, 40])("a recurrent network of %i units", (n) => {
  const [W, u, h] = [drawLeaf(draw, [n, n]), drawLeaf(draw, [n]), drawLeaf(draw, [n])] as const;
  const outputsAfter = (rounds: number): Node[] => {
    const value = reshape(reduceSum(after(rounds, h, recurrent(W, u)), 0), []);
    return [value, ...gradientNodes(value, [W, u])];
  };

  test("as many passes are written for 100 steps as for 50", () => {
    const [fifty, hundred] = [50, 100].map((rounds) => plan(outputsAfter(rounds), isGiven)) as [Plan, Plan];
    expect(passesIn(hundred)).toBeGreaterThan(1.9 * passesIn(fifty));
    expect(writtenIn(hundred).length).toBe(writtenIn(fifty).length);
    expect(writtenIn(hundred).length).toBeLessThan(20);
  });

  test("the results are those of passes written one by one, and of the definition", () => {
    const outputs = outputsAfter(20);
    const planned = plan(outputs, isGiven);
    const values = valuesBy(planned, outputs);
    expect(writtenIn(planned).length).toBeLessThan(passesIn(planned));
    expect(values).toEqual(valuesBy(oneByOne(planned), outputs));
    expectClose(outputs, values);
  });
});

test("few passes are written one by one", () => {
  const [W, u, h] = [drawLeaf(draw, [8, 8]), drawLeaf(draw, [8]), drawLeaf(draw, [8])] as const;
  const planned = plan([after(3, h, recurrent(W, u))], isGiven);
  expect(writtenIn(planned)).toEqual(planned.kernels.flat());
});

/** The same step with whatever the table has, drawn from the same numbers in each round. */
test("rounds of any operations have the bits of passes written one by one", () => {
  let shared = 0;
  fc.assert(
    fc.property(
      fc.array(fc.nat(1 << 20), { minLength: 40, maxLength: 40 }),
      fc.constantFrom([4], [2, 3], [17], [16, 2]),
      fc.integer({ min: 1, max: 4 }),
      (numbers, shape, steps) => {
        const leaf = drawLeaf(draw, shape);
        const step = (state: Node): Node => {
          let next = 0;
          const again: Draw = (n) => (numbers[next++ % numbers.length] as number) % n;
          const drawn = drawGraph(entries, [state, leaf], steps, again);
          const ones = shape.map(() => 1);
          return tanh(add(state, expand(reshape(drawn, ones), shape)));
        };
        const last = after(12, drawLeaf(draw, shape), step);
        const turned = transpose(
          last,
          shape.map((_, axis) => shape.length - 1 - axis),
        );
        const value = reshape(reduceSum(reshape(turned, [sizeOf(shape)]), 0), []);
        const outputs = [last, ...gradientNodes(value, [leaf])];
        const planned = plan(outputs, isGiven);
        shared += passesIn(planned) - writtenIn(planned).length;
        expect(valuesBy(planned, outputs)).toEqual(valuesBy(oneByOne(planned), outputs));
      },
    ),
    runs(60),
  );
  expect(shared).toBeGreaterThan(0);
});

test.each([0, 1])("pieces of joins along axis %i, each in its own place of its whole, are told apart", (axis) => {
  const x = drawLeaf(draw, axis === 0 ? [1, 20] : [20, 1]);
  const pieces: Node[] = [];
  after(31, x, (piece) => {
    const next = tanh(add(piece, expand(reduceSum(piece, 1 - axis), piece.shape)));
    pieces.push(next);
    return next;
  });
  const wholes = [concat(pieces.slice(0, 10), axis), concat(pieces.slice(10), axis)];
  const value = reshape(reduceSum(reshape(wholes[1] as Node, [420]), 0), []);
  const outputs = [...wholes, ...gradientNodes(value, [x])];
  expectAsOneByOne(outputs);
});

test("what is read as it lies in memory has the place of what is read under its axes", () => {
  const x = drawLeaf(draw, [6, 5]);
  const turned = (y: Node): Node => reshape(transpose(reshape(y, [5, 6]), [1, 0]), [6, 5]);
  let round = 0;
  const step = (y: Node): Node => {
    const [a, b] = round++ % 2 === 0 ? [x, y] : [y, x];
    return tanh(mul(sub(turned(a), turned(b)), y));
  };
  const outputs = [after(40, drawLeaf(draw, [6, 5]), step)];
  expectAsOneByOne(outputs);
});

describe("a network that goes over rows, however many", () => {
  const wave = (...shape: number[]): Tensor =>
    tensor(
      Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(1 + 12.9898 * at)),
      shape,
    );
  const W = wave(4, 4);
  const loss = (X: Tensor, W: Tensor): Tensor => {
    let H = X;
    for (let round = 0; round < 20; round++) H = H.matmul(W).add(X).tanh();
    return H.square().reduceMean();
  };
  const compiled = (): ((X: Tensor) => Values[]) => {
    const both = compile(valueAndGrad((W: Tensor, X: Tensor) => loss(X, W)));
    return (X) => both(W, X).map((each) => each.data as Values);
  };

  test("has the same bits as for their number alone", () => {
    const forAll = compiled();
    for (const n of [5, 6, 16, 17, 31, 1000, 1001, 2]) expect(forAll(wave(n, 4))).toEqual(compiled()(wave(n, 4)));
  });

  test("is written pass by pass where these are cut into chunks", () => {
    const x = wave(2 ** 18);
    const rounds = (x: Tensor): Tensor => {
      let y = x;
      for (let round = 0; round < 20; round++) y = y.sub(y.reduceMean()).tanh();
      return y;
    };
    const outputs = [rounds(x).node];
    const planned = plan(outputs, isGiven);
    expect(passesIn(planned)).toBeGreaterThan(20);
    expect(planned.kernels.flat().filter(isCut).length).toBeGreaterThan(18);
    expect(valuesBy(planned, outputs)).toEqual(valuesBy(oneByOne(planned), outputs));
  });
});

test("a network of 1,000 steps is a program of few bytes", () => {
  const [W, u, h] = [drawLeaf(draw, [8, 8]), drawLeaf(draw, [8]), drawLeaf(draw, [8])] as const;
  const outputs = [after(1000, h, recurrent(W, u))];
  expect(compileProgram(plan(outputs, isGiven), 0)?.bytes).toBeLessThan(200_000);
  expect(topologicalOrder(outputs).length).toBeGreaterThan(6000);
});

test("what is closed over and what is given differ by place, not by name", () => {
  const loss = (w: Tensor): Tensor => {
    let h = w;
    for (let round = 0; round < 40; round++) h = (round % 2 === 0 ? h.mul(w) : w.mul(h)).add(round).tanh();
    return h.reduceSum();
  };
  const [value, gradient] = compile(valueAndGrad(loss))(tensor([0.5, -0.25, 2]));
  const [plainValue, plainGradient] = valueAndGrad(loss)(tensor([0.5, -0.25, 2]));
  expect(value.item()).toBe(plainValue.item());
  expect([...gradient.data]).toEqual([...plainGradient.data]);
});
