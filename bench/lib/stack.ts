// A stack of the benches' own: its settings, state and data lie in a temporary directory and go when it is disposed of.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { run } from "../../ops/run.ts";
import type { Login } from "../../ops/xmpp-client.ts";
import type { Observed } from "./observe-up.ts";

const name = "bench";
const namespace = `xmpp-${name}`;
export const benchPorts = { c2s: 26222, c2sDirectTls: 26223, s2s: 26269, s2sDirectTls: 26270, https: 26281, proxy65: 26500 };
export const benchSubnets = { front: "172.30.90.0/24", back: "172.30.91.0/24" };

export class BenchStack implements AsyncDisposable {
  readonly namespace = namespace;
  readonly container = `${namespace}-prosody`;
  readonly directory: string;
  private readonly renderedDirectory = join("rendered", name);
  private readonly environment: NodeJS.ProcessEnv;

  private constructor() {
    this.directory = mkdtempSync(join(tmpdir(), "prosody-stack-bench-"));
    this.environment = { XDG_STATE_HOME: join(this.directory, "state"), PROSODY_STACK_ENGINE: "compose" };
    writeFileSync(join(this.directory, `Pulumi.${name}.yaml`), `config: ${JSON.stringify(settings)}\n`);
  }

  static async create(): Promise<BenchStack> {
    await removeLeftovers(); // of a bench that was killed: its passwords are gone, its data is of no use
    return new BenchStack();
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

  /** `up` once more, with a look at where its time goes. */
  async observedUp(): Promise<Observed> {
    const report = join(this.directory, "observed.json");
    await execa("sh", ["ops/bootstrap.sh", "--import", "./bench/lib/observe-up.ts", "ops/main.ts", "up", ...this.options], {
      env: { ...this.environment, OBSERVE_UP: report },
    });
    return JSON.parse(readFileSync(report, "utf8")) as Observed;
  }

  async login(): Promise<Login & { readonly caCertificate: string }> {
    const outputs = JSON.parse(await this.npm("output", "--json", "--show-secrets")) as Record<string, string>;
    const [username = "", domain = ""] = outputs.adminJid!.split("@");
    return { service: `xmpp://127.0.0.1:${benchPorts.c2s}`, domain, username, password: outputs.adminPassword!, caCertificate: outputs.caCertificate! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeLeftovers();
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(this.renderedDirectory, { recursive: true, force: true });
  }
}

const settings = {
  "prosody-stack:scale": "personal",
  "prosody-stack:environment": "development",
  "prosody-stack:domains": [{ name: "bench.localhost" }],
  "prosody-stack:network": benchSubnets,
  "prosody-stack:publish": benchPorts,
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
