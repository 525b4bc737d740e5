// The processes that are a Kubernetes cluster, and how each is started.
import { join } from "node:path";
import { apiPort, clusterDomain, ipv4, loopback, nodeName, ofFamilies } from "./addresses.ts";
import { builtProgram } from "./cache-key.ts";
import { configurationPath } from "./configuration.ts";
import { kubeconfigPath } from "./identities.ts";
import { parts } from "./parts.ts";
import { pkiPath } from "./pki.ts";
import { places } from "./places.ts";
import type { Daemon } from "./processes.ts";

const etcdClients = `https://${loopback}:2379`;
const etcdPeers = `http://${loopback}:2380`; // it has none, and wants the address all the same

export const containerd: Daemon = { name: "containerd", program: "/usr/bin/containerd", args: ["--config", configurationPath("containerd.toml")] };

const etcd: Daemon = {
  name: "etcd",
  program: builtProgram(parts.etcd, "etcd"),
  args: [
    `--data-dir=${join(places.state, "etcd")}`,
    `--listen-client-urls=${etcdClients}`,
    `--advertise-client-urls=${etcdClients}`,
    `--listen-peer-urls=${etcdPeers}`,
    `--initial-advertise-peer-urls=${etcdPeers}`,
    `--initial-cluster=default=${etcdPeers}`,
    "--client-cert-auth",
    `--trusted-ca-file=${pkiPath("authority.crt")}`,
    ...pair("etcd", "cert-file", "key-file"),
    "--unsafe-no-fsync", // what a power failure takes from a cluster of tests, it can lose
  ],
};

const apiServer = kubernetes("kube-apiserver", [
  `--bind-address=${ipv4.node}`,
  `--advertise-address=${ipv4.node}`,
  `--secure-port=${apiPort}`,
  `--service-cluster-ip-range=${ofFamilies("services")}`,
  "--allow-privileged=true",
  "--authorization-mode=Node,RBAC",
  "--enable-admission-plugins=NodeRestriction",
  `--client-ca-file=${pkiPath("authority.crt")}`,
  ...pair("kube-apiserver", "tls-cert-file", "tls-private-key-file"),
  `--etcd-servers=${etcdClients}`,
  `--etcd-cafile=${pkiPath("authority.crt")}`,
  ...pair("kube-apiserver-to-etcd", "etcd-certfile", "etcd-keyfile"),
  `--kubelet-certificate-authority=${pkiPath("authority.crt")}`,
  ...pair("kube-apiserver-to-kubelet", "kubelet-client-certificate", "kubelet-client-key"),
  "--kubelet-preferred-address-types=InternalIP",
  ...pair("front-proxy", "proxy-client-cert-file", "proxy-client-key-file"),
  `--requestheader-client-ca-file=${pkiPath("front-proxy-authority.crt")}`,
  "--requestheader-allowed-names=front-proxy",
  "--requestheader-username-headers=X-Remote-User",
  "--requestheader-group-headers=X-Remote-Group",
  "--requestheader-extra-headers-prefix=X-Remote-Extra-",
  `--service-account-issuer=https://kubernetes.default.svc.${clusterDomain}`,
  `--service-account-key-file=${pkiPath("service-accounts.pub")}`,
  `--service-account-signing-key-file=${pkiPath("service-accounts.key")}`,
]);

const controllerManager = kubernetes("kube-controller-manager", [
  ...asClient("kube-controller-manager"),
  `--service-cluster-ip-range=${ofFamilies("services")}`,
  `--client-ca-file=${pkiPath("authority.crt")}`,
  `--requestheader-client-ca-file=${pkiPath("front-proxy-authority.crt")}`,
  `--root-ca-file=${pkiPath("authority.crt")}`,
  ...pair("authority", "cluster-signing-cert-file", "cluster-signing-key-file"),
  `--service-account-private-key-file=${pkiPath("service-accounts.key")}`,
  "--use-service-account-credentials=true",
]);

const scheduler = kubernetes("kube-scheduler", asClient("kube-scheduler"));

const kubelet = kubernetes("kubelet", [
  `--config=${configurationPath("kubelet.yaml")}`,
  `--kubeconfig=${kubeconfigPath("kubelet")}`,
  `--root-dir=${join(places.state, "kubelet")}`,
  `--hostname-override=${nodeName}`,
  `--node-ip=${ofFamilies("node")}`,
]);

const proxy = kubernetes("kube-proxy", [`--config=${configurationPath("kube-proxy.yaml")}`, `--hostname-override=${nodeName}`]);

export const controlPlane: readonly Daemon[] = [etcd, apiServer, controllerManager, scheduler];
export const nodeDaemons: readonly Daemon[] = [kubelet, proxy];
/** All, in the order in which they are started. */
export const daemons: readonly Daemon[] = [containerd, ...controlPlane, ...nodeDaemons];

function kubernetes(name: string, args: readonly string[]): Daemon {
  return { name, program: builtProgram(parts.kubernetes, name), args };
}

/** A client of the API, which asks it who may talk to itself. */
function asClient(name: string): string[] {
  const options = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"];
  return [...options.map((option) => `--${option}=${kubeconfigPath(name)}`), `--bind-address=${loopback}`, "--leader-elect=false"];
}

/** Options for a certificate and its key. */
function pair(file: string, certificate: string, key: string): string[] {
  return [`--${certificate}=${pkiPath(`${file}.crt`)}`, `--${key}=${pkiPath(`${file}.key`)}`];
}
