/**
 * The process of one library's fits, at the size that its arguments name. Sends its result; after that, for each number
 * of calls that it receives, how many milliseconds a fit took.
 */

import { fitters } from "./fits/all.js";
import type { Ready } from "./fits.js";
import { makeProblem, rowsOf, SIZES_OF_FITS } from "./problems.js";
import { sampleOf } from "./timing.js";

const ITERATIONS = 10;
const CONVERSIONS = 5;

const [name, which] = process.argv.slice(2);
const fitter = fitters.find((each) => each.name === name);
if (fitter === undefined) throw new Error(`nobody called ${name} fits k-means`);

/** Nobody else holds the rows afterwards, so that only a library that works on them keeps them. */
function prepare({ convert }: typeof fitter & object) {
  const problem = makeProblem(SIZES_OF_FITS[Number(which)]!);
  const points = rowsOf(problem.points, problem.d);
  const conversions = Array.from({ length: CONVERSIONS }, () => sampleOf(() => convert(points))(1) as number);
  return { fit: convert(points), start: rowsOf(problem.prototypes, problem.d), conversions };
}

const { fit, start, conversions } = prepare(fitter);
const sample = sampleOf(() => fit(start, ITERATIONS));
process.on("message", async (calls) => process.send?.(await sample(calls as number)));
const ready: Ready = { centroids: fit(start, ITERATIONS).centroids.flat(), conversions };
process.send?.(ready);
