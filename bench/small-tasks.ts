/** The small tasks: what each does once, and what it does before that in the same process, untimed. */
import { compile, gradientDescent, type Tensor, tensor, valueAndGrad } from "@protograd/autograd";
import { kmeans, kmeansCost, makeBlobs } from "@protograd/kmeans";
import { kmeans as mlKmeans } from "ml-kmeans";
import skmeans from "skmeans";

/** A task by name, and who does it. `prepare` does what comes before, and returns what is timed. */
export interface SmallTask {
  readonly name: string;
  readonly by: readonly string[];
  prepare(by: string): () => unknown;
}

/** Clusters rows, from a start of the library's choice, until it is done; and says to which cluster rows belong. */
type Cluster = (rows: number[][], k: number) => { predict(rows: number[][]): unknown };

const LIBRARIES: Readonly<Record<string, Cluster>> = {
  protograd: (rows, k) => kmeans(rows, { k, seed: 1 }),
  "ml-kmeans": (rows, k) => {
    const result = mlKmeans(rows, k, { seed: 1 });
    return { predict: (others) => result.nearest(others) };
  },
  skmeans: (rows, k) => {
    const result = skmeans(rows, k, "kmpp");
    return { predict: (others) => others.map((row) => result.test(row)) };
  },
};

const points = (samples: number, features: number): number[][] =>
  makeBlobs({ samples, features, centers: 3, randomState: samples }).points;

const sets = Array.from({ length: 30 }, (_, more) => points(100 + more, 4));
const first = points(150, 4);
const fitSets = (cluster: Cluster): void => {
  for (const set of sets) cluster(set, 3);
};

const everybody = Object.keys(LIBRARIES);
const clustering = (name: string, prepare: (cluster: Cluster) => () => unknown): SmallTask => ({
  name,
  by: everybody,
  prepare: (by) => prepare(LIBRARIES[by]!),
});

const differentiating = (name: string, prepare: () => () => unknown): SmallTask => ({
  name,
  by: ["protograd"],
  prepare,
});

const wave = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => Math.sin(at) / 8),
    shape,
  );

export const TASKS: readonly SmallTask[] = [
  clustering("first fit of 150 × 4, k = 3", (cluster) => () => cluster(first, 3)),
  clustering("then 30 sets of 100 to 129 points", (cluster) => {
    cluster(first, 3);
    return () => fitSets(cluster);
  }),
  clustering("the same again", (cluster) => {
    fitSets(cluster);
    return () => fitSets(cluster);
  }),
  clustering("k = 1 to 10 on one set", (cluster) => {
    cluster(first, 3);
    return () => {
      for (let k = 1; k <= 10; k++) cluster(first, k);
    };
  }),
  clustering("predictions of 1, 2, … 300 points", (cluster) => {
    const model = cluster(first, 3);
    const many = points(300, 4);
    return () => {
      for (let n = 1; n <= many.length; n++) model.predict(many.slice(0, n));
    };
  }),
  differentiating("a linear layer 100 → 10, 100 batch sizes", () => {
    const loss = compile(valueAndGrad((W: Tensor, X: Tensor, y: Tensor) => X.matmul(W).sub(y).square().reduceMean()));
    const batches = Array.from({ length: 100 }, (_, n) => [wave(n + 1, 100), wave(n + 1, 10)] as const);
    return () => {
      for (const [X, y] of batches) loss(wave(100, 10), X, y)[0].item();
    };
  }),
  differentiating("1,000 steps, each with another plain number", () => {
    const step = compile((w: Tensor, rate: number) => w.sub(w.sub(1).mul(2 * rate)));
    let w = wave(8);
    return () => {
      for (let i = 0; i < 1000; i++) w = step(w, 0.1001 + i / 1e5);
      return w.data;
    };
  }),
  differentiating("first step of the seed's program", () => {
    const { points: blobs } = makeBlobs({ samples: 500, randomState: 1111 });
    return () => {
      const X = tensor(blobs);
      const step = gradientDescent((W: Tensor) => kmeansCost(X, W), { learningRate: 0.001 });
      return step(X.take([162, 308, 381])).data;
    };
  }),
  differentiating("value and gradient of an RNN of 1,000 steps", () => () => {
    const loss = ({ W, U }: { W: Tensor; U: Tensor }): Tensor => {
      let h: Tensor = tensor(new Float32Array(8));
      for (let i = 0; i < 1000; i++) h = W.matmul(h).add(U).tanh();
      return h.reduceSum();
    };
    const [value, gradient] = compile(valueAndGrad(loss))({ W: wave(8, 8), U: wave(8) });
    return [value.item(), gradient.W.data, gradient.U.data];
  }),
];
