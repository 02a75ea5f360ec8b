import { defineConfig } from "vitest/config";

export default defineConfig({
  // No test is about time; the limit only ends one that hangs.
  test: { include: ["tests/**/*.test.ts"], testTimeout: 60_000, maxWorkers: "100%" },
});
