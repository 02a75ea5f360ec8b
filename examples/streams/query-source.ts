/** The rows of a DuckDB query as a source for kmeansOver, which runs the query once for each pass. */
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import type { ShapedNumbers } from "@protograd/kmeans";

/** DuckDB gives 2,048 rows at a time. That many times as many make a batch: enough work for each, and a few megabytes. */
const CHUNKS_IN_BATCH = 64;

/** Every column of the query is a coordinate. The rows must come in the same order each time. */
export function querySource(connection: DuckDBConnection, query: string): () => AsyncGenerator<ShapedNumbers> {
  return async function* () {
    const result = await connection.stream(query);
    let chunks: DuckDBDataChunk[] = [];
    for await (const chunk of result) {
      chunks.push(chunk);
      if (chunks.length < CHUNKS_IN_BATCH) continue;
      yield rowAfterRow(chunks, result.columnCount);
      chunks = [];
    }
    yield rowAfterRow(chunks, result.columnCount);
  };
}

function rowAfterRow(chunks: readonly DuckDBDataChunk[], d: number): ShapedNumbers {
  const n = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const data = new Float64Array(n * d);
  let first = 0;
  for (const chunk of chunks) {
    for (let j = 0; j < d; j++) {
      const column = chunk.getColumnVector(j);
      for (let row = 0; row < chunk.rowCount; row++) {
        // NULL is no number, and an array of numbers would make 0 of it.
        data[(first + row) * d + j] = Number(column.getItem(row) ?? Number.NaN);
      }
    }
    first += chunk.rowCount;
  }
  return { data, shape: [n, d] };
}
