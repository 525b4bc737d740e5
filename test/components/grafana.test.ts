// A Grafana in a stack, as the program registers it: somebody else's image, with files of the stack's own.
import { rmSync } from "node:fs";
import { parse } from "yaml";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { renderManifests } from "../../render/kubernetes.ts";
import type { Rendered } from "../../render/render.ts";
import { leaveOut } from "../../scales/left-out.ts";
import { dev, fileOf, named, place, rendered, temporaryDirectory, uploadsOf } from "./stack.ts";

const image = `docker.io/grafana/grafana@sha256:${"0".repeat(64)}`;
const own = { ...dev, monitoring: "own", grafana: { image } };
const names = (from: Rendered) => from.recording.registrations.map(({ name }) => name);

describe("on Docker", () => {
  let stack: Rendered;
  beforeAll(async () => {
    stack = await rendered(own);
  });

  test("it runs that image with a command of the stack's, as restricted as all others", () => {
    const container = named(stack.recording.registrations, "grafana-server-container").inputs;
    expect(container).toMatchObject({ image, entrypoints: expect.arrayContaining(["/usr/share/grafana/bin/grafana", "--config=/config/current/grafana.ini"]) as string[], user: "9090:9090", readOnly: true, ports: [], capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges:true"], memory: 256 });
    expect(container.command).toBeUndefined();
    expect(container.envs).toContain("GF_PATHS_PROVISIONING=/config/current/provisioning"); // which the image's environment says otherwise
    expect((container.networksAdvanced as { name: string }[]).map(({ name }) => name)).toEqual(["xmpp-dev-back"]);
    expect(stack.compose.services).toHaveProperty("xmpp-dev-grafana.entrypoint");
    expect(stack.compose.services).not.toHaveProperty("xmpp-dev-grafana.build");
    expect(stack.builds.map(({ reference }) => reference)).not.toContain(image);
  });

  test("another image delivers its files", () => {
    const { image: delivering } = named(stack.recording.registrations, "grafana-server-deliver").inputs;
    expect(delivering).toBe(named(stack.recording.registrations, "prometheus-server-container").inputs.image);
  });

  test("it has the stack's Prometheus and dashboards, and its passwords in files of their own", () => {
    const files = uploadsOf(stack, "grafana").map(({ file }) => file.replace("/staged/", ""));
    expect(files).toEqual([
      ...["compliance", "security", "server-overview", "user-activity"].map((name) => `plain/dashboards/${name}.json`),
      "plain/grafana.ini", "plain/provisioning/dashboards/stack.yml", "plain/provisioning/datasources/prometheus.yml", "secret/secrets/admin-password", "secret/secrets/key",
    ]);
    expect(JSON.parse(fileOf(stack, "grafana", "dashboards/security.json"))).toMatchObject({ title: "Security (xmpp-dev)" });
    expect(parse(fileOf(stack, "grafana", "datasources/prometheus.yml"))).toMatchObject({ datasources: [{ type: "prometheus", url: "http://prometheus:9090", isDefault: true }] });
    expect(fileOf(stack, "grafana", "grafana.ini")).toContain("[server]\nhttp_port = 3000\nroot_url = https://xmpp.localhost/grafana/\nserve_from_sub_path = true\n");
    expect(stack.recording.outputs.grafanaPassword).toBe(fileOf(stack, "grafana", "secrets/admin-password"));
    for (const { content } of stack.files.filter(({ secret }) => !secret)) expect(content).not.toContain(fileOf(stack, "grafana", "secrets/key"));
  });

  test("it is behind the site of the first domain, for administrators' networks", () => {
    expect(fileOf(stack, "nginx", "sites.conf").match(/include include\/grafana\.conf;/g)).toHaveLength(1);
    expect(fileOf(stack, "nginx", "include/grafana.conf")).toMatch(/location \/grafana\/ \{\s+if \(\$administrator = 0\) \{\s+return 403;/);
  });

  test("another interval of Prometheus is one that it has to be started for; another dashboard is not", async () => {
    const label = (from: Rendered) => named(from.recording.registrations, "grafana-server-container").inputs.labels;
    expect(label(await rendered({ ...own, prometheus: { interval: "30s" } }))).not.toEqual(label(stack));
    expect(label(await rendered({ ...own, federation: { mode: "off" } }))).toEqual(label(stack));
  });
});

describe("there is none", () => {
  afterEach(() => leaveOut(undefined));

  test("where no image is named", async () => expect(names(await rendered({ ...dev, monitoring: "own" }))).not.toContain("grafana-server-container"));

  test("where this run leaves it out", async () => {
    leaveOut("grafana");
    const without = await rendered(own);
    expect(names(without)).not.toContain("grafana-server-container");
    expect(names(without)).toContain("prometheus-server-container");
    expect(fileOf(without, "nginx", "sites.conf")).not.toContain("grafana.conf");
    expect(without.recording.outputs.grafanaPassword).toBeUndefined();
  });
});

test("in a pod that image is the service, and the stack's own delivers and checks", async () => {
  const directory = temporaryDirectory();
  try {
    const { manifests } = await renderManifests({ stack: "test", ...place(directory, { ...own, platform: "kubernetes", environment: "production" }) });
    type Pod = { readonly containers: readonly { readonly name: string; readonly image: string; readonly command: readonly string[] }[]; readonly initContainers: readonly { readonly image: string }[] };
    const { spec } = manifests.map(({ object }) => object as unknown as { kind: string; metadata: { name: string }; spec: { template: { spec: Pod } } }).find(({ kind, metadata }) => kind === "Deployment" && metadata.name === "grafana")!;
    expect(spec.template.spec.containers).toEqual([expect.objectContaining({ name: "grafana", image, command: expect.arrayContaining(["server"]) as string[] })]);
    for (const one of spec.template.spec.initContainers) expect(one.image).toMatch(/^prosody-stack\/monitoring:/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
