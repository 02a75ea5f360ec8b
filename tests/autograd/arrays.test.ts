/** Arrays and objects from elsewhere: other realms, subclasses, shared and resizable memory, another copy of the library. */
import {
  adam,
  arange,
  checkGradients,
  compile,
  concat,
  explain,
  full,
  grad,
  gradientDescent,
  hessianVectorProduct,
  type IndexLike,
  indices,
  momentum,
  type NestedArray,
  randomNormal,
  randomUniform,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
} from "@protograd/autograd";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { arrays, bigints, detached, elsewhere, emptied, float32Arrays, others } from "../arrays.js";

const VALUES = [3, 1, 0, 2];
const slopes = tensor(VALUES);

/** All that takes values. */
const takers: readonly [string, (values: ArrayLike<number>) => unknown][] = [
  ["tensor", (values) => tensor(values)],
  ["tensor, with a shape", (values) => tensor(values, [2, 2])],
  ["tensor, as a row", (values) => tensor([values, values])],
  ["tensor, as a row among others", (values) => tensor([[VALUES, values]])],
  ["indices", (values) => indices(values)],
  ["indices, with a shape", (values) => indices(values, [2, 2])],
  ["take", (values) => arange(128).mul(2).take(values)],
  ["equal", (values) => indices([3, 2, 0, 1]).equal(values)],
  [
    "a gradient by hand",
    (values) => checkGradients((x: Tensor) => x.mul(slopes).reduceSum(), [tensor(VALUES)], { gradient: () => values }),
  ],
];

const wrong = (value: unknown) => value as never;

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "";
};

describe.each(takers)("%s", (_, take) => {
  const written = (values: ArrayLike<number>): unknown => JSON.parse(JSON.stringify(take(values)));
  const expected = written(VALUES);

  test.each(arrays)("takes the numbers of: %s", (_, make) => {
    expect(written(make(VALUES))).toEqual(expected);
  });

  test.each(emptied)("says what became of: %s", (_, make) => {
    expect(messageOf(() => take(make(VALUES)))).toMatch(
      /^TypeError: .*: the value( at \[.*\])? is an? \w+Array whose buffer was transferred or shrank; expected a copy, made beforehand by slice\(\)$/,
    );
  });

  test.each(bigints)("refuses: %s", (_, make) => {
    expect(messageOf(() => take(wrong(make(VALUES))))).toMatch(
      /^TypeError: .*: the value at \[.*\] is 3n \(bigint\); expected a number$/,
    );
  });

  test.each(others)("refuses: %s", (_, make, shown) => {
    const message = messageOf(() => take(wrong(make(VALUES))));
    expect(message).toMatch(/^TypeError: .*: the value( at \[.*\])? is .*; expected (a number|an array of 4)/);
    expect(message).toContain(` is ${shown}`);
  });

  test("refuses a sparse array", () => {
    expect(messageOf(() => take(wrong(Object.assign([], { 0: 3, 3: 2 }))))).toMatch(
      /^TypeError: .*: the value at \[.*1\] is undefined; expected a number$/,
    );
  });
});

describe("any value whatever", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const arrayLike = fc.record({
    length: fc.oneof(fc.nat(3), fc.constantFrom(-1, 0.5, "2", null)),
    0: anything,
    1: anything,
    2: anything,
  });

  test.each([
    ["tensor", (values: never) => tensor(values)],
    ["indices", (values: never) => indices(values)],
    ["take", (values: never) => arange(9).take(values)],
  ])("is taken for its numbers or refused in words: %s", (operation, act) => {
    const said = new RegExp(
      `^$|^(TypeError|RangeError): ${operation}: .*(; expected |is not a whole number of 32 bits$)`,
      "s",
    );
    const law = (values: unknown): void => {
      expect(messageOf(() => act(wrong(values)))).toMatch(said);
    };
    fc.assert(fc.property(fc.oneof(anything, fc.array(anything), arrayLike), law), { numRuns: 500 });
  });
});

describe("an array without entries", () => {
  test.each([
    ["array", []],
    ["typed array", new Float32Array()],
    ["array of bigints", new BigInt64Array()],
    ["typed array of another realm", elsewhere("new Float32Array()")],
  ])("is no detached one: %s", (_, empty) => {
    expect(tensor(wrong(empty)).shape).toEqual([0]);
    expect(tensor([wrong(empty), wrong(empty)]).shape).toEqual([2, 0]);
  });
});

