/** Strided views read the entries that copies would hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeOf } from "../../packages/autograd/src/shape.js";
import {
  contiguous,
  copyEntries,
  expandView,
  isContiguous,
  reshapeView,
  sliceView,
  transposeView,
  type View,
} from "../../packages/autograd/src/view.js";
import { type Draw, draws, shapes } from "./cases.js";

/** A view of a row-major array after a few random steps. */
const views = fc.tuple(shapes(), draws(), fc.nat(4)).map(([shape, draw, steps]) => {
  let view = contiguous(shape);
  for (let step = 0; step < steps; step++) view = drawStep(view, draw);
  return { view, draw };
});

function drawStep(view: View, draw: Draw): View {
  const { shape } = view;
  const left = shape.map((_, axis) => axis);
  const order = shape.map(() => left.splice(draw(left.length), 1)[0] as number);
  if (shape.length === 0 || draw(3) === 0) {
    return expandView(
      view,
      shape.map((length) => (length === 1 ? 1 + draw(3) : length)),
    );
  }
  if (draw(2) === 0) return transposeView(view, order);
  const axis = draw(shape.length);
  const start = draw((shape[axis] as number) + 1);
  return sliceView(view, axis, start, start + draw((shape[axis] as number) - start + 1));
}

const factorings = (size: number, draw: Draw): number[] => {
  const shape: number[] = [];
  let rest = size;
  while (rest > 1) {
    const divisors = Array.from({ length: rest }, (_, at) => at + 1).filter((divisor) => rest % divisor === 0);
    const length = divisors[draw(divisors.length)] as number;
    shape.push(length);
    rest /= length;
  }
  return shape;
};

/** Where each entry of a view lies in its array, in row-major order: by definition. */
const offsetsOf = ({ shape, strides, offset }: View): number[] =>
  shape.reduce(
    (offsets, length, axis) =>
      offsets.flatMap((from) => Array.from({ length }, (_, at) => from + at * (strides[axis] as number))),
    [offset],
  );

test("copies are the entries that the view reads, from anywhere in an array", () => {
  fc.assert(
    fc.property(views, fc.nat(3), ({ view }, start) => {
      const offsets = offsetsOf(view);
      const source = Float32Array.from({ length: start + Math.max(0, ...offsets) + 1 }, (_, at) => at);
      const copied = new Float64Array(offsets.length);
      copyEntries(view, source, start, copied);
      expect([...copied]).toEqual(offsets.map((offset) => start + offset));
    }),
    { numRuns: 1000 },
  );
});

test("a reshaped view reads the same entries in the same order", () => {
  fc.assert(
    fc.property(views, ({ view, draw }) => {
      const size = sizeOf(view.shape);
      const shape = size === 0 ? [0] : factorings(size, draw);
      const reshaped = reshapeView(view, shape);
      if (reshaped === undefined) return;
      expect(reshaped.shape).toEqual(shape);
      expect(offsetsOf(reshaped)).toEqual(offsetsOf(view));
    }),
    { numRuns: 1000 },
  );
});

test("a reshape gives up only where no strides will do", () => {
  fc.assert(
    fc.property(views, ({ view }) => {
      const size = sizeOf(view.shape);
      if (size < 2 || reshapeView(view, [size]) !== undefined) return;
      const offsets = offsetsOf(view);
      const gaps = new Set(offsets.slice(1).map((offset, at) => offset - (offsets[at] as number)));
      expect(gaps.size).toBeGreaterThan(1);
    }),
    { numRuns: 1000 },
  );
});

test("contiguous views are those that read their array as it lies", () => {
  fc.assert(
    fc.property(views, ({ view }) => {
      const inOrder = offsetsOf(view).every((offset, at) => offset === at);
      if (sizeOf(view.shape) > 0) expect(isContiguous(view)).toBe(inOrder);
    }),
  );
});

test("a transposed matrix cannot be read as one row, a transposed row can", () => {
  expect(reshapeView(transposeView(contiguous([2, 3]), [1, 0]), [6])).toBeUndefined();
  expect(reshapeView(transposeView(contiguous([1, 3]), [1, 0]), [3])?.strides).toEqual([1]);
});
