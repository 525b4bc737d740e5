// Prometheus' own check of the scrape file and the rules that are rendered for a Prometheus of the operator's own.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { monitoringImageSource } from "../../components/monitoring/monitoring.ts";
import { scrapeFiles, scrapeSecrets } from "../../components/monitoring/scrape-file.ts";
import { docker } from "../image/docker.ts";
import { builtImage } from "../setup/built-image.ts";
import { pair } from "../setup/certificates.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";

type Given = Readonly<Record<string, unknown>>;
const external = { monitoring: "external", scrape: { networks: ["192.0.2.9"] } };
const variants: Readonly<Record<string, Given>> = {
  "everything that there is": { ...external, database: "postgresql", turn: { enabled: true, externalAddress: "203.0.113.7" }, backup: { schedule: "0 2 * * *" } },
  "hardly anything, at another port": { ...external, federation: { mode: "off" }, backup: { enabled: false }, publish: { https: 8443 }, prometheus: { interval: "30s" } },
  "a cluster": { ...external, platform: "kubernetes" },
};

let image: string;
let directory: string;
beforeAll(async () => {
  image = await builtImage(monitoringImageSource());
  directory = mkdtempSync(join(tmpdir(), "scrape-test-"));
  chmodSync(directory, 0o755); // for the image's user
}, 600_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** What promtool says of them, with these files beside them. */
async function checked(name: string, files: readonly { readonly path: string; readonly content: string }[]) {
  const configuration = JSON.stringify({ scrape_config_files: ["scrape.yml"], rule_files: ["rules/*.yml"] });
  for (const { path, content } of [...files, { path: "prometheus.yml", content: configuration }]) {
    mkdirSync(dirname(join(directory, name, path)), { recursive: true });
    writeFileSync(join(directory, name, path), content);
  }
  return docker(["run", "--rm", "--network", "none", "--volume", `${join(directory, name)}:/w:ro`, "--entrypoint", "/usr/bin/promtool", image, "check", "config", "/w/prometheus.yml"]);
}

const beside = async () => [{ path: scrapeSecrets.token, content: "token\n" }, { path: scrapeSecrets.authority, content: (await pair(["a.example"])).certificate }];

test.each(Object.entries(variants))("promtool takes them, for %s", async (name, given) => {
  const files = scrapeFiles(settingsFrom(given));
  const { exitCode, output } = await checked(name.replaceAll(/\W/g, "-"), [...files, ...(await beside())]);
  expect(output).not.toContain("FAILED");
  expect(output.match(/SUCCESS: \d+ rules found/g)).toHaveLength(files.length - 1);
  expect(exitCode).toBe(0);
});

test("it looks for the token where the operator is to put it", async () => {
  const { exitCode, output } = await checked("without-token", scrapeFiles(settingsFrom(external)));
  expect(output).toMatch(/w\/token.*(no such file|does not exist)|(no such file|does not exist).*w\/token/);
  expect(exitCode).not.toBe(0);
});

interface Scrape {
  readonly job_name: string;
  readonly metrics_path: string;
  readonly scrape_interval: string;
  readonly tls_config?: object;
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];
}
const scrapes = (given: Given) => (parse(scrapeFiles(settingsFrom(given))[0]!.content) as { scrape_configs: Scrape[] }).scrape_configs;

test("it names the site of the first domain, and each series as the stack's own Prometheus would", () => {
  const found = scrapes(variants["everything that there is"]!);
  expect(found.map(({ static_configs }) => static_configs.map(({ targets, labels }) => [...targets, labels.stack, labels.job, labels.instance]).flat())).toEqual(
    [["backup"], ["blackbox", "client a.example"], ["blackbox", "server a.example"], ["blackbox", "https a.example"], ["nginx"], ["node"], ["postgres"], ["probes"], ["prosody"], ["redis"]].map(([job, instance = job]) => ["a.example:443", "xmpp-test", job, instance]),
  );
  expect(new Set(found.map(({ job_name }) => job_name)).size).toBe(found.length);
  expect(found[0]).toMatchObject({ scheme: "https", scrape_interval: "15s", authorization: { credentials_file: "token" }, tls_config: { ca_file: "ca.crt" } });
});

test("of the nodes of a cluster, and of Prometheus itself, it has nothing", () => {
  expect(scrapes(variants["a cluster"]!).map(({ job_name }) => job_name).filter((name) => /node|prometheus|alertmanager/.test(name))).toEqual([]);
});

test("a certificate that the private CA has not signed is not checked against it", () => {
  for (const one of scrapes({ ...external, front: { behindProxy: ["192.0.2.1"] }, publish: { http: 8080 } })) expect(one.tls_config).toBeUndefined();
});

test("rules are about nothing but the stack", () => {
  const rules = scrapeFiles(settingsFrom(variants["everything that there is"])).slice(1).flatMap(({ content }) => (parse(content) as { groups: { rules: { alert?: string; expr: string }[] }[] }).groups.flatMap((group) => group.rules));
  expect(rules.find(({ alert }) => alert === "TargetDown")!.expr).toBe('up{stack="xmpp-test"} == 0');
  expect(rules.map(({ alert }) => alert)).not.toContain("RulesFailing");
});