describe("a Float32Array that is not copied", () => {
  const counting = Array.from({ length: 2000 }, (_, at) => at % 100);

  test.each(float32Arrays)("%s", (_, make) => {
    for (const values of [VALUES, counting]) {
      const given = make(values);
      const taken = tensor(given, [2, values.length / 2], { copy: false });
      expect(taken.data.buffer).toBe(given.buffer);
      expect([...taken.data]).toEqual(values);
      expect(taken.toArray()).toEqual(tensor(values, [2, values.length / 2]).toArray());
      const squared = values.reduce((sum, value) => sum + value ** 2, 0);
      expect(taken.square().reduceSum().item()).toBe(squared);
      expect(compile((x: Tensor) => x.square().reduceSum())(taken).item()).toBe(squared);
      expect(grad((x: Tensor) => x.mul(taken).reduceSum())(taken.mul(0)).toArray()).toEqual(taken.toArray());
    }
  });

  test.each(arrays.filter(([name]) => !name.includes("Float32Array")))("has to be one: %s", (_, make) => {
    expect(messageOf(() => tensor(make(VALUES), [4], { copy: false }))).toMatch(
      /^TypeError: tensor: copy: false with .*; expected a Float32Array, as others are converted$/,
    );
  });

  test("has to be there", () => {
    expect(() => tensor(detached(Float32Array.from(VALUES)), [4], { copy: false })).toThrow(
      "tensor: the value is a Float32Array whose buffer was transferred or shrank; expected a copy, made beforehand by slice()",
    );
  });
});

describe("structures", () => {
  interface Model {
    readonly weights: readonly Tensor[];
    readonly bias: { readonly at: Tensor };
  }
  const parts = [tensor([1, 2]), tensor([3, 4]), tensor(5)];
  const own: Model = { weights: [parts[0] as Tensor, parts[1] as Tensor], bias: { at: parts[2] as Tensor } };
  const loss = ({ weights: [a, b], bias }: Model): Tensor =>
    (a as Tensor)
      .mul(b as Tensor)
      .square()
      .reduceSum()
      .mul(bias.at);

  const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  const models: readonly [string, Model][] = [
    ["of another realm", elsewhere("({ weights: [values[0], values[1]], bias: { at: values[2] } })", parts)],
    [
      "without a prototype, of another realm",
      elsewhere(
        "Object.assign(Object.create(null), { weights: [values[0], values[1]], bias: Object.assign(Object.create(null), { at: values[2] }) })",
        parts,
      ),
    ],
    [
      "frozen, of another realm",
      elsewhere("Object.freeze({ weights: Object.freeze([values[0], values[1]]), bias: { at: values[2] } })", parts),
    ],
    ["of both realms", { weights: own.weights, bias: elsewhere("({ at: values[2] })", parts) }],
  ];

  test.each(models)("%s", (_, model) => {
    expect(written(grad(loss)(model))).toEqual(written(grad(loss)(own)));
    expect(written(valueAndGrad(loss)(model))).toEqual(written(valueAndGrad(loss)(own)));
    expect(written(hessianVectorProduct(loss)(model, own))).toEqual(written(hessianVectorProduct(loss)(own, own)));
    expect(written(hessianVectorProduct(loss)(own, model))).toEqual(written(hessianVectorProduct(loss)(own, own)));
    expect(written(gradientDescent(loss, { learningRate: 0.1 })(model))).toEqual(
      written(gradientDescent(loss, { learningRate: 0.1 })(own)),
    );
    expect(checkGradients(loss, [model], { order: 2 }).checked).toBe(checkGradients(loss, [own], { order: 2 }).checked);
    expect(explain(model)).toBe(explain(own));
    const traced = vi.fn((argument: Model) => ({ result: [loss(argument)] }));
    const compiled = compile(traced);
    expect(written(compiled(model))).toEqual(written(compiled(own)));
    expect(traced).toHaveBeenCalledTimes(1);
  });

  test.each<[string, unknown, shown: string]>([
    ["a class's object", new (class Model {})(), "a Model"],
    ["a class's object of another realm", elsewhere("new (class Model {})()"), "a Model"],
    ["one of a class without a base", elsewhere("Reflect.construct(Object, [], class extends null {})"), "an object"],
    ["what inherits from a plain object", Object.create({}), "an Object"],
    ["what inherits from a bare object", Object.create(Object.create(null)), "an Object"],
    ["a Map", elsewhere("new Map([[1, 2]])"), "a Map"],
    ["a Date", elsewhere("new Date()"), "a Date"],
    ["a RegExp", elsewhere("/x/"), "a RegExp"],
    ["a typed array", elsewhere("new Float32Array(2)"), "a Float32Array"],
    ["a function", elsewhere("() => 1"), "a function"],
  ])("are not: %s", (_, value, shown) => {
    expect(() => grad((x: { at: Tensor }) => x.at)({ at: wrong(value) })).toThrow(
      `grad: the first argument at .at is ${shown}; expected a tensor`,
    );
    expect(() => compile((x: unknown) => x)([value])).toThrow(
      `compile: argument [0][0] is ${shown}; expected tensors, plain values, and arrays and objects of them`,
    );
  });
});

