// A stack of a test's own, brought up by the same command as a person's, with its settings and state in a temporary
// directory. The slot keeps its ports and subnets apart from those of other stacks.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { trust } from "../../ops/xmpp-client.ts";
import { dockerOutput } from "../image/docker.ts";

export interface CommandResult {
  readonly exitCode: number;
  /** What it printed, both streams as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface Outputs {
  readonly domain: string;
  readonly adminJid: string;
  readonly adminPassword: string;
  readonly adminPasswords: Readonly<Record<string, string>>;
  readonly caCertificate: string;
  readonly endpoints: Readonly<Record<string, string>>;
}

/** What tells whether a container is the same and has not been restarted. */
export interface Identity {
  readonly id: string;
  readonly startedAt: string;
}

export class TestStack {
  readonly name: string;
  readonly namespace: string;
  readonly directory = mkdtempSync(join(tmpdir(), "e2e-"));
  readonly ports: { readonly c2s: number; readonly c2sDirectTls: number; readonly s2s: number; readonly s2sDirectTls: number; readonly https: number; readonly http: number; readonly proxy65: number };
  /** Settings without their prefix; the next command reads them. */
  settings: Record<string, unknown>;
  /** As of the last time they were read. */
  outputs!: Outputs;
  engine: "compose" | "kubectl" | "pulumi" = "compose";

  constructor(name: string, slot: number, settings: Readonly<Record<string, unknown>> = {}) {
    this.name = `e2e-${name}`;
    this.namespace = `xmpp-${this.name}`;
    const first = 25_200 + 100 * slot;
    this.ports = { c2s: first + 22, c2sDirectTls: first + 23, s2s: first + 69, s2sDirectTls: first + 70, https: first + 81, http: first + 80, proxy65: first };
    this.settings = {
      environment: "development",
      domains: [{ name: "one.test" }],
      network: { front: `172.30.${20 + 2 * slot}.0/24`, back: `172.30.${21 + 2 * slot}.0/24` },
      publish: this.ports,
      backup: { enabled: false }, // but where a test is about it
      resources: { pids: 1024 }, // the processes of all stacks of a machine count (decision 5), and there are several
      ...settings,
    };
  }

  /** Name of Prosody's long-running container. */
  get container(): string {
    return `${this.namespace}-prosody`;
  }

  /** Name of Nginx's. */
  get front(): string {
    return `${this.namespace}-nginx`;
  }

  /** This machine on the stack's front network: whom it comes as, and where containers find it. */
  get gateway(): string {
    return (this.settings.network as { front: string }).front.replace(/0\/24$/, "1");
  }

  /** Names of all its containers, the finished ones too. */
  async containers(): Promise<string[]> {
    const names = await dockerOutput(["ps", "--all", "--format", "{{.Names}}", "--filter", `name=^${this.namespace}-`]);
    return names.split("\n").filter(Boolean).toSorted();
  }

  /** What a stack without data would not have: containers, volumes, networks, files with its secrets. */
  async leftovers(): Promise<string[]> {
    const listed = async (kind: string) => (await dockerOutput([kind, "ls", "--format", "{{.Name}}", "--filter", `name=^${this.namespace}-`])).split("\n").filter(Boolean);
    const files = [this.stateDirectory, join(this.renderedDirectory, "secrets")].filter((path) => existsSync(path));
    return [...(await this.containers()), ...(await listed("volume")), ...(await listed("network")), ...files];
  }

  /** Name of the one-shot that delivers a service's files. */
  async deliveryContainer(service = "prosody"): Promise<string> {
    return (await this.containers()).find((name) => name.includes(`-${service}-`) && name.endsWith("-deliver"))!;
  }

  get stateDirectory(): string {
    return join(this.directory, "state/prosody-stack", this.name);
  }

  get renderedDirectory(): string {
    return join("rendered", this.name);
  }

  /** Writes a file beside the settings and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Starts a command without waiting for its end. */
  start(command: string, ...options: string[]) {
    const config = Object.fromEntries(Object.entries(this.settings).map(([key, value]) => [`prosody-stack:${key}`, value]));
    const file = this.write(`Pulumi.${this.name}.yaml`, JSON.stringify({ config }, null, 2)); // JSON is YAML
    return execa("sh", ["ops/bootstrap.sh", "ops/main.ts", command, "--stack", this.name, "--config-file", file, ...options], {
      all: true,
      reject: false,
      stdin: "ignore",
      env: { PROSODY_STACK_ENGINE: this.engine, XDG_STATE_HOME: join(this.directory, "state"), NO_COLOR: "1" },
    });
  }

  async run(command: string, ...options: string[]): Promise<CommandResult> {
    const { exitCode, all, stdout } = await this.start(command, ...options);
    return { exitCode: exitCode ?? -1, output: all, stdout };
  }

  /** Brings the stack up and trusts its CA. @throws with the output of an `up` that fails */
  async up(): Promise<string> {
    if (!existsSync(this.stateDirectory)) await this.removeRemains();
    const output = await this.succeed("up");
    await this.readOutputs();
    trust(this.outputs.caCertificate);
    return output;
  }

  /** What a killed run of the tests left of a stack of this name, which nobody has the secrets of any more. */
  protected async removeRemains(): Promise<void> {
    const own = ["--filter", `label=com.docker.compose.project=${this.namespace}`];
    for (const [list, remove] of [
      [["ps", "--all", "--format", "{{.Names}}"], ["rm", "--force"]],
      [["volume", "ls", "--format", "{{.Name}}"], ["volume", "rm"]],
      [["network", "ls", "--format", "{{.Name}}"], ["network", "rm"]],
    ] as const) {
      const names = (await dockerOutput([...list, ...own])).split("\n").filter(Boolean);
      if (names.length > 0) await dockerOutput([...remove, ...names]);
    }
  }

  async preview(): Promise<string> {
    return (await this.succeed("preview")).split("\n").filter((line) => !line.startsWith("engine: ")).join("\n");
  }

  async readOutputs(): Promise<void> {
    this.outputs = JSON.parse(await this.succeed("output", "--json", "--show-secrets")) as Outputs;
  }

  /** Takes everything away, also what a failed test left behind. */
  async remove(): Promise<void> {
    const output = await this.succeed("down", "--data", "--yes");
    const left = await this.leftovers();
    if (left.length > 0) throw new Error(`down --data has left ${left.join(", ")}:\n${output}`);
    rmSync(this.directory, { recursive: true });
    rmSync(this.renderedDirectory, { recursive: true, force: true });
  }

  /** A command that has to succeed; what it printed on its standard output. */
  async succeed(command: string, ...options: string[]): Promise<string> {
    const { exitCode, output, stdout } = await this.run(command, ...options);
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}:\n${output}`);
    return stdout;
  }

  /** Where clients connect: STARTTLS or direct TLS. */
  service(directTls = false, address = "127.0.0.1"): string {
    return directTls ? `xmpps://${address}:${this.ports.c2sDirectTls}` : `xmpp://${address}:${this.ports.c2s}`;
  }

  async createAccount(jid: string, password: string): Promise<void> {
    await dockerOutput(["exec", this.container, "prosodyctl", "--config", "/config/current/prosody.cfg.lua", "shell", "user", "create", jid, password]);
  }

  async identity(container = this.container): Promise<Identity> {
    const [id = "", startedAt = ""] = (await dockerOutput(["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", container])).trim().split(" ");
    return { id, startedAt };
  }

  async logs(container = this.container): Promise<string> {
    return dockerOutput(["logs", container]);
  }
}
