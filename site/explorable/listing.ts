/**
 * What `explain` prints, in its sections, and which of the lines makes which number of the graph of chapter 3. Knows
 * the words of these lines, and no page.
 */
import { explain } from "@protograd/autograd";
import { kmeansCost } from "@protograd/kmeans";
import { type TensorName, tensorOf } from "./costs.js";
import { flatOf, type Place } from "./place.js";

export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly text: string;
  /** The tensors whose values, or whose gradients, this line makes. */
  readonly makes: readonly Made[];
}

export type Made = TensorName | `∂${TensorName}`;

/** The sections graph, gradient, simplified and kernel, for so many points and these prototypes. */
export function listingOf(points: Float64Array, prototypes: readonly Place[]): Section[] {
  const X = tensorOf(points);
  const W = tensorOf(flatOf(prototypes));
  return sectionsOf(explain(kmeansCost(X, W), [W]));
}

function sectionsOf(text: string): Section[] {
  const sections: { title: string; lines: Line[] }[] = [];
  for (const line of text.split("\n")) {
    if (!/^( |result)/.test(line)) sections.push({ title: line, lines: [] });
    else {
      const section = sections.at(-1) as (typeof sections)[number];
      section.lines.push({ text: line, makes: madeBy(line, section.title) });
    }
  }
  return sections;
}

/** Which words tell a line, in each section. */
const WORDS: readonly (readonly [section: RegExp, words: RegExp, makes: readonly Made[]])[] = [
  [/^graph/, /^ {2}%1 +constant/, ["W"]],
  [/^graph/, / transpose /, ["columns"]],
  [/^graph/, /^ {2}%5 +constant/, ["x"]],
  [/^graph/, / sub /, ["differences"]],
  [/^graph/, / square /, ["squares"]],
  [/^graph/, / reduceSum %\d+ axis 1/, ["distances"]],
  [/^graph/, / reduceMin /, ["nearest"]],
  [/^graph/, / reduceSum %\d+ axis 0/, ["cost"]],
  [/^gradient/, / expand %17 /, ["∂nearest"]],
  [/^gradient/, / (scatterAdd|argmin) /, ["∂distances"]],
  [/^gradient/, / expand %2\d /, ["∂squares"]],
  [/^gradient/, / mul /, ["∂differences"]],
  [/^gradient/, / neg /, ["∂columns"]],
  [/^gradient/, / transpose /, ["∂W"]],
  [/^(simplified|kernel)/, /= sub\(/, ["differences", "columns", "x", "W"]],
  [/^simplified/, /= square\(/, ["squares"]],
  [/^simplified/, /= sum over \w in 2 of /, ["distances"]],
  [/^kernel/, /sum over \w in 2 of square\(/, ["squares", "distances"]],
  [/^(simplified|kernel)/, /[=(] ?smallest over /, ["nearest"]],
  [/^simplified/, /= sum over \w in \d+ of t4/, ["cost"]],
  [/^kernel/, /^ {4}t\d+ \+= /, ["cost"]],
  [/^(simplified|kernel)/, /= position of the smallest/, ["∂nearest", "∂distances", "∂squares"]],
  [/^simplified/, / where | else 0/, ["∂differences"]],
  [/^simplified/, /= -2 · sum/, ["∂differences", "∂columns", "∂W"]],
  [/^kernel/, /\+= -2 · /, ["∂differences", "∂columns", "∂W"]],
];

const madeBy = (text: string, title: string): Made[] =>
  WORDS.flatMap(([section, words, makes]) => (section.test(title) && words.test(text) ? makes : []));
