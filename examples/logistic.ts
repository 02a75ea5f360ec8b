/**
 * Logistic regression: the species of an iris from the length and width of its petals, as probabilities. Fisher's flowers
 * again, four in five to learn from and the fifth to be asked about. Prints the progress and what is mistaken, and draws
 * where each species is the likeliest. Run it with `npx -y pnpm@12 logistic`.
 */
import { readFileSync } from "node:fs";
import * as Plot from "@observablehq/plot";
import {
  adam,
  arange,
  compile,
  concat,
  grad,
  type Indices,
  indices,
  type OptimizerState,
  type Tensor,
  tensor,
  zeros,
} from "@protograd/autograd";
import { parse } from "csv-parse/sync";
import { axis, COLOURS, legend, svgOf, writePicture } from "./picture.js";
import { tableText } from "./table.js";

// The file has a header and 150 rows such as 5.1,3.5,1.4,0.2,setosa: 50 of each species.
const text = readFileSync(new URL("data/iris.csv", import.meta.url), "utf8");
const flowers = parse<Record<string, string>>(text, { columns: true }).map(({ species, ...measures }, at) => ({
  species: species as string,
  petal: Object.values(measures).map(Number).slice(2) as [length: number, width: number],
  isAsked: at % 5 === 4,
}));
const species = [...new Set(flowers.map((flower) => flower.species))];
type Flowers = typeof flowers;
const petalsOf = (some: Flowers): Tensor => tensor(some.map(({ petal }) => petal));
const labelsOf = (some: Flowers): Indices => indices(some.map((flower) => species.indexOf(flower.species)));

const known = flowers.filter(({ isAsked }) => !isAsked);
const asked = flowers.filter(({ isAsked }) => isAsked);

// Measures in standard deviations from their mean, among the flowers that are known.
const mean = petalsOf(known).reduceMean(0);
const deviation = petalsOf(known).reduceVariance(0).sqrt();
const standard = (petals: Tensor): Tensor => petals.sub(mean).div(deviation);

// A score for each species, linear in the measures; the softmax makes probabilities of them.
const start = { weight: zeros([2, species.length]), bias: zeros([species.length]) };
type Model = typeof start;
const scoresOf = ({ weight, bias }: Model, petals: Tensor): Tensor => standard(petals).matmul(weight).add(bias);

// −log of the probability of the right species, and a little for the size of the weights, which have no bound otherwise:
// setosas lie apart, and steeper slopes would only make that more certain.
const lossOf = (model: Model, petals: Tensor, labels: Indices): Tensor => {
  const scores = scoresOf(model, petals);
  const right = scores.mul(labels.oneHot(species.length)).reduceSum(1);
  return scores.logSumExp(1).sub(right).reduceMean().add(model.weight.square().reduceSum().mul(0.001));
};
const shareRight = (model: Model, some: Flowers): number =>
  scoresOf(model, petalsOf(some)).argmax(1).equal(labelsOf(some)).reduceMean().item();

const optimizer = adam({ learningRate: 0.1 });
const step = compile((model: Model, state: OptimizerState<Model>, petals: Tensor, labels: Indices) =>
  optimizer.update(grad(lossOf)(model, petals, labels), state, model),
);

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
console.log(`${known.length} flowers to learn from, ${asked.length} to be asked about`);
let model = start;
let state = optimizer.init(start);
for (let at = 0; at <= 400; at++) {
  if (at % 100 === 0) {
    const loss = lossOf(model, petalsOf(known), labelsOf(known)).item().toFixed(4);
    console.log(
      `  step ${String(at).padStart(3)}  loss ${loss}  right ${percent(shareRight(model, known))}, of those asked about ${percent(shareRight(model, asked))}`,
    );
  }
  [model, state] = step(model, state, petalsOf(known), labelsOf(known));
}

// Who is taken for whom, among all.
const guesses = scoresOf(model, petalsOf(flowers)).argmax(1);
const guessed = flowers.map((flower, at) => ({ ...flower, guess: species[guesses.at(at)] as string }));
const counts = species.map((name) =>
  species.map((guess) => guessed.filter((flower) => flower.species === name && flower.guess === guess).length),
);
console.log(
  `\n${tableText([["species", ...species.map((name) => `as ${name}`)], ...species.map((name, at) => [name, ...(counts[at] as number[])])])}`,
);
const mistaken = guessed.filter((flower) => flower.species !== flower.guess);

// How sure the model is of the likeliest species at each place.
const cells = 100;
const [length, width] = [
  [0.5, 7.5],
  [-0.1, 2.8],
] as const;
const along = ([from, to]: readonly [number, number]): Tensor =>
  arange(cells)
    .add(0.5)
    .mul((to - from) / cells)
    .add(from);
const places = concat(
  [
    along(length).reshape([1, cells, 1]).expand([cells, cells, 1]),
    along(width).reshape([cells, 1, 1]).expand([cells, cells, 1]),
  ],
  2,
).reshape([-1, 2]);
const chances = scoresOf(model, places).softmax(1);
const colour = (name: string): string => COLOURS[species.indexOf(name)] as string;
const CROSS = { symbol: "times", r: 5, stroke: "black", strokeWidth: 1.5 } as const;

writePicture(
  "logistic.svg",
  svgOf({
    ariaLabel: "The flowers by length and width of their petals, on bands where each species is the likeliest",
    inset: 0,
    marginLeft: 48,
    x: { ...axis("petal length (cm)"), domain: [...length] },
    y: { ...axis("petal width (cm)"), domain: [...width] },
    marks: [
      ...species.map((name, at) =>
        Plot.contour(Array.from(chances.slice(1, at, at + 1).data), {
          ...{ width: cells, height: cells, x1: length[0], y1: width[0], x2: length[1], y2: width[1] },
          thresholds: [0.5, 0.7, 0.9],
          fill: colour(name),
          fillOpacity: 0.12,
          stroke: "white",
        }),
      ),
      Plot.dot(guessed, {
        x: ({ petal }) => petal[0],
        y: ({ petal }) => petal[1],
        r: 4,
        fill: (flower) => colour(flower.species),
        stroke: ({ isAsked }) => (isAsked ? "black" : "white"),
      }),
      Plot.dot(mistaken, { x: ({ petal }) => petal[0], y: ({ petal }) => petal[1], ...CROSS }),
      ...legend(
        [
          ...species.map((name) => [name, { r: 5, fill: colour(name) }] as const),
          ["asked about", { r: 4, fill: "white", stroke: "black" }],
          [`taken for another species (${mistaken.length} flowers)`, CROSS],
        ],
        "top-left",
        32,
      ),
    ],
  }),
);
