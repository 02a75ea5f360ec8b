/** The graphs that are not k-means: what each computes, from which numbers, and what it must come to. */

/** Numbers in a shape, row-major. */
export interface Numbers {
  readonly data: Float32Array;
  readonly shape: number[];
}

export type TaskName = "matmul" | "perceptron" | "logistic regression" | "sum of tanh²";

/** A task at one size. */
export interface Task {
  readonly name: TaskName;
  /** As the tables have it. */
  readonly title: string;
  readonly inputs: readonly Numbers[];
  /** How many additions and multiplications it takes, where that is what one wants to know. */
  readonly operations?: number;
}

/** A library: makes a function that computes a task anew at each call, and reads all of its results. */
export interface GraphPeer {
  readonly name: string;
  load(): Promise<(task: Task) => () => ArrayLike<number>[]>;
}

/** Numbers between −scale and scale that look like chance. */
function wave(shape: number[], scale: number, start: number): Numbers {
  const size = shape.reduce((a, b) => a * b);
  return {
    data: Float32Array.from({ length: size }, (_, at) => scale * ((Math.sin(start + 12.9898 * at) * 43758.5) % 1)),
    shape,
  };
}

/** Zeros and ones. */
const bits = (n: number): Numbers => ({
  data: Float32Array.from({ length: n }, (_, at) => (at * 7919) % 2),
  shape: [n],
});

/** Rows with a single 1. */
function oneHot(n: number, k: number): Numbers {
  const data = new Float32Array(n * k);
  for (let row = 0; row < n; row++) data[row * k + ((row * 7) % k)] = 1;
  return { data, shape: [n, k] };
}

const square = (n: number): Task => ({
  name: "matmul",
  title: `matmul ${n} × ${n}`,
  inputs: [wave([n, n], 1, 1), wave([n, n], 1, 2)],
  operations: 2 * n ** 3,
});

const perceptron = (batch: number): Task => ({
  name: "perceptron",
  title: `perceptron 784–128–10, batch ${batch.toLocaleString("en")}, cross-entropy`,
  inputs: [
    wave([batch, 784], 1, 3),
    oneHot(batch, 10),
    wave([784, 128], 0.05, 4),
    wave([128], 0.05, 5),
    wave([128, 10], 0.1, 6),
    wave([10], 0.1, 7),
  ],
});

export const GRAPH_TASKS: readonly Task[] = [
  square(64),
  square(256),
  square(512),
  perceptron(256),
  {
    name: "logistic regression",
    title: "logistic regression 100,000 × 32",
    inputs: [wave([100_000, 32], 1, 8), bits(100_000), wave([32], 0.5, 9)],
  },
  { name: "sum of tanh²", title: "Σ tanh²(2x + 1) of 1,000,000", inputs: [wave([1_000_000], 1, 10)] },
];

/** Graphs that are long enough for threads. */
export const LONG_TASKS: readonly Task[] = [perceptron(4096), ...GRAPH_TASKS.slice(-2)];
