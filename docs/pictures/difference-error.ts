/** Chapter 6: the error of central differences against their step, one graph computed in float32 and in float64. */
import * as Plot from "@observablehq/plot";
import { arange, type Tensor } from "@protograd/autograd";
import { axis, COLOURS, svgOf } from "../../examples/picture.js";
import { evaluate } from "../../packages/autograd/src/reference.js";

const in32 = ({ data }: Tensor): Float32Array => new Float32Array(data);
const in64 = ({ node }: Tensor): Float64Array => (evaluate([node]) as [Float64Array])[0];

/** f(x) = x³ at 64 places from 1 to 2, and its slope. */
const f = (x: Tensor): Tensor => x.mul(x).mul(x);
const x = arange(64).div(64).add(1);
const slopes = in64(x.mul(x).mul(3));

const centralDifference = (h: number): Tensor => {
  const [before, after] = [f(x.sub(h)), f(x.add(h))];
  return after.sub(before).div(2 * h);
};

/** The largest error over all places. */
const errorOf = (found: Float32Array | Float64Array): number =>
  Math.max(...found.map((slope, at) => Math.abs(slope - (slopes[at] as number))));

/** Ten steps to a decade, read as decimals, because computed powers may differ between machines. */
const STEPS = Array.from({ length: 10 }, (_, decade) =>
  ["8", "6.3", "5", "4", "3.2", "2.5", "2", "1.6", "1.3", "1"].map((digits) => Number(`${digits}e${-1 - decade}`)),
).flat();

const CURVES = [
  { values: in32, colour: COLOURS[0] },
  { values: in64, colour: COLOURS[1] },
] as const;

export function differenceError(): string {
  const curves = CURVES.map(({ values, colour }) => ({
    colour,
    errors: STEPS.map((h) => ({ h, error: errorOf(values(centralDifference(h))) })),
  }));
  return svgOf({
    ariaLabel: "The error of central differences: it falls with the square of the step, until rounding makes it grow",
    height: 480,
    marginTop: 12,
    marginLeft: 60,
    marginBottom: 40,
    x: { ...axis("step h"), ...powersOfTen(-10, 0), domain: [1e-10, 1] },
    y: { ...axis("largest error of the slope of x³"), ...powersOfTen(-10, 2), domain: [1e-11, 100] },
    marks: [
      ...curves.flatMap(({ errors, colour }) => {
        const least = errors.reduce((a, b) => (b.error < a.error ? b : a));
        return [
          Plot.line(errors, { x: "h", y: "error", stroke: colour, strokeWidth: 1.5 }),
          Plot.dot(errors, { x: "h", y: "error", fill: colour, r: 2 }),
          Plot.dot([least], { x: "h", y: "error", r: 7, stroke: "black", strokeWidth: 2 }),
          written(`least: ${rough(least.error)}\nat h = ${rough(least.h)}`, least.h, least.error, {
            textAnchor: "start",
            lineAnchor: "top",
            dx: 14,
            dy: 5,
          }),
        ];
      }),
      written("float32: rounding, ∝ 2⁻²⁴ / h", 1e-5, 0.04, { rotate: 30, dx: 11, dy: -19 }),
      written("float64: rounding, ∝ 2⁻⁵³ / h", 1e-8, 6e-8, { rotate: 30, dx: 11, dy: -19 }),
      written("both: the formula's own error, h²", 2.6e-4, 6.8e-8, { rotate: -50, dx: 14, dy: 11 }),
      written("float32: x + h rounds to x, so there is no difference", 1e-10, 12, { textAnchor: "start", dy: -13 }),
    ],
  });
}

/** A line of text at a place of the plot. */
const written = (text: string, h: number, error: number, options: Plot.TextOptions): Plot.Markish =>
  Plot.text([text], { x: [h], y: [error], fontSize: 12, stroke: "white", strokeWidth: 4, fill: "black", ...options });

/** A logarithmic axis with a tick for every other power of ten. */
const powersOfTen = (from: number, to: number) =>
  ({
    type: "log",
    grid: true,
    ticks: Array.from({ length: (to - from) / 2 + 1 }, (_, at) => Number(`1e${from + 2 * at}`)),
    tickFormat: power,
  }) as const;

/** A number with one digit, as it is written by hand: 5 · 10⁻⁵. */
const rough = (value: number): string => `${value.toExponential(0).split("e")[0]} · ${power(value)}`;

/** The power of ten in that: 10⁻⁵. */
const power = (value: number): string =>
  `10${Array.from(String(Number(value.toExponential(0).split("e")[1])), (digit) => SUPERSCRIPTS[digit]).join("")}`;

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  ...Object.fromEntries(Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹", (superscript, digit) => [digit, superscript])),
};
