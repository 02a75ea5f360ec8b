/** Rows that DuckDB makes up, the same ones each time: a query that needs no table. Knows no k-means. */

/**
 * So many points of the plane, in three squares that touch. Multiples of these two numbers, without their whole parts,
 * fill a square evenly (Roberts 2018): nothing is drawn at random, so each run of the query gives the same rows.
 */
export const generatedPoints = (rows: number): string => `
  SELECT 8.0 * (i % 3 = 1)::DOUBLE + 8 * ((i * 0.7548776662466927::DOUBLE) % 1) AS x,
         8.0 * (i % 3 = 2)::DOUBLE + 8 * ((i * 0.5698402909980532::DOUBLE) % 1) AS y
  FROM range(${rows}) AS numbers(i)`;
