/** The optimizers: their values, that they are pure, and that a step is one program with its gradient. */
import {
  adam,
  compile,
  grad,
  gradientDescent,
  mapStructure,
  momentum,
  type Optimizer,
  type OptimizerState,
  ones,
  Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "./cases.js";

const wrong = (value: unknown): never => value as never;

/** Σ a w² / 2 − b w − cos w, with the slope a w − b + sin w. */
const cost = (w: Tensor): Tensor =>
  w
    .square()
    .mul(tensor([0.25, 0.5, 1, 2]))
    .sub(w.mul(tensor([1, -2, 0.5, 3])))
    .sub(w.cos())
    .reduceSum();

/** A step with its gradient, compiled together; the rate may be an argument. */
const stepOf = (optimizerAt: (rate: Tensor) => Optimizer) =>
  compile((w: Tensor, state: OptimizerState<Tensor>, rate: Tensor) =>
    optimizerAt(rate).update(grad(cost)(w), state, w),
  );

const START = [0.5, -1, 2, -0.25];
const constant = (): number => 1;
const falling = (at: number): number => 1 / (1 + at);

/**
 * After 1, 10 and 100 steps: the update rules in the documentation of `torch.optim.SGD` and `torch.optim.Adam`, worked
 * out in float64 by a program of their own, without this library and without PyTorch.
 */
const PUBLISHED: [string, (rate: number | Tensor) => Optimizer, (at: number) => number, number, number[][]][] = [
  [
    "momentum",
    (learningRate) => momentum({ learningRate }),
    constant,
    0.02,
    [
      [0.5054114892279159, -1.003170580303842, 1.9118140514634863, -0.16505192081490955],
      [0.6757516532396154, -1.0999267756133428, -0.4429467614694998, 1.1261328136932445],
      [0.7055546333232154, -1.1064677843246395, 0.17296539122715135, 0.602893137417308],
    ],
  ],
  [
    "momentum that looks ahead",
    (learningRate) => momentum({ learningRate, momentum: 0.8, nesterov: true }),
    constant,
    0.02,
    [
      [0.5097406806102487, -1.0057070445469156, 1.8412652926342754, -0.09709345746683717],
      [0.6427314382956292, -1.0806232934591289, 0.07443730351355674, 0.7744361220357919],
      [0.7045770441146784, -1.1060597473513831, 0.1669235065492847, 0.6073306514324812],
    ],
  ],
  [
    "Adam",
    (learningRate) => adam({ learningRate }),
    constant,
    0.01,
    [
      [0.509999999630416, -1.0099999993692006, 1.9900000000226794, -0.2400000000235438],
      [0.5975210713870226, -1.0930061849898838, 1.9001216718658904, -0.1504155744409322],
      [0.7056741465080083, -1.106206874710406, 1.0859043709286138, 0.4773311883074754],
    ],
  ],
  [
    "Adam with other constants",
    (learningRate) => adam({ learningRate, beta1: 0.8, beta2: 0.99, epsilon: 1e-3 }),
    constant,
    0.05,
    [
      [0.5498158884316919, -1.0496865773919573, 1.9500113371038643, -0.20001176912564803],
      [0.7584802210291385, -1.0855385079379063, 1.5071409066651344, 0.22359883756414883],
      [0.7045737724089, -1.106060715888734, 0.16669877749303064, 0.6073491846830334],
    ],
  ],
  [
    "Adam with a rate that falls",
    (learningRate) => adam({ learningRate }),
    falling,
    0.05,
    [
      [0.5499999981520799, -1.0499999968460034, 1.9500000001133968, -0.20000000011771896],
      [0.6403200916553523, -1.1192061981963446, 1.8537299540206973, -0.10420985508081831],
      [0.6975992823643891, -1.105888922488461, 1.7421844304804588, 0.0038516299666798365],
    ],
  ],
];

describe.each([
  ["float32", 1e-6],
  ["float64", 1e-12],
] as const)("in %s, over 100 steps", (dtype, bound) => {
  test.each(PUBLISHED)("%s is as published", (_, optimizerWith, schedule, rate, published) => {
    const step = stepOf(optimizerWith);
    let w = tensor(START, [4], { dtype });
    let state = optimizerWith(rate).init(w);
    const found: number[][] = [];
    for (let at = 0; at < 100; at++) {
      [w, state] = step(w, state, tensor(rate * schedule(at), [], { dtype }));
      if ([0, 9, 99].includes(at)) found.push([...w.data]);
    }
    const off = found.flatMap((row, which) => row.map((value, at) => Math.abs(value - published[which]![at]!)));
    expect(Math.max(...off)).toBeLessThanOrEqual(bound);
    expect([w.dtype, state.steps.dtype, state.steps.item()]).toEqual([dtype, dtype, 100]);
  });
});

const model = {
  layers: [
    { weight: ones([2, 3]), bias: zeros([3]) },
    { weight: ones([3, 1]), bias: zeros([1]) },
  ],
};
type Model = typeof model;

const squares = ({ layers }: Model): Tensor =>
  layers
    .flatMap(({ weight, bias }) => [weight.sub(3).square().reduceSum(), bias.add(1).square().reduceSum()])
    .reduce((sum, each) => sum.add(each));

describe.each([
  ["momentum", momentum({ learningRate: 0.05, momentum: 0.5 })],
  ["adam", adam({ learningRate: 0.1 })],
] as const)("%s", (_, optimizer) => {
  test("moves a structure as it moves each of its tensors", () => {
    const alone = (x: Tensor, target: number): Tensor => {
      let [w, state] = [x, optimizer.init(x)];
      const slope = grad((at: Tensor) => at.sub(target).square().reduceSum());
      for (let step = 0; step < 20; step++) [w, state] = optimizer.update(slope(w), state, w);
      return w;
    };
    const step = compile((params: Model, state: OptimizerState<Model>) =>
      optimizer.update(grad(squares)(params), state, params),
    );
    let [params, state] = [model, optimizer.init(model)];
    for (let at = 0; at < 20; at++) [params, state] = step(params, state);
    const expected = model.layers.map(({ weight, bias }) => ({ weight: alone(weight, 3), bias: alone(bias, -1) }));
    expect(mapStructure(params, (leaf) => [...leaf.data])).toEqual({
      layers: mapStructure(expected, (leaf) => [...leaf.data]),
    });
  });

  test("changes nothing that it is given, and says the same when asked twice", () => {
    const w = tensor(START);
    const state = optimizer.init(w);
    const once = optimizer.update(grad(cost)(w), state, w);
    const twice = optimizer.update(grad(cost)(w), state, w);
    expect(twice.map((each) => JSON.stringify(each))).toEqual(once.map((each) => JSON.stringify(each)));
    expect([...w.data]).toEqual(START.map(Math.fround));
    expect(state.steps.item()).toBe(0);
  });

  test("reads the gradient by its keys, in whatever order they come", () => {
    const params = { a: tensor(1), b: tensor(1) };
    const [moved] = optimizer.update({ b: tensor(2), a: tensor(-1) }, optimizer.init(params), params);
    expect([moved.a.item() > 1, moved.b.item() < 1]).toEqual([true, true]);
  });

  test("is traced once with its gradient, whatever the rate", () => {
    let traces = 0;
    const step = compile((w: Tensor, state: OptimizerState<Tensor>, rate: Tensor) => {
      traces++;
      const [value, gradient] = valueAndGrad(cost)(w);
      return [value, ...adam({ learningRate: rate }).update(gradient, state, w)] as const;
    });
    let w = tensor(START);
    let state = adam().init(w);
    const values: number[] = [];
    for (let at = 0; at < 30; at++) {
      const [value, next, nextState] = step(w, state, tensor(0.1 / (1 + at)));
      [w, state] = [next, nextState];
      values.push(value.item());
    }
    expect(traces).toBe(1);
    expect(values.at(-1)).toBeLessThan(values[0] as number);
  });

  test("can be differentiated where it is not compiled alone", () => {
    const w = tensor([1, -2]);
    const through = (rate: Tensor): Tensor => {
      const moving = momentum({ learningRate: rate });
      return moving.update(w, moving.init(w), w)[0].square().reduceSum();
    };
    // d/dε Σ (w − ε w)² = −2 (1 − ε) Σ w²
    expect(grad(through)(tensor(0.25)).item()).toBe(-2 * 0.75 * 5);
  });
});

test("momentum of 0 is gradient descent", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 4, maxLength: 4 }), (values) => {
      const w = tensor(values).div(16);
      const optimizer = momentum({ learningRate: 0.125, momentum: 0 });
      const [moved] = optimizer.update(grad(cost)(w), optimizer.init(w), w);
      expect(moved.data).toEqual(gradientDescent(cost, { learningRate: 0.125 })(w).data);
    }),
    runs(30),
  );
});

