// npm run xmpp -- restore: fills the next generation of data volumes from a backup, beside the service, and switches to it.
import { restoreWorkload, restoreWorkloads } from "../components/backup/restore.ts";
import { nextGeneration } from "../components/generations.ts";
import { restoreSettings } from "../settings/backup.ts";
import { namespace, problemOf } from "../settings/problems.ts";
import { restoreProblems } from "../settings/restore-checks.ts";
import type { Settings } from "../settings/schema.ts";
import { asked } from "./backup.ts";
import { confirm } from "./confirm.ts";
import { engineOf, recordedEngine } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { withLock } from "./lock.ts";
import { type Generation, type Place, placeOf } from "./place.ts";
import { type Repository, backupsIn, chosenBackup, comparedCounts } from "./restore-choice.ts";
import { say } from "./run.ts";
import { SettingsFile } from "./settings-file.ts";
import { type Stack, settingsOfStack } from "./stack.ts";
import { bringUp } from "./up.ts";

export interface RestoreOptions {
  /** The second (UTC) whose state the database gets. */
  readonly at?: string | undefined;
  readonly from?: Repository | undefined;
}

/** What a restore works with. */
export interface Means {
  readonly stack: Pick<Stack, "name">;
  /** As the settings file says by now. */
  readonly settings: () => Settings;
  readonly file: Pick<SettingsFile, "change" | "refuseUnwritable">;
  readonly place: Pick<Place, "execute" | "ended" | "generations" | "removeGenerations" | "forget">;
  /** Makes the stack what its settings say by now; where they say nothing new but of these workloads, only those. */
  readonly up: (only?: readonly string[]) => Promise<unknown>;
}

/** Holds the stack's lock meanwhile. @throws OperatorError where the stack is not up, and as the action does */
export async function withMeans(stack: Stack, action: (means: Means) => Promise<void>): Promise<void> {
  if (recordedEngine(stack) === undefined) throw new OperatorError(`stack ${stack.name} is not up; bring it up first`);
  await withLock(stack, async () => {
    // The programs of an `up` are loaded while the backups are listed, which takes as long; it tells what is wrong with them.
    engineOf(stack, { quiet: true }).catch(() => undefined);
    const settings = () => settingsOfStack(stack);
    await action({ stack, settings, file: new SettingsFile(stack.configFile), place: await placeOf(stack, settings()), up: (only) => bringUp(stack, only) });
  });
}

/** Brings a backup back, and says how to go back from there. @throws OperatorError with the reason where nothing was restored */
export async function restore(means: Means, wanted: string, { at, from }: RestoreOptions): Promise<void> {
  const { stack, file, place, up } = means;
  const settings = means.settings();
  file.refuseUnwritable();
  refuseImpossible(settings, { at, from });
  const { current, oldest = current } = settings.generation;
  const next = nextGeneration(current);
  await refuseTaken(place, current);
  const source = from ?? settings.restore.from;
  const backup = chosenBackup(await backupsIn(place, source), wanted, at);
  if (at !== undefined && source === "local") await asked(place, "flush"); // it may be a moment ago
  if (settings.database === "postgresql" && source === "s3") await asked(place, "fetch", backup, "--from", source);
  say(`restoring ${backup} of the ${source} backups${at === undefined ? "" : `, and the database as of ${at}`}, as generation ${next}; the service goes on meanwhile`);

  const workloads = restoreWorkloads(settings);
  const done = { backup: undefined, at: undefined, ...(from === undefined ? {} : { from: undefined }) };
  file.change({ restore: { backup, at, from } });
  try {
    await up(workloads);
    const database = workloads.includes(restoreWorkload.database) ? await place.ended(restoreWorkload.database) : undefined;
    say(`restored: ${JSON.stringify(comparedCounts(await place.ended(restoreWorkload.files), database, at))}`);
  } catch (error) {
    const reason = await reasonOf(place, workloads, error);
    say(`restore: ${reason}; taking it back`);
    await takeBack(means, { restore: done }, reason);
    throw new OperatorError(`nothing was restored, and the service has the data that it had: ${reason}`);
  }

  file.change({ generation: { current: next, oldest }, restore: done });
  await up().catch((error: Error) => {
    throw new OperatorError(`generation ${next}, which was restored, is in use, and the stack does not come up with it: ${error.message}\nmend that and run up; to go back set ${namespace}:generation to { current: ${current}, oldest: ${oldest} } and run up`);
  });
  await place.forget(workloads);
  if (settings.database === "postgresql") await beginAnew(place);
  const options = stack.name === "dev" ? "" : ` --stack ${stack.name}`;
  say(
    [
      "",
      `${backup} is restored: generation ${next} of the data is in use. Sessions ended once, for the switch.`,
      `What was there before is generation ${current}. To go back to it: set ${namespace}:generation to { current: ${current}, oldest: ${oldest} }, and npm run up${options === "" ? "" : ` --${options}`}`,
      `To let go of it for good: npm run xmpp --${options} restore --commit`,
    ].join("\n"),
  );
}

