/** Laws that hold of all tensors, stated once and tried on random ones. A failure prints the seed to repeat it. */

import { concat, gradients, hessianVectorProduct, Tensor, tensor, where, zeros } from "@protograd/autograd";
import * as arbitraries from "@protograd/autograd/fast-check";
import { broadcastable, type ShapeConstraints, shapes } from "@protograd/autograd/fast-check";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients } from "../../packages/autograd/src/check.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { type Draw, drawGraph, drawLeaf, draws, drawValues, printed, runs } from "./cases.js";

const drawTensor = (draw: Draw, shape: readonly number[]): Tensor => new Tensor(drawLeaf(draw, shape));

const dot = (a: Tensor, b: Tensor): number => a.mul(b).reduceSum().item();

/** A random tensor, and the numbers to draw whatever else a law needs. */
const tensors = (constraints: ShapeConstraints = {}) =>
  fc.tuple(arbitraries.tensors({ shape: shapes(constraints) }), draws());

const holds = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void, count = 200): void =>
  fc.assert(fc.property(arbitrary, law), runs(count));

describe("broadcasting and expand", () => {
  const METHODS = ["add", "sub", "mul", "div", "maximum", "minimum", "less", "greaterEqual", "equal"] as const;

  const broadcasting = broadcastable(2).chain(({ shapes: [a = [], b = []] }) =>
    fc.record({ a: arbitraries.tensors({ shape: a }), b: arbitraries.tensors({ shape: b }) }),
  );

  test.each(METHODS)("%s broadcasts as explicit expands do, values and gradients", (method) => {
    holds(broadcasting, ({ a, b }) => {
      const result = a[method](b);
      const [wideA, wideB] = [a.expand(result.shape), b.expand(result.shape)];
      const explicit = wideA[method](wideB);
      expect(result.data).toEqual(explicit.data);
      const implicitGradients = gradients(result.reduceSum(), [a, b]);
      const explicitGradients = gradients(explicit.reduceSum(), [a, b]);
      implicitGradients.forEach((gradient, which) => {
        expect(gradient.shape).toEqual([a, b][which]?.shape);
        expect(gradient.data).toEqual(explicitGradients[which]?.data);
      });
    });
  });

  test("⟨expand x, y⟩ = ⟨x, reduceSum y⟩", () => {
    const thin = tensors().map(([x, draw]) => {
      const axes = x.shape.flatMap((_, axis) => (draw(2) === 0 ? [axis] : []));
      return { x: x.reduceSum(axes, { keepDims: true }), y: drawTensor(draw, x.shape), axes };
    });
    holds(thin, ({ x, y, axes }) => {
      expect(dot(x.expand(y.shape), y)).toBeCloseTo(dot(x, y.reduceSum(axes, { keepDims: true })), 3);
    });
  });
});

describe("rearranging", () => {
  const permuted = tensors().map(([x, draw]) => {
    const left = x.shape.map((_, axis) => axis);
    return { x, axes: x.shape.map(() => left.splice(draw(left.length), 1)[0] as number) };
  });

  test("transpose and its inverse give the tensor back", () => {
    holds(permuted, ({ x, axes }) => {
      const inverse = axes.map((_, axis) => axes.indexOf(axis));
      const back = x.transpose(axes).transpose(inverse);
      expect(back.shape).toEqual(x.shape);
      expect(back.data).toEqual(x.data);
    });
  });

  test("⟨transpose x, y⟩ = ⟨x, its inverse of y⟩", () => {
    holds(fc.tuple(permuted, draws()), ([{ x, axes }, draw]) => {
      const wide = x.transpose(axes);
      const y = drawTensor(draw, wide.shape);
      const [gradient] = gradients(wide, [x], y) as [Tensor];
      expect(dot(wide, y)).toBeCloseTo(dot(x, gradient), 3);
    });
  });

  test("concat, then slice, gives the parts back; the gradient of each part is its own", () => {
    const parts = tensors({ minRank: 1 }).map(([x, draw]) => {
      const axis = draw(x.rank);
      const another = () =>
        drawTensor(
          draw,
          x.shape.map((length, at) => (at === axis ? draw(4) : length)),
        );
      return { parts: [x, another(), another()], axis, draw };
    });
    holds(parts, ({ parts, axis, draw }) => {
      const whole = concat(parts, axis);
      const upstream = drawTensor(draw, whole.shape);
      const slopes = gradients(whole, parts, upstream);
      let end = 0;
      parts.forEach((part, which) => {
        const start = end;
        end += part.shape[axis] as number;
        expect(whole.slice(axis, start, end).data).toEqual(part.data);
        expect(slopes[which]?.data).toEqual(upstream.slice(axis, start, end).data);
      });
    });
  });
});

describe("cumulative sums", () => {
  /** Multiples of 1/1024, whose sums float32 has exactly. */
  const lines = fc
    .tuple(fc.constantFrom(1, 2, 15, 16, 17, 40, 256, 257, 1000), fc.integer({ min: 1, max: 3 }), draws())
    .map(([length, width, draw]) => [drawTensor(draw, [length, width]), length, width, draw] as const);

  test("each is the one before it and an entry", () => {
    holds(
      lines,
      ([x, length, width]) => {
        const sums = x.cumulativeSum(0);
        const before = concat([zeros([1, width]), sums.slice(0, 0, length - 1)], 0);
        expect(sums.data).toEqual(before.add(x).data);
        expect(x.transpose().cumulativeSum(1).data).toEqual(sums.transpose().data);
      },
      50,
    );
  });

  test("⟨cumulativeSum x, y⟩ = ⟨x, the cumulative sum of y from the end⟩", () => {
    holds(
      lines,
      ([x, length, , draw]) => {
        const upstream = drawTensor(draw, x.shape);
        const backwards = Array.from({ length }, (_, at) => length - 1 - at);
        const [gradient] = gradients(x.cumulativeSum(0), [x], upstream) as [Tensor];
        expect(gradient.data).toEqual(upstream.take(backwards).cumulativeSum(0).take(backwards).data);
      },
      50,
    );
  });
});

