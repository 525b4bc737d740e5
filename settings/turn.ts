// The settings of calls: STUN and TURN by Coturn.
import { isIP } from "node:net";
import { z } from "zod";
import { address, domain, duration, group, size, text, wholeNumber, yesOrNo } from "./fields.ts";
import { isWildcard } from "./ports.ts";
import type { Settings } from "./schema.ts";

const port = wholeNumber(1, 65_535);
const externalText = 'an IP address such as "203.0.113.7"';

export const turnSettings = group({
  enabled: yesOrNo.describe("Whether there is a TURN server for calls, which Prosody tells clients of (XEP-0215)."),
  externalAddress: text(externalText)
    .refine((value) => isIP(value) !== 0 && !isWildcard(value), { error: externalText })
    .optional()
    .describe("The machine's address, or on Kubernetes the node's, as clients and their peers reach it; default on Docker the first of publish.addresses, unless that stands for all."),
  host: domain.optional().describe("The name that clients are told; default the first domain. It is one more name of the first domain's certificate; one of your own (certificates) has to have it."),
  port: port.describe("STUN and TURN by UDP and TCP (RFC 8489, RFC 8656)."),
  tlsPort: port.describe("The same by DTLS and TLS (RFC 5928)."),
  relay: group({
    start: port.describe("The first port of the relays."),
    count: wholeNumber(2, 1_000).describe("How many there are. A relay takes one; a call takes two where both sides need one."),
  }).describe("UDP ports on which relays receive what their clients are sent; each is published."),
  ttl: duration.describe("How long the credentials are valid that a client is given. A call that has begun goes on."),
  secretGeneration: wholeNumber(1, 1_000_000).describe("Raise it by one to change the secret that credentials are made from: what was given out under the one before stays valid until the next change. Raised by two, it does not."),
  quotas: group({
    allocations: wholeNumber(1, 1_000).describe("Relays at once with one set of credentials."),
    rate: size.describe("Bytes per second of a relay in each direction; what is above is dropped."),
  }).describe("Limits of one set of credentials; relay.count limits all of them."),
  denied: z.array(address, { error: "a list of IP addresses and subnets" }).describe("Addresses that nobody gets through to, besides private, loopback, link-local and reserved ones."),
  memory: size.describe("Memory limit of Coturn."),
});

/**
 * Ports inside the container by TCP; by UDP they are the published ones. Docker's provider reads two protocols of one port back in
 * either order, and would replace the container for the other one.
 */
export const turnTcpPorts = { port: 13_478, tlsPort: 15_349 } as const;

/** Ports by name, as platforms publish them; none where there is no TURN server. */
export function turnPorts({ turn: { enabled, port, tlsPort, relay } }: Pick<Settings, "turn">): Readonly<Record<string, number>> {
  return enabled ? { turn: port, turnTcp: port, turnTls: tlsPort, turnTlsTcp: tlsPort, turnRelay: relay.start } : {};
}

/** The last port of the relays. */
export function lastRelayPort({ relay }: Settings["turn"]): number {
  return relay.start + relay.count - 1;
}

/** The address that is set, or the one that is published on a machine with Docker; undefined where that is every one. */
export function externalAddress({ turn, publish, platform }: Pick<Settings, "turn" | "publish" | "platform">): string | undefined {
  const [first = ""] = publish.addresses;
  return turn.externalAddress ?? (isWildcard(first) || platform === "kubernetes" ? undefined : first);
}

/** A port that the TURN server has on the machine, by the setting that says so. */
export interface TurnPort {
  readonly key: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** Each of them by itself; none where there is no TURN server. */
export function turnPortsSingly({ turn }: Pick<Settings, "turn">): TurnPort[] {
  if (!turn.enabled) return [];
  const listening = (["port", "tlsPort"] as const).flatMap((name) => (["tcp", "udp"] as const).map((protocol) => ({ key: `turn.${name}`, port: turn[name], protocol })));
  const relays = Array.from({ length: turn.relay.count }, (_, index) => ({ key: "turn.relay", port: turn.relay.start + index, protocol: "udp" as const }));
  return [...listening, ...relays];
}
