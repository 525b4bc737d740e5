// What the cluster is made of: programs, by the Go module below modules/ that pins their versions.

export interface Part {
  /** Directory below modules/, with go.mod, go.sum, and for programs of our own their sources. Parts that share one share what is compiled for it. */
  readonly module: string;
  /** Package of each program's main function. */
  readonly programs: Readonly<Record<string, string>>;
  /** Beyond those that all are linked with. */
  readonly linkerFlags?: readonly string[];
}

export const kubernetesVersion = "v1.34.4";

const ofKubernetes = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"] as const;

/** Kubernetes' programs say and check their version, which its own build script gives them. */
const versionFlags = Object.entries({
  gitVersion: kubernetesVersion,
  gitMajor: kubernetesVersion.split(".")[0]!.slice(1),
  gitMinor: kubernetesVersion.split(".")[1]!,
  gitTreeState: "clean",
}).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);

export const parts = {
  pause: { module: "pause", programs: { pause: "." } },
  volumeDirectory: { module: "volume-directory", programs: { "volume-directory": "." } },
  podSandboxes: { module: "pod-sandboxes", programs: { "pod-sandboxes": "." } },
  etcd: { module: "addons", programs: { etcd: "go.etcd.io/etcd/server/v3" } },
  kubernetes: { module: "kubernetes", programs: Object.fromEntries(ofKubernetes.map((name) => [name, `k8s.io/kubernetes/cmd/${name}`])), linkerFlags: versionFlags },
  localPathProvisioner: { module: "addons", programs: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" } },
  coredns: { module: "addons", programs: { coredns: "." } },
} as const satisfies Record<string, Part>;
