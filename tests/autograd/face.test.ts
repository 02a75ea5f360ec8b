/** What callers see: the value of every method on plain examples, and what every method says to wrong input. */
import {
  arange,
  checkGradients,
  compile,
  concat,
  explain,
  full,
  grad,
  gradientDescent,
  gradients,
  hessianVectorProduct,
  type Indices,
  indices,
  ones,
  stack,
  stopGradient,
  Tensor,
  tensor,
  where,
  zeros,
} from "@protograd/autograd";
import { describe, expect, test } from "vitest";

const matrix = tensor([
  [1, 2],
  [3, 4],
]);
const NaNs = Number.NaN;

/** The value of an expression, rounded so that it can be written down. */
const shown = (value: Tensor | Indices): unknown =>
  JSON.parse(JSON.stringify(value.toArray(), (_, each) => (typeof each === "number" ? Number(each.toFixed(4)) : each)));

describe("values", () => {
  test.each<[string, () => Tensor | Indices, unknown]>([
    ["a number", () => tensor(3), 3],
    ["nested arrays", () => tensor([[1], [2]]), [[1], [2]]],
    [
      "rows as typed arrays",
      () => tensor([new Float64Array([1, 2]), new Uint8Array([3, 4])]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      "a typed array with a shape",
      () => tensor(Int16Array.of(1, 2, 3, 4), [2, 2]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["a flat array with a shape", () => tensor([1, 2, 3, 4], [2, 1, 2]), [[[1, 2]], [[3, 4]]]],
    ["an empty array", () => tensor([]), []],
    ["rows without entries", () => tensor([[], []]), [[], []]],
    ["zeros", () => zeros([2]), [0, 0]],
    ["ones", () => ones([1, 2]), [[1, 1]]],
    ["full", () => full([2], 7), [7, 7]],
    ["arange", () => arange(3), [0, 1, 2]],
    ["indices", () => indices([[2], [0]]), [[2], [0]]],
    [
      "add",
      () => matrix.add([10, 20].length),
      [
        [3, 4],
        [5, 6],
      ],
    ],
    [
      "sub",
      () => tensor([1, 2]).sub(tensor([[1], [2]])),
      [
        [0, 1],
        [-1, 0],
      ],
    ],
    [
      "mul",
      () => matrix.mul(matrix),
      [
        [1, 4],
        [9, 16],
      ],
    ],
    [
      "div",
      () => matrix.div(2),
      [
        [0.5, 1],
        [1.5, 2],
      ],
    ],
    [
      "neg",
      () => matrix.neg(),
      [
        [-1, -2],
        [-3, -4],
      ],
    ],
    ["square", () => tensor([-3, 2]).square(), [9, 4]],
    ["sqrt", () => tensor([9, 4]).sqrt(), [3, 2]],
    ["exp", () => tensor([0, 1]).exp(), [1, 2.7183]],
    ["log", () => tensor([1, 10]).log(), [0, 2.3026]],
    ["log1p", () => tensor([0, Math.E - 1]).log1p(), [0, 1]],
    ["expm1", () => tensor([0, 1]).expm1(), [0, 1.7183]],
    ["sin", () => tensor([0, Math.PI / 2, 1]).sin(), [0, 1, 0.8415]],
    ["cos", () => tensor([0, Math.PI, 1]).cos(), [1, -1, 0.5403]],
    ["sign", () => tensor([-3, 0, 2, NaNs]).sign(), [-1, 0, 1, null]],
    ["floor", () => tensor([-1.5, -1, 1.5]).floor(), [-2, -1, 1]],
    ["abs", () => tensor([-3, 2]).abs(), [3, 2]],
    ["pow", () => tensor([-2, 3]).pow(3), [-8, 27]],
    [
      "pow with a tensor",
      () => tensor([[2], [3]]).pow(tensor([2, -1])),
      [
        [4, 0.5],
        [9, 0.3333],
      ],
    ],
    ["maximum", () => tensor([1, 5]).maximum(3), [3, 5]],
    ["minimum", () => tensor([1, 5]).minimum(3), [1, 3]],
    ["clip", () => tensor([-2, 0.5, 3]).clip(0, tensor(1)), [0, 0.5, 1]],
    ["clip on one side", () => tensor([-2, 0.5, 3]).clip(-Infinity, 1), [-2, 0.5, 1]],
    ["less", () => tensor([1, 2, 3]).less(2), [1, 0, 0]],
    ["lessEqual", () => tensor([1, 2, 3]).lessEqual(2), [1, 1, 0]],
    ["greater", () => tensor([1, 2, 3]).greater(2), [0, 0, 1]],
    ["greaterEqual", () => tensor([1, 2, 3]).greaterEqual(2), [0, 1, 1]],
    ["equal", () => tensor([1, 2, NaNs]).equal(tensor([1, 3, NaNs])), [1, 0, 0]],
    [
      "expand",
      () => tensor([1, 2]).expand([2, 2]),
      [
        [1, 2],
        [1, 2],
      ],
    ],
    ["expandDims", () => tensor([1, 2]).expandDims(-1), [[1], [2]]],
    ["squeeze", () => tensor([[[1], [2]]]).squeeze(), [1, 2]],
    ["squeeze of one axis", () => tensor([[[1], [2]]]).squeeze(0), [[1], [2]]],
    [
      "transpose",
      () => matrix.transpose(),
      [
        [1, 3],
        [2, 4],
      ],
    ],
    ["transpose of a scalar", () => tensor(3).transpose(), 3],
    [
      "reshape",
      () => arange(6).reshape([2, -1]),
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    ["reshape of a transposed matrix", () => matrix.transpose().reshape([4]), [1, 3, 2, 4]],
    ["reshape without entries", () => zeros([0, 3]).reshape([3, -1]), [[], [], []]],
    ["slice", () => arange(5).slice(0, 1, -1), [1, 2, 3]],
    ["slice to the end", () => arange(5).slice(-1, 3), [3, 4]],
    ["slice of nothing", () => arange(5).slice(0, 5), []],
    ["reduceSum", () => matrix.reduceSum(), 10],
    ["reduceSum of an axis", () => matrix.reduceSum(-1), [3, 7]],
    ["reduceSum of axes, kept", () => matrix.reduceSum([1, 0], { keepDims: true }), [[10]]],
    [
      "reduceSum of no axes",
      () => matrix.reduceSum([]),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["reduceSum of nothing", () => zeros([2, 0]).reduceSum(1), [0, 0]],
    ["reduceMean", () => matrix.reduceMean(0), [2, 3]],
    ["reduceVariance", () => matrix.reduceVariance(), 1.25],
    ["reduceVariance of an axis, kept", () => matrix.reduceVariance(0, { keepDims: true }), [[1, 1]]],
    ["reduceVariance of a sample", () => matrix.reduceVariance(1, { correction: 1 }), [0.5, 0.5]],
    ["reduceVariance of a sample of one", () => tensor([3]).reduceVariance(0, { correction: 1 }), null],
    ["reduceProd", () => matrix.reduceProd(0), [3, 8]],
    ["reduceProd of all", () => matrix.reduceProd(undefined, { keepDims: true }), [[24]]],
    ["reduceProd of nothing", () => zeros([2, 0]).reduceProd(1), [1, 1]],
    ["a product that is out of range on the way", () => tensor([1e30, 1e30, 1e-30, 1e-30]).reduceProd(), 1],
    [
      "the gradient of reduceProd with one zero in the line, with two, and of nothing",
      () =>
        grad((x: Tensor) => x.reduceProd(1).reduceSum())(
          tensor([
            [2, 0, 5],
            [0, 7, 0],
          ]),
        ),
      [
        [0, 10, 0],
        [0, 0, 0],
      ],
    ],
    ["the gradient of reduceProd of nothing", () => grad((x: Tensor) => x.reduceProd().reduceSum())(zeros([0])), []],
    ["cumulativeSum", () => tensor([1, 2, 3]).cumulativeSum(0), [1, 3, 6]],
    [
      "cumulativeSum along the first axis, counted from the end",
      () => matrix.cumulativeSum(-2),
      [
        [1, 2],
        [4, 6],
      ],
    ],
    ["cumulativeSum of nothing", () => zeros([2, 0]).cumulativeSum(1), [[], []]],
    ["cumulativeSum from a NaN on", () => tensor([1, NaNs, 3]).cumulativeSum(0), [1, null, null]],
    [
      "the gradient of cumulativeSum",
      () =>
        grad((x: Tensor) =>
          x
            .cumulativeSum(0)
            .mul(tensor([1, 10, 100]))
            .reduceSum(),
        )(zeros([3])),
      [111, 110, 100],
    ],
    ["reduceMin", () => matrix.reduceMin(0), [1, 2]],
    ["reduceMax", () => matrix.reduceMax(1), [2, 4]],
    [
      "argmin",
      () =>
        tensor([
          [2, 1],
          [0, 0],
        ]).argmin(1),
      [1, 0],
    ],
    [
      "argmax",
      () =>
        tensor([
          [2, 1],
          [0, 0],
        ]).argmax(-1),
      [0, 0],
    ],
    ["argmin of rows without number", () => zeros([0, 2]).argmin(1), []],
    ["take", () => arange(3).take([2, 0, -1]), [2, 0, 2]],
    ["take of a number", () => matrix.take(1), [3, 4]],
    [
      "take of columns",
      () => matrix.take([[1], [0]], 1),
      [
        [[2], [1]],
        [[4], [3]],
      ],
    ],
    ["take of nothing", () => matrix.take([]), []],
    [
      "oneHot",
      () => indices([2, 0]).oneHot(3),
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
    ],
    ["oneHot of a scalar", () => indices(1).oneHot(2), [0, 1]],
    ["equal of indices", () => indices([1, 2]).equal(2), [0, 1]],
    [
      "matmul of matrices",
      () => matrix.matmul(matrix),
      [
        [7, 10],
        [15, 22],
      ],
    ],
    ["matmul with a vector", () => matrix.matmul(tensor([1, 1])), [3, 7]],
    ["matmul of a vector", () => tensor([1, 1]).matmul(matrix), [4, 6]],
    ["matmul of vectors", () => tensor([1, 2]).matmul(tensor([3, 4])), 11],
    ["matmul of stacks", () => ones([2, 1, 3]).matmul(ones([3, 1])), [[[3]], [[3]]]],
    ["matmul with an empty inner axis", () => zeros([1, 0]).matmul(zeros([0, 2])), [[0, 0]]],
    ["relu", () => tensor([-1, 2]).relu(), [0, 2]],
    ["sigmoid", () => tensor([-1000, 0, 1000]).sigmoid(), [0, 0.5, 1]],
    ["softplus", () => tensor([-1000, 0, 1000]).softplus(), [0, 0.6931, 1000]],
    ["logSigmoid", () => tensor([-1000, 0, 1000]).logSigmoid(), [-1000, -0.6931, 0]],
    ["tanh", () => tensor([-1000, 0, 1]).tanh(), [-1, 0, 0.7616]],
    [
      "norm",
      () =>
        tensor([
          [3, 4],
          [0, 0],
        ]).norm(),
      5,
    ],
    [
      "norm of an axis, kept",
      () =>
        tensor([
          [3, 4],
          [0, 0],
        ]).norm(1, { keepDims: true }),
      [[5], [0]],
    ],
    ["norm of axes", () => ones([2, 3, 2]).norm([0, -1]), [2, 2, 2]],
    ["norm of no axes", () => tensor([-3, 4]).norm([]), [3, 4]],
    ["norm of nothing", () => zeros([2, 0]).norm(1), [0, 0]],
    ["norm of a scalar", () => tensor(-3).norm(), 3],
    ["logSumExp", () => tensor([1000, 1000]).logSumExp(), 1000.6932],
    [
      "logSumExp of an axis",
      () =>
        tensor([
          [0, 0],
          [1, 1],
        ]).logSumExp(1, { keepDims: true }),
      [[0.6931], [1.6931]],
    ],
    [
      "softmax",
      () =>
        tensor([
          [0, 0],
          [1000, 0],
        ]).softmax(),
      [
        [0.5, 0.5],
        [1, 0],
      ],
    ],
    [
      "concat",
      () => concat([matrix, matrix], 1),
      [
        [1, 2, 1, 2],
        [3, 4, 3, 4],
      ],
    ],
    [
      "stack",
      () => stack([tensor([1, 2]), tensor([3, 4])], -1),
      [
        [1, 3],
        [2, 4],
      ],
    ],
    [
      "where",
      () => where(tensor([[1], [0]]), tensor([1, 2]), 9),
      [
        [1, 2],
        [9, 9],
      ],
    ],
    [
      "stopGradient",
      () => stopGradient(matrix),
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])("%s", (_, make, expected) => {
    expect(shown(make())).toEqual(expected);
  });

  test("special values are NumPy's", () => {
    expect([...tensor([-1, 0, Infinity]).log().data]).toEqual([NaNs, -Infinity, Infinity]);
    expect([...tensor([1, -1, 0]).div(0).data]).toEqual([Infinity, -Infinity, NaNs]);
    expect([...tensor([NaNs, 1]).maximum(tensor([0, NaNs])).data]).toEqual([NaNs, NaNs]);
    expect([...where(tensor([NaNs, -0]), 1, 2).data]).toEqual([1, 2]);
    expect(zeros([0]).reduceMean().item()).toBeNaN();
    expect(tensor([-Infinity, -Infinity]).logSumExp().item()).toBe(-Infinity);
    expect(tensor([0, Infinity]).logSumExp().item()).toBe(Infinity);
    expect([...tensor([-2, -1, Infinity]).log1p().data]).toEqual([NaNs, -Infinity, Infinity]);
    expect([
      ...tensor([
        [1e30, 1e30],
        [1e-30, 1e-30],
      ])
        .norm(1)
        .div(tensor([1e30, 1e-30])).data,
    ]).toEqual([Math.SQRT2, Math.SQRT2].map(Math.fround));
    expect(tensor(0.1).item()).toBe(Math.fround(0.1));
    expect(tensor(1).mul(0.1).item()).toBe(Math.fround(0.1));
  });

  test("the caller's array is copied", () => {
    const values = new Float32Array([1, 2]);
    const made = tensor(values);
    values[0] = 9;
    expect(made.toArray()).toEqual([1, 2]);
  });

  test("or taken, where the caller says so", () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const taken = tensor(values, [2, 2], { copy: false });
    expect(taken.data).toBe(values);
    expect(taken.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(values, [4], { copy: true }).data).not.toBe(values);
  });

  test("float64 keeps the digits of JavaScript's numbers, in all that is computed from it", () => {
    const x = tensor([0.1, 1e9 + 0.1], [2], { dtype: "float64" });
    expect(x.dtype).toBe("float64");
    expect(x.data).toEqual(Float64Array.of(0.1, 1e9 + 0.1));
    expect(x.toArray()).toEqual([0.1, 1e9 + 0.1]);
    expect(String(x)).toBe("Tensor [2] float64 [0.1, 1000000000.1]");
    expect(x.sub(0.1).toArray()).toEqual([0, 1e9 + 0.1 - 0.1]);
    expect(tensor(0.1).add(x).toArray()).toEqual([Math.fround(0.1) + 0.1, Math.fround(0.1) + 1e9 + 0.1]);
    expect(x.exp().log().data[0]).toBe(Math.log(Math.exp(0.1)));
    expect(x.argmax(0).data).toEqual(Int32Array.of(1));
    expect(concat([tensor([1]), x]).dtype).toBe("float64");
    expect(grad((w: Tensor) => w.mul(0.1).reduceSum())(x).toArray()).toEqual([0.1, 0.1]);
    expect(compile((w: Tensor) => w.div(3))(x).toArray()).toEqual([0.1 / 3, (1e9 + 0.1) / 3]);
    expect(tensor(Float64Array.of(0.1)).dtype).toBe("float32");
    const own = Float64Array.of(1, 2);
    expect(tensor(own, [2], { copy: false, dtype: "float64" }).data).toBe(own);
  });

  test("values are computed once", () => {
    const sum = matrix.add(1);
    expect(sum.data).toBe(sum.data);
  });

  test("at reads one entry, counted from the end where it is negative", () => {
    const x = arange(24).reshape([2, 3, 4]);
    expect([x.at(0, 0, 0), x.at(1, 0, 2), x.at(-1, -1, -1), x.argmax(2).at(0, 1)]).toEqual([0, 14, 23, 3]);
    expect(tensor(5).at()).toBe(5);
  });

  test("reading a tensor does not change the values of others", () => {
    const [read, unread] = [0, 0].map(() => tensor([1, 1]).add(tensor([1e-9, 0]))) as [Tensor, Tensor];
    expect(read.data).toEqual(Float32Array.of(1, 1));
    expect(read.argmax(0).item()).toBe(unread.argmax(0).item());
    expect(tensor(3e38).mul(10).div(10).item()).toBe(Infinity);
  });

  test("while a function is traced its arguments print without values", () => {
    const texts: string[] = [];
    compile((x: Tensor) => {
      texts.push(String(x.add(1)), String(tensor([1])));
      return x;
    })(matrix);
    expect(texts).toEqual(["Tensor [2, 2] (no values yet)", "Tensor [1] [1]"]);
  });

  test("JSON is the nested arrays, however long the history", () => {
    let x = tensor([1]);
    for (let i = 0; i < 100; i++) x = x.add(x).mul(0.5);
    expect(JSON.stringify({ x, matrix })).toBe('{"x":[1],"matrix":[[1,2],[3,4]]}');
  });

  test("shape, rank, size, and text", () => {
    expect([matrix.shape, matrix.rank, matrix.size]).toEqual([[2, 2], 2, 4]);
    expect(String(tensor([[1, 0.1]]))).toBe("Tensor [1, 2] [[1, 0.1]]");
    expect(String(arange(1000))).toBe("Tensor [1000] [0, 1, 2, …, 997, 998, 999]");
    expect(`${indices([1])}`).toBe("Indices [1] [1]");
    expect(String(tensor([1021.54596, 1 / 3, 1e-10, NaNs]))).toBe("Tensor [4] [1021.54596, 0.33333334, 1e-10, NaN]");
  });

  test("explain numbers the nodes and goes on with the gradient", () => {
    const x = tensor([3, 4]);
    expect(explain(x.mul(2).reduceSum(), [x])).toBe(
      [
        "graph",
        "  %1  constant             [2]",
        "  %2  mul %1, 2            [2]",
        "  %3  reduceSum %2 axis 0  [1]",
        "  %4  reshape %3           []",
        "result %4",
        "gradient with respect to %1",
        "  %5  reshape 1  [1]",
        "  %6  expand %5  [2]",
        "  %7  mul %6, 2  [2]",
        "result %7",
        "simplified",
        "  t1 = 2 · sum over i in 2 of %1[i]  []",
        "result t1, 2",
        "kernel 1",
        "  for n in 2:  reads %1, writes t1",
        "    t1 += 2 · %1[n]",
      ].join("\n"),
    );
  });
});

describe("errors say what was given and what was expected", () => {
  const wrong = (value: unknown) => value as never;

  test.each<[string, () => unknown, string]>([
    ["broadcast", () => zeros([3]).sub(zeros([2])), "sub: shapes [3] and [2] do not broadcast: axis 0 is 3 against 2"],
    [
      "broadcast at the end",
      () => zeros([500, 2, 3]).sub(zeros([2, 4])),
      "sub: shapes [500, 2, 3] and [2, 4] do not broadcast: axis 2 is 3 against 4",
    ],
    ["operand", () => matrix.add(wrong("1")), 'add: an operand is "1" (string); expected a tensor or a number'],
    [
      "operand indices",
      () => matrix.add(wrong(indices(1))),
      "add: an operand is an Indices; expected a tensor or a number",
    ],
    ["axis", () => matrix.reduceSum(2), "reduceSum: axis 2 is out of range for rank 2; expected -2 to 1"],
    ["axis of a scalar", () => tensor(1).argmin(0), "argmin: axis 0 is out of range for rank 0; a scalar has no axes"],
    ["axis fraction", () => matrix.argmin(0.5), "argmin: axis is 0.5; expected a whole number"],
    ["axis missing", () => matrix.argmin(wrong(undefined)), "argmin: axis is undefined; expected a whole number"],
    [
      "axis twice",
      () => matrix.reduceSum([1, -1]),
      "reduceSum: axes [1, -1] name axis 1 twice; expected each axis once",
    ],
    [
      "permutation",
      () => matrix.transpose([0]),
      "transpose: axes [0] for rank 2; expected each of the 2 axes exactly once",
    ],
    [
      "permutation twice",
      () => matrix.transpose([0, 0]),
      "transpose: axes [0, 0] name axis 0 twice; expected each axis once",
    ],
    ["reshape", () => matrix.reshape([3]), "reshape: shape [2, 2] holds 4 values and does not fill [3]"],
    ["reshape open", () => matrix.reshape([3, -1]), "reshape: shape [2, 2] holds 4 values and does not fill [3, -1]"],
    ["expand", () => matrix.expand([2, 3]), "expand: shapes [2, 2] and [2, 3] do not broadcast: axis 1 is 2 against 3"],
    [
      "expand to less",
      () => zeros([3]).expand([1]),
      "expand: shape [3] does not expand to [1]; only axes of length 1 repeat",
    ],
    ["squeeze", () => matrix.squeeze(0), "squeeze: axis 0 of shape [2, 2] has 2 entries; expected 1"],
    [
      "slice",
      () => matrix.slice(0, 0, 3),
      "slice: position 3 is out of range for axis 0, which has 2 entries; expected -2 to 2",
    ],
    ["slice backwards", () => arange(5).slice(0, 3, 1), "slice: start 3 lies behind end 1 on axis 0 of 5"],
    ["concat of none", () => concat([]), "concat: the array is empty; expected at least one tensor"],
    [
      "concat of unequal",
      () => concat([matrix, zeros([2, 3])]),
      "concat: tensor 1 has shape [2, 3] and tensor 0 has [2, 2]; expected equal lengths on all axes but 0",
    ],
    ["concat of another", () => concat([matrix, wrong([1])]), "concat: entry 1 is [1]; expected a tensor"],
    [
      "stack",
      () => stack([matrix, zeros([2])]),
      "stack: tensor 1 has shape [2] and tensor 0 has [2, 2]; expected equal shapes",
    ],
    [
      "reduceMin of nothing",
      () => zeros([3, 0]).reduceMin(1),
      "reduceMin: axis 1 of shape [3, 0] is empty; expected at least one entry to choose from",
    ],
    [
      "reduceMax of nothing",
      () => zeros([0]).reduceMax(),
      "reduceMax: axis 0 of shape [0] is empty; expected at least one entry to choose from",
    ],
    [
      "argmin of nothing",
      () => zeros([0]).argmin(0),
      "argmin: axis 0 of shape [0] is empty; expected at least one entry to choose from",
    ],
    ["ragged", () => tensor([[1, 2], [3]]), "tensor: the value at [1] has 1 entries; expected 2, as in the first row"],
    [
      "too deep",
      () => tensor([1, wrong([2])]),
      "tensor: the value at [1] is an array; expected a number, as at the first position",
    ],
    [
      "too flat",
      () => tensor([[1], wrong(2)]),
      "tensor: the value at [1] is 2; expected an array of 1, as in the first row",
    ],
    ["a string", () => tensor([[1, wrong("a")]]), 'tensor: the value at [0, 1] is "a" (string); expected a number'],
    ["null", () => tensor(wrong(null)), "tensor: the value is null; expected a number"],
    ["a hole", () => tensor(wrong(new Array(2))), "tensor: the value at [0] is undefined; expected a number"],
    [
      "not copying what has to be converted",
      () => tensor([1, 2], [2], { copy: false }),
      "tensor: copy: false with [1, 2]; expected a Float32Array, as others are converted",
    ],
    [
      "not copying another type",
      () => tensor(Float32Array.of(1, 2), [2], { copy: false, dtype: "float64" }),
      "tensor: copy: false with a Float32Array; expected a Float64Array, as others are converted",
    ],
    [
      "a type that there is not",
      () => tensor(1, [], { dtype: wrong("int32") }),
      'tensor: dtype is "int32" (string); expected "float32" or "float64"',
    ],
    [
      "an unknown option",
      () => tensor([1, 2], [2], { copi: false } as never),
      "tensor: there is no option copi; expected copy, dtype",
    ],
    ["filling", () => tensor([1, 2, 3], [2, 2]), "tensor: 3 values do not fill shape [2, 2], which holds 4"],
    ["a shape", () => zeros([2, -1]), "zeros: axis 1 of shape [2, -1] is -1; expected a whole number from 0"],
    ["no shape", () => zeros(wrong(3)), "zeros: the shape is 3; expected an array"],
    ["full", () => full([2], wrong("7")), 'full: the value is "7" (string); expected a number'],
    ["indices", () => indices([0, 1.5]), "indices: the index 1.5 at position 1 is not a whole number of 32 bits"],
    ["item", () => matrix.item(), "item: shape [2, 2] holds 4 values; expected exactly one"],
    [
      "take",
      () => arange(3).take([0, 3]),
      "take: index 3 is out of range for axis 0, which has 3 entries; expected -3 to 2",
    ],
    [
      "take of computed",
      () => arange(2).take(arange(5).argmax(0)).data,
      "computed indices: index 4 is out of range for axis 0, which has 2 entries; expected -2 to 1",
    ],
    [
      "oneHot",
      () => indices([3]).oneHot(3),
      "oneHot: index 3 is out of range for axis 1, which has 3 entries; expected -3 to 2",
    ],
    ["oneHot depth", () => indices([0]).oneHot(1.5), "oneHot: depth is 1.5; expected a whole number from 0"],
    [
      "matmul",
      () => matrix.matmul(zeros([3, 2])),
      "matmul: shapes [2, 2] and [3, 2] do not multiply: 2 columns against 3 rows",
    ],
    [
      "matmul of scalars",
      () => tensor(1).matmul(matrix),
      "matmul: shapes [] and [2, 2]; expected vectors or matrices, use mul for a scalar",
    ],
    ["pow", () => matrix.pow(wrong("2")), 'pow: an operand is "2" (string); expected a tensor or a number'],
    ["clip", () => matrix.clip(0, wrong(null)), "clip: an operand is null; expected a tensor or a number"],
    [
      "correction",
      () => matrix.reduceVariance(0, { correction: wrong("1") }),
      'reduceVariance: correction is "1" (string); expected a number',
    ],
    ["at too few positions", () => matrix.at(1), "at: positions [1] in shape [2, 2]; expected 2, one along each axis"],
    [
      "at a position beyond the end",
      () => matrix.at(1, 2),
      "at: index 2 is out of range for axis 1, which has 2 entries; expected -2 to 1",
    ],
    ["at a fraction", () => matrix.at(0.5, 0), "at: a position is 0.5; expected a whole number"],
    [
      "gradients of many",
      () => gradients(matrix, [matrix]),
      "gradients: the function's value has shape [2, 2]; expected a scalar. Sum it with reduceSum(), or an upstream gradient of shape [2, 2]",
    ],
    [
      "upstream",
      () => gradients(matrix, [matrix], ones([2])),
      "gradients: the upstream gradient has shape [2]; expected the shape of y, [2, 2]",
    ],
    ["xs", () => gradients(matrix.reduceSum(), wrong(matrix)), "gradients: xs is a Tensor; expected an array"],
    ["grad of a number", () => grad((x: Tensor) => x)(wrong(3)), "grad: the first argument is 3; expected a tensor"],
    [
      "grad of indices",
      () => grad((x: { at: Tensor }) => x.at)({ at: wrong(indices(1)) }),
      "grad: the first argument at .at is an Indices; expected a tensor",
    ],
    [
      "grad of nothing",
      () => grad((_: Tensor[]) => tensor(1))([]),
      "grad: the first argument holds no tensor; expected at least one to differentiate with respect to",
    ],
    [
      "grad of a function to many",
      () => grad((x: Tensor) => x)(matrix),
      "grad: the function's value has shape [2, 2]; expected a scalar. Sum it with reduceSum(), or use gradients() with an upstream gradient",
    ],
    [
      "the vector of a Hessian",
      () => hessianVectorProduct((x: Tensor) => x.reduceSum())(matrix, ones([2])),
      "hessianVectorProduct: the vector has shape [2]; expected [2, 2], like the first argument",
    ],
    [
      "learning rate",
      () => gradientDescent((x: Tensor) => x, { learningRate: NaNs }),
      "gradientDescent: learningRate is NaN; expected a finite number",
    ],
    [
      "reading while compiling",
      () => compile((x: Tensor) => x.mul(x.data[0] as number))(matrix),
      "this tensor is an argument of a function that is being compiled or checked and has no values yet; return it from the function and read the result",
    ],
    [
      "reading while differentiating",
      () => grad((x: Tensor) => x.mul(x.item()))(tensor(3)),
      "grad: what is read here depends on the argument, and no gradient flows through a number; go on with the tensor, or with stopGradient(tensor) as a constant, or return it and read the result",
    ],
    [
      "take of given ones while compiling",
      () => compile((at: Indices) => arange(3).take(at))(indices([3])),
      "take, given in argument [0]: index 3 is out of range for axis 0, which has 3 entries; expected -3 to 2",
    ],
    [
      "compiling for a map",
      () => compile((x: unknown) => x)(new Map()),
      "compile: argument [0] is a Map; expected tensors, plain values, and arrays and objects of them",
    ],
    [
      "order",
      () => checkGradients((x: Tensor) => x, [tensor(1)], { order: 3 }),
      "checkGradients: order is 3; expected 1 or 2",
    ],
    ["a hole in a list", () => concat(new Array(2)), "concat: entry 0 is undefined; expected a tensor"],
    [
      "a hole in a shape",
      () => zeros(new Array(1)),
      "zeros: axis 0 of shape [undefined] is undefined; expected a whole number from 0",
    ],
    [
      "options of a reduction",
      () => matrix.reduceSum(1, wrong(true)),
      "reduceSum: the options are true; expected an object with keepDims",
    ],
    ["axis of a norm", () => matrix.norm(2), "norm: axis 2 is out of range for rank 2; expected -2 to 1"],
    [
      "options of a norm",
      () => matrix.norm(1, wrong({ keepdims: true })),
      "norm: there is no option keepdims; expected keepDims",
    ],
    [
      "an option that is none",
      () => matrix.reduceMax(1, wrong({ keepdims: true })),
      "reduceMax: there is no option keepdims; expected keepDims",
    ],
    ["transpose by a number", () => matrix.transpose(wrong(0)), "transpose: axes is 0; expected an array"],
    [
      "reshape with two open axes",
      () => matrix.reshape([-1, -1]),
      "reshape: the shape is [-1, -1]; expected whole numbers from 0, at most one of them −1",
    ],
    [
      "take from nothing",
      () => zeros([0]).take([0]),
      "take: index 0 is out of range for axis 0, which has 0 entries; expected no index at all",
    ],
    [
      "matmul of unequal stacks",
      () => ones([2, 3, 4]).matmul(ones([5, 4, 6])),
      "matmul, before the last two axes: shapes [2] and [5] do not broadcast: axis 0 is 2 against 5",
    ],
    [
      "logSumExp of nothing",
      () => zeros([0]).logSumExp(),
      "logSumExp: axis 0 of shape [0] is empty; expected at least one entry to choose from",
    ],
    [
      "softmax of nothing",
      () => zeros([0]).softmax(),
      "softmax: axis 0 of shape [0] is empty; expected at least one entry to choose from",
    ],
    [
      "too large",
      () => zeros([2 ** 40]).data,
      "no room for shape [1099511627776]: 1099511627776 values of 4 bytes are 4096 GiB",
    ],
    ["grad of no function", () => grad(wrong(matrix)), "grad: the argument is a Tensor; expected a function"],
    [
      "no learning rate",
      () => gradientDescent((x: Tensor) => x, wrong(undefined)),
      "gradientDescent: learningRate is undefined; expected a finite number",
    ],
    [
      "compiling for a symbol",
      () => compile((x: unknown) => x)(Symbol("x")),
      "compile: argument [0] is Symbol(x); expected tensors, plain values, and arrays and objects of them",
    ],
    [
      "explaining by a tensor",
      () => explain(matrix.reduceSum(), wrong(matrix)),
      "explain: xs is a Tensor; expected an array",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });

  test("a tensor is neither a number nor made with new, and its shape cannot be changed", () => {
    const instead = "is not a number: use its methods (add, less, …), or item() for the value of a scalar";
    expect(() => (matrix as never as number) + 1).toThrow(`a Tensor ${instead}`);
    expect(() => (indices(1) as never as number) < 2).toThrow(`an Indices ${instead}`);
    expect(() => new (Tensor as never as new (values: unknown) => Tensor)([1])).toThrow("use tensor(values)");
    expect(() => {
      (matrix.shape as number[])[0] = 9;
    }).toThrow(TypeError);
  });

  test("they are TypeErrors for the wrong kind of value and RangeErrors for the wrong size", () => {
    expect(() => matrix.add(wrong(null))).toThrow(TypeError);
    expect(() => matrix.add(zeros([3]))).toThrow(RangeError);
  });
});
