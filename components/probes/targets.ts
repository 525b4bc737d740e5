// Where each probe connects to: what a stack has, from inside or by the address that its users know.
import type { Surroundings } from "../../platform/workload.ts";
import { containerPorts, frontPorts } from "../../settings/ports.ts";
import type { Settings } from "../../settings/schema.ts";
import { externalAddress, turnTcpPorts } from "../../settings/turn.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The probes of stack_probes/probes.py but for the canary. */
export type ProbeName =
  | "c2s_starttls" | "c2s_direct_tls" | "c2s_alpn" | "s2s_starttls" | "s2s_direct_tls" | "s2s_alpn"
  | "https" | "http" | "websocket" | "bosh" | "upload" | "turn" | "turn_tls";

type Part = Pick<Settings, "front" | "platform" | "probes" | "publish" | "turn">;
type Inside = Pick<Surroundings, "frontHost">;

/**
 * Of what is published only. What a load balancer's word or a proxy of the operator's own has to come before is tried where
 * `probes.address` leads through that, and else not (docs/probes.md).
 */
export function targetsOf(settings: Part, inside: Inside): Partial<Record<ProbeName, Target>> {
  const { address } = settings.probes;
  return { ...(address === undefined ? fromInside(settings, inside) : fromOutside(settings, address)) };
}

/** Where the canary logs in: that port is there whatever is published. */
export function canaryTarget({ probes: { address }, publish }: Part, { frontHost }: Inside): Target {
  return address !== undefined && publish.c2s !== 0 ? { host: address, port: publish.c2s } : { host: frontHost("prosody"), port: containerPorts.c2s };
}

function fromInside({ front, publish, turn }: Part, { frontHost }: Inside): Partial<Record<ProbeName, Target>> {
  const [prosody, nginx, coturn] = [frontHost("prosody"), frontHost("nginx"), frontHost("coturn")];
  const speaksTls = publish.https !== 0 && front.behindProxy.length === 0 && publish.proxyProtocol.length === 0;
  const https = { host: nginx, port: frontPorts.https };
  return {
    ...(publish.c2s === 0 ? {} : { c2s_starttls: { host: prosody, port: containerPorts.c2s } }),
    ...(publish.c2sDirectTls === 0 ? {} : { c2s_direct_tls: { host: prosody, port: containerPorts.c2s_direct_tls } }),
    ...(publish.s2s === 0 ? {} : { s2s_starttls: { host: prosody, port: containerPorts.s2s } }),
    ...(publish.s2sDirectTls === 0 ? {} : { s2s_direct_tls: { host: prosody, port: containerPorts.s2s_direct_tls } }),
    ...(speaksTls ? { c2s_alpn: https, s2s_alpn: https, ...web(https) } : {}),
    ...(speaksTls && publish.http !== 0 ? { http: { host: nginx, port: frontPorts.http } } : {}),
    ...(turn.enabled ? { turn: { host: coturn, port: turn.port }, turn_tls: { host: coturn, port: turnTcpPorts.tlsPort } } : {}),
  };
}

function fromOutside(settings: Part, address: string): Partial<Record<ProbeName, Target>> {
  const { front, publish, turn } = settings;
  const at = (port: number) => ({ host: address, port });
  const own = front.behindProxy.length === 0;
  const relay = externalAddress(settings) ?? address;
  return {
    ...(publish.c2s === 0 ? {} : { c2s_starttls: at(publish.c2s) }),
    ...(publish.c2sDirectTls === 0 ? {} : { c2s_direct_tls: at(publish.c2sDirectTls) }),
    ...(publish.s2s === 0 ? {} : { s2s_starttls: at(publish.s2s) }),
    ...(publish.s2sDirectTls === 0 ? {} : { s2s_direct_tls: at(publish.s2sDirectTls) }),
    ...(publish.https === 0 ? {} : web(at(publish.https))),
    ...(publish.https !== 0 && own ? { c2s_alpn: at(publish.https), s2s_alpn: at(publish.https) } : {}),
    ...(publish.https !== 0 && own && publish.http !== 0 ? { http: at(publish.http) } : {}),
    ...(turn.enabled ? { turn: { host: relay, port: turn.port }, turn_tls: { host: relay, port: turn.tlsPort } } : {}),
  };
}

function web(https: Target): Partial<Record<ProbeName, Target>> {
  return { https, websocket: https, bosh: https, upload: https };
}
