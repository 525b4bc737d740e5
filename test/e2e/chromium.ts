// Chromium with a certificate store of its own: it trusts what that holds, and every error of a certificate counts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Browser, type BrowserContext, type WebSocket, chromium } from "playwright-core";

export interface Site {
  /** It and the names below it are known. */
  readonly domain: string;
  /** The one port on 127.0.0.1 that is reached. */
  readonly port: number;
}

/** Starts it, trusting only what is in the file `ca`. It can reach a site, and nothing else. */
export async function startChromium({ domain, port }: Site, ca?: string): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), "e2e-chromium-"));
  const store = join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  await execa("certutil", ["-N", "-d", `sql:${store}`, "--empty-password"]);
  if (ca !== undefined) await execa("certutil", ["-A", "-d", `sql:${store}`, "-n", "the stack's CA", "-t", "C,,", "-i", ca]);
  const executablePath = join(home, "chromium");
  writeFileSync(executablePath, inNetworkOfItsOwn(port, join(home, "site.sock")), { mode: 0o700 });
  const browser = await chromium.launch({
    executablePath,
    env: { HOME: home, PATH: process.env.PATH! },
    args: [
      "--no-sandbox", // the tests are root
      "--disable-background-networking",
      "--disable-component-update",
      `--host-resolver-rules=MAP ${domain} 127.0.0.1, MAP *.${domain} 127.0.0.1, MAP * ~NOTFOUND`,
    ],
  });
  browser.on("disconnected", () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  return browser;
}

/**
 * A script that runs Chromium in a network namespace, with a way to one port outside. On the machine's network it would
 * fail requests with ERR_NETWORK_CHANGED whenever a container starts or stops.
 */
function inNetworkOfItsOwn(port: number, socket: string): string {
  return `#!/bin/sh
socat UNIX-LISTEN:${socket},fork TCP:127.0.0.1:${port} &
unshare --net sh -c '
  ip link set lo up
  socat TCP-LISTEN:${port},bind=127.0.0.1,fork UNIX-CONNECT:${socket} &
  until socat -u /dev/null TCP:127.0.0.1:${port} 2>/dev/null; do sleep 0.05; done
  /usr/bin/chromium "$@"
  kill $!
' chromium "$@"
kill $!
`;
}

/** What went on in the pages of a browser context. */
export class Witness {
  /** Addresses of all requests and WebSockets. */
  readonly urls: string[] = [];
  /** What the content security policy kept from happening, as `directive: address`. */
  readonly violations: string[] = [];
  /** What scripts threw, or wrote to the console as an error. */
  readonly errors: string[] = [];
  /** Queries of message archives (XEP-0313), as they were sent; `answered` once the archive's last word has come. */
  readonly archiveQueries: { readonly id: string; readonly stanza: string; answered: boolean }[] = [];

  static async of(context: BrowserContext): Promise<Witness> {
    const witness = new Witness();
    await context.exposeBinding("toWitness", (_source, violation: string) => void witness.violations.push(violation));
    await context.addInitScript({ content: 'addEventListener("securitypolicyviolation", (event) => toWitness(`${event.effectiveDirective}: ${event.blockedURI}`));' });
    context.on("request", (request) => void witness.urls.push(request.url()));
    context.on("page", (page) => page.on("websocket", (socket) => witness.watch(socket)));
    context.on("weberror", (error) => void witness.errors.push(String(error.error())));
    context.on("console", (message) => {
      if (message.type() === "error") witness.errors.push(message.text());
    });
    return witness;
  }

  private watch(socket: WebSocket): void {
    this.urls.push(socket.url());
    socket.on("framesent", ({ payload }) => {
      const stanza = String(payload);
      const id = /^<iq\b[^>]*\bid=["']([^"']+)/.exec(stanza)?.[1];
      if (id !== undefined && stanza.includes("<query") && stanza.includes("urn:xmpp:mam:2")) this.archiveQueries.push({ id, stanza, answered: false });
    });
    socket.on("framereceived", ({ payload }) => {
      const stanza = String(payload);
      if (!stanza.startsWith("<iq")) return;
      for (const query of this.archiveQueries) query.answered ||= stanza.includes(query.id);
    });
  }

  /** Where the requests went: `host:port`, each once. */
  get hosts(): Set<string> {
    return new Set(this.urls.map((url) => new URL(url)).filter(({ protocol }) => protocol !== "data:" && protocol !== "blob:").map(({ host }) => host));
  }
}