test("Adam's steps are of one size, whatever the size of a gradient whose square float32 holds", () => {
  fc.assert(
    fc.property(fc.integer({ min: -8, max: 18 }), (exponent) => {
      const optimizer = adam({ learningRate: 0.5, epsilon: 0 });
      const w = zeros([2]);
      const gradient = tensor([10 ** exponent, -(10 ** exponent)]);
      const [moved] = optimizer.update(gradient, optimizer.init(w), w);
      for (const [at, value] of [-0.5, 0.5].entries()) expect(moved.at(at)).toBeCloseTo(value, 6);
    }),
    runs(30),
  );
});

describe("errors say what was given and what was expected", () => {
  const params = { a: tensor([1, 2]) };
  const optimizer = adam();
  const state = optimizer.init(params);

  test.each<[string, () => unknown, string]>([
    [
      "no rate",
      () => momentum(wrong({})),
      "momentum: learningRate is undefined; expected a finite number, or a scalar tensor",
    ],
    [
      "a rate for each",
      () => adam({ learningRate: ones([2]) }),
      "adam: learningRate is a Tensor of shape [2]; expected a finite number, or a scalar tensor",
    ],
    ["a share", () => adam({ beta2: 1 }), "adam: beta2 is 1; expected a number from 0 below 1"],
    [
      "an unknown option",
      () => adam(wrong({ betas: [0.9, 0.99] })),
      "adam: there is no option betas; expected learningRate, beta1, beta2, epsilon",
    ],
    [
      "a gradient of another structure",
      () => optimizer.update(wrong({ b: tensor([1, 2]) }), state, params),
      "adam: the gradient at .a is undefined; expected a tensor",
    ],
    [
      "a gradient with more",
      () => optimizer.update(wrong({ ...params, b: tensor(1) }), state, params),
      "adam: the gradient and the parameters are different structures; expected the same",
    ],
    [
      "a gradient of another shape",
      () => optimizer.update({ a: ones([3]) }, state, params),
      "adam: the gradient at .a has shape [3]; expected [2], as the parameters",
    ],
    [
      "a state of other parameters",
      () => optimizer.update(params, optimizer.init({ a: ones([3]) }), params),
      "adam: the state at .a has shape [3]; expected [2], as the parameters",
    ],
    [
      "arguments in another order",
      () => optimizer.update(params, wrong(params), wrong(state)),
      "adam: the state is an Object; expected what init or the last update of adam returned. update takes the gradient, the state and the parameters",
    ],
    [
      "the state of another optimizer",
      () => optimizer.update(params, momentum({ learningRate: 1 }).init(params), params),
      "adam: the state is an Object; expected what init or the last update of adam returned. update takes the gradient, the state and the parameters",
    ],
    [
      "parameters that are none",
      () => optimizer.init(wrong({ a: 1 })),
      "adam: the parameters at .a is 1; expected a tensor",
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ message }));
  });
});