describe("minima and maxima", () => {
  /** A matrix of few different values, so that rows tie, with a NaN now and then. */
  const matrices = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), draws())
    .map(([n, k, draw]) => {
      const values = Float32Array.from({ length: n * k }, () => (draw(12) === 0 ? Number.NaN : draw(4)));
      return { x: tensor(values, [n, k]), n, k, draw };
    });

  test.each(["Min", "Max"] as const)(
    "each row of the gradient of reduce%s sums to its upstream, in one entry",
    (which) => {
      holds(matrices, ({ x, n, k, draw }) => {
        const upstream = tensor(drawValues(draw, [n]));
        const [gradient] = gradients(x[`reduce${which}`](1), [x], upstream) as [Tensor];
        expect(gradient.reduceSum(1).data).toEqual(upstream.data);
        for (let row = 0; row < n; row++) {
          const entries = gradient.data.subarray(row * k, (row + 1) * k);
          expect(entries.filter((entry) => entry !== 0).length).toBeLessThanOrEqual(1);
        }
      });
    },
  );

  test.each(["Min", "Max"] as const)(
    "what take finds at the position of the %s is the %s, NaN and ties included",
    (which) => {
      holds(matrices, ({ x, n }) => {
        const best = x[`arg${which.toLowerCase() as "min" | "max"}`](1);
        const taken = Array.from({ length: n }, (_, row) =>
          x
            .take([row])
            .squeeze(0)
            .take(best.data[row] as number)
            .item(),
        );
        expect(taken).toEqual([...x[`reduce${which}`](1).data]);
      });
    },
  );

  test("the first NaN wins, else the first smallest", () => {
    holds(matrices, ({ x, n, k }) => {
      const best = x.argmin(1).data;
      for (let row = 0; row < n; row++) {
        const entries = [...x.data.subarray(row * k, (row + 1) * k)];
        const nan = entries.findIndex(Number.isNaN);
        expect(best[row]).toBe(nan >= 0 ? nan : entries.indexOf(Math.min(...entries)));
      }
    });
  });

  test("over several axes the first smallest in row-major order gets the gradient", () => {
    holds(matrices, ({ x }) => {
      const [gradient] = gradients(x.reduceMin(), [x]) as [Tensor];
      const winner = x.reshape([-1]).argmin(0).item();
      expect([...gradient.data]).toEqual(Array.from(x.data, (_, at) => (at === winner ? 1 : 0)));
    });
  });

  test("a one-hot of argmin picks the minimum", () => {
    holds(matrices, ({ x, k }) => {
      const picked = where(x.argmin(1).oneHot(k), x, 0).reduceSum(1);
      expect(picked.data).toEqual(x.reduceMin(1).data);
    });
  });
});

describe("differentiation", () => {
  /** A random function of two tensors. Gradients are held against it where it does not hide them on purpose. */
  const drawFunction = (numbers: number[]) => {
    const visible = entries.filter((entry) => !(entry.kind === "map" && entry.stopsGradient));
    return (a: Tensor, b: Tensor): Tensor => {
      let next = 0;
      const draw: Draw = (n) => (numbers[next++ % numbers.length] as number) % n;
      return new Tensor(drawGraph(visible, [a.node, b.node], 6, draw));
    };
  };

  const functions = fc
    .tuple(fc.array(fc.nat(1 << 20), { minLength: 96, maxLength: 96 }), shapes({ maxRank: 2 }), shapes({ maxRank: 2 }))
    .map(([numbers, left, right]) => {
      let next = 0;
      const draw: Draw = (n) => (numbers[(next++ * 7) % numbers.length] as number) % n;
      const inputs: [Tensor, Tensor] = [drawTensor(draw, left), drawTensor(draw, right)];
      const f = drawFunction(numbers);
      return { f, inputs, ...printed(f(...inputs).node) };
    });

  test("random graphs have right first and second derivatives", () => {
    holds(
      functions,
      ({ f, inputs }) => {
        checkGradients(f, inputs, { order: 2 });
      },
      150,
    );
  });

  test("the gradient of a sum is the sum of the gradients", () => {
    holds(fc.tuple(functions, functions), ([{ f, inputs }, { f: g }]) => {
      const [x, y] = inputs;
      const together = gradients(f(x, y).add(g(x, y)), inputs);
      const [first, second] = [gradients(f(x, y), inputs), gradients(g(x, y), inputs)];
      together.forEach((gradient, which) => {
        const sum = (first[which] as Tensor).add(second[which] as Tensor);
        gradient.data.forEach((value, at) => {
          expect(value).toBeCloseTo(sum.data[at] as number, 4);
        });
      });
    });
  });

  test("Hessians are symmetric: ⟨u, Hv⟩ = ⟨v, Hu⟩", () => {
    holds(
      fc.tuple(functions, draws()),
      ([
        {
          f,
          inputs: [x, y],
        },
        draw,
      ]) => {
        const [u, v] = [drawTensor(draw, x.shape), drawTensor(draw, x.shape)];
        const product = hessianVectorProduct((at: Tensor) => f(at, y));
        const [left, right] = [dot(u, product(x, v)), dot(v, product(x, u))];
        expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(left)));
      },
    );
  });
});
