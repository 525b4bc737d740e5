// Ports and addresses: where services listen in their containers, and which addresses stand for all of them.
import ipaddr from "ipaddr.js";
import type { Settings } from "./schema.ts";

/** Ports of the front inside its container, where it may not have those below 1024. */
export const frontPorts = { http: 8080, https: 8443 } as const;

/**
 * Ports inside the container; what the machine publishes may differ. The proxy's is the published one instead, because
 * it announces to clients the port that it listens on.
 */
export const containerPorts = { c2s: 5222, c2s_direct_tls: 5223, s2s: 5269, s2s_direct_tls: 5270, http: 5280, c2s_proxied: 15223, s2s_proxied: 15270 } as const;

/** Those that are published instead where a load balancer begins each connection with a PROXY protocol header. */
export const balancedPorts = { c2s_balanced: 25222, c2s_direct_tls_balanced: 25223, s2s_balanced: 25269, s2s_direct_tls_balanced: 25270, proxy65_balanced: 25000 } as const;

/**
 * The ports that the stack itself listens on, by their names in `publish`: those that are not 0, plain HTTP only where there
 * is a front, and no HTTPS where another proxy speaks it.
 */
export function boundPorts({ publish, front }: Pick<Settings, "publish" | "front">): Partial<Record<keyof Omit<Settings["publish"], "addresses" | "proxyProtocol">, number>> {
  const isBound = (name: string, port: unknown) =>
    typeof port === "number" && port !== 0 && !(name === "http" && publish.https === 0) && !(name === "https" && front.behindProxy.length > 0);
  return Object.fromEntries(Object.entries(publish).filter(([name, port]) => isBound(name, port)));
}

/** A port as a URL of HTTPS has it: `:8443`, and nothing for 443. */
export function portInUrl(port: number): string {
  return port === 443 ? "" : `:${port}`;
}

/** Whether an address stands for every address of its IP version (0.0.0.0, ::). */
export function isWildcard(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "unspecified";
}