describe("a tensor of another copy of the library", () => {
  afterEach(() => {
    vi.resetModules();
  });

  const copy = "of another copy of @protograd/autograd (install only one, or take the values: tensor(x.data, x.shape))";

  test("is told from a tensor, wherever one is expected", async () => {
    vi.resetModules();
    const other = await import("@protograd/autograd");
    expect(other.tensor).not.toBe(tensor);
    const [theirs, own] = [wrong(other.tensor([1, 2])), tensor([1, 2])];
    for (const [act, said] of [
      [() => own.add(theirs), "add: an operand is a Tensor %; expected a tensor or a number"],
      [() => where(theirs, 1, 2), "where: an operand is a Tensor %; expected a tensor or a number"],
      [() => own.matmul(theirs), "matmul: the other factor is a Tensor %; expected a tensor"],
      [() => concat([own, theirs]), "concat: entry 1 is a Tensor %; expected a tensor"],
      [() => tensor(theirs), "tensor: the value is a Tensor %; expected a number"],
      [() => tensor([1, theirs]), "tensor: the value at [1] is a Tensor %; expected a number"],
      [() => own.take(wrong(other.indices([0]))), "take: the value is an Indices %; expected a number"],
      [() => grad((x: Tensor) => x)(theirs), "grad: the first argument is a Tensor %; expected a tensor"],
      [() => grad(() => theirs)(own), "grad: the function's value is a Tensor %; expected a tensor"],
      [
        () => compile((x: Tensor) => x)(theirs),
        "compile: argument [0] is a Tensor %; expected tensors, plain values, and arrays and objects of them",
      ],
      [
        () => checkGradients((x: Tensor) => x, [theirs]),
        "checkGradients: the inputs hold no tensor to differentiate by: [a Tensor %]; expected an array of arguments",
      ],
      [() => explain(theirs), "explain: the argument is a Tensor %; expected a tensor"],
    ] as const) {
      expect(messageOf(act)).toBe(`TypeError: ${said.replace("%", copy)}`);
    }
  });

  test("gives its values", async () => {
    vi.resetModules();
    const other = await import("@protograd/autograd");
    const theirs = other.tensor([[1, 2]]).mul(2);
    expect(tensor(theirs.data, theirs.shape).toArray()).toEqual([[2, 4]]);
  });

  test("and our own is never taken for one", () => {
    expect(() => full([2], wrong(tensor(2)))).toThrow("full: the value is a Tensor; expected a number");
    expect(() => tensor(wrong(indices(2)))).toThrow("tensor: the value is an Indices; expected a number");
  });
});

