// npm run up: everything that is missing, then the stack, then a login that works.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { refuseUnbuilt } from "../scales/built.ts";
import { refuseUnpushed } from "../scales/pushed.ts";
import { grafana } from "../components/monitoring/programs.ts";
import { hasPrivateAuthority, pemText } from "../settings/certificates.ts";
import { adminsOf, hostsOf } from "../settings/hosts.ts";
import { portInUrl } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";
import { engineOf, recordEngine, refuseOtherPlatform } from "./engine.ts";
import { OperatorError } from "./errors.ts";
import { waitForFront } from "./front.ts";
import { supplyForeignImages } from "./foreign-images.ts";
import { handOver } from "./handover.ts";
import { withLock } from "./lock.ts";
import { placeOf } from "./place.ts";
import { say } from "./run.ts";
import { type Command, type Stack, settingsOfStack } from "./stack.ts";
import { waitForTurn } from "./turn.ts";
import { logIn, trust } from "./xmpp-client.ts";

export const up: Command = async (stack) => {
  const settings = settingsToRun(stack);
  await withLock(stack, async () => {
    say(summary(stack.name, settings, await bringUp(stack)));
  });
};

/**
 * Brings a stack up as its settings say by now, for who holds its lock.
 *
 * @param only workloads that run once and are all that is to change: then nobody looks whether the service is there
 * @returns its outputs, secrets included
 */
export async function bringUp(stack: Stack, only?: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const settings = settingsToRun(stack);
  const [engine, place] = await Promise.all([engineOf(stack), placeOf(stack, settings)]);
  refuseOtherPlatform(stack, engine, settings);
  await supplyForeignImages(settings);
  await Promise.all([place.prepare(), engine.prepare()]);
  recordEngine(stack, engine.name);
  await place.supply();
  const putBack = await place.remember();
  try {
    await engine.up(() => place.settle(), only);
  } catch (error) {
    throw await putBack(error);
  }
  if (only !== undefined) return (await engine.outputs()).values;
  const [{ values }, address, authorities] = await Promise.all([engine.outputs(), place.address(), place.authorities()]);
  trust(String(values.caCertificate), ...authorities, ...Object.values(settings.certificates).map(({ certificate }) => pemText(certificate)));
  if (comesThrough(settings)) {
    await firstLogin(stack, settings, values, address, place.logs("prosody"));
    await waitForFront(settings, address, place.logs("nginx"));
  } else {
    say("login: not tried, for this machine is not the load balancer of publish.proxyProtocol, and nobody else is let in");
  }
  // The node that has it on a cluster need not let this machine in.
  if (settings.turn.enabled && settings.platform === "docker") await waitForTurn(settings, address, place.logs("coturn"));
  if (settings.backup.enabled) await handOver(stack, settings, place);
  return values;
}

/** @throws pulumi.RunError for settings that nothing can be brought up with */
function settingsToRun(stack: Stack): Settings {
  const settings = settingsOfStack(stack);
  refuseUnbuilt(settings);
  refuseUnpushed(settings, stack.name);
  return settings;
}

/** Whether connections from here have what has to come first: only the load balancer of a cluster is known to be in between. */
function comesThrough({ platform, publish, kubernetes }: Settings): boolean {
  return publish.proxyProtocol.length === 0 || (platform === "kubernetes" && kubernetes.service.type === "LoadBalancer");
}

/** Polls a real login of the first administrator. @throws OperatorError with the last reason */
async function firstLogin({ stateDirectory }: Stack, settings: Settings, outputs: Readonly<Record<string, unknown>>, address: string, logs: string): Promise<void> {
  const { username, domain } = adminsOf(settings)[0]!;
  const { c2s, c2sDirectTls } = settings.publish;
  const host = address.includes(":") ? `[${address}]` : address;
  // Only with direct TLS can a certificate be trusted whose root is unknown here, such as a company's.
  const given = Object.keys(settings.certificates).length > 0;
  const services = [...(c2s === 0 ? [] : [`xmpp://${host}:${c2s}`]), ...(c2sDirectTls === 0 ? [] : [`xmpps://${host}:${c2sDirectTls}`])];
  const service = given ? services.at(-1) : services[0];
  if (service === undefined) return say("login: not tried, no client port is published");
  say(`login: waiting for ${String(outputs.adminJid)} at ${service}`);
  const before = join(stateDirectory, "logged-in");
  let reason = "";
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(250)) {
    try {
      await logIn({ service, domain: domain.unicode, username, password: String(outputs.adminPassword) });
      writeFileSync(before, "");
      return say("login: works");
    } catch (error) {
      reason = (error as Error).message;
      // A password that was changed since is no failure of the stack.
      if (reason.startsWith("not-authorized") && existsSync(before)) return say(`login: the server is up; ${String(outputs.adminJid)} has changed the password since the first start`);
    }
  }
  throw new OperatorError(`the stack is up, and ${String(outputs.adminJid)} cannot log in after 120 s: ${reason}; see ${logs}`);
}

function summary(stack: string, settings: Settings, outputs: Readonly<Record<string, unknown>>): string {
  const endpoints = Object.entries(outputs.endpoints as Record<string, string>);
  const width = Math.max(...endpoints.map(([name]) => name.length));
  const option = stack === "dev" ? "" : ` --stack ${stack}`;
  return [
    "",
    `${settings.domains.map((domain) => hostsOf(domain).name.unicode).join(", ")} is up`,
    ...endpoints.map(([name, address]) => `  ${name.padEnd(width)}  ${address}`),
    `administrator: ${String(outputs.adminJid)}`,
    `its password:  npm run output --${option} adminPassword --show-secrets`,
    ...(outputs.grafanaPassword === undefined ? [] : [`its dashboards: https://${settings.domains[0]!.name.ascii}${portInUrl(settings.publish.https)}${grafana.path}/ as admin:  npm run output --${option} grafanaPassword --show-secrets`]),
    ...(outputs.scrapeToken === undefined ? [] : [`the token of your Prometheus (docs/monitoring.md):  npm run output --${option} scrapeToken --show-secrets`]),
    ...(hasPrivateAuthority(settings) ? [`its certificate authority, for browsers and clients to trust (docs/clients.md):  npm run output --${option} caCertificate`] : []),
  ].join("\n");
}
