// The docker command.
import { execa } from "execa";

export interface Result {
  exitCode: number;
  /** Both streams as they came. */
  output: string;
}

export async function docker(args: string[], input: string | Uint8Array = ""): Promise<Result> {
  const { exitCode, output } = await dockerStreams(args, input);
  return { exitCode, output };
}

/** The same, and what of it was on its standard output. */
export async function dockerStreams(args: string[], input: string | Uint8Array = ""): Promise<Result & { stdout: string }> {
  const { exitCode, all, stdout } = await execa("docker", args, {
    env: { DOCKER_BUILDKIT: "0" },
    input,
    reject: false,
    all: true,
  });
  return { exitCode: exitCode ?? -1, output: all, stdout };
}

/** The same for a command that has to succeed. */
export async function dockerOutput(args: string[], input: string | Uint8Array = ""): Promise<string> {
  const { exitCode, output } = await docker(args, input);
  if (exitCode !== 0) throw new Error(`docker ${args.join(" ")}: ${output}`);
  return output;
}

/** Polls until the condition holds, at most for the given time. */
export async function eventually(what: string, condition: () => Promise<boolean>, seconds = 90): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
