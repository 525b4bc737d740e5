// Running other programs.
import { execa } from "execa";

export interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program and returns what it printed; a status other than 0 is a result, not an error. */
export async function run(program: string, args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Promise<Result> {
  const { exitCode, stdout, stderr, message } = await execa(program, args, { reject: false, ...options });
  return { exitCode: exitCode ?? 127, stdout: String(stdout), stderr: String(stderr || (exitCode === undefined ? message : "")) };
}

/** Runs a program with its output going to the terminal; returns its status. */
export async function show(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const { exitCode } = await execa(program, args, { reject: false, env, stdin: "ignore", stdout: "inherit", stderr: "inherit" });
  return exitCode ?? 127;
}

/** Whether a program is there and answers to these arguments. */
export async function answers(program: string, ...args: string[]): Promise<boolean> {
  return (await run(program, args)).exitCode === 0;
}

/** A line of progress. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
