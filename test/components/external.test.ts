// A stack that a Prometheus of the operator's own watches, as the program registers it.
import { rmSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { renderManifests } from "../../render/kubernetes.ts";
import type { Rendered } from "../../render/render.ts";
import { type Pod, type Policy, allowed } from "./network-policies.ts";
import { dev, fileOf, place, rendered, secretValues, temporaryDirectory, uploadsOf } from "./stack.ts";

const full = { ...dev, database: "postgresql", turn: { enabled: true, externalAddress: "203.0.113.7" }, backup: { enabled: true }, monitoring: "external", scrape: { networks: ["192.0.2.9"] }, logs: { format: "json", ship: { syslog: { host: "logs.example.org" } } } };

describe("on Docker", () => {
  let stack: Rendered;
  beforeAll(async () => {
    stack = await rendered(full);
  });
  const tokens = (from: Rendered) => fileOf(from, "nginx", "secrets/scrape-tokens.conf");
  const outputOf = (from: Rendered) => from.recording.outputs.scrapeToken as string;

  test("what measures is there, and nobody who would ask or tell", () => {
    const containers = stack.recording.registrations.map(({ name }) => name).filter((name) => name.endsWith("-container"));
    expect(containers).toEqual(expect.arrayContaining(["exporters", "node-exporter", "probes", "backup", "redis"].map((name) => `${name}-server-container`)));
    for (const name of ["prometheus", "alertmanager"]) expect(containers).not.toContain(`${name}-server-container`);
    expect(fileOf(stack, "nginx", "sites.conf")).not.toContain("alertmanager.conf");
    expect(stack.recording.outputs.endpoints).not.toHaveProperty("alertmanager");
  });

  test("its token is a secret of the front, and told as an output", () => {
    expect(outputOf(stack)).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(tokens(stack)).toBe(`"~^(?i:Bearer) ${outputOf(stack)}$" 1;\n`);
    expect(uploadsOf(stack, "nginx").map(({ file }) => file)).toContain("/staged/secret/secrets/scrape-tokens.conf");
    expect(secretValues(stack)).toContain(tokens(stack));
    expect(stack.files.filter(({ content, secret }) => !secret && content.includes(outputOf(stack))).map(({ path }) => path)).toEqual([]);
  });

  test("with the next token the one before is taken too, and no container is another one", async () => {
    const other = await rendered({ ...full, scrape: { ...full.scrape, tokenGeneration: 3 } });
    expect(tokens(other)).toMatch(/^"~\^\(\?i:Bearer\) [A-Za-z0-9]{48}\$" 1;\n"~\^\(\?i:Bearer\) [A-Za-z0-9]{48}\$" 1;\n$/);
    expect(tokens(other).startsWith(`"~^(?i:Bearer) ${outputOf(other)}$"`)).toBe(true);
    const envs = (from: Rendered) => from.recording.registrations.find(({ name }) => name === "nginx-server-container")!.inputs.envs;
    expect(envs(other)).toEqual(envs(stack));
  });

  test("without it there is no token", async () => {
    const own = await rendered({ ...dev, monitoring: "own" });
    expect(own.recording.outputs.scrapeToken).toBeUndefined();
    expect(uploadsOf(own, "nginx").map(({ file }) => file)).not.toContain("/staged/secret/secrets/scrape-tokens.conf");
  });
});

describe("on Kubernetes", () => {
  const pod = (name: string, namespace = "xmpp-test"): Pod => ({ namespace, address: "10.1.0.9", labels: { "app.kubernetes.io/instance": "xmpp-test", "app.kubernetes.io/name": name, "app.kubernetes.io/component": "service" } });
  let objects: { readonly kind: string; readonly metadata: { readonly name: string } }[];
  beforeAll(async () => {
    const directory = temporaryDirectory();
    try {
      const { manifests } = await renderManifests({ stack: "test", ...place(directory, { ...full, platform: "kubernetes", environment: "production" }) });
      objects = manifests.map(({ object }) => object);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("the front reaches what it gives figures of, and nobody else does", () => {
    const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
    const targets: [string, number][] = [["exporters", 9113], ["exporters", 9115], ["exporters", 9121], ["exporters", 9187], ["probes", 9600], ["backup", 9601], ["logs", 9577], ["prosody", 5280]];
    for (const [name, port] of targets) {
      expect(allowed(policies, pod("nginx"), pod(name), port), `${name} ${port}`).toBe(true);
      expect(allowed(policies, pod("coturn", "xmpp-test-host"), pod(name), port), `${name} ${port}`).toBe(false);
    }
  });

  test("nodes are measured by nobody: through the front it would be one of them, now this and then that", () => {
    expect(objects.filter(({ kind }) => kind === "DaemonSet")).toEqual([]);
  });
});
