// A stack on a Kubernetes cluster.
import { setTimeout as delay } from "node:timers/promises";
import { hostNamespace } from "../../platform/kubernetes/names.ts";
import { boundPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { OperatorError } from "../errors.ts";
import { type End, type Place, generationsAmong, refuseForeignData } from "../place.ts";
import type { Stack } from "../stack.ts";
import { Deliveries } from "./deliveries.ts";
import { supplyImages } from "./images.ts";
import { certificateAuthorities, refuseMissingIssuer } from "./issued-certificates.ts";
import { type Item, Kubectl } from "./kubectl.ts";
import { type Pod, failedContainer } from "./pods.ts";
import { RefusedFiles } from "./refusal.ts";
import { failedCheck } from "./rollout.ts";
import { ours, podsOf } from "./selectors.ts";
import { type Files, filesIn } from "./staged-files.ts";
import { defaultStorageClass } from "./storage-classes.ts";

interface Service extends Item {
  readonly spec?: { readonly ports?: readonly { readonly nodePort?: number }[] };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
}

/** A stack on the cluster that its settings name. The cluster is asked once whether it is there. */
export function clusterPlace(stack: Stack, settings: Settings): Place {
  let connection: Promise<Kubectl> | undefined;
  const connected = () => (connection ??= Kubectl.connected(settings));
  /** Its own, and the one for the machine's, where the stack has pods there by now. */
  const namespaces = async () => {
    const own = await connected();
    const host = own.in(hostNamespace(settings));
    return (await podsThere(host, settings)) ? [own, host] : [own];
  };
  return {
    async prepare() {
      const kubectl = await connected();
      await refuseWhatIsMissing(kubectl, settings);
      await refuseMissingIssuer(kubectl, settings);
      await refuseTakenPorts(kubectl, settings);
      await refuseForeignData(stack, async () => {
        const { namespace } = settings;
        const claims = await kubectl.list("persistentvolumeclaims");
        if (claims.length === 0) return undefined;
        return { data: `namespace ${namespace}: ${claims.map(({ metadata }) => metadata.name).join(", ")}`, removal: `kubectl delete namespace ${namespace}` };
      });
    },
    supply: () => supplyImages(settings),
    async settle() {
      await Promise.all((await namespaces()).map((kubectl) => new Deliveries(kubectl).settle()));
    },
    async remember() {
      const places = await Promise.all((await namespaces()).map(async (kubectl) => ({ kubectl, before: await filesIn(kubectl) })));
      return async (error) => {
        const refused = error instanceof RefusedFiles ? error : await failedCheckOf(places);
        if (refused === undefined) return error;
        for (const { kubectl, before } of places) if (before.length > 0) await putBack(kubectl, before);
        return refused;
      };
    },
    authorities: async () => certificateAuthorities(await connected(), settings),
    address: async () => addressOf(await connected(), settings),
    async execute(service, command, input = "") {
      const kubectl = await connected();
      const [pod] = await kubectl.list("pods", ...podsOf(service));
      if (!pod) throw new OperatorError(`${service} has no pod; bring the stack up first`);
      return kubectl.ask(["exec", "--stdin", pod.metadata.name, "--container", service, "--", ...command], input);
    },
    async ended(workload) {
      const kubectl = await connected();
      const pods = await kubectl.list<Pod>("pods", ...podsOf(workload));
      return endOf(kubectl, workload, pods.find(({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed"));
    },
    generations: async () => generationsAmong((await (await connected()).list("persistentvolumeclaims")).map(({ metadata }) => metadata.name), ""),
    async removeGenerations(generations) {
      const names = generations.map(({ name }) => name);
      if (names.length > 0) await (await connected()).output(["delete", "persistentvolumeclaim", ...names, "--ignore-not-found", "--wait", "--timeout", "120s"]);
    },
    forget: () => Promise.resolve(), // its files go with it
    logs: (service) => [new Kubectl(settings).shown(), "logs", ...podsOf(service), "--all-containers"].join(" "),
  };
}

/**
 * Puts files back into the cluster, where a pod that starts anew reads them: each object by who has applied what is there now,
 * so that it goes with what is to be there.
 */
async function putBack(kubectl: Kubectl, before: readonly Files[]): Promise<void> {
  const now = new Map((await filesIn(kubectl, "--show-managed-fields")).map((files) => [`${files.kind}/${files.metadata.name}`, files]));
  for (const { kind, metadata: { name, labels }, data } of before) {
    const manager = now.get(`${kind}/${name}`)?.metadata.managedFields?.find(({ operation }) => operation === "Apply")?.manager ?? "prosody-stack";
    const object = JSON.stringify({ apiVersion: "v1", kind, metadata: { name, labels }, data });
    await kubectl.output(["apply", "--server-side", "--force-conflicts", "--field-manager", manager, "--filename", "-"], object);
  }
}

async function endOf(kubectl: Kubectl, workload: string, pod: Pod | undefined): Promise<End | undefined> {
  if (pod === undefined) return undefined;
  const container = failedContainer(pod) ?? workload;
  const { stdout } = await kubectl.ask(["logs", pod.metadata.name, "--container", container, "--tail", "1"]);
  return { exitCode: pod.status?.phase === "Succeeded" ? 0 : 1, words: stdout.trim() };
}

/** Seconds that a load balancer gets to be there. */
const patience = 180;

/** Of the node where Prosody runs, or of the load balancer. */
async function addressOf(kubectl: Kubectl, { kubernetes: { service } }: Settings): Promise<string> {
  if (service.type === "NodePort") {
    const [pod] = await kubectl.list<Item & { status?: { hostIP?: string } }>("pods", ...podsOf("prosody"));
    if (pod?.status?.hostIP === undefined) throw new OperatorError("Prosody has no pod; look at kubectl describe statefulset prosody");
    return pod.status.hostIP;
  }
  for (const end = Date.now() + patience * 1000; ; await delay(1000)) {
    const { ip, hostname } = (await kubectl.get<Service>("service", "xmpp"))?.status?.loadBalancer?.ingress?.[0] ?? {};
    const address = ip ?? hostname;
    if (address !== undefined) return address;
    if (Date.now() > end) throw new OperatorError(`the cluster has given the Service xmpp no address within ${patience} s; look at kubectl describe service xmpp, or set kubernetes.service.type to NodePort`);
  }
}

async function refuseWhatIsMissing(kubectl: Kubectl, { kubernetes: { storage } }: Settings): Promise<void> {
  const classes = await kubectl.list("storageclasses");
  const names = classes.map(({ metadata }) => metadata.name).join(", ") || "none";
  if (storage.class !== undefined && !classes.some(({ metadata }) => metadata.name === storage.class)) {
    throw new OperatorError(`kubernetes.storage.class: found ${storage.class}, expected one of the cluster's (${names})`);
  }
  if (storage.class === undefined && defaultStorageClass(classes) === undefined) throw new OperatorError(`kubernetes.storage.class: the cluster has no default; set one of its classes (${names})`);
}

/** Whether pods of the stack are in a namespace; of those that its operator may not look into, none is. */
async function podsThere(kubectl: Kubectl, { namespace }: Settings): Promise<boolean> {
  const pods = await kubectl.list("pods", ours[0], `${ours[1]},app.kubernetes.io/instance=${namespace}`).catch((error: Error) => {
    if (/forbidden/i.test(error.message)) return [];
    throw error;
  });
  return pods.length > 0;
}

/** The first check that has refused files, in any of these namespaces. */
async function failedCheckOf(places: readonly { readonly kubectl: Kubectl }[]): Promise<RefusedFiles | undefined> {
  for (const { kubectl } of places) {
    const refused = await failedCheck(kubectl);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** @throws OperatorError with a line for each port of the nodes that another Service has */
async function refuseTakenPorts(kubectl: Kubectl, settings: Settings): Promise<void> {
  if (settings.kubernetes.service.type !== "NodePort") return;
  const services = await kubectl.list<Service>("services", "--all-namespaces").catch(() => []); // a namespace's own operator may not look
  const others = services.filter(({ metadata }) => metadata.namespace !== settings.namespace);
  const owners = new Map(others.flatMap(({ metadata, spec }) => (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort === undefined ? [] : [[nodePort, `${metadata.namespace}/${metadata.name}`] as const]))));
  const taken = Object.entries(boundPorts(settings)).filter(([, port]) => owners.has(port));
  if (taken.length === 0) return;
  throw new OperatorError(taken.map(([name, port]) => `publish.${name}: port ${port} of the nodes is taken by the Service ${owners.get(port)}; set another`).join("\n"));
}
