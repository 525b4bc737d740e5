// PostgreSQL's memory, out of its limit.
import fc from "fast-check";
import { expect, test } from "vitest";
import { tuning, tuningFile } from "../../components/postgres/tuning.ts";

const MiB = 2 ** 20;
const kB = 1024;

test("256 MiB and a volume of 10 GiB", () => {
  expect(tuning(256 * MiB, 10 * 1024 * MiB)).toEqual({
    max_connections: 30,
    shared_buffers: (64 * MiB) / kB,
    effective_cache_size: (128 * MiB) / kB,
    work_mem: Math.floor((32 * MiB) / 30 / kB),
    maintenance_work_mem: (16 * MiB) / kB,
    wal_buffers: (2 * MiB) / kB,
    max_wal_size: (1280 * MiB) / kB,
    min_wal_size: (80 * MiB) / kB,
  });
});

test("whatever the limit: what may be taken at once fits into it, and everything is a whole number that PostgreSQL takes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 96 * MiB, max: 64 * 1024 * MiB }), fc.integer({ min: 1024 * MiB, max: 2 ** 41 }), (memory, storage) => {
      const tuned = tuning(memory, storage);
      const atOnce = tuned.shared_buffers + tuned.wal_buffers + tuned.max_connections * tuned.work_mem + 2 * tuned.maintenance_work_mem;
      expect(atOnce * kB).toBeLessThan(memory * 0.8);
      expect(tuned.max_wal_size * kB).toBeLessThanOrEqual(Math.max(storage / 8, 128 * MiB));
      expect(tuned.min_wal_size).toBeLessThanOrEqual(tuned.max_wal_size);
      expect(Object.values(tuned).every(Number.isInteger)).toBe(true);
    }),
  );
});

test("the file has a unit on every size, and says whether the log is archived", () => {
  const lines = tuningFile(tuning(512 * MiB, 1024 * MiB), { archive: true }).split("\n");
  expect(lines.slice(0, 2)).toEqual(["max_connections = 30", "shared_buffers = 131072kB"]);
  expect(lines).toContain("archive_mode = on");
});
