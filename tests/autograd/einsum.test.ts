/** einsum: the sum over all positions of the product of entries, in NumPy's notation; fused as what it is short for. */
import { arange, checkGradients, compile, einsum, grad, ones, Tensor, tensor, zeros } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plan } from "../../packages/autograd/src/engine/schedule/plan.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { drawLeaf, draws, runs } from "./cases.js";

const wrong = (value: unknown): never => value as never;

interface Use {
  readonly terms: readonly string[];
  readonly output: string;
  readonly tensors: readonly Tensor[];
}

/** Random subscripts, letters several times in one tensor among them, and tensors that fit; now and then a 1 that repeats. */
const uses: fc.Arbitrary<Use> = draws().map((draw) => {
  const lengths: Record<string, number> = { i: 2, j: 3, k: 1, L: 4 };
  const letters = Object.keys(lengths);
  const terms = Array.from({ length: 1 + draw(3) }, () =>
    Array.from({ length: draw(4) }, () => letters[draw(4)] as string).join(""),
  );
  const tensors = terms.map((term) => {
    const repeats = new Set(term).size === term.length && draw(4) === 0;
    const shape = [...term].map((name) => (repeats && draw(2) === 0 ? 1 : (lengths[name] as number)));
    return new Tensor(drawLeaf(draw, shape));
  });
  const left = [...new Set(terms.join(""))];
  const output = left.filter(() => draw(2) === 0).sort(() => draw(3) - 1);
  return { terms, output: output.join(""), tensors };
});

/** What einsum means, one entry of the result and one position of each letter at a time. */
function defined({ terms, output, tensors }: Use): { shape: number[]; values: number[] } {
  const lengths: Record<string, number> = {};
  terms.forEach((term, at) => {
    [...term].forEach((name, axis) => {
      lengths[name] = Math.max(lengths[name] ?? 1, tensors[at]?.shape[axis] as number);
    });
  });
  const names = [...output, ...Object.keys(lengths).filter((name) => !output.includes(name))];
  const shape = [...output].map((name) => lengths[name] as number);
  const values = new Array<number>(sizeOf(shape)).fill(0);
  const count = sizeOf(names.map((name) => lengths[name] as number));
  for (let number = 0; number < count; number++) {
    let rest = number;
    const position: Record<string, number> = {};
    for (const name of [...names].reverse()) {
      position[name] = rest % (lengths[name] as number);
      rest = Math.floor(rest / (lengths[name] as number));
    }
    const product = terms.reduce((so, term, at) => {
      const x = tensors[at] as Tensor;
      return so * x.at(...[...term].map((name, axis) => (x.shape[axis] === 1 ? 0 : (position[name] as number))));
    }, 1);
    const place = [...output].reduce(
      (offset, name) => offset * (lengths[name] as number) + (position[name] as number),
      0,
    );
    values[place] = (values[place] as number) + product;
  }
  return { shape, values };
}

const subscriptsOf = ({ terms, output }: Use): string => `${terms.join(",")}->${output}`;

test("is the sum over all positions of the products", () => {
  fc.assert(
    fc.property(uses, (use) => {
      const { shape, values } = defined(use);
      const found = einsum(subscriptsOf(use), ...use.tensors);
      expect(found.shape).toEqual(shape);
      // Up to 24 products of up to 8.
      found.data.forEach((value, at) => {
        expect(Math.abs(value - (values[at] as number))).toBeLessThanOrEqual(1e-4);
      });
    }),
    runs(300),
  );
});

test("has right first and second derivatives", () => {
  fc.assert(
    fc.property(uses, (use) => {
      checkGradients(
        (...tensors: Tensor[]) =>
          einsum(subscriptsOf(use), ...tensors)
            .square()
            .reduceSum(),
        [...use.tensors],
        { order: 2 },
      );
    }),
    runs(25),
  );
});

const a = arange(6).reshape([2, 3]);
const b = arange(12).reshape([3, 4]);
const square = arange(9).reshape([3, 3]);
const stack = arange(24).reshape([2, 3, 4]);

// biome-ignore format: one use a line
test.each<[string, Tensor[], unknown]>([
  ["ij,jk->ik", [a, b], [[20, 23, 26, 29], [56, 68, 80, 92]]],
  ["ij,jk", [a, b], [[20, 23, 26, 29], [56, 68, 80, 92]]],
  [" i j , j k -> i k ", [a, b], [[20, 23, 26, 29], [56, 68, 80, 92]]],
  ["ba", [a], [[0, 3], [1, 4], [2, 5]]],
  ["bA", [a], [[0, 3], [1, 4], [2, 5]]],
  ["ii", [square], 12],
  ["ii->i", [square], [0, 4, 8]],
  ["iii->i", [arange(8).reshape([2, 2, 2])], [0, 7]],
  ["i,i", [arange(3), arange(3)], 5],
  ["i,j", [arange(2), arange(3)], [[0, 0, 0], [0, 1, 2]]],
  ["ij->", [a], 15],
  [",i->i", [tensor(2), arange(3)], [0, 2, 4]],
  ["", [tensor(3)], 3],
  ["ij,j->i", [a, ones([1])], [3, 12]],
  ["...j,jk", [a, b], [[20, 23, 26, 29], [56, 68, 80, 92]]],
  ["i...->...i", [a], [[0, 3], [1, 4], [2, 5]]],
  ["...ij->...", [stack], [66, 210]],
  ["...i,...i->...", [stack, ones([3, 1])], [[6, 22, 38], [54, 70, 86]]],
  ["...,...", [a, arange(3)], [[0, 1, 4], [0, 4, 10]]],
  ["ij,jk,kl,lm->im", [a, b, ones([4, 1]), ones([1, 2])], [[98, 98], [296, 296]]],
])("%s has NumPy's values", (subscripts, tensors, expected) => {
  expect(einsum(subscripts, ...tensors).toArray()).toEqual(expected);
});

