// Names of a test's stack, which no name server knows, for libraries that go by URL.
import dns from "node:dns";

/** Has everything below a domain, and the domain itself, resolve to an IPv4 address until told otherwise, in this process. */
export function resolveHere(domain: string, address = "127.0.0.1"): void {
  const { lookup } = dns;
  type Callback = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void;
  dns.lookup = ((hostname: string, options: { all?: boolean }, callback: Callback) => {
    if (hostname !== domain && !hostname.endsWith(`.${domain}`)) return (lookup as (...args: unknown[]) => void)(hostname, options, callback);
    process.nextTick(() => (options.all === true ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)));
  }) as typeof dns.lookup;
}
