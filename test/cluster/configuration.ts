// The configuration of the cluster's parts, as files in its state.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as yaml from "js-yaml";
import { containerd, node, pods, runtime, scratchImages, services, state, versions } from "./facts.ts";

const at = (...parts: string[]) => join(state, ...parts);

/** Paths of the files, by what reads them. */
export const configuration = {
  kubeadm: at("config/kubeadm.yaml"),
  containerd: at("config/containerd.toml"),
  kubelet: at("config/kubelet.yaml"),
  proxy: at("config/kube-proxy.yaml"),
  network: at("cni/10-bridge.conflist"),
} as const;

export function writeConfiguration(): void {
  const files: Record<string, string> = {
    [configuration.kubeadm]: kubeadm.map((document) => yaml.dump(document)).join("---\n"),
    [configuration.containerd]: containerdConfiguration,
    [configuration.kubelet]: yaml.dump(kubelet),
    [configuration.proxy]: yaml.dump(proxy),
    [configuration.network]: JSON.stringify(network, null, 2),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Only for its certificates and kubeconfig files: kubeadm starts nothing here. */
const kubeadm = [
  {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: node.address, bindPort: 6443 },
    nodeRegistration: { name: node.name, criSocket: `unix://${containerd}` },
  },
  {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    kubernetesVersion: versions.kubernetes,
    clusterName: "prosody-stack-test",
    certificatesDir: at("pki"),
    networking: { serviceSubnet: services.subnet, podSubnet: pods.subnet, dnsDomain: services.domain },
    apiServer: { certSANs: [node.address, "127.0.0.1", "localhost"] },
    etcd: { local: { dataDir: at("etcd") } },
  },
];

/** A containerd beside Docker's, with a root, a state and a socket of its own. */
const containerdConfiguration = `version = 2
root = "${at("containerd")}"
state = "${join(runtime, "containerd")}"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
address = "${containerd}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${scratchImages.pause}"
disable_apparmor = true
# A negative score needs a capability that this machine's root may not have; runc would end without a word.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stream_server_address = "127.0.0.1"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${at("cni")}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`;

const kubelet = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: node.address,
  healthzBindAddress: "127.0.0.1",
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: at("pki/ca.crt") } },
  authorization: { mode: "Webhook" },
  containerRuntimeEndpoint: `unix://${containerd}`,
  cgroupDriver: "cgroupfs",
  failCgroupV1: false,
  clusterDomain: services.domain,
  clusterDNS: [services.dns],
  resolvConf: "/etc/resolv.conf",
  podLogsDir: at("pod-logs"),
  imageGCHighThresholdPercent: 100, // an imported image could not be pulled again
  evictionHard: { "memory.available": "200Mi", "nodefs.available": "2%", "imagefs.available": "2%" },
  makeIPTablesUtilChains: false,
};

const proxy = {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode: "nftables",
  clusterCIDR: pods.subnet,
  clientConnection: { kubeconfig: at("kubeconfig/kube-proxy.conf") },
  healthzBindAddress: "127.0.0.1:10256",
  metricsBindAddress: "127.0.0.1:10249",
  nodePortAddresses: [`${node.address}/32`],
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" }, // the machine's own stay
};

const network = {
  cniVersion: "0.4.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: pods.bridge,
      isGateway: true,
      hairpinMode: true,
      ipam: { type: "host-local", dataDir: at("addresses"), ranges: [[{ subnet: pods.subnet, gateway: pods.gateway }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};
