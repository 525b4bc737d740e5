// Starts the cluster: what is missing is built, what runs already stays.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureDockerEngine, installPackages } from "../../ops/docker-engine.ts";
import { OperatorError } from "../../ops/errors.ts";
import { answers, run, say } from "../../ops/run.ts";
import { writePrivate } from "../../render/store.ts";
import { addonsReady, applyAddons } from "./addons.ts";
import { ensurePrograms } from "./build.ts";
import { configuration, writeConfiguration } from "./configuration.ts";
import { logOf, start } from "./daemons.ts";
import { containerd, kubeconfig, node, programs, runtime, services, state } from "./facts.ts";
import { prepareHost } from "./host.ts";
import { ensureImages } from "./images.ts";
import { kubectl } from "./kubectl.ts";

const pki = (name: string) => join(state, "pki", name);

export async function up(): Promise<void> {
  const started = performance.now();
  await ensurePackages();
  await ensureDockerEngine();
  await ensurePrograms();
  await prepareHost();
  writeConfiguration();
  await ensureCertificates();
  for (const directory of ["containerd", "etcd", "kubelet", "pod-logs", "addresses", "volumes"]) mkdirSync(join(state, directory), { recursive: true });
  mkdirSync(runtime, { recursive: true });
  start("containerd", ["--config", configuration.containerd], "containerd");
  await waitFor("containerd", () => answers("ctr", "--address", containerd, "version"));
  await ensureImages();
  startControlPlane();
  await waitFor("kube-apiserver", async () => (await kubectl(["get", "--raw", "/readyz"])).exitCode === 0);
  const since = new Date().toISOString();
  startNode();
  await waitFor("kubelet", () => nodeReady(since));
  await applyAddons();
  await addonsReady();
  say(`cluster: up after ${((performance.now() - started) / 1000).toFixed(1)} s, for kubectl:\n  export KUBECONFIG=${kubeconfig} PATH=${programs}:$PATH`);
}

async function ensurePackages(): Promise<void> {
  await installPackages("containerd", ["containerd"]);
  await installPackages("runc", ["runc"]);
  await installPackages("nft", ["nftables"]);
  await installPackages("iptables", ["iptables"]);
  await installPackages("ip", ["iproute2"]);
  await installPackages("modprobe", ["kmod"]);
  await installPackages("conntrack", ["conntrack"]);
  if (!existsSync("/usr/lib/cni/bridge")) await installPackages("/usr/lib/cni/bridge", ["containernetworking-plugins"]);
}

/** Made once; they are as old as the cluster's state. */
async function ensureCertificates(): Promise<void> {
  if (existsSync(join(state, "kubeconfig/kube-proxy.conf"))) return;
  const directory = dirname(kubeconfig);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const kubeadm = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(join(programs, "kubeadm"), [...args, "--config", configuration.kubeadm]);
    if (exitCode !== 0) throw new OperatorError(`kubeadm ${args.join(" ")}: ${stderr.trim()}`);
    return stdout;
  };
  await kubeadm("init", "phase", "certs", "all");
  await kubeadm("init", "phase", "kubeconfig", "all", "--kubeconfig-dir", directory);
  writePrivate(join(directory, "kube-proxy.conf"), await kubeadm("kubeconfig", "user", "--client-name", "system:kube-proxy"));
}

function startControlPlane(): void {
  start("etcd", [
    "--name", node.name, "--data-dir", join(state, "etcd"),
    "--listen-client-urls", "https://127.0.0.1:2379", "--advertise-client-urls", "https://127.0.0.1:2379",
    "--listen-peer-urls", "https://127.0.0.1:2380", "--initial-advertise-peer-urls", "https://127.0.0.1:2380",
    "--initial-cluster", `${node.name}=https://127.0.0.1:2380`, "--listen-metrics-urls", "http://127.0.0.1:2381",
    "--client-cert-auth", "--trusted-ca-file", pki("etcd/ca.crt"), "--cert-file", pki("etcd/server.crt"), "--key-file", pki("etcd/server.key"),
    "--peer-client-cert-auth", "--peer-trusted-ca-file", pki("etcd/ca.crt"), "--peer-cert-file", pki("etcd/peer.crt"), "--peer-key-file", pki("etcd/peer.key"),
    "--unsafe-no-fsync", // a cluster for tests
  ]);
  start("kube-apiserver", [
    `--advertise-address=${node.address}`, `--bind-address=${node.address}`, "--secure-port=6443", `--service-cluster-ip-range=${services.subnet}`, "--allow-privileged=true",
    "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
    `--client-ca-file=${pki("ca.crt")}`, `--tls-cert-file=${pki("apiserver.crt")}`, `--tls-private-key-file=${pki("apiserver.key")}`,
    "--etcd-servers=https://127.0.0.1:2379", `--etcd-cafile=${pki("etcd/ca.crt")}`, `--etcd-certfile=${pki("apiserver-etcd-client.crt")}`, `--etcd-keyfile=${pki("apiserver-etcd-client.key")}`,
    `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`, `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`, "--kubelet-preferred-address-types=InternalIP",
    `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`, `--proxy-client-key-file=${pki("front-proxy-client.key")}`, `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client", "--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--service-account-issuer=https://kubernetes.default.svc.${services.domain}`, `--service-account-key-file=${pki("sa.pub")}`, `--service-account-signing-key-file=${pki("sa.key")}`,
  ]);
  const as = (name: string) => ["--kubeconfig", "--authentication-kubeconfig", "--authorization-kubeconfig"].map((option) => `${option}=${join(dirname(kubeconfig), `${name}.conf`)}`);
  start("kube-controller-manager", [
    ...as("controller-manager"), "--bind-address=127.0.0.1", "--leader-elect=false", `--client-ca-file=${pki("ca.crt")}`, `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`, `--root-ca-file=${pki("ca.crt")}`,
    `--cluster-signing-cert-file=${pki("ca.crt")}`, `--cluster-signing-key-file=${pki("ca.key")}`, `--service-account-private-key-file=${pki("sa.key")}`, "--use-service-account-credentials=true", `--service-cluster-ip-range=${services.subnet}`,
  ]);
  start("kube-scheduler", [...as("scheduler"), "--bind-address=127.0.0.1", "--leader-elect=false"]);
}

function startNode(): void {
  const own = join(dirname(kubeconfig), "kubelet.conf");
  start("kubelet", [`--config=${configuration.kubelet}`, `--kubeconfig=${own}`, `--root-dir=${join(state, "kubelet")}`, `--cert-dir=${join(state, "kubelet/pki")}`, `--hostname-override=${node.name}`, `--node-ip=${node.address}`]);
  start("kube-proxy", [`--config=${configuration.proxy}`, `--hostname-override=${node.name}`]);
}

/** As this kubelet says, not as etcd remembers from the last time. */
async function nodeReady(since: string): Promise<boolean> {
  const path = '{range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}';
  const { stdout } = await kubectl(["get", "node", node.name, "--output", `jsonpath=${path}`]);
  const [status, heartbeat = ""] = stdout.split(" ");
  return status === "True" && (Date.parse(heartbeat) >= Date.parse(since) - 300_000);
}

/** Polls for two minutes. @throws OperatorError with the last lines of the log of what did not come */
async function waitFor(name: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(200)) if (await condition()) return;
  throw new OperatorError(`cluster: ${name} is not ready after 120 s:\n${logOf(name)}`);
}
