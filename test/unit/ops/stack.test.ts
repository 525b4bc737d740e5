// A stack by its name: where its settings and its state are, and one command at a time.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { OperatorError } from "../../../ops/errors.ts";
import { identityOf, withLock } from "../../../ops/lock.ts";
import { type Stack, openStack, settingsOfStack } from "../../../ops/stack.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

describe("openStack", () => {
  test("state is below XDG_STATE_HOME", () => {
    vi.stubEnv("XDG_STATE_HOME", "/somewhere");
    expect(openStack("dev")).toEqual({ name: "dev", configFile: "Pulumi.dev.yaml", stateDirectory: "/somewhere/prosody-stack/dev", renderedDirectory: "rendered/dev" });
  });
  test.each([undefined, ""])("or below the home directory where that is %j", (value) => {
    vi.stubEnv("XDG_STATE_HOME", value);
    expect(openStack("dev").stateDirectory).toBe(join(homedir(), ".local/state/prosody-stack/dev"));
  });
  test("with a settings file of its own", () => {
    const file = join(directory, "settings.yaml");
    writeFileSync(file, "config:\n  prosody-stack:domains: [{ name: a.example }]\n");
    const stack = openStack("my-stack_2", file);
    expect(stack.configFile).toBe(file);
    expect(settingsOfStack({ ...stack, name: "mine" }).namespace).toBe("xmpp-mine");
  });
  test.each(["", "..", "../dev", "a/b", "-a", "_a", "a b", "a.b", "é", "a\n", "a".repeat(101)])("%.20j is no name", (name) => {
    expect(() => openStack(name)).toThrow(new OperatorError(`--stack: found ${JSON.stringify(name)}, expected letters, digits, hyphens and underscores`));
  });
  test("a stack without settings", () => {
    expect(() => openStack("none")).toThrow(new OperatorError("--stack: there is no stack none, expected its settings in Pulumi.none.yaml; copy Pulumi.dev.yaml and change what differs"));
    expect(() => openStack("dev", "/nonexistent.yaml")).toThrow(OperatorError);
  });
});

describe("withLock", () => {
  let stack: Stack;
  let lock: string;
  beforeEach(() => {
    stack = { name: "test", configFile: "", stateDirectory: join(directory, "state/test"), renderedDirectory: "" };
    lock = join(stack.stateDirectory, "lock");
  });

  test("is held while the action runs, by this process, for its owner only, and let go then", async () => {
    const result = await withLock(stack, () => {
      expect(readFileSync(lock, "utf8")).toBe(identityOf(process.pid));
      expect((statSync(lock).mode & 0o777).toString(8)).toBe("600");
      return Promise.resolve("done");
    });
    expect(result).toBe("done");
    expect(existsSync(lock)).toBe(false);
    expect((statSync(stack.stateDirectory).mode & 0o777).toString(8)).toBe("700");
  });

  test("is let go when the action fails", async () => {
    await expect(withLock(stack, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(existsSync(lock)).toBe(false);
  });

  test("of a process that is alive is respected, and stays", async () => {
    mkdirSync(stack.stateDirectory, { recursive: true });
    const other = execa("sleep", ["60"], { reject: false });
    try {
      writeFileSync(lock, identityOf(other.pid!)!);
      const action = vi.fn();
      await expect(withLock(stack, action)).rejects.toThrow(new OperatorError(`stack test is being changed by process ${other.pid}; wait for it`));
      expect(action).not.toHaveBeenCalled();
      expect(readFileSync(lock, "utf8")).toBe(identityOf(other.pid!));
    } finally {
      other.kill();
      await other;
    }
  });

  test("of this process is respected too, and still there after the refusal", async () => {
    await withLock(stack, async () => {
      await expect(withLock(stack, () => Promise.resolve())).rejects.toThrow(OperatorError);
      expect(readFileSync(lock, "utf8")).toBe(identityOf(process.pid));
    });
  });

  test.each([
    ["of a process that is gone", gone],
    ["of a process whose number another one has by now", () => identityOf(1)!.replace(/\d+$/, "1")],
    ["of a run before the machine was started", () => identityOf(1)!.replace(/ \S+ /, " 11111111-2222-3333-4444-555555555555 ")],
    ["that is empty", () => ""], ["with nonsense in it", () => "nonsense"],
  ])("%s is taken over", async (_, content) => {
    mkdirSync(stack.stateDirectory, { recursive: true });
    writeFileSync(lock, await content());
    await expect(withLock(stack, () => Promise.resolve(readFileSync(lock, "utf8")))).resolves.toBe(identityOf(process.pid));
  });
});

/** What the lock of a process said that has ended. */
async function gone(): Promise<string> {
  const child = execa("sleep", ["60"], { reject: false });
  const identity = identityOf(child.pid!)!;
  child.kill();
  await child;
  return identity;
}
