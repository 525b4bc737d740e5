// A Prosody or another service of its own for a test: its volumes, the one-shot that delivers to it, and the service, hardened
// as the platform does it.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { docker, dockerOutput, eventually, type Result } from "./docker.ts";
import { tar, type Files } from "./tar.ts";

interface Service {
  readonly owner: number;
  readonly group?: number;
  /** Where it keeps its data, and where it works in memory. */
  readonly data: string;
  readonly scratch: string;
  readonly ports: readonly number[];
}

const prosody: Service = { owner: 5222, data: "/var/lib/prosody", scratch: "/run/prosody", ports: [5222, 5223, 5269, 5270] };
export const nginx: Service = { owner: 5443, group: 5400, data: "/var/lib/prosody-uploads", scratch: "/run/nginx", ports: [8080] };
export const repository: Service = { owner: 5222, group: 5400, data: "/var/lib/backup", scratch: "/run/backup", ports: [] };
export const postgres: Service = { owner: 5432, data: "/var/lib/postgresql", scratch: "/run/postgresql", ports: [] };

const hardening = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp"];
const lua = "/usr/bin/lua5.4";

export interface Delivery extends Result {
  /** What the program ends with: `delivered …`, `unchanged …` or `refused: …`. */
  last: string;
  hash: string;
}

export class Site {
  readonly name = `image-test-${randomBytes(4).toString("hex")}`;
  readonly image: string;
  /** May be another site's, which then has the same data. */
  data = `${this.name}-data`;
  readonly #service: Service;
  #recipe: string[] = [];

  constructor(image: string, service = prosody) {
    this.image = image;
    this.#service = service;
  }

  /** Uses another recipe than the image's own, for other waiting times. */
  useRecipe(path: string): void {
    this.#recipe = ["-v", `${path}:/usr/lib/stack/service.lua:ro`];
  }

  #volumes(config: string, answers: string): string[] {
    const { group } = this.#service;
    return ["-v", `${this.name}-config:/config${config}`, "-v", `${this.name}-answers:/answers${answers}`, ...(group === undefined ? [] : ["--group-add", String(group)])];
  }

  get #scratch(): string[] {
    const { owner, scratch } = this.#service;
    return ["--tmpfs", `${scratch}:uid=${owner},gid=${owner},mode=0700`];
  }

  /** Creates the one-shot with the files staged, without starting it. */
  async stage(files: Files, ...options: string[]): Promise<string> {
    const container = (
      await dockerOutput([
        "create", ...hardening, "--network", "none", ...this.#volumes("", ":ro"), ...this.#recipe, "-v", "/staged",
        "--label", this.name, ...this.#scratch, ...options, this.image, lua, "/usr/lib/stack/deliver.lua",
      ])
    ).trim();
    await dockerOutput(["cp", "-", `${container}:/staged`], tar(files, this.#service.owner));
    return container;
  }

  async deliver(files: Files, ...options: string[]): Promise<Delivery> {
    const container = await this.stage(files, ...options);
    const result = await docker(["start", "--attach", container]);
    await docker(["rm", "-f", "-v", container]);
    const last = result.output.trimEnd().split("\n").at(-1) ?? "";
    return { ...result, last, hash: /^(?:delivered|unchanged) ([0-9a-f]{16})/.exec(last)?.[1] ?? "" };
  }

  /** Runs Lua of the test's in the image, on the volumes, to look at their state or to prepare one. */
  async lua(code: string): Promise<string> {
    const volumes = [...this.#volumes("", ""), "-v", `${this.data}:${this.#service.data}`];
    return (await dockerOutput(["run", "--rm", "-i", "--network", "none", ...volumes, this.image, lua, "-"], code)).trim();
  }

  async current(): Promise<string> {
    return this.lua(`print((require "posix.unistd".readlink("/config/current") or "none"):match("%w+$"))`);
  }

  /** The service's last answer. */
  async applied(): Promise<string> {
    return this.lua(`local file = io.open("/answers/applied") print(file and file:read("l"))`);
  }

  /** Everything on the config volume but the content of releases, sorted. */
  async listing(): Promise<string[]> {
    const names = await this.lua(`
      for _, directory in ipairs { "/config", "/config/releases" } do
        for name in require "lfs".dir(directory) do
          if name ~= "." and name ~= ".." then print(directory .. "/" .. name) end
        end
      end`);
    return names.split("\n").sort();
  }

  /** Options for a container that delivers to the service beside it, in one network with it as in a pod. */
  get beside(): string[] {
    return ["--label", this.name, ...hardening, "--network", `container:${this.name}`, ...this.#volumes("", ":ro"), ...this.#recipe, ...this.#scratch];
  }

  /** Starts the service, and waits until it is well unless told not to. */
  async start(wait = true, ...options: string[]): Promise<void> {
    const { data, ports } = this.#service;
    await dockerOutput([
      "run", "-d", "--name", this.name, "--label", this.name, ...hardening, ...this.#volumes(":ro", ""),
      "-v", `${this.data}:${data}`, ...this.#scratch, ...options,
      ...ports.flatMap((port) => ["-p", `127.0.0.1::${port}`]), this.image,
    ]);
    if (wait) await eventually("the service is well", async () => (await this.exec(lua, "/usr/lib/stack/health.lua")).exitCode === 0);
  }

  exec(...command: string[]): Promise<Result> {
    return docker(["exec", this.name, ...command]);
  }

  async log(): Promise<string> {
    return dockerOutput(["logs", this.name]);
  }

  async port(port: number): Promise<number> {
    const address = await dockerOutput(["port", this.name, `${port}/tcp`]);
    return Number(/:(\d+)/.exec(address)?.[1]);
  }

  /** Where its ports are reached that are not published. */
  async address(): Promise<string> {
    return (await dockerOutput(["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", this.name])).trim();
  }

  async remove(): Promise<void> {
    const containers = await dockerOutput(["ps", "-aq", "--filter", `label=${this.name}`]);
    if (containers) await docker(["rm", "-f", "-v", ...containers.split("\n")]);
    await docker(["volume", "rm", "-f", ...["config", "answers", "data"].map((volume) => `${this.name}-${volume}`)]);
  }
}

export const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
