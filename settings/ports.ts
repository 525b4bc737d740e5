// Ports and addresses: where Prosody listens in its container, and which addresses stand for all of them.
import ipaddr from "ipaddr.js";

/**
 * Ports inside the container; what the machine publishes may differ. The proxy's is the published one instead, because
 * it announces to clients the port that it listens on.
 */
export const containerPorts = {
  c2s: 5222, c2s_direct_tls: 5223, s2s: 5269, s2s_direct_tls: 5270, http: 5280, https: 5281, c2s_proxied: 15223, s2s_proxied: 15270,
} as const;

/** Whether an address stands for every address of its IP version (0.0.0.0, ::). */
export function isWildcard(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "unspecified";
}
