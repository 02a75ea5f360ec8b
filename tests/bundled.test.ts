/** What users get to read is the same out of a bundle in which every name is short. */
import { expect, test } from "vitest";
import { runBundled } from "./bundle.js";

const program = `
  import { arange, checkGradients, indices, tensor } from "@protograd/autograd";
  import { kmeans } from "@protograd/kmeans";
  const said = (work) => { try { work(); } catch (error) { return error.name + ": " + error.message; } };
  const model = kmeans([[0], [1], [9]], { k: 2, seed: 1 });
  console.log(String(tensor([1, 2])));
  console.log(String(indices([1])));
  console.log(said(() => tensor([1]).add(indices([1]))));
  console.log(said(() => tensor(model)));
  console.log(said(() => kmeans(tensor([1, 2]).add(arange(2)), { k: model })));
  console.log(said(() => kmeans(model, { k: 1 })));
  console.log(said(() => new (tensor([1]).constructor)(3)));
  console.log(String(checkGradients((x) => x.abs().reduceSum(), [tensor([1, 0])])));`;

test.each([
  ["minified", { minify: true }],
  ["for Node, as it is", { platform: "node" as const }],
  ["for old browsers", { minify: true, target: "es2022" }],
])("%s: texts and messages", async (_, options) => {
  const { stdout: output, ...end } = await runBundled(program, options);
  expect(end).toEqual({ stderr: "", status: 0 });
  expect(await runBundled(program, { keepNames: true })).toEqual({ stdout: output, ...end });
  expect(output).toContain("Tensor [2] [1, 2]\nIndices [1] [1]\n");
  expect(output).toMatch(/a KMeansModel/);
  expect(output).toMatch(/kink/);
});
