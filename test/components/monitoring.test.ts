// A stack with monitoring of its own, as the program registers it.
import { parse } from "yaml";
import { beforeAll, describe, expect, test } from "vitest";
import { luaValue } from "../../components/prosody/lua.ts";
import { type Rendered } from "../../render/render.ts";
import { pair } from "../setup/certificates.ts";
import { dev, fileOf, named, rendered, uploadsOf } from "./stack.ts";

const full = { ...dev, domains: [{ name: "bücher.example" }, { name: "b.example" }], database: "postgresql", turn: { enabled: true }, backup: { enabled: true }, monitoring: "own", logs: { format: "json", ship: { syslog: { host: "logs.example.org" } } } };
const programs = ["prometheus", "alertmanager", "exporters", "node-exporter"] as const;
let stack: Rendered;
beforeAll(async () => {
  stack = await rendered(full);
});

const container = (name: string, from = stack) => named(from.recording.registrations, `${name}-server-container`).inputs;

interface Job {
  readonly job_name: string;
  readonly metrics_path?: string;
  readonly static_configs?: readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];
}

const jobs = (from: Rendered) => (parse(fileOf(from, "prometheus", "prometheus.yml")) as { scrape_configs: Job[] }).scrape_configs;
const targets = (from: Rendered) => Object.fromEntries(jobs(from).map(({ job_name, static_configs = [] }) => [job_name, static_configs.flatMap((one) => one.targets)]));

test("there is none unless it is asked for, and nobody is let in for it", async () => {
  const none = await rendered({ ...full, monitoring: "off" });
  const names = none.recording.registrations.map(({ name }) => name);
  for (const program of programs) expect(names).not.toContain(`${program}-server-container`);
  expect(uploadsOf(none, "redis").map(({ file }) => file)).not.toContain("/staged/secret/secrets/monitoring-password");
  expect(fileOf(none, "nginx", "http.conf")).not.toContain("8090");
  expect(fileOf(none, "nginx", "sites.conf")).not.toContain("alertmanager.conf");
});

describe("Prometheus", () => {
  test("asks every service that there is", () => {
    expect(targets(stack)).toEqual({
      alertmanager: ["alertmanager:9093"],
      backup: ["backup:9601"],
      blackbox: ["prosody:5223", "prosody:5270", "https://nginx:8443/health", "prosody:5223", "prosody:5270", "https://nginx:8443/health"],
      logs: ["logs:9577"],
      nginx: ["exporters:9113"],
      node: [],
      postgres: ["exporters:9187"],
      probes: ["probes:9600"],
      prometheus: ["prometheus:9090"],
      prosody: ["prosody:5280"],
      redis: ["exporters:9121"],
    });
  });

  test("asks none that there is not", async () => {
    const small = await rendered({ ...dev, monitoring: "own", publish: { https: 0 }, federation: { mode: "off" } });
    expect(targets(small)).toEqual({ alertmanager: ["alertmanager:9093"], blackbox: ["prosody:5223"], node: [], probes: ["probes:9600"], prometheus: ["prometheus:9090"], prosody: ["prosody:5280"] });
  });

  test("names what it asks by the stack, and by services and domains alone", () => {
    const labels = jobs(stack).flatMap(({ static_configs = [] }) => static_configs.map((one) => one.labels));
    for (const one of labels) expect(one).toMatchObject({ stack: "xmpp-dev", instance: expect.stringMatching(/^[a-z]+( [a-z0-9.-]+)?$/) as string });
  });

  test("keeps what the settings say, and is told how much memory there is", async () => {
    const other = await rendered({ ...full, prometheus: { keep: "2d", keepSize: "1GiB", memory: "100MiB", interval: "30s" } });
    expect(container("prometheus", other).envs).toEqual(expect.arrayContaining(["STACK_KEEP=172800s", `STACK_KEEP_SIZE=${2 ** 30}B`, `GOMEMLIMIT=${Math.floor(100 * 2 ** 20 * 0.9)}`]));
    expect(container("prometheus", other).memory).toBe(100);
    expect(parse(fileOf(other, "prometheus", "prometheus.yml"))).toMatchObject({ global: { scrape_interval: "30s", evaluation_interval: "30s" } });
  });
});

