/** A table as text: rows of words and numbers, each column as wide as its widest entry. */

/** The first column aligned to the left, the others to the right. */
export function tableText(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const aligned = (entry: string | number, column: number): string =>
    column === 0 ? String(entry).padEnd(widths[0] as number) : String(entry).padStart(widths[column] as number);
  return rows.map((row) => row.map(aligned).join("  ").trimEnd()).join("\n");
}
