/** The largest k-means problems that are small: with one point more each of them is much. */
export const LARGEST = [
  { n: 1024, d: 2, k: 4 },
  { n: 819, d: 10, k: 1 },
  { n: 128, d: 8, k: 8 },
  { n: 63, d: 65, k: 2 },
] as const;
