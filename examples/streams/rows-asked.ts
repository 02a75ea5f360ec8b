/** The one argument of these programs: how many rows. */

export function rowsAsked(otherwise: number): number {
  const given = process.argv[2];
  const rows = given === undefined ? otherwise : Number(given);
  if (Number.isInteger(rows) && rows >= 3) return rows;
  throw new RangeError(`streams: the number of rows is ${given}; expected a whole number from 3, such as 10000000`);
}
