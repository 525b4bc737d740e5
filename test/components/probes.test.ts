// The probes: what they are given, where they look, and who reaches whom for that.
import { rmSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { targetsOf } from "../../components/probes/targets.ts";
import { renderManifests } from "../../render/kubernetes.ts";
import type { Rendered } from "../../render/render.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { type Pod, type Policy, allowed } from "./network-policies.ts";
import { dev, fileOf, named, place, rendered, temporaryDirectory, uploadsOf } from "./stack.ts";

const own = { ...dev, monitoring: "own", turn: { enabled: true, externalAddress: "203.0.113.7" } };

describe("on Docker", () => {
  let stack: Rendered;
  beforeAll(async () => {
    stack = await rendered(own);
  });
  const table = () => JSON.parse(fileOf(stack, "probes", "plain/probes.json")) as Record<string, unknown>;

  test("they are on both networks, publish nothing, and have no way to write", () => {
    const container = named(stack.recording.registrations, "probes-server-container").inputs;
    expect(container).toMatchObject({ name: "xmpp-dev-probes", user: "9600:9600", readOnly: true, ports: [], memory: 64 });
    expect(container.networksAdvanced).toEqual([{ name: "xmpp-dev-front", aliases: [] }, { name: "xmpp-dev-back", aliases: ["probes"] }]);
  });

  test("they are given certificates without keys, and a password that Prosody has", () => {
    expect(uploadsOf(stack, "probes").map(({ file }) => file)).toEqual(["/staged/plain/certs/xmpp.localhost.crt", "/staged/plain/probes.json", "/staged/secret/secrets/canary"]);
    expect(fileOf(stack, "probes", "secrets/canary")).toBe(fileOf(stack, "prosody", "secrets/canary"));
  });

  test("they look where services listen on the front network, and tell the administrators", () => {
    expect(table()).toMatchObject({
      interval: 60,
      domains: [{ name: "xmpp.localhost", ascii: "xmpp.localhost" }],
      canary: { jid: "stack-canary@xmpp.localhost", host: "xmpp-dev-prosody.xmpp-dev-front", port: 5222, free_failures: 4, forget_after: 900 },
      site: "/", public_authorities: false, chat: ["admin@xmpp.localhost"],
    });
    expect((table().targets as Record<string, unknown>).turn_tls).toEqual({ host: "xmpp-dev-coturn.xmpp-dev-front", port: 15_349 });
  });

  test("without monitoring there are none, and no account for them", async () => {
    const without = await rendered();
    expect(without.recording.registrations.some(({ name }) => name.startsWith("probes"))).toBe(false);
    expect(fileOf(without, "prosody", "plain/settings.lua")).not.toContain("canary");
  });
});

describe("where they look", () => {
  const inside = { frontHost: (workload: string) => workload };
  const targets = (more: object) => targetsOf(settingsFrom({ turn: { enabled: true, externalAddress: "203.0.113.7" }, ...more }), inside);
  const names = (more: object) => Object.keys(targets(more)).toSorted();
  const xmpp = ["c2s_direct_tls", "c2s_starttls", "s2s_direct_tls", "s2s_starttls"];
  const turn = ["turn", "turn_tls"];
  const web = ["bosh", "https", "upload", "websocket"];
  const alpn = ["c2s_alpn", "s2s_alpn"];
  const address = "192.0.2.1";

  test("is everything that is published", () => expect(names({})).toEqual([...alpn, ...xmpp, ...turn, ...web, "http"].toSorted()));
  test("is nothing that is not", () => {
    expect(names({ publish: { c2s: 0, s2s: 0, https: 0 }, turn: { enabled: false } })).toEqual(["c2s_direct_tls", "s2s_direct_tls"]);
    expect(names({ publish: { http: 0 } })).not.toContain("http");
  });
  test("is nothing that a proxy or a load balancer of the operator's has to speak first for", () => {
    for (const more of [{ front: { behindProxy: ["192.0.2.9"] } }, { publish: { proxyProtocol: ["192.0.2.9"] } }]) expect(names(more)).toEqual([...xmpp, ...turn].toSorted());
  });
  test("is with an address what is published there, through those two as well", () => {
    const published = targets({ probes: { address }, publish: { c2s: 15_222, https: 8443 } });
    expect(published).toMatchObject({ c2s_starttls: { host: address, port: 15_222 }, c2s_alpn: { host: address, port: 8443 }, turn_tls: { host: "203.0.113.7", port: 5349 } });
    expect(names({ probes: { address }, front: { behindProxy: ["192.0.2.9"] } })).toEqual([...xmpp, ...turn, ...web].toSorted());
    expect(names({ probes: { address }, publish: { proxyProtocol: ["192.0.2.9"] } })).toEqual([...alpn, ...xmpp, ...turn, ...web, "http"].toSorted());
  });
});

describe("on Kubernetes", () => {
  const pod = (name: string, namespace = "xmpp-test"): Pod => ({ namespace, address: "10.1.0.9", labels: { "app.kubernetes.io/instance": "xmpp-test", "app.kubernetes.io/name": name, "app.kubernetes.io/component": "service" } });
  async function policies(more: object = {}): Promise<Policy[]> {
    const directory = temporaryDirectory();
    try {
      const { manifests } = await renderManifests({ stack: "test", ...place(directory, { ...own, platform: "kubernetes", environment: "production", ...more }) });
      return manifests.map(({ object }) => object).filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test("they reach what is published, in both namespaces, and nothing besides", async () => {
    const found = await policies();
    const reaches = (to: Pod, port: number, protocol: "TCP" | "UDP" = "TCP") => allowed(found, pod("probes"), to, port, protocol);
    const coturn = pod("coturn", "xmpp-test-host");
    for (const port of [5222, 5223, 5269, 5270]) expect(reaches(pod("prosody"), port), `${port}`).toBe(true);
    for (const port of [8443, 8080]) expect(reaches(pod("nginx"), port), `${port}`).toBe(true);
    expect([reaches(coturn, 3478, "UDP"), reaches(coturn, 15_349)]).toEqual([true, true]);
    expect([reaches(pod("prosody"), 5280), reaches(pod("prosody"), 15_223), reaches(pod("redis"), 6379), reaches({ address: "192.0.2.1" }, 443)]).toEqual([false, false, false, false]);
  });

  test("nobody reaches them but who watches", async () => {
    const found = await policies();
    for (const name of ["prosody", "nginx"]) expect(allowed(found, pod(name), pod("probes"), 9600)).toBe(false);
    expect(allowed(found, { address: "192.0.2.1" }, pod("probes"), 9600)).toBe(false);
  });

  test("with an address they reach the world, and with a load balancer's word before everything the inner ports", async () => {
    expect(allowed(await policies({ probes: { address: "192.0.2.1" } }), pod("probes"), { address: "192.0.2.1" }, 443)).toBe(true);
    const balanced = await policies({ publish: { proxyProtocol: ["192.0.2.9"] } });
    for (const port of [5222, 5223, 5269, 5270]) expect(allowed(balanced, pod("probes"), pod("prosody"), port)).toBe(true);
  });
});
