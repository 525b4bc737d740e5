// An XMPP client for looking at a running stack from outside: SCRAM-SHA-256 only, certificates checked.
import tls from "node:tls";
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

/** Trusts a private CA in this process besides the certificates it trusts already. */
export function trust(caCertificate: string): void {
  tls.setDefaultCACertificates([...new Set([...tls.getCACertificates("default"), caCertificate])]);
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
  (entity as unknown as { saslFactory: { use(name: string, mechanism: unknown): void } }).saslFactory.use("SCRAM-SHA-256", ScramSha256);
  return entity;
}

/** Logs in and out again. @throws whatever kept it from it */
export async function logIn(login: Login, timeout = 10_000): Promise<void> {
  const entity = xmppClient(login);
  entity.reconnect.stop();
  const failed = new Promise<never>((_resolve, reject) => {
    entity.on("error", reject);
    AbortSignal.timeout(timeout).addEventListener("abort", () => reject(new Error(`no login within ${timeout / 1000} s`)));
  });
  try {
    await Promise.race([entity.start(), failed]);
  } finally {
    await entity.stop().catch(() => undefined); // it may never have been connected
  }
}
