// Chromium with a certificate store of its own: it trusts what that holds, and every error of a certificate counts.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

/** Starts it. It knows the names below `domain`, all on 127.0.0.1, and no others: nothing else can be reached. */
export async function startChromium(domain: string, ca?: { readonly path: string }): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), "e2e-chromium-"));
  const store = join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  await execa("certutil", ["-N", "-d", `sql:${store}`, "--empty-password"]);
  if (ca) await execa("certutil", ["-A", "-d", `sql:${store}`, "-n", "the stack's CA", "-t", "C,,", "-i", ca.path]);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
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

/** What went on in the pages of a browser context. */
export class Witness {
  /** Addresses of all requests and WebSockets. */
  readonly urls: string[] = [];
  /** What the content security policy kept from happening, as `directive: address`. */
  readonly violations: string[] = [];
  /** What scripts threw, or wrote to the console as an error. */
  readonly errors: string[] = [];

  static async of(context: BrowserContext): Promise<Witness> {
    const witness = new Witness();
    await context.exposeBinding("toWitness", (_source, violation: string) => void witness.violations.push(violation));
    await context.addInitScript({ content: 'addEventListener("securitypolicyviolation", (event) => toWitness(`${event.effectiveDirective}: ${event.blockedURI}`));' });
    context.on("request", (request) => void witness.urls.push(request.url()));
    context.on("page", (page) => page.on("websocket", (socket) => void witness.urls.push(socket.url())));
    context.on("weberror", (error) => void witness.errors.push(String(error.error())));
    context.on("console", (message) => {
      if (message.type() === "error") witness.errors.push(message.text());
    });
    return witness;
  }

  /** Where the requests went: `host:port`, each once. */
  get hosts(): Set<string> {
    return new Set(this.urls.map((url) => new URL(url)).filter(({ protocol }) => protocol !== "data:" && protocol !== "blob:").map(({ host }) => host));
  }
}
