// A stack of the test's own, as the program registers it without an engine.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Registration } from "../../render/recorder.ts";
import { type Rendered, renderStack } from "../../render/render.ts";

/** The settings of Pulumi.dev.yaml, without what every other service is copied to. */
export const dev = { scale: "personal", platform: "docker", environment: "development", domains: [{ name: "xmpp.localhost" }], backup: { enabled: false } };

export interface Place {
  readonly configFile: string;
  readonly stateDirectory: string;
}

/** A settings file and a state directory in a directory that the caller removes. */
export function place(directory: string, settings: object): Place {
  const configFile = join(directory, "Pulumi.test.yaml");
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`prosody-stack:${key}`, value as unknown]));
  writeFileSync(configFile, JSON.stringify({ config }));
  return { configFile, stateDirectory: join(directory, "state") };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "prosody-stack-components-"));
}

/** What a stack `dev` with these settings, and no state yet, asks for. */
export async function rendered(settings: object = dev): Promise<Rendered> {
  const directory = temporaryDirectory();
  try {
    return await renderStack({ stack: "dev", ...place(directory, settings) });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A directory that is gone after the test. */
export function directoryOfTest(): string {
  const directory = temporaryDirectory();
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The registration of that name. @throws when there is none, or more than one */
export function named(registrations: readonly Registration[], name: string): Registration {
  const found = registrations.filter((registration) => registration.name === name);
  if (found.length !== 1) throw new Error(`expected one ${name} among ${registrations.map((one) => one.name).join(", ")}`);
  return found[0]!;
}

export interface Upload {
  readonly file: string;
  readonly content: unknown;
  readonly permissions: string;
}

/** What files are delivered to in every stack. */
export const services = ["prosody", "nginx"] as const;
export type Service = (typeof services)[number] | "postgres" | "coturn" | "redis" | "prometheus" | "alertmanager" | "exporters" | "node-exporter" | "grafana" | "probes" | "logs";

/** The files of a service, as they are sent to the engine: a secret with its mark. */
export function uploadsOf({ recording }: Rendered, service: Service): readonly Upload[] {
  return named(recording.registrations, `${service}-server-deliver`).inputs.uploads as Upload[];
}

/** Content of a file that is delivered to a service, whether secret or not. */
export function fileOf({ files }: Rendered, service: Service, path: string): string {
  const own = files.filter((file) => file.path.split("/")[1]!.endsWith(`-${service}-server-deliver`));
  const found = own.filter((file) => file.path.endsWith(`/${path}`));
  if (found.length !== 1) throw new Error(`expected one ${path} among ${own.map((file) => file.path).join(", ")}`);
  return found[0]!.content;
}

/** Everything that no one may see: what the recorder got marked as secret, wherever it stands. */
export function secretValues({ files, recording: { outputs } }: Rendered): string[] {
  const passwords = Object.values(outputs.adminPasswords as Record<string, string>);
  return [...new Set([...passwords, ...files.filter(({ secret }) => secret).map(({ content }) => content)])];
}
