// A stack of the benches' own: its settings, state and data lie in a temporary directory and go when it is disposed of.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { run } from "../../ops/run.ts";
import type { Login } from "../../ops/xmpp-client.ts";
import type { Observed } from "./observe-up.ts";
import { type TimedLine, timedLines } from "./timed-lines.ts";

const name = "bench";
const namespace = `xmpp-${name}`;
export const benchDomain = "bench.localhost";
/** Of slot 10 of the end-to-end tests (test/e2e/stack.ts), which none of them has. */
export const benchPorts = { c2s: 26222, c2sDirectTls: 26223, s2s: 26269, s2sDirectTls: 26270, https: 26281, http: 26280, proxy65: 26200 };
export const benchSubnets = { front: "172.30.40.0/24", back: "172.30.41.0/24" };

export class BenchStack implements AsyncDisposable {
  readonly namespace = namespace;
  readonly container = `${namespace}-prosody`;
  readonly front = `${namespace}-nginx`;
  readonly networks = { front: `${namespace}-front`, back: `${namespace}-back` };
  readonly directory: string;
  private readonly renderedDirectory = join("rendered", name);
  private readonly environment: NodeJS.ProcessEnv;

  private constructor() {
    this.directory = mkdtempSync(join(tmpdir(), "prosody-stack-bench-"));
    this.environment = { XDG_STATE_HOME: join(this.directory, "state"), PROSODY_STACK_ENGINE: "compose" };
  }

  /** A stack that is not up yet, with these settings (without their prefix) besides those that every bench has. */
  static async create(settings: Settings = {}): Promise<BenchStack> {
    await removeLeftovers(); // of a bench that was killed: its passwords are gone, its data is of no use
    const stack = new BenchStack();
    stack.set(settings);
    return stack;
  }

  /** Replaces the settings; the next `up` applies them. */
  set(settings: Settings): void {
    const config = Object.fromEntries(Object.entries({ ...always, ...settings }).map(([key, value]) => [`prosody-stack:${key}`, value]));
    this.write(`Pulumi.${name}.yaml`, JSON.stringify({ config })); // JSON is YAML
  }

  /** Writes a file beside the settings and returns its path. */
  write(file: string, text: string): string {
    const path = join(this.directory, file);
    writeFileSync(path, text);
    return path;
  }

  /** The arguments that say which stack a command is for. */
  get options(): string[] {
    return ["--stack", name, "--config-file", join(this.directory, `Pulumi.${name}.yaml`)];
  }

  /** Runs `npm run <command>` as an operator would, and returns what it printed. @throws when it fails */
  async npm(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await execa("npm", ["run", "--silent", command, "--", ...this.options, ...args], { env: this.environment });
    return stdout;
  }

  /** The same, with the time of every line that it printed. */
  timed(command: string, ...args: string[]): Promise<TimedLine[]> {
    return timedLines(command, execa("npm", ["run", "--silent", command, "--", ...this.options, ...args], { env: this.environment, all: true, reject: false, stdin: "ignore" }));
  }

  /** `up` once more, with a look at where its time goes. */
  async observedUp(): Promise<Observed> {
    const report = join(this.directory, "observed.json");
    await execa("sh", ["ops/bootstrap.sh", "--import", "./bench/lib/observe-up.ts", "ops/main.ts", "up", ...this.options], {
      env: { ...this.environment, OBSERVE_UP: report },
    });
    return JSON.parse(readFileSync(report, "utf8")) as Observed;
  }

  /** The administrator's login, by STARTTLS at the published port, and the CA that the stack's certificates come from. */
  async login(): Promise<Login & { readonly caCertificate: string }> {
    const outputs = JSON.parse(await this.npm("output", "--json", "--show-secrets")) as Record<string, string>;
    const [username = ""] = outputs.adminJid!.split("@");
    return { service: `xmpp://127.0.0.1:${benchPorts.c2s}`, domain: benchDomain, username, password: outputs.adminPassword!, caCertificate: outputs.caCertificate! };
  }

  /** Names of its containers that run. */
  async running(): Promise<string[]> {
    const { stdout } = await execa("docker", ["ps", "--format", "{{.Names}}", "--filter", `name=^${namespace}-`]);
    return stdout.split("\n").toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeLeftovers();
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(this.renderedDirectory, { recursive: true, force: true });
  }
}

type Settings = Readonly<Record<string, unknown>>;

const always: Settings = {
  scale: "personal",
  environment: "development",
  domains: [{ name: benchDomain }],
  network: benchSubnets,
  publish: benchPorts,
};

/** Removes every container, volume and network whose name begins with the benches' own prefix. */
async function removeLeftovers(): Promise<void> {
  const kinds = [
    { list: ["ps", "--all", "--format", "{{.Names}}"], remove: ["rm", "--force"] },
    { list: ["volume", "ls", "--format", "{{.Name}}"], remove: ["volume", "rm"] },
    { list: ["network", "ls", "--format", "{{.Name}}"], remove: ["network", "rm"] },
  ];
  for (const { list, remove } of kinds) {
    const { stdout } = await run("docker", list);
    const names = stdout.split("\n").filter((one) => one.startsWith(`${namespace}-`));
    if (names.length > 0) await execa("docker", [...remove, ...names]);
  }
}
