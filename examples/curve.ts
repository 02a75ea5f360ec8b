/**
 * A curve through measurements, and how sure we may be of it: a swing that dies away is fitted by least squares, and the
 * second derivatives of the misfit tell how far off its four numbers may be. Prints the progress and the numbers with
 * their error bars, and draws the curve with its own. Run it with `npx -y pnpm@12 curve`.
 */
import * as Plot from "@observablehq/plot";
import {
  adam,
  compile,
  einsum,
  grad,
  hessianVectorProduct,
  type OptimizerState,
  randomNormal,
  randomUniform,
  stack,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@protograd/autograd";
import { axis, COLOURS, legend, svgOf, writePicture } from "./picture.js";
import { tableText } from "./table.js";

// The swing A e^(−t / τ) cos(ω t + φ), by its four numbers.
const NAMES = ["amplitude A", "decay time τ", "frequency ω", "phase φ"];
const swing = (numbers: Tensor, t: Tensor): Tensor => {
  const [amplitude, decay, frequency, phase] = NAMES.map((_, at) => numbers.slice(0, at, at + 1)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  return amplitude.mul(t.neg().div(decay).exp()).mul(frequency.mul(t).add(phase).cos());
};

// 40 measurements of it, each off by 0.15 on average. In float64, since the errors are what we are after.
const truth = tensor([2, 4, 2.5, 0.6], [4], { dtype: "float64" });
const [count, noise] = [40, 0.15];
const times = randomUniform([count], { seed: 11, high: 10, dtype: "float64" });
const measured = swing(truth, times).add(randomNormal([count], { seed: 12, deviation: noise, dtype: "float64" }));

// −log of the likelihood, but for a constant: half the squares of the misfits, in units of the noise.
const misfit = (numbers: Tensor, t: Tensor, y: Tensor): Tensor =>
  swing(numbers, t).sub(y).div(noise).square().reduceSum().mul(0.5);

// Adam finds the valley, from a guess.
const optimizer = adam({ learningRate: 0.02 });
const step = compile((numbers: Tensor, state: OptimizerState<Tensor>, t: Tensor, y: Tensor) => {
  const [value, gradient] = valueAndGrad(misfit)(numbers, t, y);
  return { value, next: optimizer.update(gradient, state, numbers) };
});
let numbers = tensor([1, 3, 2.2, 0], [4], { dtype: "float64" });
let state = optimizer.init(numbers);
for (let at = 0; at <= 300; at++) {
  const { value, next } = step(numbers, state, times, measured);
  if (at % 100 === 0) console.log(`Adam, step ${String(at).padStart(3)}  misfit ${value.item().toFixed(6)}`);
  [numbers, state] = next;
}

// Newton's method finds its bottom: numbers − H⁻¹ g. A row of H is H · (0, …, 1, …, 0).
const units = NAMES.map((_, row) =>
  tensor(
    NAMES.map((_, column) => (row === column ? 1 : 0)),
    [4],
    { dtype: "float64" },
  ),
);
const hessian = compile((numbers: Tensor, t: Tensor, y: Tensor) =>
  stack(units.map((unit) => hessianVectorProduct(misfit)(numbers, unit, t, y))),
);
const gradient = compile(grad(misfit));
for (let at = 1; at <= 3; at++) {
  const inverse = inverseOf(hessian(numbers, times, measured));
  numbers = numbers.sub(inverse.matmul(gradient(numbers, times, measured)));
  console.log(`Newton, step ${at}   misfit ${misfit(numbers, times, measured).item().toFixed(6)}`);
}

// Near its bottom the misfit is a parabola, and the likelihood a normal distribution: H⁻¹ is its covariance.
const covariance = inverseOf(hessian(numbers, times, measured));
const errors = NAMES.map((_, at) => Math.sqrt(covariance.at(at, at)));
console.log(
  `\n${tableText([
    ["", "fitted", "± error", "true"],
    ...NAMES.map((name, at) => [
      name,
      numbers.at(at).toFixed(3),
      errors[at]?.toFixed(3) as string,
      truth.at(at).toFixed(3),
    ]),
  ])}`,
);

// The error of the curve at a time: √(jᵀ H⁻¹ j), where j is how the curve there goes with each number.
const grid = Array.from({ length: 201 }, (_, at) => at / 20);
const slope = compile(grad((numbers: Tensor, t: Tensor) => swing(numbers, t).reduceSum()));
const slopes = stack(grid.map((t) => slope(numbers, tensor(t, [], { dtype: "float64" }))));
const band = einsum("ti,ij,tj->t", slopes, covariance, slopes).sqrt();
const line = swing(numbers, tensor(grid, undefined, { dtype: "float64" }));
const fitted = grid.map((t, at) => ({
  t,
  y: line.at(at),
  low: line.at(at) - 2 * band.at(at),
  high: line.at(at) + 2 * band.at(at),
}));
const real = swing(truth, tensor(grid, undefined, { dtype: "float64" }));
const points = Array.from(times.data, (t, at) => ({ t, y: measured.at(at) }));

const [blue, orange] = COLOURS;
writePicture(
  "curve.svg",
  svgOf({
    ariaLabel: "Measurements of a swing that dies away, the curve that fits them best, and how far off it may be",
    x: axis("time"),
    y: axis("deflection"),
    marks: [
      Plot.areaY(fitted, { x: "t", y1: "low", y2: "high", fill: blue, fillOpacity: 0.2 }),
      Plot.line(
        grid.map((t, at) => ({ t, y: real.at(at) })),
        { x: "t", y: "y", stroke: orange, strokeDasharray: "4 3" },
      ),
      Plot.line(fitted, { x: "t", y: "y", stroke: blue, strokeWidth: 2 }),
      Plot.ruleX(points, { x: "t", y1: ({ y }) => y - noise, y2: ({ y }) => y + noise, stroke: "gray" }),
      Plot.dot(points, { x: "t", y: "y", r: 3, fill: "black" }),
      ...legend(
        [
          ["measured, with its error", { r: 3, fill: "black" }],
          ["fitted, ± twice its error", { r: 5, fill: blue }],
          ["true", { r: 5, fill: orange }],
        ],
        "top-right",
        170,
      ),
    ],
  }),
);

/** The inverse of a matrix, by elimination (Gauss & Jordan): what makes of it the identity makes of the identity the inverse. */
function inverseOf(matrix: Tensor): Tensor {
  const n = matrix.shape[0] as number;
  const rows = (matrix.toArray() as number[][]).map((row, at) => [
    ...row,
    ...row.map((_, column) => (column === at ? 1 : 0)),
  ]);
  for (let at = 0; at < n; at++) {
    // The largest entry of the column divides, so that nothing is divided by a number near 0.
    const best = rows.reduce(
      (most, row, each) => (each >= at && Math.abs(row[at]!) > Math.abs(rows[most]![at]!) ? each : most),
      at,
    );
    [rows[at], rows[best]] = [rows[best]!, rows[at]!];
    const scaled = rows[at]!.map((entry) => entry / rows[at]![at]!);
    rows.forEach((row, each) => {
      rows[each] = each === at ? scaled : row.map((entry, column) => entry - row[at]! * scaled[column]!);
    });
  }
  return tensor(
    rows.map((row) => row.slice(n)),
    undefined,
    { dtype: "float64" },
  );
}