describe("mapStructure", () => {
  test("replaces each leaf, with those in its place beside it", () => {
    const sum = mapStructure(model, (x, y, z) => x.add(y).mul(z), model, {
      layers: [
        { weight: 2, bias: 3 },
        { weight: 4, bias: 5 },
      ],
    });
    expect(sum.layers[1]?.weight).toBeInstanceOf(Tensor);
    expect(mapStructure(sum, (x) => x.reduceSum().item())).toEqual({
      layers: [
        { weight: 24, bias: 0 },
        { weight: 24, bias: 0 },
      ],
    });
    expect(mapStructure(tensor(3), (x) => x.item())).toBe(3);
  });

  test("is one with the identity, and goes on from one to another", () => {
    const structures = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("any"), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(structures, (structure) => {
        expect(mapStructure(structure, (x) => x)).toEqual(structure);
        const double = (x: unknown): number => 2 * (x as number);
        const negative = (x: unknown): number => -(x as number);
        expect(mapStructure(mapStructure(structure, double), negative)).toEqual(
          mapStructure(structure, (x) => negative(double(x))),
        );
      }),
      runs(100),
    );
  });

  test("says which structure is another one", () => {
    expect(() => mapStructure({ a: 1 }, (x) => x, { a: 2 }, { b: 2 })).toThrow(
      "mapStructure: structure 3 is another one than the first; expected the same keys and lengths",
    );
    expect(() => mapStructure({ a: 1 }, wrong(2))).toThrow("mapStructure: the argument is 2; expected a function");
  });
});
