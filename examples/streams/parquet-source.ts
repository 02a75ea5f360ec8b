/** The rows of a Parquet file as a source for kmeansOver, which reads the file once for each pass. */
import type { ShapedNumbers } from "@protograd/kmeans";
import { asyncBufferFromFile, parquetScan } from "hyparquet";

/** The named columns are the coordinates. A batch is a group of rows, which Parquet reads at once. */
export function parquetSource(file: string, columns: readonly string[]): () => AsyncGenerator<ShapedNumbers> {
  return async function* () {
    const scan = await parquetScan({ file: await asyncBufferFromFile(file), columns: [...columns] });
    for (const rows of scan.ranges) {
      const read = await Promise.all(columns.map((column) => scan.readColumn({ column, ...rows })));
      yield rowAfterRow(read as ArrayLike<number>[], rows.rowEnd - rows.rowStart);
    }
  };
}

function rowAfterRow(columns: readonly ArrayLike<number>[], n: number): ShapedNumbers {
  const d = columns.length;
  const data = new Float64Array(n * d);
  columns.forEach((column, j) => {
    // A value that is missing is no number, and an array of numbers would make 0 of it.
    for (let row = 0; row < n; row++) data[row * d + j] = Number(column[row] ?? Number.NaN);
  });
  return { data, shape: [n, d] };
}
