/** One trace for all lengths of first axes: the same results as without, whatever a function does with its arguments. */
import {
  compile,
  concat,
  explain,
  grad,
  hessianVectorProduct,
  Indices,
  indices,
  jvp,
  ones,
  stack,
  stopGradient,
  Tensor,
  tensor,
  valueAndGrad,
  where,
  zeros,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../packages/autograd/src/shape.js";

const wave = (shape: readonly number[], start = 1): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, at) => ((4321.1 * Math.sin(start + 12.9898 * at)) % 1) * 2),
    shape,
  );

/** Short ones, those around a block, some that other lengths here have too, and one that comes again. */
const LENGTHS = [5, 7, 20, 33, 2, 3, 4, 16, 15, 1, 0, 17, 128, 100, 33, 6];

/** X has shape [n, 4], y [n], W [3, 4], p has whole numbers from 0 below 3, n of them. */
type Case = (given: { X: Tensor; y: Tensor; W: Tensor; p: Indices }) => unknown;

/** For each method of a tensor what it may be used for; where it chooses, no axis is empty. */
const METHODS: Readonly<Record<string, Case>> = {
  neg: ({ X }) => X.neg(),
  abs: ({ X }) => X.abs(),
  square: ({ X }) => X.square(),
  sqrt: ({ X }) => X.abs().sqrt(),
  exp: ({ X }) => X.exp(),
  log: ({ X }) => X.abs().add(1).log(),
  log1p: ({ X }) => X.abs().log1p(),
  expm1: ({ X }) => X.expm1(),
  sin: ({ X }) => X.mul(3).sin(),
  cos: ({ X }) => X.mul(3).cos(),
  tanh: ({ X }) => X.tanh(),
  sign: ({ X }) => X.sign(),
  floor: ({ X }) => X.mul(3).floor(),
  sigmoid: ({ X }) => X.sigmoid(),
  logSigmoid: ({ X }) => X.logSigmoid(),
  softplus: ({ X }) => X.softplus(),
  relu: ({ X }) => X.relu(),
  pow: ({ X, y }) => [X.pow(3), X.abs().pow(y.expandDims(1))],
  add: ({ X, y }) => X.add(y.expandDims(1)),
  sub: ({ X, W }) => X.expandDims(1).sub(W),
  mul: ({ X, y }) => X.transpose().mul(y),
  div: ({ X, y }) => X.div(y.square().add(1).expandDims(1)),
  maximum: ({ X }) => X.maximum(0.5),
  minimum: ({ X, y }) => X.minimum(y.expandDims(1)),
  clip: ({ X, y }) => X.clip(-0.5, y.expandDims(1)),
  less: ({ X }) => X.less(0.1),
  lessEqual: ({ X }) => X.lessEqual(0),
  greater: ({ X, y }) => X.greater(y.expandDims(1)),
  greaterEqual: ({ X }) => X.greaterEqual(0),
  equal: ({ X }) => X.equal(X.abs()),
  matmul: ({ X, W, y }) => [X.matmul(W.transpose()), y.matmul(X), X.transpose().matmul(X)],
  expand: ({ W, X }) => [W.expandDims(1).expand([3, 5, 4]), X.expandDims(0).sub(W.slice(0, 0, 1).expand([1, 4]))],
  expandDims: ({ X }) => [X.expandDims(0), X.expandDims(-1)],
  squeeze: ({ X }) => X.expandDims(1).squeeze(1),
  transpose: ({ X }) => [X.transpose(), X.expandDims(2).transpose([1, 0, 2])],
  reshape: ({ X, y }) => [X.reshape([-1, 2, 2]), y.reshape([-1, 1])],
  slice: ({ X }) => [X.slice(1, 1, 3), X.slice(1, -2)],
  reduceSum: ({ X, y }) => [X.reduceSum(), X.reduceSum(0), X.reduceSum(1, { keepDims: true }), y.reduceSum()],
  reduceMean: ({ X, y }) => [X.reduceMean(), X.reduceMean(0), X.reduceMean(1), y.reduceMean()],
  reduceVariance: ({ X, y }) => [X.reduceVariance(0), X.reduceVariance(1), y.reduceVariance([], { correction: 1 })],
  reduceProd: ({ X, y }) => [X.reduceProd(1), y.reduceProd()],
  reduceMin: ({ X }) => [X.reduceMin(1), X.reduceMin(0), X.reduceMin()],
  reduceMax: ({ X }) => [X.reduceMax(1), X.reduceMax(0), X.reduceMax()],
  argmin: ({ X, y }) => [X.argmin(1), X.argmin(0), y.argmin(0)],
  argmax: ({ X, y }) => [X.argmax(1), X.argmax(0), y.argmax(0)],
  norm: ({ X, y }) => [X.norm(1), y.norm()],
  logSumExp: ({ X, y }) => [X.logSumExp(1), y.logSumExp()],
  softmax: ({ X, y }) => [X.softmax(), y.softmax()],
  cumulativeSum: ({ X, y }) => [X.cumulativeSum(1), X.cumulativeSum(0), y.cumulativeSum(0)],
  take: ({ X, W, p }) => [W.take(p), X.take([0, 1], 1), X.take(X.argmin(1), 1)],
};

