// Rules for Grafana.
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

const leastMemory = 128 * 2 ** 20;

/** What cannot work of a Grafana in the stack. */
export function grafanaProblems({ monitoring, grafana: { image, memory }, publish }: Pick<Settings, "monitoring" | "grafana" | "publish">): Problem[] {
  if (image === undefined) return [];
  return [
    ...(monitoring === "own" ? [] : [{ key: "grafana.image", text: `found it with monitoring ${monitoring}, where there is no Prometheus for it; set monitoring to own, or remove it` }]),
    ...(publish.https === 0 ? [{ key: "grafana.image", text: "found it with publish.https 0, expected the port of HTTPS, by which Grafana is reached; set that, or remove this" }] : []),
    ...(memory < leastMemory ? [{ key: "grafana.memory", text: `found ${memory} bytes, expected at least 128MiB` }] : []),
  ];
}
