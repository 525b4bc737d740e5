// Subnets and addresses: which texts are one, and which overlap.
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Subnet = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number];

/** Whether a text is a private subnet of that IP version (RFC 1918, RFC 4193), written with its network address. */
export function isSubnet(text: string, version: 4 | 6): boolean {
  const subnet = parse(text);
  if (!subnet) return false;
  const [address, prefix] = subnet;
  const [kind, shortest, longest] = version === 4 ? (["ipv4", 8, 29] as const) : (["ipv6", 16, 120] as const);
  return (
    address.kind() === kind &&
    prefix >= shortest &&
    prefix <= longest &&
    // The first address of a subnet can be private and its last one not.
    [first(subnet), last(subnet)].every((end) => ["private", "uniqueLocal"].includes(end.range())) &&
    first(subnet).toString() === address.toString()
  );
}

/** Whether a text is an IP address or any subnet, written as everybody reads it: `10.1` is an address to ipaddr.js only. */
export function isNetwork(text: string): boolean {
  const address = text.replace(/\/\d+$/, "");
  return isIP(address) !== 0 && !address.includes("%") && (address === text || ipaddr.isValidCIDR(text));
}

/** The first and the last address of a subnet, or an address as both. */
export function rangeOf(network: string): { readonly first: string; readonly last: string } {
  const subnet = parse(network);
  return subnet ? { first: first(subnet).toString(), last: last(subnet).toString() } : { first: network, last: network };
}

/** The IP version of an address or subnet. */
export function ipVersion(network: string): 4 | 6 {
  return network.includes(":") ? 6 : 4;
}

/** Whether two subnets share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  if (!a || !b || a[0].kind() !== b[0].kind()) return false;
  return a[0].match(b[0], Math.min(a[1], b[1]));
}

/** The first address of a subnet, which its gateway has. */
export function gatewayOf(subnet: string): string {
  const network = first(ipaddr.parseCIDR(subnet));
  const bytes = network.toByteArray();
  return ipaddr.fromByteArray([...bytes.slice(0, -1), bytes.at(-1)! + 1]).toString();
}

/** Whether an address is of the machine itself only. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}

function parse(text: string): Subnet | undefined {
  return text.includes("/") && isNetwork(text) ? ipaddr.parseCIDR(text) : undefined;
}

function first([address, prefix]: Subnet): ipaddr.IPv4 | ipaddr.IPv6 {
  return family(address).networkAddressFromCIDR(`${address.toString()}/${prefix}`);
}

function last([address, prefix]: Subnet): ipaddr.IPv4 | ipaddr.IPv6 {
  return family(address).broadcastAddressFromCIDR(`${address.toString()}/${prefix}`);
}

function family(address: Subnet[0]): typeof ipaddr.IPv4 | typeof ipaddr.IPv6 {
  return address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
}
