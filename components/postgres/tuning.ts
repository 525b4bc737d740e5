// What PostgreSQL reads at its start only: its memory, out of its limit, and whether it archives its log.

const MiB = 2 ** 20;

/** Settings of postgresql.conf; memory in whole kB, as PostgreSQL counts it. */
export interface Tuning {
  readonly max_connections: number;
  readonly shared_buffers: number;
  readonly effective_cache_size: number;
  readonly work_mem: number;
  readonly maintenance_work_mem: number;
  readonly wal_buffers: number;
  readonly max_wal_size: number;
  readonly min_wal_size: number;
}

/**
 * What fits a memory limit in bytes: a quarter for shared buffers, an eighth for all sorting at once, a sixteenth for
 * maintenance, of which two may go on at a time; the rest is the processes' own and the kernel's cache. The write-ahead log
 * between two checkpoints takes at most an eighth of the volume of `storage` bytes.
 *
 * @example tuning(256 * 2 ** 20, 10 * 2 ** 30).shared_buffers // 65536: 64 MiB
 * @see https://www.postgresql.org/docs/17/runtime-config-resource.html
 */
export function tuning(memory: number, storage: number): Tuning {
  const max_connections = 30;
  const maxWal = kilobytes(clamp(storage / 8, 128 * MiB, 2048 * MiB));
  return {
    max_connections,
    shared_buffers: kilobytes(memory / 4),
    effective_cache_size: kilobytes(memory / 2),
    work_mem: kilobytes(clamp(memory / 8 / max_connections, MiB, 64 * MiB)),
    maintenance_work_mem: kilobytes(clamp(memory / 16, 8 * MiB, 512 * MiB)),
    wal_buffers: kilobytes(clamp(memory / 128, MiB, 16 * MiB)),
    max_wal_size: maxWal,
    min_wal_size: Math.min(maxWal, kilobytes(80 * MiB)),
  };
}

/** The lines of tuned.conf. */
export function tuningFile(values: Tuning, { archive }: { readonly archive: boolean }): string {
  const lines = Object.entries(values).map(([name, value]) => `${name} = ${value}${name === "max_connections" ? "" : "kB"}\n`);
  return `${lines.join("")}archive_mode = ${archive ? "on" : "off"}\n`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function kilobytes(bytes: number): number {
  return Math.floor(bytes / 1024);
}
