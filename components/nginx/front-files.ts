// The files of one release of Nginx's configuration: the templates, filled in from the settings.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Eta } from "eta";
import { filesBelow } from "../../platform/files-below.ts";
import { plainFile, type DeliveredFile, type Surroundings } from "../../platform/workload.ts";
import { hostsOf } from "../../settings/hosts.ts";
import { containerPorts, frontPorts, portInUrl } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";
import { frontTargets } from "../monitoring/front-targets.ts";
import { grafana } from "../monitoring/programs.ts";
import { uploadsPath } from "../prosody/uploads.ts";
import { contentSecurityPolicy } from "../web-client/content-security-policy.ts";

const templates = "config-templates/nginx";

/** Ports on the loopback interface of the front's own container, from which XMPP goes on to Prosody. */
const listeners = { client: 8522, server: 8569 } as const;

/** Port in its container on which workloads of the stack read how it does, where somebody watches it. */
export const statusPort = 8090;

/** Where it finds the tokens of whom it gives figures to. */
export const scrapeTokensFile = "secrets/scrape-tokens.conf";

const eta = new Eta({ autoEscape: true, escapeFunction: nginxWord, autoTrim: [false, "nl"], useWith: false });

/** Nginx's configuration of a stack, as `nginx.conf` and what it includes. */
export function frontFiles(settings: Settings, surroundings: Surroundings): DeliveredFile[] {
  const facts = frontFacts(settings, surroundings);
  return filesBelow(templates).files.map((path) => plainFile(path, eta.renderString(readFileSync(join(templates, path), "utf8"), facts)));
}

/** What the templates vary by. */
function frontFacts(settings: Settings, surroundings: Surroundings) {
  const { domains, front, limits, logs, network, policies, publish, scrape, uploads, webClient } = settings;
  const https = front.behindProxy.length === 0;
  return {
    workers: front.workers,
    logLevel: { debug: "info", info: "notice", warn: "warn", error: "error" }[logs.level],
    logAddresses: !policies.compliance,
    jsonLogs: logs.format === "json",
    https,
    // Who watches it, and the page of Alertmanager for administrators.
    watched: isWatched(settings),
    alerts: settings.monitoring === "own",
    statusPort,
    peers: surroundings.peers,
    alertmanager: surroundings.host("alertmanager"),
    grafana: settings.grafana.image === undefined ? undefined : { ...grafana, host: surroundings.host("grafana") },
    ports: { https: frontPorts.https, http: publish.http === 0 ? 0 : frontPorts.http },
    redirectPort: portInUrl(publish.https),
    ipv6: network.ipv6,
    listeners,
    prosody: { host: surroundings.host("prosody"), http: containerPorts.http, client: containerPorts.c2s_proxied, server: containerPorts.s2s_proxied },
    connectionsPerAddress: front.connectionsPerAddress,
    requestsPerSecond: front.requestsPerSecond,
    requestBurst: front.requestBurst,
    adminNetworks: front.adminNetworks,
    // Named by itself in the settings it is an administrator's, or whose Prometheus is asking.
    strangers: surroundings.strangers.filter((address) => !front.adminNetworks.includes(address)),
    scraped: frontTargets(settings, surroundings).map(({ path, from }) => ({ path, host: surroundings.host(from.workload), port: from.port, at: from.path })),
    scrapers: scrape.networks,
    scrapeStrangers: surroundings.strangers.filter((address) => !scrape.networks.includes(address)),
    scrapeTokens: scrapeTokensFile,
    behindProxy: front.behindProxy,
    balancers: publish.proxyProtocol,
    uploads: uploadsPath,
    maxUpload: uploads.maxSize,
    maxBody: 2 * limits.c2sStanza, // as a WebSocket's frame buffer
    webClient: webClient.enabled,
    sites: domains.map((domain, index) => {
      const { name, upload, rooms, pubsub, proxy } = hostsOf(domain);
      return { domain: [name.ascii], uploads: [upload.ascii], components: [rooms.ascii, pubsub.ascii, proxy.ascii], contentSecurityPolicy: contentSecurityPolicy(settings, domain), first: index === 0 };
    }),
  };
}

/** Text as it may stand in Nginx's configuration, where nothing can be quoted within quotes. @throws for what may not */
function nginxWord(value: unknown): string {
  const text = String(value);
  if (/["\\${}\p{Cc}]/u.test(text)) throw new Error(`${JSON.stringify(text)} cannot stand in Nginx's configuration`);
  return text;
}
