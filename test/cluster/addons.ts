// What a cluster has besides its own parts: names (CoreDNS) and volumes (local-path-provisioner). Their manifests lie in the
// sources that they are built from.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as yaml from "js-yaml";
import { baseImage } from "../../ops/image-builds.ts";
import { sourcesOf } from "./build.ts";
import { scratchImages, services, state } from "./facts.ts";
import { apply, kubectlOutput } from "./kubectl.ts";

export async function applyAddons(): Promise<void> {
  await apply(yaml.dump(kubeletRights));
  await apply(await names());
  await apply(await volumes());
}

/** The API server asks the kubelet for logs with a certificate of this group. */
const kubeletRights = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "kubeadm:cluster-admins" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "kubeadm:cluster-admins" }],
};

/** Without other servers to ask: pods reach nothing beyond this machine. */
async function names(): Promise<string> {
  const template = readFileSync(join(await sourcesOf("kubernetes", "k8s.io/kubernetes"), "cluster/addons/dns/coredns/coredns.yaml.base"), "utf8");
  return template
    .replaceAll("__DNS__DOMAIN__", services.domain)
    .replaceAll("__DNS__SERVER__", services.dns)
    .replaceAll("__DNS__MEMORY__LIMIT__", "170Mi")
    .replace(/image: .*coredns.*/g, `image: ${scratchImages.coredns}`)
    .replace(/^ *forward \. [^{]*\{[^}]*\}\n/m, "")
    .replace(/^ *loop\n/m, "");
}

/** Directories of this machine as volumes; the class is the cluster's default. */
async function volumes(): Promise<string> {
  const template = readFileSync(join(await sourcesOf("local-path-provisioner", "github.com/rancher/local-path-provisioner"), "deploy/local-path-storage.yaml"), "utf8");
  const objects = yaml.loadAll(template) as { kind: string; metadata: { name: string; annotations?: object }; data?: Record<string, string>; spec?: object; allowVolumeExpansion?: boolean }[];
  const changed = objects.map((object) => {
    if (object.kind === "StorageClass") return { ...object, metadata: { ...object.metadata, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } };
    if (object.kind === "ConfigMap") return { ...object, data: provisioner };
    return object;
  });
  return changed.map((object) => yaml.dump(object)).join("---\n").replace(/image: rancher\/local-path-provisioner.*/g, `image: ${scratchImages["local-path-provisioner"]}`);
}

/** Its helper pod makes and removes a directory; the only image with a shell that the cluster has is the base of our own. */
const provisioner = {
  "config.json": JSON.stringify({ nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [join(state, "volumes")] }] }),
  setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
  teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
  "helperPod.yaml": yaml.dump({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: { priorityClassName: "system-node-critical", tolerations: [{ key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" }], containers: [{ name: "helper-pod", image: baseImage, imagePullPolicy: "IfNotPresent" }] },
  }),
};

/** Waits until both answer. */
export async function addonsReady(): Promise<void> {
  await kubectlOutput(["--namespace", "kube-system", "rollout", "status", "deployment/coredns", "--timeout", "120s"]);
  await kubectlOutput(["--namespace", "local-path-storage", "rollout", "status", "deployment/local-path-provisioner", "--timeout", "120s"]);
}
