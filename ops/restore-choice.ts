// Which backup a restore takes, and whether what it brought back is what was in there.
import { isDeepStrictEqual } from "node:util";
import { backupProgram } from "./backup-program.ts";
import { OperatorError } from "./errors.ts";
import type { End, Place } from "./place.ts";

/** A backup, by its id: when its database was cut, such as 20261129T020000Z. */
export interface Backup {
  readonly id: string;
}

export type Repository = "local" | "s3";

/** The backups of a repository, the oldest first. @throws OperatorError where the workload that has them does not answer */
export async function backupsIn(place: Pick<Place, "execute">, from: Repository): Promise<readonly Backup[]> {
  const { exitCode, stdout, stderr } = await place.execute("backup", backupProgram("list", "--json", "--from", from));
  if (exitCode !== 0) throw new OperatorError(`the backups cannot be listed: ${`${stdout}\n${stderr}`.trim().split("\n").at(-1)}; bring the stack up first`);
  return (JSON.parse(stdout) as Backup[]).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * The backup to take: the one that is named, or the newest. For a time of the database's own the rest is taken from the first
 * backup since: nothing is missing there, and files that nobody knows of any more do no harm.
 */
export function chosenBackup(backups: readonly Backup[], wanted: string, at: string | undefined): string {
  const ids = backups.map(({ id }) => id);
  if (ids.length === 0) throw new OperatorError("there are no backups yet; make one with npm run xmpp -- backup now");
  const moment = at?.replaceAll(/[-:]/g, "");
  if (moment !== undefined && moment < ids[0]!) throw new OperatorError(`--at: found ${at}, expected a time since the oldest backup (${ids[0]})`);
  if (wanted === "latest") return ids.find((id) => moment !== undefined && id >= moment) ?? ids.at(-1)!;
  if (!ids.includes(wanted)) throw new OperatorError(`backup: found ${wanted}, expected latest or one of ${ids.slice(-10).join(", ")}${ids.length > 10 ? ` (the newest 10 of ${ids.length})` : ""}`);
  return wanted;
}

type Counts = Readonly<Record<string, unknown>>;

/** What a restore's workload says last when it has succeeded. */
interface Restored {
  readonly counts: Counts;
  /** As they were when the backup was made. */
  readonly expected?: Counts;
}

/**
 * Compares what is there with what was in the backup; at another time than the backup's the database has other counts.
 *
 * @returns the counts that are there
 * @throws OperatorError with the first that differs
 */
export function comparedCounts(files: End | undefined, database: End | undefined, at: string | undefined): Counts {
  const [{ counts, expected = {} }, own] = [restoredOf("restore-files", files), database && restoredOf("restore-database", database)];
  const compared = { ...counts, ...(at === undefined ? own?.counts : {}) };
  for (const [name, count] of Object.entries(compared)) {
    if (!isDeepStrictEqual(count, expected[name])) throw new OperatorError(`${name}: found ${JSON.stringify(count)}, expected ${JSON.stringify(expected[name])} as in the backup`);
  }
  return { ...counts, ...own?.counts };
}

function restoredOf(workload: string, end: End | undefined): Restored {
  const json = /^restored (\{.*\})$/.exec(end?.words ?? "")?.[1];
  if (end?.exitCode !== 0 || json === undefined) throw new OperatorError(`${workload}: ${end?.words || "has not said what it restored"}`);
  return JSON.parse(json) as Restored;
}
