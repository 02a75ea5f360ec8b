/** What the benchmark asks of each way to fit k-means. */

/** A fit of k-means by Lloyd's algorithm. */
export interface Fitter {
  readonly name: string;
  /** Takes the points as rows of plain numbers, and converts them to what the library wants. Timed separately. */
  convert(points: number[][]): Fit;
}

/** Makes exactly so many iterations from the given prototypes, which it does not change. */
export type Fit = (start: readonly (readonly number[])[], iterations: number) => Fitted;

/** The final prototypes, and the cluster of each point. */
export interface Fitted {
  readonly centroids: number[][];
  readonly labels: ArrayLike<number>;
}

/** Throws unless all the iterations were made: a fit that ends early is no faster. */
export function checkIterations(name: string, made: number, wanted: number): void {
  if (made !== wanted) throw new Error(`${name} made ${made} iterations; expected ${wanted}`);
}
