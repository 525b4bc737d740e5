import { defineConfig } from "vitest/config";

// `unit` needs nothing but Node; the others need what test/run.ts sets up and share one Docker engine.
const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout * 4, ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", 20_000),
      project("components", 30_000),
      project("config", 120_000),
      project("image", 240_000, { maxWorkers: 4 }),
      project("e2e", 360_000, { maxWorkers: 4, globalSetup: "test/setup/e2e.ts" }),
      project("kubernetes", 360_000, { maxWorkers: 3 }),
      project("engine", 600_000, { fileParallelism: false }),
    ],
  },
});
