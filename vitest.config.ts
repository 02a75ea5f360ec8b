import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/no-fallback.ts"],
    // No test is about time; the limit only ends one that hangs.
    testTimeout: 60_000,
    maxWorkers: "100%",
  },
});
