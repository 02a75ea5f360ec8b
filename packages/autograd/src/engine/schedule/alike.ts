/**
 * Passes that differ in nothing but the names of what they read and compute, as those of a recurrent network: what is
 * written for one of them serves all, once it is told where everything lies. Knows nothing of instructions or memory.
 */
import { attributesKey } from "../../graph.js";
import { type Access, axisOf, type Formula, type Join, type Position } from "../formula/formula.js";
import { canRepeat, type Pass, type Schedule } from "./schedule.js";

/** What a pass says, without names. */
export interface Likeness {
  /** The same for all passes that are alike, and for no others. */
  readonly key: string;
  /** What has values in memory while the pass runs, in the same order for all passes that are alike. */
  readonly inMemory: readonly Formula[];
}

/** Of so much at most a pass may be told where it lies. */
const MOST_IN_MEMORY = 64;

/** The likeness of each pass that has others like it. */
export function likenessesOf({ formulas, passes, stored }: Schedule): ReadonlyMap<Pass, Likeness> {
  const wholes = new Map<Formula, Join>();
  for (const each of formulas) if (each.kind === "join") for (const { from } of each.inputs) wholes.set(from, each);
  const found = new Map<Pass, Likeness>();
  const counts = new Map<string, number>();
  for (const pass of passes) {
    const likeness = likenessOf(pass, stored, wholes);
    if (likeness.inMemory.length > MOST_IN_MEMORY) continue;
    found.set(pass, likeness);
    counts.set(likeness.key, (counts.get(likeness.key) ?? 0) + 1);
  }
  for (const [pass, { key }] of found) if (counts.get(key) === 1) found.delete(pass);
  return found;
}

function likenessOf(pass: Pass, stored: ReadonlySet<Formula>, wholes: ReadonlyMap<Formula, Join>): Likeness {
  const reader = new Reader(pass, stored, wholes);
  let key = `${pass.length} ${pass.isDouble}`;
  for (const member of pass.members) key += reader.member(member);
  return { key, inMemory: reader.inMemory };
}

class Reader {
  /** By the order in which they come up. */
  readonly #numbers = new Map<Formula, number>();
  readonly inMemory: Formula[] = [];
  readonly #pass: Pass;
  readonly #stored: ReadonlySet<Formula>;
  /** Of the pieces of a join the join: they lie in memory as its shape says. */
  readonly #wholes: ReadonlyMap<Formula, Join>;

  constructor(pass: Pass, stored: ReadonlySet<Formula>, wholes: ReadonlyMap<Formula, Join>) {
    this.#pass = pass;
    this.#stored = stored;
    this.#wholes = wholes;
  }

  /** A formula of the pass, where it is computed. */
  member(formula: Formula): string {
    const isStored = this.#stored.has(formula);
    if (isStored) this.inMemory.push(formula);
    const text = this.#meaning(formula);
    const whole = this.#wholes.get(formula);
    const lying = whole ? `in ${whole.shape} along ${whole.axis}` : isStored;
    this.#numbers.set(formula, this.#numbers.size);
    return `\n${this.#pass.axes.get(formula)} ${lying} ${text}`;
  }

  /** A formula where it is read: its number, once it has one. */
  #named(formula: Formula): string {
    const known = this.#numbers.get(formula);
    if (known !== undefined) return `${known}`;
    const text = formula.kind !== "flat" && canRepeat(formula) ? this.#meaning(formula) : this.#inMemory(formula);
    this.#numbers.set(formula, this.#numbers.size);
    return `(${formula.kind} ${formula.dtype} ${formula.shape} ${text})`;
  }

  /** What is in memory: the number that it has there already, or −1. */
  #inMemory(formula: Formula): string {
    const source = formula.kind === "flat" ? formula.inputs[0].from : formula;
    const known = this.inMemory.indexOf(source);
    if (known < 0) this.inMemory.push(source);
    return `${known}`;
  }

  #meaning(formula: Formula): string {
    const { kind, dtype, shape } = formula;
    let text = `${kind} ${dtype} ${shape} ${saidOf(formula)}`;
    if ("inputs" in formula) for (const input of formula.inputs) text += ` ${this.#read(input)}`;
    return text;
  }

  #read({ from, at }: Access): string {
    let text = this.#named(from);
    for (const position of at) text += `,${this.#position(position)}`;
    return text;
  }

  #position(position: Position): string {
    const axis = axisOf(position);
    if (axis !== undefined) return `${axis}`;
    let text = `${position.offset}`;
    for (const { variable, factor } of position.terms) {
      text += `+${factor}*${typeof variable === "number" ? variable : this.#read(variable)}`;
    }
    return `(${text})`;
  }
}

const nothing = (): string => "";

/** What formulas are told besides their inputs. */
const SAID: { readonly [Kind in Formula["kind"]]: (formula: Extract<Formula, { kind: Kind }>) => string } = {
  leaf: nothing,
  fill: ({ value }) => (Object.is(value, -0) ? "-0" : `${value}`),
  flat: nothing,
  map: ({ rules, attributes }) => (rules ? `${rules.name} ${attributesKey(attributes)}` : ""),
  reduce: ({ fold, factor, length }) => `${fold.name} ${factor} ${length}`,
  checked: ({ axis, length }) => `${axis} ${length}`,
  place: ({ axis, isEverywhere }) => `${axis} ${isEverywhere}`,
  join: nothing,
};

const saidOf = (formula: Formula): string => (SAID[formula.kind] as (formula: Formula) => string)(formula);
