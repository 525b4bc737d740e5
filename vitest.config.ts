import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// `unit` needs nothing but Node; the others need what test/run.ts sets up and share one Docker engine. Files run side by side, more
// of them than there are cores, for most wait for containers; what a timeout is for is that a test ends, not how fast it is.
const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout * 4, expect: { poll: { timeout: 30_000 } }, ...extra },
});

// What is about seconds has the machine for itself: beside others a disk that is busy stops a service for longer than that, and
// alerts are about that.
const timed = ["idle", "guessing", "alerts", "expired"].map((name) => `test/e2e/${name}.test.ts`);

export default defineConfig({
  test: {
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      project("unit", 60_000),
      project("components", 120_000),
      project("config", 240_000),
      project("image", 300_000),
      project("e2e", 600_000, { globalSetup: "test/setup/e2e.ts", exclude: timed }),
      project("timed", 600_000, { globalSetup: "test/setup/e2e.ts", include: timed, fileParallelism: false, sequence: { groupOrder: 2 } }),
      // One at a time: beside other stacks a NetworkPolicy was seen not to be in force (words.test), and it is not known yet why.
      project("kubernetes", 600_000, { fileParallelism: false, sequence: { groupOrder: 1 } }),
      project("engine", 600_000, { fileParallelism: false }),
    ],
  },
});
