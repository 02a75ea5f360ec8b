import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (name: string): string => fileURLToPath(new URL(`../packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: { alias: { "@protograd/autograd": source("autograd"), "@protograd/kmeans": source("kmeans") } },
  test: {
    include: ["tests/**/*.test.ts"],
    // A test mostly waits for its page.
    maxWorkers: 3,
    // No test is about time; the limits only end one that hangs.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
