// Rules for generations of data volumes, and for the restore that makes the next one.
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** What cannot work of a restore, or of the generations that are kept. */
export function restoreProblems({ generation: { current, oldest }, restore, backup, database }: Pick<Settings, "generation" | "restore" | "backup" | "database">): Problem[] {
  const problems: Problem[] = [];
  if (oldest !== undefined && oldest > current) {
    problems.push({ key: "generation.oldest", text: `found ${oldest}, expected at most generation.current (${current})` });
  }
  if (restore.backup !== undefined && !backup.enabled) {
    problems.push({ key: "restore.backup", text: `found ${restore.backup} with backup.enabled false, where nothing has the backups; set that to true` });
  }
  if (restore.at !== undefined && restore.backup === undefined) {
    problems.push({ key: "restore.at", text: `found ${restore.at} without restore.backup, expected the backup that the rest is taken from; set it, or remove this` });
  }
  if (restore.at !== undefined && database !== "postgresql") {
    problems.push({ key: "restore.at", text: `found ${restore.at} with database ${database}, of which there are the states of its backups only; remove it` });
  }
  if (restore.from === "s3" && backup.s3.endpoint === undefined) {
    problems.push({ key: "restore.from", text: "found s3 without backup.s3.endpoint, expected local; set that, or remove this" });
  }
  return problems;
}