/** The log of a restored PostgreSQL is another one than before: any second from here on needs a base backup of it. */
async function beginAnew(place: Means["place"]): Promise<void> {
  say("making a backup of what is in use now");
  await asked(place, "now").catch((error: Error) => say(`${error.message}; until there is one (npm run xmpp -- backup now) no second from now on can be restored`));
}

/** Lets go of the generations before the current one. */
export async function commitRestore(means: Means, { yes }: { readonly yes: boolean }): Promise<void> {
  const { generation: { current, oldest } } = means.settings();
  const older = (await means.place.generations()).filter(({ generation }) => generation < current);
  if (older.length === 0 && (oldest ?? current) === current) return say(`generation ${current} is the only one`);
  means.file.refuseUnwritable();
  if (!yes) await confirm(means.stack, "--commit", `what was there before the last restore (${namesOf(older) || "no volume"})`);
  means.file.change({ generation: { oldest: undefined } });
  await means.up();
  await means.place.removeGenerations(older);
  say(`generation ${current} is the only one; removed: ${namesOf(older) || "nothing"}`);
}

/** Lets go of a restore that has failed, was stopped, or was gone back from. */
export async function cancelRestore(means: Means, { yes }: { readonly yes: boolean }): Promise<void> {
  const { generation: { current }, restore: { backup } } = means.settings();
  const newer = await newerThan(means.place, current);
  if (newer.length === 0 && backup === undefined) return say("there is no restore to let go of");
  means.file.refuseUnwritable();
  if (!yes && newer.length > 0) await confirm(means.stack, "--cancel", `what was restored and is not in use (${namesOf(newer)})`);
  await takeBack(means, { restore: { backup: undefined, at: undefined, from: undefined } });
  say(`the restore is let go of; removed: ${namesOf(newer) || "nothing"}`);
}

/** Makes everything what it was before, volumes of the next generation included. @throws OperatorError where that fails, too, with both reasons */
async function takeBack({ file, up, place, settings }: Means, change: Parameters<SettingsFile["change"]>[0], reason?: string): Promise<void> {
  try {
    file.change(change);
    await up();
    const now = settings();
    await place.removeGenerations(await newerThan(place, now.generation.current));
    await place.forget(restoreWorkloads(now));
  } catch (error) {
    if (reason === undefined) throw error;
    throw new OperatorError(`nothing was restored: ${reason}; and taking it back has failed: ${(error as Error).message}\nmend that, and npm run xmpp -- restore --cancel`);
  }
}

async function newerThan(place: Means["place"], current: number): Promise<readonly Generation[]> {
  return (await place.generations()).filter(({ generation }) => generation > current);
}

/** @throws OperatorError for what the settings would refuse, while nothing is changed yet */
function refuseImpossible(settings: Settings, { at, from = settings.restore.from }: RestoreOptions): void {
  const { backup } = settings.restore;
  if (backup !== undefined) throw new OperatorError(`restore.backup: found ${backup}, a restore that has not come to its end; let go of it first (npm run xmpp -- restore --cancel)`);
  const given = restoreSettings.safeParse({ at, from }, { reportInput: true });
  const problems = given.success ? restoreProblems({ ...settings, restore: { backup: "20000101T000000Z", at, from } }) : given.error.issues.flatMap(problemOf);
  const [first] = problems.map(({ key, text }) => (key === "restore.backup" ? `backup.enabled: found false, expected true: nothing has the backups` : `--${key.replace("restore.", "")}: ${text}`));
  if (first !== undefined) throw new OperatorError(first);
}

/** @throws OperatorError where there is data already that a restore would fill with its own */
async function refuseTaken(place: Means["place"], current: number): Promise<void> {
  const taken = await newerThan(place, current);
  if (taken.length > 0) throw new OperatorError(`generation ${nextGeneration(current)}: found ${namesOf(taken)}, of a restore that has failed or was gone back from; let go of it first (npm run xmpp -- restore --cancel)`);
}

/** What the workload said that failed, else what the engine did. */
async function reasonOf(place: Means["place"], workloads: readonly string[], error: unknown): Promise<string> {
  for (const workload of workloads) {
    const end = await place.ended(workload).catch(() => undefined);
    if (end !== undefined && end.exitCode !== 0 && end.words !== "") return `${workload}: ${end.words}`;
  }
  return (error as Error).message;
}

function namesOf(generations: readonly Generation[]): string {
  return generations.map(({ name }) => name).join(", ");
}
