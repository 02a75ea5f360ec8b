/** Computes on one thread and on three, and then on one again. */
import { compile, stopThreads, type Tensor, tensor, useThreads, valueAndGrad } from "@protograd/autograd";
import { kmeans, makeBlobs } from "@protograd/kmeans";

export async function compared() {
  const { points } = makeBlobs({ samples: 20_000, features: 3, centers: 4, randomState: 1 });
  const X = tensor(points);
  const cost = (W: Tensor) => X.expandDims(1).sub(W).square().reduceSum(2).reduceMin(1).reduceSum();
  const step = compile(valueAndGrad(cost));
  const work = () => {
    const [value, gradient] = step(X.take([1, 2, 3, 4]));
    return JSON.stringify([value.item(), gradient.toArray(), kmeans(points, { k: 4, seed: 1 })]);
  };
  const alone = work();
  const count = await useThreads(3);
  // Some of them while the threads compile what they have not seen yet, others later.
  const together = Array.from({ length: 20 }, work);
  const most = await useThreads();
  // Whoever asks this page what it has said asks its workers too, and those of ours answer nothing.
  await stopThreads();
  const again = work();
  return { count, areSame: [...together, again].every((each) => each === alone), most };
}
