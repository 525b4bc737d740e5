// What the cluster changes on the machine: a bridge, routes, a chain of rules, some sysctls; and how all of it is put back.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../../ops/errors.ts";
import { answers, run } from "../../ops/run.ts";
import { node, pods, services, state } from "./facts.ts";

const chain = "PSC-FORWARD";
const saved = join(state, "sysctls");

/** Kubelet changes the first three, the rest is ours. */
const sysctls = ["kernel.panic", "kernel.panic_on_oops", "vm.overcommit_memory", "fs.inotify.max_user_instances", "net.ipv4.ip_forward", "net.bridge.bridge-nf-call-iptables"];

/** Rules by table and chain. Docker drops what it does not forward itself, so what is for pods is let through before. */
const rules: readonly (readonly string[])[] = [
  [chain, "-s", pods.subnet, "-d", pods.subnet, "-j", "ACCEPT"],
  [chain, "-s", pods.subnet, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
  [chain, "-d", pods.subnet, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
  [chain, "-d", pods.subnet, "-m", "conntrack", "--ctstate", "DNAT", "-j", "ACCEPT"], // by a NodePort
  [chain, "-d", pods.subnet, "-j", "DROP"],
  [chain, "-s", pods.subnet, "-j", "REJECT"], // pods reach the cluster and this machine, and nothing beyond
];
/** Else Docker puts its own address in the place of a container's that comes to a NodePort. */
const keepAddresses = ["POSTROUTING", "-d", pods.subnet, "-j", "ACCEPT"];

/** Makes the machine a node. Doing it again changes nothing. */
export async function prepareHost(): Promise<void> {
  if (!existsSync(saved)) {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    await must("modprobe", ["br_netfilter"]).catch(() => undefined); // built into some kernels
    writeFileSync(saved, (await run("sysctl", ["--ignore", ...sysctls])).stdout);
  }
  await must("sysctl", ["--quiet", "--write", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"]);
  if (Number((await run("sysctl", ["--values", "fs.inotify.max_user_instances"])).stdout) < 512) await must("sysctl", ["--quiet", "--write", "fs.inotify.max_user_instances=512"]);
  if (!(await answers("ip", "link", "show", node.bridge))) await must("ip", ["link", "add", node.bridge, "type", "bridge"]);
  await must("ip", ["address", "replace", `${node.address}/32`, "dev", node.bridge]);
  await must("ip", ["link", "set", node.bridge, "up"]);
  // A service's address must lead nowhere until kube-proxy has its rules: by the default route it would leave this machine.
  await must("ip", ["route", "replace", services.subnet, "dev", node.bridge, "src", node.address]);

  if (!(await answers("iptables", "--new-chain", chain))) await must("iptables", ["--flush", chain]);
  for (const rule of rules) await must("iptables", ["--append", ...rule]);
  if (!(await answers("iptables", "--check", "FORWARD", "-j", chain))) await must("iptables", ["--insert", "FORWARD", "-j", chain]);
  if (!(await answers("iptables", "-t", "nat", "--check", ...keepAddresses))) await must("iptables", ["-t", "nat", "--insert", ...keepAddresses]);
}

/** Puts the machine back as it was before prepareHost(). */
export async function restoreHost(): Promise<void> {
  await run("iptables", ["--delete", "FORWARD", "-j", chain]);
  await run("iptables", ["--flush", chain]);
  await run("iptables", ["--delete-chain", chain]);
  await run("iptables", ["-t", "nat", "--delete", ...keepAddresses]);
  for (const bridge of [pods.bridge, node.bridge]) await run("ip", ["link", "delete", bridge]);
  if (!existsSync(saved)) return;
  const values = readFileSync(saved, "utf8").split("\n").filter((line) => line.includes("=")).map((line) => line.replace(/ = /, "="));
  await must("sysctl", ["--quiet", "--write", ...values]);
  rmSync(saved);
}

async function must(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run(program, args);
  if (exitCode !== 0) throw new OperatorError(`${[program, ...args].join(" ")}: ${stderr.trim()}`);
}
