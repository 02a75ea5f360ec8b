/**
 * What a graph is compiled to, as text: its formulas in index notation, and the passes that compute them as
 * pseudo-code. Computes nothing, and knows nothing of instructions.
 */
import { formatType, type Node, type Nodes } from "../graph.js";
import { formatNumber } from "../nested.js";
import { blockOf } from "./code/kernel.js";
import { rowsOf, rowsOfRead } from "./code/tiling.js";
import type { Access, Formula, Position, Reduce } from "./formula/formula.js";
import type { Combination } from "./instructions/lanes.js";
import { type Planned, plan } from "./schedule/plan.js";
import { isFold } from "./schedule/schedule.js";
import { SECTION } from "./schedule/sections.js";
import { placedAxisOf } from "./schedule/staging.js";

/** The sections "simplified" and "kernel 1" and so on; `nameOf` gives the names that the graph's own lines use. */
export function describeKernels(
  outputs: Nodes,
  isGiven: (node: Node) => boolean,
  nameOf: (node: Node) => string,
): string[] {
  const { outputs: results, schedule, kernels } = plan(outputs, isGiven);
  const names = new Map<Formula, string>();
  const { formulas } = schedule;
  for (const formula of formulas) names.set(formula, firstName(formula, names, nameOf));
  const writer = new Writer(names, schedule.stored);
  const defined = formulas.filter(({ kind }) => kind !== "fill" && kind !== "leaf" && kind !== "flat");
  return [
    "simplified",
    ...defined.map((formula) => `  ${writer.definition(formula)}`),
    `result ${results.map(({ from }) => names.get(from)).join(", ")}`,
    ...kernels.flatMap((kernel, at) => [
      `kernel ${at + 1}`,
      ...kernel.flatMap((planned) => writer.pass(planned).map((line) => `  ${line}`)),
    ]),
  ];
}

function firstName(formula: Formula, names: ReadonlyMap<Formula, string>, nameOf: (node: Node) => string): string {
  if (formula.kind === "leaf") return nameOf(formula.node);
  if (formula.kind === "fill") return formatNumber(formula.value, formula.dtype);
  if (formula.kind === "flat") return `flat ${names.get(formula.inputs[0].from)}`;
  return `t${[...names.values()].filter((name) => name.startsWith("t")).length + 1}`;
}

/** The stream is n; other axes have the letters after it in the order in which they come up. */
const STREAM = "n";
const LETTERS = "ijklmpqrsuvwxyz";

class Writer {
  readonly #names: ReadonlyMap<Formula, string>;
  readonly #stored: ReadonlySet<Formula>;
  /** What stands in the text in place of its name. */
  #inlined: ReadonlySet<Formula> = new Set();
  /** How many entries that are folded are computed together. */
  #rowsOf: (fold: Reduce) => number = () => 1;
  /** Folds in sections. */
  #inSections: (fold: Formula) => boolean = () => false;

  constructor(names: ReadonlyMap<Formula, string>, stored: ReadonlySet<Formula>) {
    this.#names = names;
    this.#stored = stored;
  }

  definition(formula: Formula): string {
    this.#inlined = new Set();
    this.#rowsOf = () => 1;
    this.#inSections = () => false;
    const index = lettersFor(formula.shape.length);
    return `${this.#entry(formula, index)} = ${this.#meaning(formula, index)}  ${formatType(formula)}`;
  }