describe("options", () => {
  const matrix = tensor([[1, 2]]);
  const square = (x: Tensor): Tensor => x.square().reduceSum();
  const optional: readonly [string, (value: never) => unknown, expected: string][] = [
    ["copy", (copy) => tensor([1], [1], { copy }), "tensor: copy is null; expected true or false"],
    [
      "keepDims",
      (keepDims) => matrix.reduceSum(0, { keepDims }),
      "reduceSum: keepDims is null; expected true or false",
    ],
    [
      "keepDims",
      (keepDims) => matrix.reduceMean(0, { keepDims }),
      "reduceMean: keepDims is null; expected true or false",
    ],
    [
      "keepDims",
      (keepDims) => matrix.reduceMax(0, { keepDims }),
      "reduceMax: keepDims is null; expected true or false",
    ],
    [
      "keepDims",
      (keepDims) => matrix.reduceMin(0, { keepDims }),
      "reduceMin: keepDims is null; expected true or false",
    ],
    [
      "keepDims",
      (keepDims) => matrix.logSumExp(0, { keepDims }),
      "logSumExp: keepDims is null; expected true or false",
    ],
    ["order", (order) => checkGradients(square, [matrix], { order }), "checkGradients: order is null; expected 1 or 2"],
    [
      "atol",
      (atol) => checkGradients(square, [matrix], { atol }),
      "checkGradients: atol is null; expected a positive number",
    ],
    [
      "rtol",
      (rtol) => checkGradients(square, [matrix], { rtol }),
      "checkGradients: rtol is null; expected a positive number",
    ],
    [
      "step",
      (step) => checkGradients(square, [matrix], { step }),
      "checkGradients: step is null; expected a positive number",
    ],
    [
      "gradient",
      (gradient) => checkGradients(square, [matrix], { gradient }),
      "checkGradients, option gradient: the argument is null; expected a function",
    ],
    [
      "correction",
      (correction) => matrix.reduceVariance(0, { correction }),
      "reduceVariance: correction is null; expected a number",
    ],
    [
      "learningRate",
      (learningRate) => adam({ learningRate }),
      "adam: learningRate is null; expected a finite number, or a scalar tensor",
    ],
    ["beta1", (beta1) => adam({ beta1 }), "adam: beta1 is null; expected a number from 0 below 1"],
    ["beta2", (beta2) => adam({ beta2 }), "adam: beta2 is null; expected a number from 0 below 1"],
    ["epsilon", (epsilon) => adam({ epsilon }), "adam: epsilon is null; expected a number"],
    [
      "momentum",
      (share) => momentum({ learningRate: 1, momentum: share }),
      "momentum: momentum is null; expected a number from 0 below 1",
    ],
    [
      "nesterov",
      (nesterov) => momentum({ learningRate: 1, nesterov }),
      "momentum: nesterov is null; expected true or false",
    ],
    ["low", (low) => randomUniform([2], { seed: 1, low }), "randomUniform: low is null; expected a number"],
    ["high", (high) => randomUniform([2], { seed: 1, high }), "randomUniform: high is null; expected a number"],
    ["mean", (mean) => randomNormal([2], { seed: 1, mean }), "randomNormal: mean is null; expected a number"],
    [
      "deviation",
      (deviation) => randomNormal([2], { seed: 1, deviation }),
      "randomNormal: deviation is null; expected a number",
    ],
    [
      "dtype",
      (dtype) => randomNormal([2], { seed: 1, dtype }),
      'randomNormal: dtype is null; expected "float32" or "float64"',
    ],
    ["shape", (shape) => tensor([1, 2], shape), "tensor: the shape is null; expected an array"],
    [
      "options",
      (options) => tensor([1, 2], [2], options),
      "tensor: the options are null; expected an object with copy, dtype",
    ],
    ["axes", (axes) => matrix.reduceSum(axes), "reduceSum: axis is null; expected a whole number"],
    ["axes", (axes) => matrix.squeeze(axes), "squeeze: axis is null; expected a whole number"],
    ["axes", (axes) => matrix.transpose(axes), "transpose: axes is null; expected an array"],
    ["axis", (axis) => matrix.softmax(axis), "softmax: axis is null; expected a whole number"],
    ["axis", (axis) => concat([matrix], axis), "concat: axis is null; expected a whole number"],
    ["end", (end) => matrix.slice(0, 0, end), "slice: a position is null; expected a whole number"],
  ];

  test.each(optional)("%s may be undefined, not null", (_, act, message) => {
    expect(() => act(wrong(undefined))).not.toThrow();
    expect(() => act(wrong(null))).toThrow(expect.objectContaining({ message }));
  });

  test.each([1, 0, "false", {}])("what is on or off is not %j", (value) => {
    expect(() => tensor([1], [1], { copy: wrong(value) })).toThrow(TypeError);
    expect(() => matrix.reduceSum(0, { keepDims: wrong(value) })).toThrow(TypeError);
  });
});

describe("types", () => {
  test("take what is taken", () => {
    const mixed = [[1, 2], Uint8Array.of(3, 4), Float64Array.of(5, 6)];
    const nested: NestedArray[] = [
      1,
      [],
      [[1], [2]],
      [1, 2] as const,
      Uint8ClampedArray.of(1),
      [Int16Array.of(1), Uint32Array.of(2)],
      [mixed, mixed],
      new Float32Array(new SharedArrayBuffer(8)),
      Buffer.from([1, 2]),
      { length: 1, 0: 1 },
      tensor([1, 2]).data,
      ...("Float16Array" in globalThis ? [Float16Array.of(1), [Float16Array.of(1), [2]]] : []),
    ];
    const places: IndexLike[] = [...nested, indices([1])];
    for (const values of nested) expect(tensor(values).size).toBeGreaterThanOrEqual(0);
    for (const values of places) expect(arange(9).take(values).size).toBeGreaterThanOrEqual(0);
  });

  test("refuse what is refused", () => {
    const [text, texts, view] = ["12", ["1", "2"], new DataView(new ArrayBuffer(8))];
    for (const act of [
      // @ts-expect-error a string is no array of numbers
      () => tensor(text),
      // @ts-expect-error nor are strings
      () => tensor(texts),
      // @ts-expect-error nor in rows
      () => tensor([[1], ["2"]]),
      // @ts-expect-error bigints are no numbers
      () => tensor(BigInt64Array.of(1n)),
      // @ts-expect-error nor in rows
      () => tensor([BigUint64Array.of(1n)]),
      // @ts-expect-error a view has no entries
      () => tensor(view),
      // @ts-expect-error a tensor is no array
      () => tensor(tensor([1])),
      // @ts-expect-error nothing is no number
      () => tensor([1, null]),
      // @ts-expect-error a string is no index
      () => arange(3).take("1"),
      // @ts-expect-error a tensor is no index
      () => arange(3).take(tensor([1])),
      // @ts-expect-error a bigint is no index
      () => indices([1n]),
      // @ts-expect-error null is no option
      () => tensor([1], [1], { copy: null }),
    ]) {
      expect(act).toThrow(TypeError);
    }
  });
});
