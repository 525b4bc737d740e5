// Where the services of a stack are reached from outside.
import { isIP } from "node:net";
import { boundPorts, isWildcard, portInUrl } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";
import { turnPorts } from "../settings/turn.ts";

/**
 * Endpoints by name, such as `c2s: 127.0.0.1:5222`; those that are not published are left out. Where every address is
 * published, and on a cluster, which has its own, the first domain's name stands for them: nobody can connect to 0.0.0.0.
 */
export function endpoints(settings: Pick<Settings, "publish" | "front" | "domains" | "webClient" | "platform" | "turn">): Record<string, string> {
  const { publish: { addresses, https }, domains, webClient, platform, turn } = settings;
  const address = addresses[0]!;
  const name = domains[0]!.name.ascii;
  const host = platform === "kubernetes" || isWildcard(address) ? name : isIP(address) === 6 ? `[${address}]` : address;
  const site = `//${name}${portInUrl(https)}`;
  return {
    ...Object.fromEntries(Object.entries(boundPorts(settings)).map(([service, port]) => [service, `${host}:${port}`])),
    ...Object.fromEntries(services(settings).map(([service, port]) => [service, `${turn.host?.ascii ?? host}:${port}`])),
    ...(https === 0 ? {} : { websocket: `wss:${site}/xmpp-websocket` }),
    ...(https === 0 || !webClient.enabled ? {} : { web: `https:${site}/` }),
  };
}

/** By UDP and TCP alike. Relays are told to those who have one. */
function services(settings: Pick<Settings, "turn">): [string, number][] {
  return Object.entries(turnPorts(settings)).filter(([name]) => ["turn", "turnTls"].includes(name));
}
