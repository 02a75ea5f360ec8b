/** What the benchmark asks of each way to fit k-means. */

/** A fit of k-means by Lloyd's algorithm. */
export interface Fitter {
  readonly name: string;
  /** Takes the points as rows of plain numbers, and makes of them what the library wants. Timed apart. */
  convert(points: number[][]): Fit;
}

/** Makes exactly so many iterations, from the prototypes given, which it leaves as they are. */
export type Fit = (start: readonly (readonly number[])[], iterations: number) => Fitted;

/** Where the prototypes came to lie, and the cluster of each point. */
export interface Fitted {
  readonly centroids: number[][];
  readonly labels: ArrayLike<number>;
}

/** Throws unless all the iterations were made: a fit that ends early is no faster. */
export function checkIterations(name: string, made: number, wanted: number): void {
  if (made !== wanted) throw new Error(`${name} made ${made} iterations; expected ${wanted}`);
}