describe("Alertmanager", () => {
  const told = async (alerts: object) => {
    const other = await rendered({ ...full, alerts });
    return { other, receiver: (parse(fileOf(other, "alertmanager", "alertmanager.yml")) as { receivers: { email_configs?: object[]; webhook_configs: object[] }[] }).receivers[0]! };
  };

  test("writes mails and posts to a webhook, with its secrets in files of their own", async () => {
    const { other, receiver } = await told({ chat: [], webhook: "https://hooks.example/secret", email: { to: ["a@example.org", "b@example.org"], smarthost: "smtp.example.org:587", user: "ops", password: "of the mailbox" } });
    expect(receiver.webhook_configs).toEqual([{ url_file: "/run/monitoring/release/secrets/webhook", send_resolved: true }]);
    expect(receiver.email_configs).toEqual(["a@example.org", "b@example.org"].map((to) => ({ to, from: "a@example.org", smarthost: "smtp.example.org:587", send_resolved: true, require_tls: true, auth_username: "ops", auth_password_file: "/run/monitoring/release/secrets/smtp" })));
    expect(fileOf(other, "alertmanager", "alertmanager.yml")).not.toMatch(/hooks\.example|of the mailbox/);
    expect(fileOf(other, "alertmanager", "secrets/webhook")).toBe("https://hooks.example/secret");
    expect(other.files.find(({ path }) => path.endsWith("secrets/smtp"))).toMatchObject({ content: "of the mailbox", secret: true });
  });

  test("trusts the CA of each that was given one, and else the public ones", async () => {
    const [mailCa, hookCa] = (await Promise.all([pair(["smtp.example.org"]), pair(["hooks.example"])])).map(({ certificate }) => certificate);
    const { other, receiver } = await told({ chat: [], webhook: "https://hooks.example/", webhookCa: hookCa, email: { to: ["a@example.org"], smarthost: "smtp.example.org:587", ca: mailCa } });
    expect(receiver.webhook_configs).toEqual([expect.objectContaining({ http_config: { tls_config: { ca_file: "/run/monitoring/release/webhook-ca.crt" } } })]);
    expect(receiver.email_configs).toEqual([expect.objectContaining({ tls_config: { ca_file: "/run/monitoring/release/email-ca.crt" } })]);
    expect([fileOf(other, "alertmanager", "webhook-ca.crt"), fileOf(other, "alertmanager", "email-ca.crt")]).toEqual([hookCa, mailCa]);
  });

  test("reaches the outside only where it has somebody to tell there", async () => {
    const networks = (from: Rendered) => (container("alertmanager", from).networksAdvanced as { name: string }[]).map(({ name }) => name);
    expect(networks(stack)).toEqual(["xmpp-dev-back"]);
    expect(networks((await told({ webhook: "https://hooks.example/" })).other)).toEqual(["xmpp-dev-front", "xmpp-dev-back"]);
  });

  test("is behind the site of the first domain, for administrators' networks", () => {
    expect(fileOf(stack, "nginx", "sites.conf").match(/include include\/alertmanager\.conf;/g)).toHaveLength(1);
    expect(fileOf(stack, "nginx", "include/alertmanager.conf")).toMatch(/if \(\$administrator = 0\) \{\s+return 403;/);
  });
});

test("nothing of it is published, and all of it is as restricted as the rest", () => {
  for (const program of programs) {
    expect(container(program), program).toMatchObject({ ports: [], readOnly: true, capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges:true"] });
  }
});

test("the node exporter alone sees the machine, whose files it cannot change", () => {
  const mounts = (program: string) => (container(program).volumes as { hostPath?: string; readOnly?: boolean }[]).filter(({ hostPath }) => hostPath !== undefined);
  expect(mounts("node-exporter")).toEqual([{ hostPath: "/", containerPath: "/host", readOnly: true }]);
  for (const program of ["prometheus", "alertmanager", "exporters"]) expect(mounts(program), program).toEqual([]);
  expect(container("node-exporter").user).toBe("9100:9100");
});

test("figures of containers are of every workload that runs for good, by the volumes of their files", async () => {
  for (const from of [stack, await rendered({ ...dev, monitoring: "own", publish: { https: 0 } })]) {
    const { registrations } = from.recording;
    const lasting = registrations.filter(({ name, inputs }) => name.endsWith("-container") && inputs.restart === "unless-stopped").map(({ inputs }) => String(inputs.name).replace("xmpp-dev-", ""));
    expect(fileOf(from, "node-exporter", "containers.lua")).toBe(`return ${luaValue({ mark: { by: "volume", prefix: "xmpp-dev-", suffix: "-config" }, workloads: lasting.toSorted() })}\n`);
    for (const workload of lasting) expect(container(workload, from).volumes, workload).toContainEqual({ volumeName: `xmpp-dev-${workload}-config`, containerPath: "/config", readOnly: true });
  }
});

test("exporters get in with passwords of their own, and have no key of a certificate", () => {
  const secrets = uploadsOf(stack, "exporters").map(({ file }) => file).filter((file) => file.startsWith("/staged/secret/"));
  expect(secrets).toEqual(["/staged/secret/secrets/postgres", "/staged/secret/secrets/redis.json"]);
  expect(fileOf(stack, "exporters", "secrets/redis.json")).toBe(JSON.stringify({ "redis://monitoring@redis:6379": fileOf(stack, "redis", "secrets/monitoring-password") }));
});
