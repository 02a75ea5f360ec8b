/** What explain says of the engine: the formulas and the loops, as text. */
import { explain, type Tensor, tensor } from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { expect, test } from "vitest";

const sectionsFrom = (start: string, text: string): string => text.slice(text.indexOf(`\n${start}\n`) + 1);

test("the k-means step looks like the loop that one writes by hand", () => {
  const X = tensor(
    Float32Array.from({ length: 1000 }, (_, at) => Math.sin(at)),
    [500, 2],
  );
  const W = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(sectionsFrom("simplified", explain(kmeansCost(X, W), [W]))).toBe(`\
simplified
  t1[i, j, k] = sub(%5[i, j], %1[k, j])  [500, 2, 3]
  t2[i, j, k] = square(t1[i, j, k])  [500, 2, 3]
  t3[i, j] = sum over k in 2 of t2[i, k, j]  [500, 3]
  t4[i] = smallest over j in 3 of t3[i, j]  [500]
  t5 = sum over i in 500 of t4[i]  []
  t6[i] = position of the smallest over j in 3 of t3[i, j]  [500]
  t7[i, j, k] = t1[k, i, j] where j = t6[k], else 0  [2, 3, 500]
  t8[i, j] = -2 · sum over k in 500 of t7[i, j, k]  [2, 3]
result t5, t8
kernel 1
  for n in 500, 16 at a time:  reads %5, %1, writes t5, t8
    let t1[n, j, k] = sub(%5[n, j], %1[k, j])
    let t3[n, j] = sum over i in 2 of square(t1[n, i, j])
    let t6[n] = position of the smallest over i in 3 of t3[n, i]
    t5 += (smallest over i in 3 of t3[n, i])
    for i in 2, j in 3: t8[i, j] += -2 · t1[n, i, j] where j = t6[n], else 0`);
});

test("what depends on a sum over the stream needs another pass", () => {
  const x = tensor(Float32Array.from({ length: 100 }, (_, at) => at));
  expect(sectionsFrom("kernel 1", explain(x.sub(x.reduceMean()).exp()))).toBe(`\
kernel 1
  for n in 100, 16 at a time:  reads %1, writes t1
    t1 += %1[n]
  once:  reads t1, writes t2
    store t2 = div(t1, 100)
  for n in 100, 16 at a time:  reads %1, t2, writes t4
    store t4[n] = exp(sub(%1[n], t2))`);
});

test("every kind of formula has words", () => {
  const x = tensor([[3, 1, 2]]).add(1);
  const y = x.transpose().reshape([3]);
  const joined = (part: Tensor): Tensor => part.slice(0, 0, 2);
  const text = explain([joined(y).mul(2), x.argmax(1), y.take(x.argmin(1)), x.argmin(1).oneHot(3)]);
  expect(text).toContain("position of the largest over");
  expect(text).not.toContain("undefined");
});

test("a graph that nobody would read to the end has no kernels shown", () => {
  let x = tensor([1]);
  for (let i = 0; i < 1000; i++) x = x.add(1);
  expect(explain(x)).toMatch(/\nkernels: not shown for a graph of \d+ nodes$/);
});
