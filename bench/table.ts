/** Tables in Markdown, and how their figures are written. */

/** A table whose first columns, as many as `labels`, are text and whose others are figures. */
export function markdownTable(labels: number, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isFigure = (column: number) => column >= labels;
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (isFigure(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (isFigure(column) ? `${"-".repeat(width - 1)}:` : "-".repeat(width))).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Three digits of a time, never in powers of ten; of no time worth mentioning, that. */
export function milliseconds(time: number): string {
  if (time >= 100) return Math.round(time).toLocaleString("en");
  return time >= 0.0001 ? time.toPrecision(3) : "< 0.0001";
}

/** How many times as long as `unit`, or nothing where there is no unit. */
export function timesAsLong(time: number, unit: number | undefined): string {
  if (unit === undefined) return "";
  const ratio = time / unit;
  return `${ratio >= 100 ? Math.round(ratio).toLocaleString("en") : ratio.toPrecision(3)} ×`;
}

/** An error or a difference, of which only the size matters. */
export function error(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
