/**
 * Blocks of code that follow one another as one program, and its lines as lines of the blocks. Knows nothing of what
 * the blocks say.
 */

/** A place in a block; blocks and lines are counted from 0. */
export interface Place {
  readonly block: number;
  readonly line: number;
}

const linesOf = (block: string): number => block.split("\n").length;

/** The blocks one after another, each after a line of its own with the opening of its number. */
export const joined = (blocks: readonly string[], opening: (block: number) => string): string =>
  blocks.map((text, block) => `${opening(block)}\n${text}`).join("\n");

/** Where a line of the program, counted from 0, stands; the line of an opening counts as the first line of its block. */
export function placeOf(blocks: readonly string[], line: number): Place {
  let first = 0;
  for (const [block, text] of blocks.entries()) {
    const after = first + 1 + linesOf(text);
    if (line < after) return { block, line: Math.max(0, line - first - 1) };
    first = after;
  }
  const last = blocks.length - 1;
  return { block: last, line: linesOf(blocks[last] ?? "") - 1 };
}
