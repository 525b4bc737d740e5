// Subnets: which texts are one, and which overlap.
import { BlockList, isIP } from "node:net";

const privateRanges = new BlockList();
privateRanges.addSubnet("10.0.0.0", 8, "ipv4");
privateRanges.addSubnet("172.16.0.0", 12, "ipv4");
privateRanges.addSubnet("192.168.0.0", 16, "ipv4");
privateRanges.addSubnet("fc00::", 7, "ipv6");

/** Whether a text is a private subnet of that IP version (RFC 1918, RFC 4193), by its network address. */
export function isSubnet(text: string, version: 4 | 6): boolean {
  const { address, prefix } = split(text);
  return (
    isIP(address) === version &&
    prefix >= (version === 4 ? 8 : 16) &&
    prefix <= (version === 4 ? 29 : 120) &&
    privateRanges.check(address, family(address))
  );
}

/** Whether two subnets share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [split(one), split(other)];
  if (isIP(a.address) !== isIP(b.address) || isIP(a.address) === 0) return false;
  return contains(a, b.address) || contains(b, a.address);
}

function contains(subnet: { address: string; prefix: number }, address: string): boolean {
  const list = new BlockList();
  list.addSubnet(subnet.address, subnet.prefix, family(subnet.address));
  return list.check(address, family(address));
}

function split(text: string): { address: string; prefix: number } {
  const [address = "", prefix = ""] = text.split("/");
  return { address, prefix: /^\d+$/.test(prefix) ? Number(prefix) : NaN };
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** Whether an address is of the machine itself only. */
export function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
