/** The part of `skmeans` that is used here; the package comes without types. */
declare module "skmeans" {
  export default function skmeans(
    points: number[][],
    k: number,
    start: number[][] | "kmpp",
    iterations?: number,
  ): { it: number; idxs: number[]; centroids: number[][]; test(row: number[]): unknown };
}
