/** What may be read while a function is differentiated, checked or compiled, and what its later arguments must be. */
import {
  checkGradients,
  compile,
  grad,
  gradientDescent,
  gradients,
  hessianVectorProduct,
  type Indices,
  indices,
  stopGradient,
  Tensor,
  tensor,
  valueAndGrad,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";

const x = tensor(3);

/** Each way to get numbers out of a tensor, as a number. */
const reads: [string, (x: Tensor) => number][] = [
  ["item", (x) => x.item()],
  ["data", (x) => x.data[0] as number],
  ["toArray", (x) => x.toArray() as number],
  ["toJSON", (x) => x.toJSON() as number],
  ["JSON.stringify", (x) => JSON.parse(JSON.stringify(x))],
  ["data of indices", (x) => x.reshape([1]).argmin(0).data[0] as number],
];

/** Each way to have a function differentiated, at 3. */
const ways: [string, (f: (x: Tensor) => Tensor) => unknown][] = [
  ["grad", (f) => grad(f)(x)],
  ["valueAndGrad", (f) => valueAndGrad(f)(x)],
  ["hessianVectorProduct", (f) => hessianVectorProduct(f)(x, x)],
  ["checkGradients", (f) => checkGradients(f, [x])],
  ["gradientDescent", (f) => gradientDescent(f, { learningRate: 0.1 })(x)],
  ["grad", (f) => compile(grad(f))(x)],
  ["grad", (f) => grad(compile(f))(x)],
  ["grad", (f) => grad(({ at }: { at: Tensor[] }) => f(at[0] as Tensor))({ at: [x] })],
];

describe("a value that depends on what is being differentiated is not read, since it would have no gradient", () => {
  const refused = (way: string) =>
    expect.objectContaining({
      message: `${way}: what is read here depends on the argument, and no gradient flows through a number; go on with the tensor, or with stopGradient(tensor) as a constant, or return it and read the result`,
    });

  describe.each(ways)("in %s", (way, differentiate) => {
    test.each(reads)("by %s", (_, read) => {
      expect(() => differentiate((x) => x.mul(read(x)))).toThrow(refused(way));
      expect(() => differentiate((x) => x.mul(read(x.square().add(1).reshape([]))))).toThrow(refused(way));
    });

    test("while others are read", () => {
      const other = tensor(2);
      expect(() =>
        differentiate((x) => x.mul(other.item()).mul(tensor([1, 4]).mul(other).reduceSum().item())),
      ).not.toThrow();
    });
  });

  test("with the gradient that tensors have instead", () => {
    expect(grad((x: Tensor) => x.mul(x))(x).item()).toBe(6);
    expect(grad((x: Tensor) => x.mul(stopGradient(x)))(x).item()).toBe(3);
  });

  test("nor one that a compiled function, or a gradient inside, has made of it", () => {
    const double = compile((y: Tensor) => y.mul(2));
    const slope = grad((y: Tensor) => y.square());
    expect(() => grad((x: Tensor) => x.mul(double(x).item()))(x)).toThrow(refused("grad"));
    expect(() => grad((x: Tensor) => x.mul(slope(x).item()))(x)).toThrow(refused("grad"));
    expect(() => grad((x: Tensor) => grad((y: Tensor) => y.mul(x.item()))(tensor(1)))(x)).toThrow(refused("grad"));
    const inner = (x: Tensor) => valueAndGrad((y: Tensor) => y.mul(x.mul(y.item())))(tensor(1))[0];
    expect(() => grad(inner)(x)).toThrow(refused("valueAndGrad"));
  });

  test("but what these have made of others", () => {
    const two = tensor(2);
    const double = compile((y: Tensor) => y.mul(2));
    const slope = grad((y: Tensor) => y.square());
    expect(grad((x: Tensor) => x.mul(double(two).item()))(x).item()).toBe(4);
    expect(grad((x: Tensor) => x.mul(slope(two).item()))(x).item()).toBe(4);
    expect(grad((x: Tensor, y: Tensor) => x.mul(y.square().item()))(x, two).item()).toBe(4);
  });

  test("but what stopGradient has made a constant", () => {
    const clipped = grad((x: Tensor) => (stopGradient(x).item() > 2 ? x.mul(2) : x));
    expect([clipped(x).item(), clipped(tensor(1)).item()]).toEqual([2, 1]);
    expect(grad((x: Tensor) => x.mul(stopGradient(x.square()).add(1).item()))(x).item()).toBe(10);
  });

  test("though it is printed, with its values where there are any", () => {
    const texts: string[] = [];
    const print = (x: Tensor): Tensor => {
      texts.push(`${x.mul(2)}`, String(x.square()));
      return x;
    };
    grad(print)(x);
    compile(grad(print))(x);
    expect(texts).toEqual(["Tensor [] 6", "Tensor [] 9", "Tensor [] (no values yet)", "Tensor [] (no values yet)"]);
    const printedBefore = (x: Tensor): Tensor => {
      const y = x.mul(2);
      texts.push(String(y));
      return y.mul(y.item());
    };
    expect(() => grad(printedBefore)(x)).toThrow(refused("grad"));
  });

  test("until the function has returned, or thrown", () => {
    let inside = tensor(0);
    grad((x: Tensor) => {
      inside = x.mul(7);
      return x.square();
    })(x);
    expect(inside.item()).toBe(21);
    expect(() =>
      grad((x: Tensor): Tensor => {
        inside = x.mul(8);
        throw new Error("no");
      })(x),
    ).toThrow("no");
    expect(inside.item()).toBe(24);
    // What came out of one function is a constant of the next.
    expect(grad((x: Tensor) => x.mul(inside.add(1).item()))(x).item()).toBe(25);
  });

  test("and gradients of values between which nothing is traced go by the graph", () => {
    const y = x.mul(x.item());
    expect(gradients(y, [x])[0]?.item()).toBe(3);
  });

  test("constants that are read in a loop are not looked through to its beginning each time", () => {
    let looks = 0;
    const counts: number[] = [];
    grad((x: Tensor) => {
      const start = {
        ...tensor(0).node,
        get inputs() {
          looks++;
          return [];
        },
      };
      let sum = new Tensor(start);
      for (let step = 1; step <= 20; step++) {
        sum = sum.add(1);
        expect(sum.item()).toBe(step);
        counts.push(looks);
      }
      return x;
    })(x);
    expect(counts.at(-1)).toBe(counts[1]);
  });
});

describe("indices that a compiled function is given are named by whoever they do not fit", () => {
  const values = tensor([1, 2, 3]);
  const take = (x: Tensor, at: Indices): Tensor => x.take(at).reduceSum();

  test.each<[string, () => unknown, string]>([
    [
      "take",
      () => compile(take)(values, indices([0, 7])),
      "take, given in argument [1]: index 7 is out of range for axis 0, which has 3 entries; expected -3 to 2",
    ],
    [
      "take, differentiated",
      () => compile(grad(take))(values, indices([-4])),
      "take, given in argument [1]: index -4 is out of range for axis 0, which has 3 entries; expected -3 to 2",
    ],
    [
      "take of columns",
      () => compile(({ at }: { at: Indices[] }) => tensor([[1, 2]]).take(at[0] as Indices, 1))({ at: [indices([2])] }),
      "take, given in argument [0].at[0]: index 2 is out of range for axis 1, which has 2 entries; expected -2 to 1",
    ],
    [
      "oneHot",
      () => compile((at: Indices) => at.oneHot(3))(indices([1, 3])),
      "oneHot, given in argument [0]: index 3 is out of range for axis 1, which has 3 entries; expected -3 to 2",
    ],
    [
      "take of computed ones",
      () => compile((x: Tensor) => tensor([1, 2]).take(x.argmax(0)))(values),
      "computed indices: index 2 is out of range for axis 0, which has 2 entries; expected -2 to 1",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ name: "RangeError", message }));
  });

  test("of several uses the one that they do not fit", () => {
    const f = compile((at: Indices) => values.take(at).add(tensor([1, 2]).take(at)));
    expect(f(indices([0, 1])).toArray()).toEqual([2, 4]);
    expect(() => f(indices([0, 2]))).toThrow(
      "take, given in argument [0]: index 2 is out of range for axis 0, which has 2 entries",
    );
    expect(f(indices([1, -1])).toArray()).toEqual([4, 5]);
  });
});
