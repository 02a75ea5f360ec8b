/** What a fit of a stream says as it goes on: how quickly rows come, and how much memory the process holds. */
import type { KMeansModel, PointSource, ShapedNumbers, StreamState } from "@protograd/kmeans";

/** The same source, and what prints a line after each iteration. Surveying and starting count with the first one. */
export function watch(source: () => AsyncIterable<ShapedNumbers>) {
  let rows = 0;
  let since = performance.now();
  const counted: PointSource = async function* () {
    for await (const batch of source()) {
      rows += batch.shape[0] as number;
      yield batch;
    }
  };
  const onIteration = ({ iteration, inertia }: StreamState): void => {
    const now = performance.now();
    const millions = rows / 1000 / (now - since);
    [rows, since] = [0, now];
    console.log(
      `iteration ${iteration}, inertia ${inertia.toPrecision(9)}, ${millions.toFixed(1)} million rows a second, ${megabytes()} MB`,
    );
  };
  return { source: counted, onIteration };
}

/** The memory of the whole process, the database's with it. */
const megabytes = (): number => Math.round(process.memoryUsage.rss() / 1e6);

export function printModel({ centroids, clusterSizes, iterations, converged }: KMeansModel): void {
  console.log(`${converged ? "converged" : "not converged"} after ${iterations} iterations`);
  centroids.forEach((centroid, cluster) => {
    const place = Array.from(centroid, (value) => value.toFixed(4)).join(", ");
    console.log(`  (${place}), ${(clusterSizes[cluster] as number).toLocaleString("en")} rows`);
  });
}
