// The machine's settings that the cluster needs otherwise: what they were is written down before, and put back after.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../ops/run.ts";
import { places } from "./places.ts";

const saved = join(places.runtime, "sysctls.json");

/** Those that kubelet sets by itself; its values are not ours to choose. */
const ofKubelet = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"];
const forwarding4 = "net/ipv4/ip_forward";
const forwarding6 = "net/ipv6/conf/all/forwarding";
const watchers = "fs/inotify/max_user_instances";

type Values = Readonly<Record<string, string>>;

/** Sets what the cluster needs, once what was is on disk. */
export function changeSysctls(): void {
  const wanted = wantedSysctls(read([forwarding4, forwarding6, watchers, ...routersAccepted()]));
  const before = { ...read([...ofKubelet, ...Object.keys(wanted)]), ...(savedSysctls() ?? {}) };
  mkdirSync(places.runtime, { recursive: true, mode: 0o700 });
  writeFileSync(saved, JSON.stringify(before));
  for (const [name, value] of Object.entries(wanted)) writeFileSync(join("/proc/sys", name), value);
}

/** What has to change. Nothing is set to a value that it has. */
export function wantedSysctls(now: Values): Values {
  const forwards6 = now[forwarding6] === "0";
  return {
    ...(now[forwarding4] === "0" ? { [forwarding4]: "1" } : {}),
    // A machine that forwards IPv6 listens to routers only where it is told to anyway: without that it may lose its own way out.
    ...(forwards6 ? Object.fromEntries(Object.keys(now).filter((name) => name.endsWith("/accept_ra") && now[name] === "1").map((name) => [name, "2"])) : {}),
    ...(forwards6 ? { [forwarding6]: "1" } : {}),
    ...(Number(now[watchers]) < 512 ? { [watchers]: "512" } : {}),
  };
}

/** Puts back what was. Forwarding stays on where Docker has come to need it meanwhile. */
export async function restoreSysctls(): Promise<void> {
  const before = savedSysctls();
  if (before === undefined) return;
  const kept = (await dockerForwards()) ? [forwarding4, forwarding6] : [];
  for (const [name, value] of Object.entries(before)) {
    const path = join("/proc/sys", name);
    if (!kept.includes(name) && existsSync(path) && readFileSync(path, "utf8").trim() !== value) writeFileSync(path, value);
  }
  rmSync(saved);
}

/** An engine that runs has turned forwarding on for itself, whatever it was before. */
async function dockerForwards(): Promise<boolean> {
  return (await run("docker", ["version", "--format", "{{.Server.Version}}"])).exitCode === 0;
}

function savedSysctls(): Values | undefined {
  return existsSync(saved) ? (JSON.parse(readFileSync(saved, "utf8")) as Values) : undefined;
}

function routersAccepted(): string[] {
  const directory = "net/ipv6/conf";
  return existsSync(join("/proc/sys", directory)) ? readdirSync(join("/proc/sys", directory)).map((name) => `${directory}/${name}/accept_ra`) : [];
}

/** Their values, of those that this kernel has. */
function read(names: readonly string[]): Values {
  return Object.fromEntries(names.filter((name) => existsSync(join("/proc/sys", name))).map((name) => [name, readFileSync(join("/proc/sys", name), "utf8").trim()]));
}
