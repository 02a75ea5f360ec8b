/** Whole fits: ten iterations of Lloyd's algorithm from the same start, by each library that fits k-means. */
import type { Fitter } from "./fits/fitter.js";
import { mlKmeansFitter } from "./fits/ml-kmeans.js";
import { protogradFitter } from "./fits/protograd.js";
import { skmeansFitter } from "./fits/skmeans.js";
import { makeProblem, nameOf, rowsOf, SIZES_OF_FITS } from "./problems.js";
import { error, markdownTable, milliseconds, timesAsLong } from "./table.js";
import { type Effort, type Timing, timeInTurns } from "./timing.js";

/** What one library did at one size. */
export interface FitResult extends Timing {
  readonly size: string;
  readonly by: string;
  /** The milliseconds for turning the rows of points into what the library works on. */
  readonly conversion: number;
  /** The largest difference of a coordinate of a centroid from that of ml-kmeans, which computes in float64. */
  readonly difference: number;
}

const ITERATIONS = 10;
const FITTERS: readonly Fitter[] = [protogradFitter, mlKmeansFitter, skmeansFitter];

/** Coordinates are between −30 and 30. Beyond this, the centroids are not the same ones in float32. */
const LARGEST_DIFFERENCE = 1e-2;

export function measureFits(effort: Effort): FitResult[] {
  return SIZES_OF_FITS.flatMap((size) => {
    const problem = makeProblem(size);
    console.error(`fits at ${nameOf(problem)}`);
    const points = rowsOf(problem.points, problem.d);
    const start = rowsOf(problem.prototypes, problem.d);
    const conversions = timeInTurns(
      FITTERS.map(({ name, convert }) => ({ name, run: () => convert(points) })),
      effort,
    );
    const contestants = FITTERS.map(({ name, convert }) => {
      const fit = convert(points);
      return { name, run: () => fit(start, ITERATIONS) };
    });
    const centroids = contestants.map(({ run }) => run().centroids.flat());
    const differences = centroids.map((each) => largestDifference(each, centroids[FITTERS.indexOf(mlKmeansFitter)]!));
    const disagreeing = differences.findIndex((difference) => !(difference < LARGEST_DIFFERENCE));
    if (disagreeing >= 0) {
      throw new Error(`the centroids of ${FITTERS[disagreeing]!.name} are off by ${differences[disagreeing]}`);
    }
    const timings = timeInTurns(contestants, effort);
    return FITTERS.map(({ name }, at) => ({
      size: nameOf(problem),
      by: name,
      conversion: conversions[at]!.median,
      difference: differences[at]!,
      ...timings[at]!,
    }));
  });
}

const largestDifference = (some: readonly number[], others: readonly number[]): number =>
  Math.max(...some.map((value, at) => Math.abs(value - others[at]!)));

export function tableOfFits(results: readonly FitResult[]): string {
  const head = ["n × d × k", "by", "ms", "÷ protograd", "conversion ms", "difference", "samples"];
  return markdownTable(
    2,
    head,
    results.map(({ size, by, median, conversion, difference, samples }) => [
      size,
      by,
      milliseconds(median),
      timesAsLong(median, results.find((other) => other.size === size && other.by === "protograd")?.median),
      milliseconds(conversion),
      error(difference),
      String(samples.length),
    ]),
  );
}
