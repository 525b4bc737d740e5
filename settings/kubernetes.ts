// The settings that say how a cluster is used.
import { homedir } from "node:os";
import { z } from "zod";
import { address, group, oneOf, text } from "./fields.ts";

const registryText = 'the part of an image\'s name before the last slash, such as "registry.example.org/xmpp"';
const nameText = "a name of lower-case letters, digits, hyphens and dots";
const name = text(nameText).regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, { error: nameText });

export const kubernetesSettings = group({
  kubeconfig: text("a path to a kubeconfig file").transform((path) => path.replace(/^~(?=\/)/, homedir())).optional().describe("Path of the kubeconfig file (~ is your home); default what kubectl takes ($KUBECONFIG, ~/.kube/config)."),
  context: text("the name of a context").optional().describe("Context of the kubeconfig; default its current one."),
  clusterDomain: name.describe("Domain of the cluster's Services."),
  podNetworks: z
    .array(address, { error: "a list of IP addresses and subnets" })
    .min(1, { error: "at least one subnet" })
    .describe("Networks of the cluster's pods. Prosody believes a pod of these that reaches its inner ports, which is the front alone where network policies are enforced; nobody is let out to them but to the stack's own workloads."),
  nameServers: z
    .array(address, { error: "a list of IP addresses and subnets" })
    .describe("Name servers of pods that are no pods of kube-system labelled k8s-app=kube-dns themselves. The default is where NodeLocal DNSCache listens."),
  service: group({
    type: oneOf("LoadBalancer", "NodePort").describe("The way in. With NodePort the ports of `publish` are those of the nodes, from 30000 to 32767."),
    externalTrafficPolicy: oneOf("Local", "Cluster").describe("Local keeps the clients' addresses; with Cluster every client comes with a node's, and limits per address count them as one."),
    annotations: z.record(z.string(), text("a text"), { error: "an object of annotations" }).describe("Annotations of the Service, for the cluster's load balancer."),
  }).describe("The Service by which the stack is reached."),
  storage: group({
    class: name.optional().describe("StorageClass of the volumes; default the cluster's."),
    shared: oneOf("ReadWriteOnce", "ReadWriteMany").describe("How the volume with uploads is mounted: with ReadWriteOnce the front runs on the node where Prosody runs."),
  }).describe("Volumes."),
  publishNodes: z
    .record(z.string(), text("a text"), { error: "an object of labels" })
    .describe("Labels of the nodes that publish what a Service cannot: the ports of the TURN server. The one that has turn.externalAddress has to have them, and no other."),
  registry: text(registryText).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/, { error: registryText }).optional().describe("Registry that images are pushed to (npm run images -- push) and pulled from, by the digests in images.lock. Without one the nodes have to have them."),
  pullSecret: name.optional().describe("Secret of the namespace with the registry's credentials (kubernetes.io/dockerconfigjson)."),
  containerd: text("a path to a socket").optional().describe("Socket of the containerd of a cluster whose one node is this machine: without a registry images are imported there."),
  certManager: group({
    issuer: name.optional().describe("cert-manager's issuer of certificates for the domains that have none in `certificates`. Without one the stack's private CA issues them."),
    issuerKind: oneOf("ClusterIssuer", "Issuer").describe("ClusterIssuer, or an Issuer in the stack's namespace."),
  }).describe("Certificates by cert-manager, where the cluster has it."),
  ipFamilies: oneOf("SingleStack", "PreferDualStack", "RequireDualStack").describe("IP families of the Services."),
});
