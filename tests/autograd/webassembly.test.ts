/** The platform's part: every module that is made is valid, and what the platform refuses the interpreter computes. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { platform } from "../../packages/autograd/src/engine/run/webassembly.js";

const { Memory, Module, Instance, validate } = platform as NonNullable<typeof platform>;
const allowed = { Memory, Module, Instance, validate };

/** Imports the packages anew, so that they meet the platform as it is now. */
async function imported() {
  vi.resetModules();
  return { ...(await import("@protograd/autograd")), ...(await import("@protograd/kmeans")) };
}

type Packages = Awaited<ReturnType<typeof imported>>;

const blobs = ({ makeBlobs }: Packages) => makeBlobs({ samples: 60, centers: 3, randomState: 1 });

/** A use of everything public: maps, views, sums, extremes, indices, first and second derivatives, fits. */
const uses: { readonly [Name in keyof Packages]: (packages: Packages) => unknown } = {
  Indices: ({ Indices, tensor }) => tensor([3, 1, 2]).argmin(0) instanceof Indices,
  Tensor: ({ Tensor, ones }) => ones([2]).exp() instanceof Tensor,
  GradientCheckError: ({ GradientCheckError, checkGradients, tensor }) => {
    try {
      checkGradients((x) => x.square().reduceSum(), [tensor([1, 2])], { gradient: (x) => x });
    } catch (error) {
      return error instanceof GradientCheckError;
    }
  },
  adam: ({ adam, tensor }) => {
    const optimizer = adam({ learningRate: 0.1 });
    const w = tensor([1, -2]);
    return optimizer.update(w.square(), optimizer.init(w), w);
  },
  arange: ({ arange }) => arange(5).sub(2).abs().reduceMean(),
  checkAdjoint: ({ checkAdjoint, tensor }) => String(checkAdjoint((x) => x.square(), [tensor([0.5, -1])])),
  checkGradientOf: ({ checkGradientOf }) =>
    String(checkGradientOf({ value: (x) => x ** 2, gradient: (x) => 2 * x, at: 3 })),
  checkGradients: ({ checkGradients, tensor }) =>
    String(checkGradients((x) => x.tanh().pow(3).reduceSum(), [tensor([0.5, -1])], { order: 2 })),
  checkTaylor: ({ checkTaylor, tensor }) => checkTaylor((x) => x.exp().reduceSum(), [tensor([0.5, -1])]).differences,
  checkTaylorOf: ({ checkTaylorOf }) => String(checkTaylorOf({ value: Math.exp, gradient: Math.exp, at: 1 })),
  compile: ({ compile, tensor, Tensor }) => {
    const f = compile((x: typeof Tensor.prototype) => ({ double: x.mul(2), best: x.argmax(0) }));
    return [f(tensor([1, 2])), f(tensor([3, 2])), f(tensor([1, 2, 3]))];
  },
  concat: ({ concat, tensor }) => concat([tensor([[1, 2]]), tensor([[3, 4]]).neg()], 0),
  einsum: ({ einsum, tensor }) =>
    einsum(
      "ij,jk->ik",
      tensor([[1, 2]]),
      tensor([
        [3, 4],
        [5, 6],
      ]),
    ),
  explain: ({ explain, tensor }) => {
    const x = tensor([3, 4]);
    return explain(x.square().reduceSum(), [x]);
  },
  full: ({ full }) => full([2, 2], 0.1).matmul(full([2, 2], 3)),
  grad: ({ grad, tensor }) => grad((x) => x.log().reduceSum())(tensor([1, 3])),
  gradientDescent: ({ gradientDescent, tensor }) => {
    const step = gradientDescent((w) => w.sub(1).square().reduceSum(), { learningRate: 0.1 });
    return step(step(tensor([[0, 5]])));
  },
  gradients: ({ gradients, tensor }) => {
    const x = tensor([[1, 5, 2]]);
    return gradients(x.reduceMax(1).reduceSum(), [x]);
  },
  hessian: ({ hessian, tensor }) => hessian((x) => x.pow(3).reduceSum())(tensor([1, 2])),
  hessianVectorProduct: ({ hessianVectorProduct, tensor, ones }) =>
    hessianVectorProduct((x) => x.pow(3).reduceSum())(tensor([1, 2]), ones([2])),
  indices: ({ indices, arange }) => arange(4).take(indices([3, -4])),
  jacobian: ({ jacobian, tensor }) => jacobian((x: ReturnType<typeof tensor>) => x.square())(tensor([1, 2])),
  jvp: ({ jvp, tensor }) => jvp((x: ReturnType<typeof tensor>) => x.square())(tensor([1, 2]), tensor([3, 4])),
  kmeans: ({ kmeans, ...others }) => {
    const { points } = blobs(others as Packages);
    // Few points do without graphs.
    const many = others.makeBlobs({ samples: 1400, centers: 3, randomState: 1 }).points;
    const algorithms = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;
    const weights = points.map((_, at) => 1 + (at % 3));
    const data = { data: Float32Array.from(points.flat()), shape: [60, 2] };
    return [
      ...[points, many].flatMap((each) =>
        algorithms.map((algorithm) => kmeans(each, { k: 3, seed: 1, algorithm, maxIterations: 5 }).toJSON()),
      ),
      kmeans(data, { k: 3, seed: 1, weights, init: "random", restarts: 2 }).toJSON(),
    ];
  },
  kmeansCost: ({ kmeansCost, valueAndGrad, tensor, ...others }) => {
    const X = tensor(blobs(others as Packages).points);
    return valueAndGrad((W) => kmeansCost(X, W))(X.take([3, 17, -1]));
  },
  kmeansSteps: ({ kmeansSteps, ...others }) =>
    // How far the last step moves the centroids is a difference of nearly equal numbers.
    Array.from(kmeansSteps(blobs(others as Packages).points, { k: 3, seed: 1 }), ({ shift: _, ...state }) => state),
  KMeansModel: ({ KMeansModel, kmeans, ...others }) => {
    const { points } = blobs(others as Packages);
    const model = KMeansModel.fromJSON(kmeans(points, { k: 3, seed: 1 }).toJSON());
    return [model.predict(points), model.transform(points), model.score(points)];
  },
  kmeansOver: async ({ kmeansOver, ...others }) => {
    const { points } = blobs(others as Packages);
    return (await kmeansOver(() => [points.slice(0, 25), points.slice(25)], { k: 3, seed: 1 })).toJSON();
  },
  labelsOver: async ({ labelsOver, kmeans, ...others }) => {
    const { points } = blobs(others as Packages);
    const found: Int32Array[] = [];
    for await (const labels of labelsOver(() => [points], kmeans(points, { k: 3, seed: 1 }))) found.push(labels);
    return found;
  },
  load: ({ load, save, tensor }) => load(save({ x: tensor([1, 2]).exp() })),
  makeBlobs: (packages) => ({ ...blobs(packages) }),
  mergeSums: ({ mergeSums, shardSums }) =>
    mergeSums([shardSums([[1, 2]], [[0, 0]]), shardSums([[3, 4]], [[0, 0]], { weights: [2] })]),
  nextCentroids: ({ nextCentroids, shardSums }) => nextCentroids([[0]], shardSums([[1], [4]], [[0]])),
  mapStructure: ({ mapStructure, tensor }) => mapStructure({ a: [tensor([1, 2])] }, (x) => x.cos()),
  momentum: ({ momentum, tensor }) => {
    const optimizer = momentum({ learningRate: 0.1, nesterov: true });
    const w = tensor([1, -2]);
    return optimizer.update(w.sin(), optimizer.init(w), w);
  },
  ones: ({ ones }) => ones([2, 3]).reduceSum([0, 1]),
  shardSums: ({ shardSums, ...others }) => {
    const { points } = blobs(others as Packages);
    return shardSums(points, points.slice(0, 3));
  },
  silhouette: ({ silhouette, ...others }) => {
    const { points, labels } = blobs(others as Packages);
    return silhouette(points, labels);
  },
  randomNormal: ({ randomNormal }) => randomNormal([3], { seed: 1 }).tanh(),
  randomUniform: ({ randomUniform }) => randomUniform([3], { seed: 1 }).log1p(),
  save: ({ save, tensor }) => Array.from(save([tensor([1, 2]).add(1)])),
  squaredDistances: ({ squaredDistances, tensor }) =>
    squaredDistances(
      tensor([
        [0, 1],
        [2, 3],
      ]),
      tensor([[1, 1]]),
    ),
  stack: ({ stack, tensor }) => stack([tensor([1, 2]), tensor([3, 4]).sqrt()], 1),
  stopThreads: async ({ stopThreads, arange }) => {
    await stopThreads();
    return arange(3).reduceSum();
  },
  stopGradient: ({ stopGradient, grad, tensor }) => grad((x) => x.mul(stopGradient(x)).reduceSum())(tensor([2, 3])),
  tensor: ({ tensor }) =>
    tensor([
      [1, 2],
      [3, 4],
    ])
      .transpose()
      .softmax(0)
      .logSumExp(),
  useThreads: ({ useThreads }) => useThreads(1),
  valueAndGrad: ({ valueAndGrad, tensor }) => valueAndGrad((x) => x.sigmoid().reduceSum())(tensor([-1, 2])),
  where: ({ where, tensor }) => where(tensor([1, 0]), tensor([1, 2]).exp(), tensor([3, 4]).relu()),
  zeros: ({ zeros }) => zeros([3]).maximum(-1).equal(0),
};

