// How the programs of the backup workload are called.

/** The command line of one of them. */
export function backupProgram(...words: readonly string[]): string[] {
  return ["/usr/bin/python3", "-m", "stack_backup", ...words];
}

/** What it has said last, which is why it failed where it did. */
export function lastLine(stdout: string, stderr: string): string {
  return `${stderr}\n${stdout}`.trim().split("\n").at(-1)!;
}
