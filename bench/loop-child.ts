/** The process of one loop: W ← W − ε ∂cost/∂W for so many numbers, so many times, without a pause. */
import { gradientDescent, type Tensor, tensor } from "@protograd/autograd";

const [size, steps] = process.argv.slice(2).map(Number) as [number, number];
const step = gradientDescent((W: Tensor) => W.sub(1).square().reduceSum(), { learningRate: 0.1 });
let W = tensor(new Float32Array(size));

const advance = (count: number): number => {
  const start = performance.now();
  for (let i = 0; i < count; i++) W = step(W);
  return (performance.now() - start) / count;
};

const TIMED = 500;
let done = 0;
const after = [1000, steps].map((count) => {
  advance(count - done);
  const milliseconds = advance(TIMED);
  done = count + TIMED;
  return { steps: count, milliseconds, mebibytes: process.memoryUsage().rss / 2 ** 20 };
});
console.log(JSON.stringify(after));
