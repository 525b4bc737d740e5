// Figures of containers out of what a machine shows: machines are made up here, of either version of control groups, for each way of
// knowing one's own. What real ones show is seen in test/e2e/community.test.ts and test/kubernetes/monitoring.test.ts.
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { nodeImageSource } from "../../components/monitoring/monitoring.ts";
import { type LuaValue, luaValue } from "../../components/prosody/lua.ts";
import { builtImage } from "../setup/built-image.ts";
import { withModules } from "./modules.ts";

let image: string;
let machine: string;
beforeAll(async () => {
  image = await builtImage(nodeImageSource());
}, 300_000);
beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), "machine-test-"));
  chmodSync(machine, 0o755); // for the image's user
  write("proc/stat", "cpu 1 2 3\nbtime 1000000\n");
  process(1, { group: "/../..", net: "eth0: 900 9 0 0 0 0 0 0 900 9" });
});
afterEach(() => rmSync(machine, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(machine, path)), { recursive: true });
  writeFileSync(join(machine, path), text);
}

interface Process {
  /** Its control group as /proc shows it, in version 2. */
  readonly group: string;
  readonly ticks?: number;
  /** What is mounted where, and with what options, as `root point options`. */
  readonly mounts?: readonly string[];
  /** Of its one network card; by default it is in the machine's network. */
  readonly net?: string;
}

function process(pid: number, { group, ticks = 0, mounts = [], net }: Process): void {
  const path = `proc/${pid}`;
  write(`${path}/cgroup`, `0::${group}\n`);
  write(`${path}/stat`, `${pid} (a (b) c) S ${"0 ".repeat(18)}${ticks} 0 0\n`);
  write(`${path}/mountinfo`, mounts.map((mount) => `1 2 8:1 ${mount} shared:1 - ext4 /dev/vda rw\n`).join(""));
  mkdirSync(join(machine, path, "net"));
  if (net === undefined) linkSync(join(machine, "proc/1/net/dev"), join(machine, path, "net/dev"));
  else write(`${path}/net/dev`, `Inter-|   Receive\n face |bytes\n    lo: 5 5 0 0 0 0 0 0 5 5\n  ${net}\n`);
}

/** A control group of version 2, by its path on the machine. */
function group(path: string, { max = "max", current = 5000 } = {}): void {
  write("cgroup/cgroup.controllers", "cpu memory\n");
  const files = { "memory.current": `${current}\n`, "memory.max": `${max}\n`, "memory.stat": "anon 1000\nactive_file 1000\ninactive_file 500\n", "cpu.stat": "usage_usec 2500000\nnr_throttled 3\nthrottled_usec 500000\n" };
  for (const [name, text] of Object.entries(files)) write(`cgroup${path}/${name}`, text);
}

type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Figures by workload; `own` is the directory that stands for what the exporter sees as its own control group. */
async function figures(mark: LuaValue, workloads: readonly string[], own = "/machine/cgroup"): Promise<Figures> {
  const lines = await withModules(
    image,
    `local groups = require "control-groups".new("/machine/cgroup", "${own}")
    for workload, container in pairs(require "own-workloads"(require "processes".containers "/machine/proc", ${luaValue(mark)}, ${luaValue(workloads)})) do
      local of = groups:figures(container.group)
      of.started = container.started
      of.received, of.sent = require "network"("/machine/proc", container.process)
      for name, value in pairs(of) do print(workload, name, string.format("%.15g", value)) end
    end`,
    "",
    "--volume",
    `${machine}:/machine:ro`,
  );
  const found: Record<string, Record<string, number>> = {};
  for (const [workload, name, value] of lines.filter(Boolean).map((line) => line.split("\t"))) (found[workload!] ??= {})[name!] = Number(value);
  return found;
}

const id = (digit: string) => digit.repeat(64);
const docker = { by: "volume", prefix: "xmpp-", suffix: "-config" };
const files = (name: string, options = "ro,relatime") => [`/var/lib/docker/volumes/${name}/_data /config ${options}`];
const scope = (digit: string) => `docker-${id(digit)}.scope`;

