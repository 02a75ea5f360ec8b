/** Chapter 5: the cost of one point as the minimum of parabolas, one for each prototype, with its kinks and slopes. */
import * as Plot from "@observablehq/plot";
import { gradients, type Tensor, tensor } from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { axis, COLOURS, svgOf } from "../../examples/picture.js";

/** Three prototypes on a line. Their cells meet at 2 and 5.5. */
const PROTOTYPES = [0, 4, 7] as const;
const [FROM, TO] = [-1.5, 8.5];
const STEPS = 200;

/** The cost of a single point at x, and its slope. */
function costAt(x: number): { x: number; cost: number; slope: number } {
  const point = tensor([[x]]);
  const cost = kmeansCost(point, tensor(PROTOTYPES.map((w) => [w])));
  const [slope] = gradients(cost, [point]) as [Tensor];
  return { x, cost: cost.item(), slope: slope.item() };
}

export function minimum(): string {
  const places = Array.from({ length: STEPS + 1 }, (_, at) => FROM + ((TO - FROM) * at) / STEPS);
  const kinks = PROTOTYPES.slice(1).map((w, at) => costAt((w + (PROTOTYPES[at] as number)) / 2));
  const [first, last] = kinks as [ReturnType<typeof costAt>, ReturnType<typeof costAt>];
  const tangent = (slope: number) =>
    [-0.6, 0.6].map((aside) => ({ x: first.x + aside, cost: first.cost + slope * aside }));
  const curve = { x: "x", y: "cost" } as const;
  return svgOf({
    ariaLabel: "The cost of one point: the lowest of three parabolas, with a kink between each two neighbours",
    height: 400,
    marginTop: 12,
    marginBottom: 40,
    x: { ...axis("the point x"), domain: [FROM, TO] },
    y: { ...axis("squared distance"), domain: [0, 7] },
    marks: [
      ...PROTOTYPES.map((w, at) =>
        Plot.line(
          places.map((x) => ({ x, cost: (x - w) ** 2 })).filter(({ cost }) => cost <= 7),
          { ...curve, stroke: COLOURS[at] as string, strokeWidth: 1.5, strokeDasharray: "4 3" },
        ),
      ),
      Plot.line(places.map(costAt), { ...curve, stroke: "black", strokeWidth: 2.5 }),
      ...[first.slope, -first.slope].map((slope) =>
        Plot.line(tangent(slope), { ...curve, stroke: "#b84a00", strokeWidth: 1.5 }),
      ),
      Plot.dot(kinks, { ...curve, r: 5, stroke: "black", strokeWidth: 2, fill: "white" }),
      Plot.dot(
        PROTOTYPES.map((x) => ({ x, cost: 0 })),
        { ...curve, r: 7, stroke: "black", strokeWidth: 2, fill: (_, at) => COLOURS[at] },
      ),
      written(`slope ${shown(first.slope)}:\nthe gradient`, first.x - 0.9, 1.75, { textAnchor: "end" }),
      written(`slope ${shown(-first.slope)}`, first.x + 0.9, 1.75, { textAnchor: "start" }),
      written("kink: equidistant\nfrom w₂ and w₃", last.x, last.cost, { dx: 20, textAnchor: "start" }),
      ...PROTOTYPES.map((w, at) => written(`w${"₁₂₃"[at]}`, w, 0, { dy: -20 })),
      written("the cost:\nthe lowest of the three", FROM, costAt(FROM).cost, {
        dx: 4,
        dy: -8,
        textAnchor: "start",
        lineAnchor: "bottom",
      }),
    ],
  });
}

const shown = (slope: number): string => String(slope).replace("-", "−");

/** A line of text at a place of the plot. */
const written = (text: string, x: number, cost: number, options: Plot.TextOptions): Plot.Markish =>
  Plot.text([text], { x: [x], y: [cost], fontSize: 12, stroke: "white", strokeWidth: 4, fill: "black", ...options });
