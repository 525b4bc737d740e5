// Rules for a Prometheus that the operator has.
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";

/** What cannot work with `monitoring: external`, and what is set for it where it is not. */
export function scrapeProblems({ monitoring, scrape, publish, alerts }: Pick<Settings, "monitoring" | "scrape" | "publish" | "alerts">): Problem[] {
  const named = scrape.networks.length > 0;
  if (monitoring !== "external") {
    return named ? [{ key: "scrape.networks", text: `found addresses with monitoring ${monitoring}, which does not use them; set monitoring to external, or remove them` }] : [];
  }
  const told = [
    ["alerts.chat", (alerts.chat ?? []).length > 0],
    ["alerts.email.to", alerts.email.to.length > 0],
    ["alerts.webhook", alerts.webhook !== undefined],
  ] as const;
  return [
    ...(named ? [] : [{ key: "scrape.networks", text: "found nothing with monitoring external, expected the networks that your Prometheus asks from" }]),
    ...(publish.https === 0 ? [{ key: "publish.https", text: "found 0 with monitoring external, expected the port of HTTPS, by which your Prometheus asks; set it, or set monitoring to own" }] : []),
    ...told.flatMap(([key, set]) => (set ? [{ key, text: "found it with monitoring external, where your own Alertmanager tells people; remove it, or set monitoring to own" }] : [])),
  ];
}
