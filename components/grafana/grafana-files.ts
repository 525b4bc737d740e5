// What Grafana reads: its own configuration, where its data is from, and the dashboards of the stack.
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import { portInUrl } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { boardsOf } from "../monitoring/dashboards/boards.ts";
import type { RenderedDashboard } from "../monitoring/dashboards/dashboards.ts";
import { addressOf, grafana, programs } from "../monitoring/programs.ts";

/** Where it finds these files. */
export const grafanaConfiguration = "/config/current";

/** What it keeps for as long as it runs. */
export const grafanaData = "/var/lib/grafana";

/** Its paths, which its image sets by the environment too: that counts for more than a file. */
export const grafanaPaths = { GF_PATHS_DATA: grafanaData, GF_PATHS_LOGS: `${grafanaData}/log`, GF_PATHS_PLUGINS: `${grafanaData}/plugins`, GF_PATHS_PROVISIONING: `${grafanaConfiguration}/provisioning` } as const;

/** Made up at random (both are secret). */
export interface GrafanaSecrets {
  /** Of `admin`. */
  readonly password: pulumi.Input<string>;
  /** What it encrypts secrets in its database with. */
  readonly key: pulumi.Input<string>;
}

/** `grafana.ini`, what is provisioned, and the dashboards, which it looks for again every minute. */
export function grafanaFiles(settings: Settings, place: Pick<Surroundings, "host">, { password, key }: GrafanaSecrets): DeliveredFile[] {
  const rendered = dashboards(settings);
  return [
    ...readAtStart(settings, place),
    ...boardsOf(settings).map(({ name }) => plainFile(`dashboards/${name}.json`, rendered.then((all) => all.find((one) => one.name === name)!.json))),
    { path: "secrets/admin-password", content: pulumi.secret(password), secret: true },
    { path: "secrets/key", content: pulumi.secret(key), secret: true },
  ];
}

/** Those that it reads when it starts, and never again. */
export function readAtStart(settings: Settings, place: Pick<Surroundings, "host">): readonly { readonly path: string; readonly content: string; readonly secret: false }[] {
  const datasource = { name: "Prometheus", uid: "prometheus", type: "prometheus", access: "proxy", url: `http://${addressOf(place, "prometheus", programs.prometheus.port)}`, isDefault: true, editable: false, jsonData: { timeInterval: `${settings.prometheus.interval}s` } };
  const provider = { name: settings.namespace, type: "file", disableDeletion: true, allowUiUpdates: false, updateIntervalSeconds: 60, options: { path: `${grafanaConfiguration}/dashboards` } };
  return [
    { path: "grafana.ini", content: configuration(settings), secret: false },
    { path: "provisioning/datasources/prometheus.yml", content: stringify({ apiVersion: 1, datasources: [datasource] }), secret: false },
    { path: "provisioning/dashboards/stack.yml", content: stringify({ apiVersion: 1, providers: [provider] }), secret: false },
  ];
}

/** @see https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/ */
function configuration({ domains, publish, logs }: Pick<Settings, "domains" | "publish" | "logs">): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>> = {
    server: { http_port: grafana.port, root_url: `https://${domains[0]!.name.ascii}${portInUrl(publish.https)}${grafana.path}/`, serve_from_sub_path: true },
    log: { mode: "console", level: logs.level },
    "log.console": { format: logs.format === "json" ? "json" : "text" },
    // It reaches nobody but Prometheus.
    analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false, feedback_links_enabled: false },
    news: { news_feed_enabled: false },
    plugins: { plugin_admin_enabled: false, preinstall_disabled: true, public_key_retrieval_disabled: true },
    snapshots: { external_enabled: false },
    security: { admin_user: "admin", admin_password: `$__file{${grafanaConfiguration}/secrets/admin-password}`, secret_key: `$__file{${grafanaConfiguration}/secrets/key}`, cookie_secure: true, disable_gravatar: true },
    users: { allow_sign_up: false },
    // Alerts are Prometheus' and Alertmanager's.
    unified_alerting: { enabled: false },
  };
  return Object.entries(sections).map(([name, values]) => `[${name}]\n${Object.entries(values).map(([key, value]) => `${key} = ${value}\n`).join("")}`).join("\n");
}

/** The SDK that writes them is loaded where there is a Grafana alone. */
async function dashboards(settings: Settings): Promise<RenderedDashboard[]> {
  return (await import("../monitoring/dashboards/dashboards.ts")).dashboards(settings);
}
