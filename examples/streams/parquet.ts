/**
 * Clusters the rows of a Parquet file, which DuckDB writes first and hyparquet reads, a group of rows at a time.
 * `npx -y pnpm@12 parquet`, or `npx -y pnpm@12 parquet 10000000`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { kmeansOver } from "@protograd/kmeans";
import { generatedPoints } from "./generated.js";
import { parquetSource } from "./parquet-source.js";
import { printModel, watch } from "./progress.js";
import { rowsAsked } from "./rows-asked.js";

const rows = rowsAsked(1_000_000);
const folder = mkdtempSync(join(tmpdir(), "points-"));
process.once("exit", () => rmSync(folder, { recursive: true }));
const file = join(folder, "points.parquet");

const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`COPY (${generatedPoints(rows)}) TO '${file}' (FORMAT parquet)`);
connection.closeSync();

const { source, onIteration } = watch(parquetSource(file, ["x", "y"]));
printModel(await kmeansOver(source, { k: 3, seed: 1, onIteration }));