/** What is no method, or goes on from several. */
const OTHERS: Readonly<Record<string, Case>> = {
  "oneHot, and equal, of indices": ({ p }) => [p.oneHot(3), p.equal(1)],
  "concat and stack": ({ X, y }) => [concat([X, X], 1), concat([X, X], 0), stack([y, y, y], 1), stack([y, y])],
  where: ({ X }) => where(X.less(0), X.square(), 1),
  "a gradient": ({ X, y }) => grad((W: Tensor) => X.matmul(W).sub(y).square().reduceMean())(ones([4])),
  "value and gradient by what is long": ({ X }) => valueAndGrad((x: Tensor) => x.tanh().square().reduceMean())(X),
  "a gradient of a gradient": ({ X, W }) =>
    grad((v: Tensor) =>
      grad((w: Tensor) => X.matmul(w.transpose()).tanh().reduceSum())(v)
        .square()
        .reduceSum(),
    )(W),
  "a Hessian's product with what is long": ({ X }) =>
    hessianVectorProduct((x: Tensor) => x.tanh().square().reduceSum())(X, X.add(1)),
  "forward along what is long": ({ X }) => jvp((x: Tensor) => x.tanh().reduceSum(1))(X, X.square()),
  "a gradient that stops": ({ X }) => grad((x: Tensor) => stopGradient(x).mul(x).reduceSum())(X),
  "a gradient through the smallest": ({ X, W }) =>
    grad((w: Tensor) => X.expandDims(1).sub(w).square().reduceSum(2).reduceMin(1).reduceSum())(W),
  "a gradient through what is taken": ({ W, p }) => grad((w: Tensor) => w.take(p).square().reduceSum())(W),
  "what it is given": ({ X, y, p }) => ({ X, again: [y, p] }),
  "nothing of what is long": ({ W }) => W.add(1),
  "plain values": ({ X }) => ({ x: X.mul(2), rank: X.rank, columns: X.shape[1], dtype: X.dtype }),

  // What asks for a length, or takes one for granted.
  "its length": ({ X }) => X.reduceSum(0).div(X.shape[0] as number),
  "its length, taken apart": ({ X }) => {
    const [n, d] = X.shape;
    return [n, d, X.mul(n as number)];
  },
  "its size": ({ X }) => X.reduceSum().div(X.size),
  "another of its shape": ({ X }) => zeros(X.shape).add(ones([...X.shape])),
  "its shape as text": ({ X }) => ({ x: X.mul(2), text: `${X.shape}` }),
  "itself as text": ({ X }) => ({ x: X.mul(2), text: String(X) }),
  "its graph as text": ({ X }) => ({ x: X.mul(2), text: explain(X.mul(2)) }),
  "its length, unless there is none": ({ X }) => {
    try {
      return X.mul(X.shape[0] as number);
    } catch {
      return X.neg();
    }
  },
  "row after row": ({ y }) => Array.from({ length: y.shape[0] as number }, (_, row) => y.slice(0, row, row + 1)),
  "half as long": ({ y }) => (y.size % 2 === 0 ? y.reshape([2, -1]).reduceSum(0) : y),
  "the first rows": ({ X }) => X.slice(0, 0, 2),
  "all but the last rows": ({ X }) => [X.slice(0, 0, -1), X.slice(0, 1)],
  "the first ten rows": ({ X }) => X.slice(0, 0, 10),
  "the first ten rows, summed": ({ X }) => X.slice(0, 0, 10).reduceSum(0),
  "some rows": ({ X }) => X.take([1, 0]),
  "the ninth row": ({ X }) => [X.take(8), X.take([8]).square()],
  "where the ninth row comes from": ({ X }) => grad((x: Tensor) => x.take([8, 2]).square().reduceSum())(X),
  "the row of the largest": ({ X, y }) => X.take(y.argmax(0)),
  "all in one row": ({ X }) => X.reshape([-1]),
  "in rows of eight": ({ X }) => X.reshape([-1, 8]),
  "added to five": ({ X }) => X.add(wave([5, 4])),
  "a length that was said": ({ y }) => y.expandDims(1).expand([20, 3]),
  "rows at positions among the rows": ({ X, p }) => X.take(p),
  "all pairs": ({ y }) => y.expandDims(1).sub(y).square(),
  "as long as can be": ({ X, y }) => X.mul(y.add(tensor([1])).expandDims(1)),
};

/** Along another axis a program adds in another order: with 4 rows of 4, say. */
const near = (value: number): unknown => (Number.isFinite(value) ? expect.closeTo(value, 4) : value);