  /** A pass as a loop, with what it reads above and what is written below. */
  pass({ pass, chunk, staging }: Planned): string[] {
    const { length, members } = pass;
    const { staged, axes } = staging;
    this.#inSections = (fold) => staging.sections.has(fold);
    const block = blockOf(pass);
    const kept = new Set<Formula>([...staged, ...members.filter((member) => this.#stored.has(member))]);
    const users = new Map<Formula, number>();
    for (const member of members) {
      for (const from of new Set(member.reads.map((read) => read.from))) users.set(from, (users.get(from) ?? 0) + 1);
    }
    const used = members.filter((member) => kept.has(member) || users.has(member));
    // A position has a line of its own: where it stands it is an index.
    const isOnce = (member: Formula): boolean => users.get(member) === 1 && member.dtype !== "int32";
    this.#inlined = new Set(used.filter((member) => !kept.has(member) && isOnce(member)));
    const isOwn = new Set(members);
    const tiled = { members: isOwn, stored: this.#stored, staging };
    const sources = new Set(members.flatMap((member) => member.reads.map(({ from }) => from)));
    const read = [...sources].filter((from) => !isOwn.has(from) && from.kind !== "fill");
    const written = used.filter((member) => this.#stored.has(member));
    const lines = [...staged, ...used].filter((formula, at, all) => all.indexOf(formula) === at);
    lines.sort((a, b) => Number(isFold(pass, a)) - Number(isFold(pass, b)) || a.id - b.id);
    const body = lines
      .filter((formula) => !this.#inlined.has(formula))
      .map((formula) => {
        if (isFold(pass, formula)) return this.#fold(formula as Reduce);
        const axis = isOwn.has(formula) ? pass.axes.get(formula) : axes.get(formula);
        const inner = lettersFor(formula.shape.length);
        const index = inner.map((letter, each) => (each === axis ? STREAM : letter));
        const last = index.findLastIndex((letter) => letter !== STREAM);
        const isTiled = block > 1 && isOwn.has(formula) && kept.has(formula);
        const rows = isTiled && last >= 0 ? rowsOf(tiled, formula, last) : 1;
        this.#rowsOf = ({ inputs, shape }) => (isTiled && rows === 1 ? rowsOfRead(tiled, inputs[0], shape.length) : 1);
        const loops = loopsOf(formula.shape, index, rows);
        if (!isOwn.has(formula)) {
          const isLast = axes.get(formula) === formula.shape.length - 1;
          return `${loops}keep ${this.#entry(formula, index)}, ${isLast ? "side by side" : "transposed"}`;
        }
        const verb = this.#stored.has(formula) ? "store " : kept.has(formula) ? "keep " : "let ";
        return `${verb === "let " ? "" : loops}${verb}${this.#entry(formula, index)} = ${this.#meaning(formula, index)}`;
      });
    const chunks = length > chunk ? `, in chunks of ${chunk}` : "";
    const head = length === 1 ? "once:" : `for ${STREAM} in ${length}${together(block)}${chunks}:`;
    const names = (formulas: readonly Formula[]): string => formulas.map((each) => this.#names.get(each)).join(", ");
    return [`${head}  reads ${names(read) || "nothing"}, writes ${names(written)}`, ...body.map((line) => `  ${line}`)];
  }

  /** A fold over the stream. */
  #fold(fold: Reduce): string {
    const [input] = fold.inputs;
    const index = lettersFor(fold.shape.length);
    const placed = placedAxisOf(fold);
    const inner = [...index, STREAM];
    if (placed !== undefined && this.#inlined.has(input.from) && input.from.kind === "place") {
      const at = input.at.map((position) => this.#position(position, inner));
      const [value, position] = input.from.inputs;
      const there = index.with(placed, this.#read(position, at));
      const others = index.map((letter, axis) => (axis === placed ? "" : letter));
      return `${loopsOf(fold.shape, others)}${this.#entry(fold, there)} += ${times(fold)}${this.#read(value, at)}`;
    }
    const result = this.#entry(fold, index);
    const loops = loopsOf(fold.shape, index);
    const entry = this.#read(input, inner);
    return fold.fold.kind === "combining"
      ? `${loops}${result} ${STEPS[fold.fold.step]} ${times(fold)}${entry}`
      : `${loops}${result} = ${word(fold)} of it and ${entry}`;
  }

  #entry(formula: Formula, index: readonly string[]): string {
    return index.length === 0
      ? (this.#names.get(formula) as string)
      : `${this.#names.get(formula)}[${index.join(", ")}]`;
  }

  #meaning(formula: Formula, index: readonly string[]): string {
    if (!("inputs" in formula)) return this.#entry(formula, index);
    if (formula.kind === "reduce") {
      const letter = lettersFor(index.length + 1, index).at(-1) as string;
      const rows = formula.fold.kind === "choosing" ? this.#rowsOf(formula) : 1;
      const sections = this.#inSections(formula) ? `, in sections of ${SECTION}` : "";
      return `${times(formula)}${word(formula)} over ${letter} in ${formula.length}${sections}${together(rows)}${rows === 1 && sections === "" ? "" : ","} of ${this.#read(formula.inputs[0], [...index, letter])}`;
    }
    const inputs = formula.inputs.map((input) => this.#read(input, index));
    if (formula.kind === "place") return `${inputs[0]} where ${index[formula.axis]} = ${inputs[1]}, else 0`;
    if (formula.kind === "checked") return `${inputs[0]}, counted from the end if negative, below ${formula.length}`;
    if (formula.kind === "join")
      return `${formula.inputs.map(({ from }) => this.#names.get(from)).join(", ")} side by side`;
    if (formula.kind === "flat" || formula.rules === undefined) return inputs[0] as string;
    const attributes = Object.values(formula.attributes).map(String);
    return `${formula.rules.name}(${[...inputs, ...attributes].join(", ")})`;
  }

  #read({ from, at }: Access, index: readonly string[]): string {
    const inner = at.map((position) => this.#position(position, index));
    if (!this.#inlined.has(from)) return this.#entry(from, inner);
    return from.kind === "reduce" ? `(${this.#meaning(from, inner)})` : this.#meaning(from, inner);
  }

  #position({ offset, terms }: Position, index: readonly string[]): string {
    const parts = terms.map(({ variable, factor }) => {
      const text = typeof variable === "number" ? (index[variable] as string) : this.#read(variable, index);
      return factor === 1 ? text : `${factor}·${text}`;
    });
    return [...parts, ...(offset !== 0 || parts.length === 0 ? [String(offset)] : [])].join(" + ");
  }
}

/** Letters for so many axes, none of them in use yet but those that are given, which come first. */
function lettersFor(count: number, given: readonly string[] = []): string[] {
  const free = Array.from(LETTERS).filter((letter) => !given.some((used) => used.includes(letter)));
  return [...given, ...free].slice(0, count);
}

const loopsOf = (shape: readonly number[], index: readonly string[], rows = 1): string => {
  const loops = index.flatMap((letter, axis) =>
    letter === "" || letter === STREAM ? [] : [`${letter} in ${shape[axis]}`],
  );
  return loops.length === 0 ? "" : `for ${loops.join(", ")}${together(rows)}: `;
};

const together = (rows: number): string => (rows === 1 ? "" : `, ${rows} at a time`);

/** What a step does to what there is. */
const STEPS: Readonly<Record<Combination, string>> = { add: "+=", mul: "*=", min: "min=", max: "max=" };

const times = ({ factor }: Reduce): string => (factor === 1 ? "" : `${factor} · `);

const word = ({ fold, dtype }: Reduce): string => (dtype === "int32" ? `position of the ${fold.name}` : fold.name);