describe("is fused as what it is short for", () => {
  const summary = (x: Tensor) => {
    const { kernels, schedule } = plan([x.node], ({ operation }) => operation.name === "constant");
    return { passes: kernels.flat().length, stored: schedule.stored.size };
  };
  const wave = (...shape: number[]): Tensor => arange(sizeOf(shape)).reshape(shape).mul(0.01).add(0);
  const [x, y, points, centres] = [wave(40, 30), wave(30, 20), wave(500, 8), wave(10, 8)].map((each) =>
    tensor(new Float32Array(each.data), each.shape),
  ) as [Tensor, Tensor, Tensor, Tensor];

  test.each<[string, Tensor, Tensor]>([
    ["a matrix product", einsum("ij,jk->ik", x, y), x.matmul(y)],
    ["a sum of squares", einsum("ij,ij->", points, points), points.mul(points).reduceSum()],
    ["scores", einsum("nd,kd->nk", points, centres), points.matmul(centres.transpose())],
    ["a weighted sum of rows", einsum("nd,n->d", points, wave(500)), points.mul(wave(500).expandDims(1)).reduceSum(0)],
  ])("%s", (_, short, long) => {
    expect(summary(short)).toEqual(summary(long));
    short.data.forEach((value, at) => {
      expect(Math.abs(value - (long.data[at] as number))).toBeLessThanOrEqual(1e-5 * Math.abs(value));
    });
  });

  test("with its gradient, without an array of the size of all products", () => {
    const loss = (w: Tensor): Tensor => einsum("nd,kd->nk", points, w).square().reduceSum();
    const { schedule } = plan([grad(loss)(centres).node], ({ operation }) => operation.name === "constant");
    expect(Math.max(...[...schedule.stored].map(({ shape }) => sizeOf(shape)))).toBeLessThan(500 * 10 * 8);
  });

  test("in one trace for all numbers of points", () => {
    let traces = 0;
    const scores = compile((points: Tensor, centres: Tensor) => {
      traces++;
      return einsum("nd,kd->nk", points, centres);
    });
    for (const n of [20, 30, 40, 50]) expect(scores(ones([n, 8]), ones([10, 8])).shape).toEqual([n, 10]);
    expect(traces).toBe(2);
  });
});

describe("errors say which letter has which lengths, and what is expected", () => {
  test.each<[string, () => unknown, string]>([
    [
      "lengths",
      () => einsum("ij,jk->ik", a, zeros([4, 2])),
      'einsum: j in "ij,jk->ik" is 3 along axis 1 of tensor 0 and 4 along axis 0 of tensor 1; expected one length',
    ],
    [
      "lengths of a diagonal",
      () => einsum("ii", zeros([1, 3])),
      'einsum: i in "ii" is 1 along axis 0 of tensor 0 and 3 along axis 1 of tensor 0; expected one length',
    ],
    [
      "lengths of further axes",
      () => einsum("...i,...i", a, zeros([3, 3])),
      'einsum: ... in "...i,...i" is 2 along axis 0 of tensor 0 and 3 along axis 0 of tensor 1; expected one length',
    ],
    ["rank", () => einsum("ijk->i", a), 'einsum: "ijk->i" has 3 letters for tensor 0 of shape [2, 3]; expected 2'],
    [
      "rank above",
      () => einsum("i->i", a),
      'einsum: "i->i" has 1 letter for tensor 0 of shape [2, 3]; expected 2, or ... for other axes',
    ],
    ["too few", () => einsum("ij,jk", a), 'einsum: "ij,jk" is for 2 tensors and 1 are given; expected as many'],
    [
      "an unknown letter",
      () => einsum("ij->ik", a),
      'einsum: "ij->ik" has k in the result and in no tensor; expected letters of the tensors',
    ],
    [
      "a letter twice",
      () => einsum("ij->ii", a),
      'einsum: "ij->ii" has i twice in the result; expected each letter once',
    ],
    [
      "further axes that are lost",
      () => einsum("...i->i", a),
      'einsum: "...i->i" has ... in a tensor and not in the result; expected it there too, since these axes are not summed over',
    ],
    [
      "other characters",
      () => einsum("i1->i", a),
      'einsum: "i1->i" has "1" (string) in it; expected letters, commas, one ->, and ... once for a tensor',
    ],
    [
      "arrows",
      () => einsum("i->i->i", a),
      'einsum: "i->i->i" has more than one ->; expected one, before the letters of the result',
    ],
    ["no tensor", () => einsum("i,i", arange(2), wrong([1, 2])), "einsum: tensor 1 is [1, 2]; expected a tensor"],
    ["no text", () => einsum(wrong(a), a), 'einsum: the subscripts are a Tensor; expected text such as "ij,jk->ik"'],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });
});
