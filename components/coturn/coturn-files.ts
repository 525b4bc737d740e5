// The files of one release of Coturn's configuration: the template, filled in from the settings, and what its start needs to know.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Eta } from "eta";
import type { Surroundings } from "../../platform/workload.ts";
import type { Settings } from "../../settings/schema.ts";
import { rangeOf } from "../../settings/subnets.ts";
import { externalAddress, lastRelayPort, turnTcpPorts } from "../../settings/turn.ts";
import { luaValue } from "../prosody/lua.ts";
import { redisPort } from "../redis/redis.ts";

const template = "config-templates/coturn/turnserver.conf";

/** Of one core. Coturn would start as many as the machine has. */
const relayThreads = 2;

const eta = new Eta({ autoEscape: true, escapeFunction: optionText, autoTrim: false, useWith: false });

/** `turnserver.conf`, and `settings.lua` for components/coturn/image/configuration.lua. */
export function coturnFiles(settings: Settings, { host }: Pick<Surroundings, "host">): Readonly<Record<"turnserver.conf" | "settings.lua", string>> {
  const { turn, domains } = settings;
  const domain = domains[0]!.name.ascii;
  const facts = {
    port: turn.port,
    tlsPort: turn.tlsPort,
    relay: { first: turn.relay.start, last: lastRelayPort(turn) },
    threads: relayThreads,
    realm: turnRealm(settings),
    quotas: { perCredentials: turn.quotas.allocations, total: turn.relay.count, rate: turn.quotas.rate },
    denied: turn.denied.map(rangeOf),
  };
  return {
    "turnserver.conf": eta.renderString(readFileSync(template, "utf8"), facts),
    "settings.lua": `return ${luaValue({ domain, port: turn.port, tcp_ports: Object.values(turnTcpPorts), external_address: externalAddress(settings)!, redis: { host: host("redis"), port: redisPort } })}\n`,
  };
}

/** The realm of credentials (RFC 8489), by which Coturn looks for its secrets. */
export function turnRealm({ domains }: Pick<Settings, "domains">): string {
  return domains[0]!.name.ascii;
}

/** Coturn reads all of it at its start only, but for the certificate. */
export function coturnRestartHash(files: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify(Object.entries(files))).digest("hex").slice(0, 16);
}

/** @throws for what would begin another option */
function optionText(value: unknown): string {
  const text = String(value);
  if (/[\s"#]/u.test(text)) throw new Error(`${JSON.stringify(text)} cannot stand in Coturn's configuration`);
  return text;
}
