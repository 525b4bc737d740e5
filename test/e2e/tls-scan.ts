// TLS of a port as sslscan finds it, and what is wrong with that.
import { once } from "node:events";
import { type AddressInfo, type Server, createServer } from "node:net";
import { execa } from "execa";
import { Stream } from "./stream.ts";

export interface Scan {
  /** "TLS 1.2". */
  readonly protocols: readonly string[];
  readonly ciphers: readonly { readonly protocol: string; readonly name: string }[];
  /** Protocols with which heartbeats give memory away (CVE-2014-0160). */
  readonly bleeding: readonly string[];
  /** Whether clients may renegotiate, and whether that is bound to the handshake before (RFC 5746). */
  readonly renegotiation: "none" | "secure" | "insecure";
  /** Names in the certificate. */
  readonly names: readonly string[];
}

/** Scans a port of this machine, asking for a host name. @throws when there is nothing to connect to */
export async function scan(port: number, name: string): Promise<Scan> {
  const { stdout } = await execa("sslscan", ["--xml=-", `--sni-name=${name}`, `127.0.0.1:${port}`], { reject: false, stdin: "ignore" });
  if (!stdout.includes("<protocol ")) throw new Error(`sslscan says of port ${port}: ${stdout}`);
  const elements = (tag: string) => [...stdout.matchAll(new RegExp(`<${tag} ([^>]*)/>`, "g"))].map(([, text]) => attributes(text!));
  const [renegotiation] = elements("renegotiation");
  return {
    protocols: elements("protocol").filter(({ enabled }) => enabled === "1").map(({ type, version }) => `${type!.toUpperCase()} ${version}`),
    ciphers: elements("cipher").map(({ sslversion, cipher }) => ({ protocol: sslversion!.replace("v", " "), name: cipher! })),
    bleeding: elements("heartbleed").filter(({ vulnerable }) => vulnerable === "1").map(({ sslversion }) => sslversion!),
    renegotiation: renegotiation?.supported !== "1" ? "none" : renegotiation.secure === "1" ? "secure" : "insecure",
    names: /<altnames><!\[CDATA\[(.*?)\]\]>/.exec(stdout)?.[1]?.split(", ").map((entry) => entry.replace(/^DNS:/, "")) ?? [],
  };
}

function attributes(text: string): Partial<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, value]));
}

/** What RFC 9325 is against: TLS before 1.2, ciphers without forward secrecy or authenticated encryption; and old holes. */
export function weaknesses({ protocols, ciphers, bleeding, renegotiation }: Scan): string[] {
  return [
    ...protocols.filter((protocol) => !["TLS 1.2", "TLS 1.3"].includes(protocol)),
    ...ciphers.filter(({ name }) => !/^(TLS_(AES|CHACHA20)|(ECDHE|DHE)-.*(GCM|CHACHA20|CCM))/.test(name)).map(({ protocol, name }) => `${protocol} ${name}`),
    ...bleeding.map((protocol) => `Heartbleed with ${protocol}`),
    ...(renegotiation === "insecure" ? ["insecure renegotiation"] : []),
  ];
}

/** A port of this machine behind which STARTTLS is done already: whoever connects begins with TLS. */
export async function behindStartTls(port: number, domain: string, namespace: string): Promise<Server> {
  const server = createServer((scanner) => {
    scanner.on("error", () => undefined);
    scanner.pause();
    void Stream.plain(port, domain, namespace).then(async (stream) => {
      scanner.on("close", () => stream.close());
      stream.socket.on("close", () => scanner.destroy());
      const socket = await stream.proceed();
      scanner.pipe(socket).pipe(scanner);
    }).catch(() => scanner.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
