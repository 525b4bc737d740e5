// An `up` through Pulumi that is killed, with all it started or alone, and then repeated: ends in a login, with the same
// passwords.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { logIn } from "../../ops/xmpp-client.ts";
import { TestStack } from "../e2e/stack.ts";
import { docker, eventually } from "../image/docker.ts";
import { whySkipped } from "./here.ts";

interface State {
  readonly checkpoint: { readonly latest?: { readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly urn: string; readonly inputs: { readonly name: string } } }[] } };
}

describe.skipIf(await whySkipped())("an up that is killed", { sequential: true }, () => {
  const stack = Object.assign(new TestStack("engine-killed", 61), { engine: "pulumi" as const });
  const stateFile = join(stack.stateDirectory, `pulumi/.pulumi/stacks/prosody-stack/${stack.name}.json`);
  let password: string | undefined;

  afterAll(() => stack.remove());

  /** Names of containers at which this is being done, as Pulumi's state has it. */
  function pending(operation: "creating" | "deleting", resource: string): string[] {
    if (!existsSync(stateFile)) return [];
    const { checkpoint } = JSON.parse(readFileSync(stateFile, "utf8")) as State;
    return (checkpoint.latest?.pending_operations ?? []).filter(({ type, resource: { urn } }) => type === operation && urn.endsWith(`::${resource}`)).map(({ resource: { inputs } }) => inputs.name);
  }

  const exists = async (names: readonly string[]) => names.length > 0 && (await docker(["container", "inspect", ...names])).exitCode === 0;

  /** Starts an up and kills it once it is there, with all that it started or alone. */
  async function killedUp(what: string, reached: () => Promise<boolean>, everything: boolean): Promise<void> {
    const first = stack.start("up");
    await eventually(what, reached, 60);
    const ended = once(first, "exit"); // its output ends only with the last process that writes to it
    for (const process_ of everything ? processTree(first.pid!) : [first.pid!]) kill(process_);
    expect(await ended).toEqual([null, "SIGKILL"]);
  }

  async function upAgain(): Promise<string> {
    const output = await stack.up();
    const { adminPassword } = stack.outputs;
    expect(adminPassword).toBe(password ??= adminPassword);
    await logIn({ service: stack.service(true), domain: "one.test", username: "admin", password: adminPassword });
    expect(await stack.preview()).toMatch(/Resources:\n\s+\d+ unchanged/);
    return output;
  }

  test("while the one-shot is being made", async () => {
    await killedUp("the one-shot", () => exists(pending("creating", "prosody-server-deliver")), true);
    const [leftover] = pending("creating", "prosody-server-deliver");
    await upAgain();
    expect((await docker(["container", "inspect", leftover!])).exitCode).not.toBe(0);
  });

  test("while the service is being made", async () => {
    await stack.succeed("down");
    await killedUp("the service", () => exists(pending("creating", "prosody-server-container")), true);
    expect(await stack.containers()).toContain(stack.container);
    expect(await upAgain()).toContain(`${stack.container}: removed, a run that was killed was making it`);
  });

  test("while the service is being replaced, its old container gone", async () => {
    await stack.up();
    stack.settings.resources = { pids: 96 };
    await killedUp("the removal", () => Promise.resolve(pending("deleting", "prosody-server-container").length > 0), true);
    await docker(["container", "rm", "--force", stack.container]); // it may have been killed a moment earlier
    await upAgain();
  });

  test("and what it started goes on: the next one waits for it", async () => {
    await stack.succeed("down");
    await killedUp("the one-shot", () => exists(pending("creating", "prosody-server-deliver")), false);
    expect(await upAgain()).toMatch(/^waiting for pulumi \(process \d+\)/m);
  });
});

/** A process and all that it started, itself first. */
function processTree(process_: number): number[] {
  const tasks = `/proc/${process_}/task`;
  const children = readdirSync(tasks).flatMap((task) => readFileSync(join(tasks, task, "children"), "utf8").split(" ").filter(Boolean).map(Number));
  return [process_, ...children.flatMap(processTree)];
}

function kill(process_: number): void {
  try {
    process.kill(process_, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone with its parent
  }
}
