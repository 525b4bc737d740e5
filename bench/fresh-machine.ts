// A machine with Debian, Node and git on it, and nothing else: how long `npm run up` takes to the first login.
import { chmodSync, copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { installPackages } from "../ops/docker-engine.ts";
import { type Figure, rounded } from "./lib/figure.ts";
import { type TimedLine, timedLines } from "./lib/timed-lines.ts";

const network = "stack-bench";
const scripts = "bench/fresh-machine";
const minimal = ["ca-certificates", "nodejs", "npm", "git"];

export const figure: Figure = {
  name: "fresh-machine",
  title: "Fresh machine to the first login",
  how:
    `A Debian 13 (minbase, ${minimal.join(", ")}) is made of packages in a directory and entered with processes, mounts and a network of its own (bench/fresh-machine). ` +
    "The checkout's last commit is cloned into it. Then `npm run up`: installs npm packages (empty npm cache) and Docker, starts the engine, makes the base image and ours, and waits for its own login. " +
    "The clock runs from its start to its line “login: works”, once. Making the machine and cloning do not count; how fast packages arrive does.",
  limits: [{ what: "to the first login", atMost: 300, unit: "s" }],
  async measure() {
    await using machine = await FreshMachine.create();
    const lines = await machine.timedLines("cd /root/prosody-stack && npm run up");
    const login = lines.find(({ line }) => line === "login: works");
    if (!login) throw new Error(`no login on the fresh machine:\n${lines.map(({ line }) => line).join("\n")}`);
    const milestones = lines.filter(({ after, line }) => after <= login.after && /^(npm packages|Docker engine|\S+): /.test(line));
    return {
      values: [rounded(login.after)],
      samples: { "to the first login, s": [rounded(login.after)] },
      notes: milestones.map(({ after, line }) => `${after.toFixed(1)} s: ${line.replace(/sha256:\w+/, "")}`),
    };
  },
};

class FreshMachine implements AsyncDisposable {
  private readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<FreshMachine> {
    if (process.getuid?.() !== 0) throw new Error("a fresh machine can be made by root only");
    await installPackages("mmdebstrap", ["mmdebstrap"]);
    const machine = new FreshMachine(mkdtempSync(join(tmpdir(), "prosody-stack-fresh-")));
    chmodSync(machine.root, 0o755);
    await execa("mmdebstrap", ["--quiet", "--variant=minbase", `--include=${minimal.join(",")}`, "trixie", machine.root]);
    await execa("git", ["clone", "--quiet", ".", join(machine.root, "root/prosody-stack")]);
    await machine.takeOverNetworkSettings();
    await execa("sh", [`${scripts}/network.sh`, "down", network]);
    await execa("sh", [`${scripts}/network.sh`, "up", network]);
    return machine;
  }

  /** Every line that a command on the machine prints, and when. Docker is stopped at its end. @throws when it fails */
  async timedLines(command: string): Promise<TimedLine[]> {
    const down = "cd /root/prosody-stack && npm run --silent down -- --data --yes > /dev/null 2>&1";
    const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return timedLines(
      command,
      execa(
        "sh",
        [`${scripts}/enter.sh`, this.root, network, "/usr/bin/env", "-i", "HOME=/root", `PATH=${path}`, `NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt`, "sh", "-c", `(${command}); status=$?; (${down}); exit $status`],
        { all: true, reject: false, stdin: "ignore" },
      ),
    );
  }

  /** The resolver and the authorities that this machine's own network asks for. */
  private async takeOverNetworkSettings(): Promise<void> {
    copyFileSync("/etc/resolv.conf", join(this.root, "etc/resolv.conf"));
    const authorities = "usr/local/share/ca-certificates";
    if (existsSync(`/${authorities}`)) cpSync(`/${authorities}`, join(this.root, authorities), { recursive: true });
    await execa("chroot", [this.root, "update-ca-certificates"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execa("sh", [`${scripts}/network.sh`, "down", network]);
    rmSync(this.root, { recursive: true, force: true });
  }
}