const plain = (result: unknown, entry: (value: number) => unknown): unknown => {
  if (result instanceof Tensor || result instanceof Indices)
    return { shape: result.shape, data: Array.from(result.data, entry) };
  if (Array.isArray(result)) return result.map((each) => plain(each, entry));
  if (typeof result !== "object" || result === null) return result;
  return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, plain(value, entry)]));
};

/** What comes of a function, or what it throws. */
function outcome(f: () => unknown, entry: (value: number) => unknown = (value) => value): unknown {
  try {
    return plain(f(), entry);
  } catch (error) {
    return String(error);
  }
}

const given = (n: number): Parameters<Case>[0] => ({
  X: wave([n, 4], n),
  y: wave([n], 2 * n),
  W: wave([3, 4]),
  p: indices(
    Array.from({ length: n }, (_, at) => (at * 7) % 3),
    [n],
  ),
});

describe("a function that is called with one length after another", () => {
  test.each(Object.entries({ ...METHODS, ...OTHERS }))("%s: does what it does with each", (_, f) => {
    const compiled = compile(f);
    for (const n of LENGTHS) {
      // Another function has seen no other length.
      const alone = compile(f);
      expect([n, outcome(() => compiled(given(n)))]).toEqual([n, outcome(() => alone(given(n)), near)]);
    }
  });

  test.each(Object.entries(METHODS))("%s: does something", (_, f) => {
    expect(outcome(() => f(given(20)))).toBeTypeOf("object");
  });

  test("every method is among these", () => {
    const others = ["constructor", "dtype", "data", "toString", "toArray", "toJSON", "item", "shape", "rank", "size"];
    const names = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => !others.includes(name));
    expect(names.filter((name) => !(name in METHODS))).toEqual([]);
  });

  test("is traced for all of them once it has been traced for one", () => {
    let traces = 0;
    const f = compile((X: Tensor, W: Tensor) => {
      traces++;
      return X.matmul(W).reduceMean(0);
    });
    for (let n = 2; n < 300; n++) f(wave([n, 4]), wave([4, 2]));
    // For 2, for all, and for the 4 that is as long as W.
    expect(traces).toBe(3);
  });

  test("a Hessian's product asks for no length", () => {
    let traces = 0;
    const f = compile((x: Tensor) => {
      traces++;
      return hessianVectorProduct((w: Tensor) => w.pow(3).reduceSum())(x, x);
    });
    for (let n = 20; n < 30; n++) expect(f(ones([n])).data[n - 1]).toBe(6);
    expect(traces).toBe(2);
  });

  test("that asks for one is traced for each, and one more time", () => {
    let traces = 0;
    const f = compile((X: Tensor) => {
      traces++;
      return X.reduceSum().div(X.shape[0] as number);
    });
    for (let n = 20; n < 30; n++) expect(f(ones([n, 3])).item()).toBe(3);
    expect(traces).toBe(11);
  });

  test("several lengths may be open, one after another", () => {
    const traced: string[] = [];
    const f = compile((x: Tensor, y: Tensor) => {
      traced.push("");
      return x.reduceSum().add(y.reduceSum());
    });
    for (let n = 20; n < 40; n++) expect(f(ones([n]), ones([5])).item()).toBe(n + 5);
    expect(traced.length).toBe(2);
    for (let n = 20; n < 40; n++) expect(f(ones([n]), ones([2 * n])).item()).toBe(3 * n);
    expect(traced.length).toBe(3);
    expect(f(ones([7]), ones([7])).item()).toBe(14);
  });

  test("its results can be large, and are its own", () => {
    const f = compile((x: Tensor) => ({ sum: x.reduceMean(), twice: x.mul(2) }));
    for (const n of [1000, 100_000, 1001, 300_000]) {
      const { sum, twice } = f(ones([n, 2]));
      expect([sum.item(), twice.shape, twice.data[2 * n - 1]]).toEqual([1, [n, 2], 2]);
    }
  });

  test("what it closes over stays", () => {
    const scale = wave([4]).add(1);
    const f = compile((X: Tensor) => X.mul(scale).add(scale.square().reduceSum()));
    for (const n of LENGTHS) {
      const X = wave([n, 4], n);
      expect(f(X).toArray()).toEqual(X.mul(scale).add(scale.square().reduceSum()).toArray());
    }
  });

  test("an index that is out of range is an error at each length", () => {
    const f = compile((W: Tensor, p: Indices) => W.take(p));
    for (let n = 2; n < 6; n++) {
      expect(() => f(ones([3, 2]), indices(Array(n).fill(3)))).toThrow("take, given in argument [1]: index 3");
      expect(f(ones([3, 2]), indices(Array(n).fill(2))).shape).toEqual([n, 2]);
    }
  });
});

test("the keys of an object may come in any order", () => {
  const f = compile(({ a, b }: { a: Tensor; b: Tensor }) => a.sub(b));
  expect(f({ a: tensor(1), b: tensor(3) }).item()).toBe(-2);
  expect(f({ b: tensor(3), a: tensor(1) }).item()).toBe(-2);
});
