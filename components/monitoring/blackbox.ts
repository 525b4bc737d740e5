// What the blackbox exporter tries: that whoever comes to a domain's services by TLS is shown a certificate that is theirs.
import type { Surroundings } from "../../platform/workload.ts";
import { certificateSource } from "../../settings/certificates.ts";
import { hostsOf } from "../../settings/hosts.ts";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { addressOf } from "./programs.ts";

export interface BlackboxTarget {
  /** What Prometheus calls it, and the exporter the module that tries it: `<service> <domain>`. */
  readonly name: string;
  readonly prober: "tcp" | "http";
  readonly domain: string;
  readonly address: string;
}

type Tried = Pick<Settings, "domains" | "publish" | "federation" | "front"> & Parameters<typeof certificateSource>[0];

/**
 * The very certificate that the domain was given is expected, whoever has signed it. One that the platform issues comes with its key
 * wherever it is delivered, so that it is not delivered here, and any is taken.
 */
function tlsConfig(settings: Parameters<typeof certificateSource>[0], domain: string): object {
  return { server_name: domain, ...(certificateSource(settings, domain) === "platform" ? { insecure_skip_verify: true } : { ca_file: `/run/monitoring/release/certs/${domain}.crt` }) };
}

/** By direct TLS: it reads answers by lines, which XMPP has none of. What comes after STARTTLS others try. */
const services = { client: containerPorts.c2s_direct_tls, server: containerPorts.s2s_direct_tls } as const;

/** XMPP for clients and servers of each domain, and its site. Behind a load balancer's PROXY protocol nobody is asked. */
export function blackboxTargets(settings: Tried, place: Pick<Surroundings, "host">): BlackboxTarget[] {
  const { domains, publish, federation, front } = settings;
  if (publish.proxyProtocol.length > 0) return [];
  const tried = federation.mode === "off" ? (["client"] as const) : (["client", "server"] as const);
  return domains.flatMap((domain) => {
    const { ascii } = hostsOf(domain).name;
    return [
      ...tried.map((service) => ({ name: `${service} ${ascii}`, prober: "tcp" as const, domain: ascii, address: addressOf(place, "prosody", services[service]) })),
      ...(publish.https === 0 || front.behindProxy.length > 0 ? [] : [{ name: `https ${ascii}`, prober: "http" as const, domain: ascii, address: `https://${addressOf(place, "nginx", frontPorts.https)}/health` }]),
    ];
  });
}

/**
 * `blackbox.yml`: a module for each, for the name that is asked for differs.
 *
 * @see https://github.com/prometheus/blackbox_exporter/blob/v0.26.0/CONFIGURATION.md
 */
export function blackboxConfiguration(settings: Tried, place: Pick<Surroundings, "host">): object {
  const modules = blackboxTargets(settings, place).map(({ name, prober, domain }) => {
    const common = { preferred_ip_protocol: "ip4", tls_config: tlsConfig(settings, domain) };
    const asked = prober === "http" ? { headers: { Host: domain }, follow_redirects: false } : { tls: true };
    return [name, { prober, timeout: "10s", [prober]: { ...common, ...asked } }];
  });
  return { modules: Object.fromEntries(modules) as object };
}
