// npm run xmpp -- backup now|list: a backup by hand, and which there are.
import { backupProgram, lastLine } from "./backup-program.ts";
import { OperatorError } from "./errors.ts";
import { handOver } from "./handover.ts";
import { type Place, placeOf } from "./place.ts";
import { say } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";

/** Makes one in every repository. @throws OperatorError with what went wrong in which */
export async function backupNow(stack: Stack): Promise<void> {
  const { settings, place } = await openBackups(stack);
  await handOver(stack, settings, place);
  const { exitCode, stdout, stderr } = await place.execute("backup", backupProgram("now"));
  const lines = stdout.trimEnd().split("\n");
  if (exitCode === 0) return say(lines.join("\n"));
  // What one repository has, and why another one has not.
  for (const line of lines.slice(0, -1)) say(line);
  throw new OperatorError(lastLine(stdout, stderr));
}

/** Prints them, the oldest first. @throws OperatorError where a repository does not tell */
export async function listBackups(stack: Stack, { json = false }: { readonly json?: boolean | undefined }): Promise<void> {
  const { place } = await openBackups(stack);
  const { exitCode, stdout, stderr } = await place.execute("backup", backupProgram("list", ...(json ? ["--json"] : [])));
  if (stdout.trim() !== "") say(stdout.trimEnd());
  if (exitCode !== 0) throw new OperatorError(stderr.trim() || "the backups could not be listed");
}

/** @throws OperatorError where the stack's settings have no backups */
async function openBackups(stack: Stack) {
  const settings = settingsOfStack(stack);
  if (!settings.backup.enabled) throw new OperatorError("backup.enabled: found false, expected true; set it, run up, and try again");
  return { settings, place: await placeOf(stack, settings) };
}

/** What one of the workload's programs says. @throws OperatorError with its last line where it fails */
export async function asked(place: Pick<Place, "execute">, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await place.execute("backup", backupProgram(...words));
  if (exitCode !== 0) throw new OperatorError(`${words[0]}: ${lastLine(stdout, stderr)}`);
  return stdout.trimEnd();
}
