// Certificates by cert-manager: the test stands in for it (its program is in no Go module that can be built by itself). It has
// the kinds that the stack asks for, and a loop that issues what it finds.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Kubectl, type Item } from "../../ops/kubernetes/kubectl.ts";
import { trust } from "../../ops/xmpp-client.ts";
import { kubeconfig, nodeAddress } from "../cluster/cluster.ts";
import { Session } from "../e2e/client.ts";
import { authority, type Authority, namesBelow, serialOf } from "../setup/certificates.ts";
import { ClusterStack } from "./cluster-stack.ts";

const domain = "one.test";
const stack = new ClusterStack("kube-issued", 12);
const withIssuer = (issuer?: string) => ({ ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), certManager: issuer === undefined ? {} : { issuer } } });
const kinds = { Certificate: "Namespaced", ClusterIssuer: "Cluster", Issuer: "Namespaced" } as const;
let cluster: Kubectl;
let company: Authority;
let stopped = false;
let issuing: Promise<void>;

interface Certificate extends Item {
  readonly spec: { readonly secretName: string; readonly dnsNames: readonly string[]; readonly issuerRef: { readonly name: string } };
}

beforeAll(async () => {
  cluster = await Kubectl.connected({ kubernetes: { kubeconfig }, namespace: "default" });
  company = await authority("The company's authority");
});

afterAll(async () => {
  stopped = true;
  await issuing;
  await Session.closeAll();
  await stack.remove();
  for (const kind of Object.keys(kinds)) await cluster.output(["delete", "customresourcedefinition", `${kind.toLowerCase()}s.cert-manager.io`, "--ignore-not-found", "--timeout", "60s"]);
});

function definition([kind, scope]: [string, string]): object {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: `${plural}.cert-manager.io` }, spec: { group: "cert-manager.io", scope, names: { kind, plural }, versions: [{ name: "v1", served: true, storage: true, schema, subresources: { status: {} } }] } };
}

/** Issues a certificate and says so, as cert-manager does. */
async function issue(certificate: Certificate): Promise<string> {
  const kubectl = cluster.in(stack.namespace);
  const { dnsNames, secretName } = certificate.spec;
  const pair = await company.issue(dnsNames);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const secret = { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: { name: secretName }, data: { "tls.crt": base64(pair.certificate), "tls.key": base64(pair.key), "ca.crt": base64(company.certificate) } };
  await kubectl.output(["apply", "--server-side", "--field-manager", "issuer", "--filename", "-"], JSON.stringify(secret));
  await kubectl.output(["patch", "certificates.cert-manager.io", certificate.metadata.name, "--subresource", "status", "--type", "merge", "--patch", JSON.stringify({ status: { conditions: [{ type: "Ready", status: "True", message: "issued" }] } })]);
  return serialOf(pair);
}

const certificates = () => cluster.in(stack.namespace).list<Certificate>("certificates.cert-manager.io");

async function issueWhatComes(): Promise<void> {
  const done = new Set<string>();
  for (; !stopped; await delay(300)) {
    for (const certificate of await certificates()) {
      if (done.has(certificate.metadata.name)) continue;
      done.add(certificate.metadata.name);
      await issue(certificate);
    }
  }
}

async function shown(port: number, name: string): Promise<string> {
  const socket = connect({ host: nodeAddress, port, servername: name });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test("a cluster without cert-manager, and one without that issuer, are told before anything changes", async () => {
  stack.settings = withIssuer("company");
  const failure = async () => (await stack.run("up")).output.split("\n").filter((line) => line.startsWith("error: ")).join("\n");
  expect(await failure()).toMatch(/^error: prosody-stack:kubernetes\.certManager\.issuer: found company, and the cluster has no cert-manager/);
  await cluster.output(["apply", "--server-side", "--filename", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: Object.entries(kinds).map(definition) }));
  await cluster.output(["wait", "customresourcedefinition", ...Object.keys(kinds).map((kind) => `${kind.toLowerCase()}s.cert-manager.io`), "--for", "condition=Established", "--timeout", "60s"]);
  expect(await failure()).toBe("error: prosody-stack:kubernetes.certManager.issuer: found company, expected a ClusterIssuer of the cluster (none)");
  await cluster.output(["apply", "--server-side", "--filename", "-"], JSON.stringify({ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "company" } }));
  expect(await cluster.get("namespace", stack.namespace)).toBeUndefined();
});

test("up waits for the certificate, and every service shows it", async () => {
  issuing = issueWhatComes();
  expect(await stack.up()).toMatch(/^certificates: waiting for certificate-one\.test$/m);
  const [certificate] = await certificates();
  expect(certificate!.spec.issuerRef.name).toBe("company");
  expect(certificate!.spec.dnsNames.toSorted()).toEqual(namesBelow(domain).toSorted());
  trust(company.certificate);
  const serials = await Promise.all([shown(stack.ports.c2sDirectTls, domain), shown(stack.ports.https, domain), shown(stack.ports.https, `upload.${domain}`)]);
  expect(new Set(serials).size).toBe(1);
});

test("a renewed one is in force without a restart, at the latest when up ends; sessions stay", async () => {
  const session = await Session.open({ service: stack.service(true), domain, username: "admin", password: stack.outputs.adminPassword });
  const [pods, front] = [await stack.identity(), await stack.identity("nginx")];
  const log = () => stack.ask("logs", "prosody-0", "--container", "deliver", "--tail", "-1");
  const before = (await log()).length;
  const serial = await issue((await certificates())[0]!);
  await stack.succeed("up");
  // By this `up`, or by the kubelet, which looks once a minute.
  expect((await log()).slice(before)).toMatch(/^delivered [0-9a-f]{16}: applied without a restart$/m);
  expect([await shown(stack.ports.c2sDirectTls, domain), await shown(stack.ports.https, domain)]).toEqual([serial, serial]);
  expect([await stack.identity(), await stack.identity("nginx")]).toEqual([pods, front]);
  expect(await session.ping()).toBe(true);
});

test("without the setting the private CA is back, and the Certificate is gone", async () => {
  stack.settings = withIssuer();
  await stack.up();
  expect(await certificates()).toEqual([]);
  expect(await shown(stack.ports.c2sDirectTls, domain)).toMatch(/./);
});
