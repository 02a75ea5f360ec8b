/**
 * Strided views: one array read in another order, or in part, or repeatedly, without a copy.
 * Entry i of a view lies at `offset + Σₐ iₐ · stridesₐ` of the array. Knows nothing of nodes or operations.
 */
import { formatShape, type Shape, sizeOf, withAxis } from "./shape.js";

export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The view of a whole row-major array: the last axis has stride 1. */
export function contiguous(shape: Shape): View {
  const strides = new Array<number>(shape.length);
  shape.reduceRight((stride, length, axis) => {
    strides[axis] = stride;
    return stride * length;
  }, 1);
  return { shape, strides, offset: 0 };
}

/** Repeats the axes of length 1 that are longer in `shape`: a stride of 0 reads the same entry again. */
export const expandView = (view: View, shape: Shape): View => ({
  shape,
  strides: view.strides.map((stride, axis) => (view.shape[axis] === shape[axis] ? stride : 0)),
  offset: view.offset,
});

/** Axis a of the result is axis `axes[a]` of the view. */
export const transposeView = (view: View, axes: readonly number[]): View => ({
  shape: axes.map((axis) => view.shape[axis] as number),
  strides: axes.map((axis) => view.strides[axis] as number),
  offset: view.offset,
});

/** The entries from `start` up to, not including, `end` along one axis. */
export const sliceView = (view: View, axis: number, start: number, end: number): View => ({
  shape: withAxis(view.shape, axis, end - start),
  strides: view.strides,
  offset: view.offset + start * (view.strides[axis] as number),
});

/**
 * The same entries, in row-major order, under another shape of equal size; `undefined` if no strides express it (a
 * transposed matrix read as one row): then the entries must be stored first.
 */
export function reshapeView(view: View, shape: Shape): View | undefined {
  if (sizeOf(shape) === 0) return contiguous(shape);
  // From the last axis to the first: each new axis must divide the rest of the run in which it lies.
  const runs = evenRuns(view);
  const strides = new Array<number>(shape.length).fill(0);
  let left = 1;
  let stride = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number;
    if (length === 1) continue;
    if (left === 1) ({ length: left, stride } = runs.pop() as Run);
    if (left % length !== 0) return undefined;
    strides[axis] = stride;
    stride *= length;
    left /= length;
  }
  return { shape, strides, offset: view.offset };
}

/** Neighbouring axes that together form one evenly spaced line of entries. */
interface Run {
  length: number;
  stride: number;
}

function evenRuns(view: View): Run[] {
  const runs: Run[] = [];
  view.shape.forEach((length, axis) => {
    if (length === 1) return;
    const stride = view.strides[axis] as number;
    const last = runs.at(-1);
    if (last?.stride === length * stride) {
      last.length *= length;
      last.stride = stride;
    } else {
      runs.push({ length, stride });
    }
  });
  return runs;
}

/** Whether the view reads its array from start to end, in order. */
export function isContiguous(view: View): boolean {
  const { strides } = contiguous(view.shape);
  return view.offset === 0 && view.shape.every((length, axis) => length === 1 || view.strides[axis] === strides[axis]);
}

/** Copies the entries that the view reads, from `source` at `start` on, to `target` in row-major order. */
export function copyEntries(
  { shape, strides, offset }: View,
  source: ArrayLike<number>,
  start: number,
  target: Writable,
): void {
  const last = shape.length - 1;
  const copyAxis = (axis: number, from: number, to: number, size: number): void => {
    if (axis >= last) {
      copyLine(source, from, strides[axis] ?? 0, target, to, size);
      return;
    }
    const inner = size / (shape[axis] as number);
    for (let done = 0, at = from; done < size; done += inner, at += strides[axis] as number) {
      copyAxis(axis + 1, at, to + done, inner);
    }
  };
  if (target.length > 0) copyAxis(0, start + offset, 0, target.length);
}

/** By itself, and thus compiled well: most of the time goes here. */
function copyLine(
  source: ArrayLike<number>,
  from: number,
  stride: number,
  target: Writable,
  to: number,
  length: number,
): void {
  for (let at = 0, next = from; at < length; at++, next += stride) target[to + at] = source[next] as number;
}

interface Writable {
  readonly length: number;
  [at: number]: number;
}

interface ArrayKind<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (size: number): A;
}

/** An array for the entries of a shape, all 0. */
export function allocate<A>(shape: Shape, Kind: ArrayKind<A>): A {
  const size = sizeOf(shape);
  const bytes = Kind.BYTES_PER_ELEMENT;
  try {
    return new Kind(size);
  } catch {
    throw new RangeError(
      `no room for shape ${formatShape(shape)}: ${size} values of ${bytes} bytes are ${Math.ceil((size * bytes) / 2 ** 30)} GiB`,
    );
  }
}