/** The examples of each row of the table, by the row's name. */
async function examples(): Promise<Record<string, unknown>> {
  const { applyEntry, leavesFor } = await import("./cases.js");
  const { valuesOf } = await import("../../packages/autograd/src/engine.js");
  const { entries } = await import("../../packages/autograd/src/ops.js");
  return Object.fromEntries(
    entries.map((entry) => [
      entry.name,
      entry.examples.map((example) =>
        valuesOf(
          applyEntry(
            entry,
            leavesFor(entry, example, (n) => n >> 1),
            example.attributes,
          ),
        ),
      ),
    ]),
  );
}

/** What comes of all uses, as plain data. */
async function results(): Promise<Record<string, unknown>> {
  const packages = await imported();
  const plain = (value: unknown): unknown => {
    if (value instanceof packages.Tensor || value instanceof packages.Indices) return plain([...value.data]);
    if (ArrayBuffer.isView(value)) return [...(value as Float64Array)];
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
  };
  const used: [string, unknown][] = [];
  for (const [name, use] of Object.entries(uses)) used.push([name, plain(await use(packages))]);
  return { ...Object.fromEntries(used), table: plain(await examples()) };
}

/** The same with some room for each number: what is rounded to float32 on the way is off by a few parts in 2²⁴. */
const rounded = (value: unknown): unknown => {
  if (typeof value === "number" && Number.isFinite(value) && value !== 0) {
    return expect.closeTo(value, 5 - Math.floor(Math.log10(Math.abs(value))));
  }
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rounded(part)]));
};

