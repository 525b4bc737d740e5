// Who is who in the cluster: the certificate of each part, and the kubeconfig of each that talks to the API.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiPort, clusterDomain, families, firstService, ipv4, loopback, nodeName } from "./addresses.ts";
import { Authority, type Identity, type Issued, ensureServiceAccountKey, writeIssued } from "./pki.ts";
import { places } from "./places.ts";

export const apiServer = `https://${ipv4.node}:${apiPort}`;

/** Clients of the API by the name of their kubeconfig. Names and groups are those that Kubernetes has roles for. */
const clients: Readonly<Record<string, Identity>> = {
  admin: { name: "prosody-cluster-admin", group: "system:masters" },
  "kube-controller-manager": { name: "system:kube-controller-manager" },
  "kube-scheduler": { name: "system:kube-scheduler" },
  "kube-proxy": { name: "system:kube-proxy" },
  kubelet: { name: `system:node:${nodeName}`, group: "system:nodes" },
};

/** Certificates by the name of their files. */
const certificates: Readonly<Record<string, Identity>> = {
  "kube-apiserver": {
    name: "kube-apiserver",
    names: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", `kubernetes.default.svc.${clusterDomain}`],
    addresses: [...families.flatMap((family) => [family.node, firstService(family)]), loopback],
  },
  "kube-apiserver-to-kubelet": { name: "kube-apiserver-to-kubelet", group: "system:masters" },
  "kube-apiserver-to-etcd": { name: "kube-apiserver-to-etcd" },
  etcd: { name: "etcd", names: ["localhost"], addresses: [loopback] },
  kubelet: { name: `system:node:${nodeName}`, group: "system:nodes", names: [nodeName], addresses: families.map(({ node }) => node) },
};

export function kubeconfigPath(client: string): string {
  return join(places.kubeconfigs, client);
}

/** Makes certificates, keys and kubeconfigs of all parts. */
export async function writeIdentities(): Promise<void> {
  ensureServiceAccountKey();
  const authority = await Authority.open("authority");
  // Whoever has a certificate of this one may speak for any user, so it signs nothing else.
  const front = await Authority.open("front-proxy-authority");
  for (const [file, identity] of Object.entries(certificates)) writeIssued(file, await authority.issue(identity));
  writeIssued("front-proxy", await front.issue({ name: "front-proxy" }));
  mkdirSync(places.kubeconfigs, { recursive: true, mode: 0o700 });
  for (const [client, identity] of Object.entries(clients)) {
    writeFileSync(kubeconfigPath(client), kubeconfig(authority.certificate, identity.name, await authority.issue(identity)), { mode: 0o600 });
  }
}

/** A kubeconfig file with everything in it. JSON is YAML, too. */
export function kubeconfig(authority: string, user: string, { certificate, key }: Issued): string {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "prosody-cluster", cluster: { server: apiServer, "certificate-authority-data": base64(authority) } }],
      users: [{ name: user, user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) } }],
      contexts: [{ name: "prosody-cluster", context: { cluster: "prosody-cluster", user } }],
      "current-context": "prosody-cluster",
    },
    null,
    2,
  );
}