test("on Docker, with version 2: the stack's own, each by its oldest process, and the exporter itself", async () => {
  group(`/system.slice/${scope("a")}`, { max: "8000" });
  group(`/system.slice/${scope("b")}`);
  process(20, { group: `/../${scope("a")}`, ticks: 5000, mounts: files("xmpp-nginx-config") });
  process(10, { group: `/../${scope("a")}`, ticks: 4000, mounts: files("xmpp-nginx-config"), net: "eth0: 100 1 0 0 0 0 0 0 40 2" });
  process(30, { group: "/", ticks: 100, mounts: files("xmpp-node-exporter-config"), net: "eth0: 7 1 0 0 0 0 0 0 8 1" });
  const found = await figures(docker, ["nginx", "node-exporter"], `/machine/cgroup/system.slice/${scope("b")}`);
  expect(found).toEqual({
    nginx: { memory: 3500, limit: 8000, cpu: 2.5, throttled: 0.5, started: 1_000_040, received: 100, sent: 40 },
    "node-exporter": { memory: 3500, cpu: 2.5, throttled: 0.5, started: 1_000_001, received: 7, sent: 8 },
  });
});

test("on Docker: none of another stack, none that only delivers files, and of two the one that takes the other's place", async () => {
  for (const digit of ["a", "b", "c", "d", "e"]) group(`/docker/${id(digit)}`, { current: 2000 + Number.parseInt(digit, 16) });
  process(10, { group: `/../docker/${id("a")}`, ticks: 100, mounts: files("xmpp-prosody-config"), net: "eth0: 1 1 0 0 0 0 0 0 1 1" });
  process(11, { group: `/../docker/${id("b")}`, ticks: 900, mounts: files("xmpp-prosody-config", "rw,relatime") });
  process(12, { group: `/../docker/${id("c")}`, ticks: 950, mounts: files("xmpp-dev-prosody-config") });
  process(13, { group: `/../docker/${id("d")}`, ticks: 990, mounts: ["/srv/xmpp-prosody-config /config ro"] });
  process(14, { group: `/../docker/${id("e")}`, ticks: 50, mounts: files("xmpp-prosody-config") });
  expect(Object.entries(await figures(docker, ["nginx", "prosody"])).map(([name, { memory }]) => [name, memory])).toEqual([["prosody", 2010 - 1500]]);
});

test("one in the machine's network has no figures of it, and one that is gone has none that are wrong", async () => {
  process(10, { group: `/../docker/${id("a")}`, ticks: 100, mounts: files("xmpp-coturn-config") });
  group("/docker/other");
  expect(await figures(docker, ["coturn"])).toEqual({ coturn: { started: 1_000_001 } });
});

test("on a cluster: the service's container of pods that have the stack's volume", async () => {
  const directory = (pod: string) => `/var/lib/kubelet/pods/${pod}`;
  const container = (pod: string, name: string) => `${directory(pod)}/containers/${name}/0a1b2c3d /dev/termination-log rw`;
  const deliverer = (pod: string, volume: string) => `${directory(pod)}/volumes/kubernetes.io~configmap/${volume} /staged/plain ro`;
  const path = (pod: string, digit: string) => `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${pod}.slice/cri-containerd-${id(digit)}.scope`;
  for (const [index, [pod, digit, mounts]] of ([
    ["one", "a", [container("one", "prosody")]],
    ["one", "b", [container("one", "deliver"), deliverer("one", "plain-xmpp")]],
    ["two", "c", [container("two", "prosody")]],
    ["two", "d", [container("two", "deliver"), deliverer("two", "plain-xmpp-other")]],
  ] as const).entries()) {
    group(path(pod, digit), { current: 3000 + index });
    process(10 + index, { group: `/../../..${path(pod, digit)}`, ticks: 100 * index, mounts });
  }
  expect(await figures({ by: "pod", volume: "plain-xmpp" }, ["nginx", "prosody"])).toEqual({ prosody: { memory: 1500, cpu: 2.5, throttled: 0.5, started: 1_000_000 } });
});

test("with version 1, where each controller has its own directory", async () => {
  const name = id("a");
  write(`cgroup/memory/docker/${name}/memory.usage_in_bytes`, "5000\n");
  write(`cgroup/memory/docker/${name}/memory.limit_in_bytes`, "9223372036854771712\n");
  write(`cgroup/memory/docker/${name}/memory.stat`, "cache 1500\nactive_file 1\ninactive_file 1\ntotal_active_file 1000\ntotal_inactive_file 500\n");
  write(`cgroup/cpuacct/docker/${name}/cpuacct.usage`, "2500000000\n");
  write(`cgroup/cpu/docker/${name}/cpu.stat`, "nr_periods 8\nnr_throttled 1\nthrottled_time 500000000\n");
  process(10, { group: `/docker/${name}`, mounts: files("xmpp-nginx-config") });
  expect(await figures(docker, ["nginx"])).toEqual({ nginx: { memory: 3500, cpu: 2.5, throttled: 0.5, started: 1_000_000 } });
});
