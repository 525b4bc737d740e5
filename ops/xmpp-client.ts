// An XMPP client for looking at a running stack from outside: SCRAM-SHA-256 only, certificates checked.
import tls from "node:tls";
import { domainToASCII } from "node:url";
import { type Client, client } from "@xmpp/client";
import { ScramSha256 } from "./scram-sha-256.ts";

export interface Login {
  /** Where to connect: `xmpp://127.0.0.1:5222` (STARTTLS) or `xmpps://127.0.0.1:5223` (direct TLS). */
  readonly service: string;
  readonly domain: string;
  readonly username: string;
  readonly password: string;
  readonly resource?: string;
}

/** Trusts certificates (PEM, one or a chain each) in this process besides those it trusts already. */
export function trust(...certificates: string[]): void {
  const each = certificates.flatMap((chain) => chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
  tls.setDefaultCACertificates([...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system"), ...each])]);
}

/** A client that is not started yet. It logs in with SCRAM-SHA-256 or not at all. */
export function xmppClient({ service, domain, username, password, resource }: Login): Client {
  const entity = client({
    service,
    domain,
    ...(resource === undefined ? {} : { resource }),
    // The library types this callback for user names and passwords only; the mechanism is ours to pick.
    credentials: (async (authenticate: (credentials: object, mechanism: string) => Promise<void>, mechanisms: readonly string[]) => {
      if (!mechanisms.includes("SCRAM-SHA-256")) throw new Error(`the server offers ${mechanisms.join(", ")}, expected SCRAM-SHA-256`);
      await authenticate({ username, password }, "SCRAM-SHA-256");
    }),
  });
  if (/^xmpps?:/.test(service)) {
    const parameters = entity.socketParameters.bind(entity);
    const host = new URL(service).hostname.replace(/^\[|\]$/g, ""); // the library takes them off ::1 only
    // The library would check the certificate against the address in `service`, not against the domain (RFC 6125).
    const direct = service.startsWith("xmpps:") ? { servername: domainToASCII(domain), ALPNProtocols: ["xmpp-client"], allowPartialTrustChain: true } : {};
    entity.socketParameters = (address) => ({ ...parameters(address), host, ...direct });
  }
  entity.saslFactory.use("SCRAM-SHA-256", ScramSha256);
  return entity;
}

/** Connects and logs in. The library's own start() leaves a rejection behind that nobody can await, which ends the process. */
export async function goOnline(entity: Client, { service, domain }: Login, timeout = 10_000): Promise<void> {
  const online = new Promise<void>((resolve, reject) => {
    entity.once("online", () => resolve());
    entity.once("error", reject);
    // Docker's proxy takes connections to a container that does not listen yet, and closes them.
    entity.once("disconnect", () => reject(new Error("the server closed the connection")));
    AbortSignal.timeout(timeout).addEventListener("abort", () => reject(new Error(`no login within ${timeout / 1000} s`)));
  });
  const connected = async () => {
    await entity.connect(service);
    await entity.open({ domain });
    await online;
  };
  await Promise.race([connected(), online]);
}

/** Logs in and out again. @throws whatever kept it from it */
export async function logIn(login: Login, timeout?: number): Promise<void> {
  const entity = xmppClient(login);
  entity.reconnect.stop();
  entity.on("error", () => undefined); // goOnline tells of the first; a later one changes nothing
  try {
    await goOnline(entity, login, timeout);
  } finally {
    await entity.stop().catch(() => undefined); // it may never have been connected
  }
}
