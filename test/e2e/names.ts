// Names of a test's stack, which no name server knows, for libraries that go by URL: in this process they are 127.0.0.1.
import dns from "node:dns";

/** Has everything below a domain, and the domain itself, resolve to 127.0.0.1 for the rest of the process. */
export function resolveHere(domain: string): void {
  const { lookup } = dns;
  type Callback = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void;
  dns.lookup = ((hostname: string, options: { all?: boolean }, callback: Callback) => {
    if (hostname !== domain && !hostname.endsWith(`.${domain}`)) return (lookup as (...args: unknown[]) => void)(hostname, options, callback);
    process.nextTick(() => (options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4)));
  }) as typeof dns.lookup;
}
