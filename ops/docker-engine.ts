// A Docker engine: the one that answers, or on Debian and Ubuntu as root one that is installed and started.
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { OperatorError } from "./errors.ts";
import { answers, run, say, show } from "./run.ts";

const log = "/var/log/prosody-stack/dockerd.log";

/** Makes sure that a Docker engine answers. @throws OperatorError that says what to do where it cannot */
export async function ensureDockerEngine(): Promise<void> {
  if (await engineAnswers()) return;
  if (process.env.DOCKER_HOST) throw new OperatorError(`no Docker engine answers at DOCKER_HOST (${process.env.DOCKER_HOST}); start it, or unset DOCKER_HOST`);
  if (!isDebianAsRoot()) {
    throw new OperatorError("no Docker engine answers; install Docker and start it (https://docs.docker.com/engine/install/), and make sure that `docker info` works for this user");
  }
  await installPackages("dockerd", ["docker.io", "iptables", "ca-certificates"]);
  await installPackages("docker", ["docker-cli"]); // part of docker.io before Debian 13
  await start();
}

/** Installs Debian packages unless their program is there. @throws OperatorError where that fails */
export async function installPackages(program: string, packages: readonly string[]): Promise<void> {
  if (await answers("which", program)) return;
  if (!isDebianAsRoot()) throw new OperatorError(`${program} is missing; install it`);
  say(`${program}: installing ${packages.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  const { exitCode, stderr, stdout } = await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
  if (exitCode !== 0) throw new OperatorError(`apt-get could not install ${packages.join(", ")}: ${(stderr || stdout).trim().split("\n").at(-1)}`);
}

async function engineAnswers(): Promise<boolean> {
  return answers("docker", "version", "--format", "{{.Server.Version}}");
}

async function start(): Promise<void> {
  say("Docker engine: starting it");
  // Where there is a service manager it keeps the engine running after a reboot; a container or chroot has none.
  const managed = (await answers("systemctl", "is-system-running", "--quiet")) && (await show("systemctl", ["enable", "--now", "docker"])) === 0;
  if (!managed) {
    mkdirSync("/var/log/prosody-stack", { recursive: true });
    const output = openSync(log, "a");
    spawn("dockerd", [], { detached: true, stdio: ["ignore", output, output] }).unref();
    closeSync(output);
  }
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(250)) {
    if (await engineAnswers()) return;
  }
  throw new OperatorError(`the Docker engine did not start within a minute; see ${managed ? "journalctl -u docker" : log}`);
}

function isDebianAsRoot(): boolean {
  try {
    return process.getuid?.() === 0 && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false; // no /etc/os-release: not a system whose packages we know
  }
}
