/** Values that are only moved: a few are copied without a program, and are those that the program would give. */
import { arange, concat, full, indices, type Tensor, tensor } from "@protograd/autograd";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepare, valuesOf } from "../../packages/autograd/src/engine.js";
import { type Node, valuesHeldBy } from "../../packages/autograd/src/graph.js";
import { isFewMoves } from "../../packages/autograd/src/moves.js";
import { entries } from "../../packages/autograd/src/ops.js";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import { modulesMadeBy } from "../modules.js";
import { applySomehow, drawLeaf, draws, runs } from "./cases.js";

const isKnown = (node: Node): boolean => valuesHeldBy(node) !== undefined;

/** What a program makes of it. */
const compiled = (node: Node): unknown => prepare([node], [])([])[0];

const moving = entries.filter((entry) => ["view", "assemble"].includes(entry.kind) || entry.name === "gather");

test("of random views, joins and choices are those of the program, and no program is made", () => {
  let found = 0;
  fc.assert(
    fc.property(draws(), fc.constantFrom([], [5], [3, 4], [2, 1, 3], [0, 2]), (draw, shape) => {
      const leaves = [drawLeaf(draw, shape), drawLeaf(draw, shape)];
      let node = leaves[0] as Node;
      for (let step = 0; step < 6; step++) {
        const entry = moving[draw(moving.length)] as (typeof moving)[number];
        const other = (shape: readonly number[]): Node => drawLeaf(draw, shape);
        const next = applySomehow(entry, node, other, draw);
        if (next !== undefined && sizeOf(next.shape) <= 500) node = next;
      }
      if (!isFewMoves(node, isKnown)) return;
      found++;
      const expected = compiled(node);
      expect(modulesMadeBy(() => expect(valuesOf(node)).toEqual(expected))).toBe(0);
    }),
    runs(200),
  );
  expect(found).toBeGreaterThan(100);
});

describe("which are few moves", () => {
  const isMoved = (x: Tensor): boolean => isFewMoves(x.node, isKnown);
  const large = tensor(new Float32Array(100_000 * 8), [100_000, 8]);

  test.each<[string, Tensor, boolean]>([
    ["a row of many", large.slice(0, 7, 8), true],
    ["a column's part of many", large.transpose().slice(1, 5, 9).slice(0, 1, 2), true],
    ["many", large.transpose(), false],
    ["what mixes the axes of many first", large.transpose().reshape([800_000]).slice(0, 0, 5), false],
    ["rows of many by index", large.take([1, 2]), false],
    ["rows of few by index", arange(10).reshape([5, 2]).take([1, 2]), true],
    ["few side by side", concat([arange(3), tensor([1])]), true],
    ["many side by side", concat([arange(5000), tensor([1])]).slice(0, 0, 3), false],
    ["the same number everywhere", full([3], 2).slice(0, 0, 1), false],
    ["a sum", tensor([1, 2]).reduceSum(), false],
    [
      "a part of a sum",
      tensor([[1, 2]])
        .reduceSum(1)
        .reshape([]),
      false,
    ],
    [
      "what is added to places",
      tensor([1, 2])
        .take(indices([0, 1]))
        .add(1),
      false,
    ],
  ])("%s: %#", (_, x, expected) => {
    expect(isMoved(x)).toBe(expected);
  });

  test("not the same again and again", () => {
    let x = tensor([1, 2]);
    for (let round = 0; round < 40; round++) x = concat([x.slice(0, 0, 1), x.slice(0, 1, 2)]);
    expect(isMoved(x)).toBe(false);
    expect([...x.data]).toEqual([1, 2]);
  });
});

test("a thousand rows of a table, each read by itself, are no program", () => {
  const table = tensor(
    Float32Array.from({ length: 8000 }, (_, at) => at),
    [1000, 8],
  );
  const made = modulesMadeBy(() => {
    for (let row = 0; row < 1000; row++) expect(table.slice(0, row, row + 1).at(0, 3)).toBe(8 * row + 3);
  });
  expect(made).toBe(0);
});

test("float64 keeps its digits, and int32 its type", () => {
  expect([...tensor([0.1, 0.2], [2], { dtype: "float64" }).slice(0, 1, 2).data]).toEqual([0.2]);
  const sorted = indices([[3, 1, 2]]);
  expect(sorted.data).toBeInstanceOf(Int32Array);
  expect([...full([2], 0.1).slice(0, 0, 1).data]).toEqual([Math.fround(0.1)]);
});
