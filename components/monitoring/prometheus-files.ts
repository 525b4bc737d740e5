// What Prometheus reads: whom it asks, how often, and by which rules it tells Alertmanager.
import { stringify } from "yaml";
import { type DeliveredFile, plainFile, type Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { blackboxTargets } from "./blackbox.ts";
import { addressOf, alertmanagerPath, programs } from "./programs.ts";
import { ruleFiles } from "./rules.ts";
import { type Job, jobs, sourcesOf } from "./sources.ts";
import { targets, withoutDropped } from "./targets.ts";

type Place = Pick<Surroundings, "host">;

/**
 * `prometheus.yml` and its rules.
 *
 * @see https://prometheus.io/docs/prometheus/2.53/configuration/configuration/
 */
export function prometheusFiles(settings: Settings, place: Place): DeliveredFile[] {
  const sources = sourcesOf(settings);
  const interval = `${settings.prometheus.interval}s`;
  const configuration = {
    global: { scrape_interval: interval, evaluation_interval: interval, external_labels: { stack: settings.namespace } },
    rule_files: ["rules/*.yml"],
    alerting: { alertmanagers: [{ path_prefix: alertmanagerPath, static_configs: [{ targets: [addressOf(place, "alertmanager", programs.alertmanager.port)] }] }] },
    scrape_configs: jobs.filter((job) => sources.has(job)).map((job) => scrape(job, settings, place)),
  };
  return [plainFile("prometheus.yml", stringify(configuration, { lineWidth: 0 })), ...ruleFiles(settings)];
}

function scrape(job: Job, settings: Settings, place: Place): object {
  const stack = settings.namespace;
  if (job === "node") {
    // As many as there are nodes.
    return { job_name: job, dns_sd_configs: [{ names: [place.host(targets.node.workload)], type: "A", port: targets.node.port, refresh_interval: "30s" }], relabel_configs: [{ target_label: "stack", replacement: stack }] };
  }
  if (job === "blackbox") {
    return {
      job_name: job,
      metrics_path: "/probe",
      static_configs: blackboxTargets(settings, place).map(({ name, address }) => ({ targets: [address], labels: { stack, instance: name, __param_module: name } })),
      // https://prometheus.io/docs/guides/multi-target-exporter/
      relabel_configs: [
        { source_labels: ["__address__"], target_label: "__param_target" },
        { target_label: "__address__", replacement: addressOf(place, "exporters", programs.exporters.port) },
      ],
    };
  }
  const { workload, port, path } = targets[job];
  return { job_name: job, metrics_path: path, static_configs: [{ targets: [addressOf(place, workload, port)], labels: { stack, instance: job } }], ...withoutDropped(targets[job]) };
}
