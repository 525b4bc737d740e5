// The program that delivers for as long as it runs, beside a service, as a sidecar in a pod does; and those who ask it.
import { treeHash } from "../../platform/kubernetes/tree-hash.ts";
import { docker, dockerOutput, eventually, type Result } from "./docker.ts";
import type { Site } from "./site.ts";
import { Staged } from "./staged.ts";
import type { Files } from "./tar.ts";

const lua = "/usr/bin/lua5.4";
const isSecret = (path: string) => /^secrets\/|\.key$/.test(path);

/** The hash that a release of these files has. */
export function hashOf(files: Files): string {
  return treeHash(Object.entries(files).map(([path, content]) => ({ path, content: content as string })));
}

export class Watcher {
  /** What a ConfigMap and a Secret hold. */
  readonly plain = new Staged();
  readonly secret = new Staged();
  readonly site: Site;
  readonly name: string;

  constructor(site: Site) {
    this.site = site;
    this.name = `${site.name}-watcher`;
  }

  /** Stages the files, each where it belongs. */
  put(files: Files): void {
    const of = (secret: boolean) => Object.fromEntries(Object.entries(files).filter(([path]) => isSecret(path) === secret));
    this.plain.put(of(false));
    this.secret.put(of(true));
  }

  /** The deliver program with this switch, in a container with these options. */
  command(option: string, ...options: string[]): string[] {
    const staged = ["-v", `${this.plain.directory}:/staged/plain:ro`, "-v", `${this.secret.directory}:/staged/secret:ro`];
    return ["run", ...options, ...staged, this.site.image, lua, "/usr/lib/stack/deliver.lua", option, "/staged/plain", "/staged/secret"];
  }

  async start(): Promise<void> {
    await dockerOutput(this.command("--watch", "--detach", "--name", this.name, ...this.site.beside));
  }

  /** Asks for the verdict on these files, for so many seconds. */
  verdict(files: Files, seconds = 20): Promise<Result> {
    return this.ask(hashOf(files), `${seconds}`);
  }

  ask(...args: string[]): Promise<Result> {
    return docker(["exec", this.name, lua, "/usr/lib/stack/verdict.lua", ...args]);
  }

  async log(): Promise<string[]> {
    return (await dockerOutput(["logs", this.name])).trimEnd().split("\n");
  }

  /** Its exit status, and the seconds that it took to end. */
  async stop(): Promise<{ exitCode: number; seconds: number }> {
    const started = Date.now();
    await dockerOutput(["kill", "--signal", "TERM", this.name]);
    const state = () => dockerOutput(["inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", this.name]);
    await eventually("it has ended", async () => (await state()).startsWith("false"));
    return { exitCode: Number((await state()).split(" ")[1]), seconds: (Date.now() - started) / 1000 };
  }

  /** Removes what is staged; the container goes with its site. */
  remove(): void {
    this.plain.remove();
    this.secret.remove();
  }
}
