/**
 * Clusters the rows of a query that DuckDB makes up as it goes, as many as are asked for, in flat memory.
 * `npx -y pnpm@12 query`, or `npx -y pnpm@12 query 100000000`
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { kmeansOver } from "@protograd/kmeans";
import { generatedPoints } from "./generated.js";
import { printModel, watch } from "./progress.js";
import { querySource } from "./query-source.js";
import { rowsAsked } from "./rows-asked.js";

const rows = rowsAsked(10_000_000);
const connection = await (await DuckDBInstance.create()).connect();
const { source, onIteration } = watch(querySource(connection, generatedPoints(rows)));
printModel(await kmeansOver(source, { k: 3, seed: 1, onIteration }));
connection.closeSync();
