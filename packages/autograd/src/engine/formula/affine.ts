/**
 * Whole numbers of the form offset + Σ factor · variable: where along an axis something is read. In formulas the
 * variables are axes, in code they are its variables. Knows neither.
 */

export interface Affine<Variable> {
  readonly offset: number;
  /** No variable comes twice. */
  readonly terms: readonly Term<Variable>[];
}

export interface Term<Variable> {
  readonly variable: Variable;
  readonly factor: number;
}

export const fixed = (offset: number): Affine<never> => ({ offset, terms: [] });

export const along = <Variable>(variable: Variable): Affine<Variable> => ({
  offset: 0,
  terms: [{ variable, factor: 1 }],
});

export function scaled<Variable>(affine: Affine<Variable>, by: number): Affine<Variable> {
  if (by === 1) return affine;
  if (by === 0) return fixed(0);
  const { offset, terms } = affine;
  return { offset: offset * by, terms: terms.map(({ variable, factor }) => ({ variable, factor: factor * by })) };
}

/** The sum of all; `isSame` tells variables that are objects apart. */
export function total<Variable>(
  parts: readonly Affine<Variable>[],
  isSame: (one: Variable, other: Variable) => boolean = Object.is,
): Affine<Variable> {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  let offset = 0;
  const terms: Term<Variable>[] = [];
  for (const part of parts) {
    offset += part.offset;
    for (const term of part.terms) {
      const same = terms.findIndex(({ variable }) => isSame(variable, term.variable));
      if (same < 0) terms.push(term);
      else terms[same] = { variable: term.variable, factor: term.factor + (terms[same] as Term<Variable>).factor };
    }
  }
  return { offset, terms };
}

/** As text, equal for equal ones only; `nameOf` names variables. */
export function keyOf<Variable>(
  { offset, terms }: Affine<Variable>,
  nameOf: (variable: Variable) => number | string,
): string {
  if (terms.length === 0) return String(offset);
  const texts = terms.map(({ variable, factor }) => `${factor}*${nameOf(variable)}`);
  return `${offset}+${texts.length === 1 ? texts[0] : texts.sort().join("+")}`;
}
