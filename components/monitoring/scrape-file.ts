// The scrape file for a Prometheus of the operator's own, and the rules for it.
import { stringify } from "yaml";
import { certificateSource } from "../../settings/certificates.ts";
import type { Settings } from "../../settings/schema.ts";
import { type FrontTarget, frontTargets } from "./front-targets.ts";
import { ruleFiles } from "./rules.ts";
import { targets, withoutDropped } from "./targets.ts";

/** Files that the operator puts beside it, named relative to it: the token, and the stack's private CA where there is one. */
export const scrapeSecrets = { token: "token", authority: "ca.crt" } as const;

/**
 * `scrape.yml`, for `scrape_config_files`, and `rules/*.yml`, for `rule_files`.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/
 */
export function scrapeFiles(settings: Settings): { readonly path: string; readonly content: string }[] {
  // Only their paths are told outside.
  const asked = Map.groupBy(frontTargets(settings, { host: (workload) => workload }), ({ job }) => job);
  const scrape_configs = [...asked].flatMap(([job, found]) => found.map((target, index) => scrape(settings, target, index === 0 ? job : `${job}-${index + 1}`)));
  return [
    { path: "scrape.yml", content: stringify({ scrape_configs }, { lineWidth: 0 }) },
    ...ruleFiles(settings).map(({ path, content }) => ({ path, content: content as string })),
  ];
}

function scrape(settings: Settings, { job, instance, path }: FrontTarget, name: string): object {
  const { namespace, prometheus, publish, front } = settings;
  const { ascii } = settings.domains[0]!.name;
  const own = front.behindProxy.length === 0 && certificateSource(settings, ascii) === "private CA";
  return {
    job_name: `${namespace}-${name}`,
    scheme: "https",
    metrics_path: path,
    scrape_interval: `${prometheus.interval}s`,
    authorization: { credentials_file: scrapeSecrets.token },
    ...(own ? { tls_config: { ca_file: scrapeSecrets.authority } } : {}),
    // As rules and dashboards know them: names of jobs are to differ from all others of that Prometheus.
    static_configs: [{ targets: [`${ascii}:${publish.https}`], labels: { job, instance, stack: namespace } }],
    ...(job === "blackbox" ? {} : withoutDropped(targets[job])),
  };
}
