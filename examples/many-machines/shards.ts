/** Points in Parquet files, a shard in each: written from arrays, read a group of rows at a time. Knows no queue. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ShapedNumbers } from "@protograd/kmeans";
import { asyncBufferFromFile, parquetScan, parquetSchema } from "hyparquet";
import { parquetWriteFile } from "hyparquet-writer";

/** The names of the Parquet files in a folder, in the order in which their sums are added. */
export function shardsIn(folder: string): string[] {
  const shards = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
  if (shards.length === 0) throw new Error(`shards: there is no file *.parquet in ${folder}; expected at least one`);
  return shards.sort();
}

/** Writes points as a Parquet file with a column of float64 for each coordinate. */
export async function writeShard(file: string, points: readonly (readonly number[])[]): Promise<void> {
  const columnData = (points[0] ?? []).map((_, j) => ({
    name: `x${j}`,
    data: Float64Array.from(points, (x) => x[j] as number),
    type: "DOUBLE" as const,
    nullable: false,
  }));
  await parquetWriteFile({ filename: file, columnData, rowGroupSize: 10_000 });
}

/** The points of a shard, a group of rows at a time: a shard may be larger than memory. */
export async function* readShard(folder: string, shard: string): AsyncGenerator<ShapedNumbers> {
  const scan = await parquetScan({ file: await asyncBufferFromFile(join(folder, shard)) });
  const names = parquetSchema(scan.metadata).children.map(({ element }) => element.name);
  for (const rows of scan.ranges) {
    const columns = await Promise.all(names.map((column) => scan.readColumn({ column, ...rows })));
    yield rowAfterRow(columns as ArrayLike<number>[], rows.rowEnd - rows.rowStart);
  }
}

/** As many points as are asked for, from the beginning of a shard. */
export async function firstPoints(folder: string, shard: string, count: number): Promise<number[][]> {
  const { value } = await readShard(folder, shard).next();
  const { data, shape } = value as ShapedNumbers;
  const [n, d] = shape as [number, number];
  if (!(Number.isInteger(count) && count >= 1 && count <= n)) {
    throw new RangeError(`shards: ${count} points were asked for; expected a whole number from 1 to ${n}`);
  }
  return Array.from({ length: count }, (_, row) => Array.from({ length: d }, (_, j) => data[row * d + j] as number));
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