/** Counts what is asked of it, and refuses modules of more than so many bytes. */
function moduleUpTo(most: number) {
  const asked: number[] = [];
  class Limited extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      asked.push(bytes.length);
      if (bytes.length > most) throw new RangeError(`more than ${most} bytes`);
      super(bytes);
    }
  }
  return { asked, Limited };
}

const refuse = (message: string) =>
  class {
    constructor() {
      throw new Error(message);
    }
  };

function listen(): string[] {
  const said: string[] = [];
  vi.spyOn(console, "warn").mockImplementation((message) => said.push(message));
  return said;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("every module is valid", async () => {
  const verdicts: boolean[] = [];
  class Checked extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      verdicts.push(validate(bytes));
      super(bytes);
    }
  }
  vi.stubGlobal("WebAssembly", { ...allowed, Module: Checked });
  await results();
  expect(verdicts.length).toBeGreaterThan(20);
  expect(verdicts).not.toContain(false);
});

describe("the interpreter computes what the engine does, and it is said once why", () => {
  test.each([
    ["WebAssembly is missing", undefined, /no WebAssembly here; leave out/],
    ["SIMD is missing", { ...allowed, validate: () => false }, /no SIMD here; take a newer/],
    ["memory is refused", { ...allowed, Memory: refuse("none left") }, /no memory .*\(none left\); allow more/],
    [
      "modules are refused",
      { ...allowed, Module: refuse("not here") },
      /compiled here \(not here\); allow 'wasm-unsafe-eval'/,
    ],
    ["instances are refused", { ...allowed, Instance: refuse("not here") }, /compiled here \(not here\); allow/],
    [
      "programs are refused",
      { ...allowed, Module: moduleUpTo(100).Limited },
      /\d+ bytes is refused \(more than 100 bytes\); compile/,
    ],
  ])("where %s", async (_, left, reason) => {
    const expected = await results();
    vi.stubGlobal("WebAssembly", left);
    const said = listen();
    expect(await results()).toEqual(rounded(expected));
    expect(said).toEqual([expect.stringMatching(/^autograd computes on its interpreter, /)]);
    expect(said[0]).toMatch(reason);
  });
});

test("a program that is refused is not tried again, and others run on", async () => {
  const { asked, Limited } = moduleUpTo(1000);
  vi.stubGlobal("WebAssembly", { ...allowed, Module: Limited });
  const said = listen();
  const { compile, tensor, Tensor } = await imported();
  const small = (x: typeof Tensor.prototype) => x.square().reduceSum();
  const large = (x: typeof Tensor.prototype) => x.tanh().exp().matmul(x).reduceSum();
  const compiled = { small: compile(small), large: compile(large) };
  for (let time = 1; time <= 3; time++) {
    const x = tensor([
      [time, 1],
      [0, 1],
    ]);
    expect(compiled.small(x).item()).toBe(time ** 2 + 2);
    expect(compiled.large(x).item()).toBe(large(x).item());
  }
  const [probe, ...programs] = asked;
  expect(probe).toBeLessThan(100);
  expect(programs.map((bytes) => bytes > 1000)).toEqual([false, true]);
  expect(said.length).toBe(1);
});
