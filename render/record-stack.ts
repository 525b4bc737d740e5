// Runs the program without Pulumi's engine, with the stack's own passwords, keys and certificates.
import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { readStackConfiguration } from "./project.ts";
import { providers } from "./providers.ts";
import { type Recording, record } from "./recorder.ts";
import { Store } from "./store.ts";

export interface RenderOptions {
  readonly stack: string;
  /** The stack's settings file; Pulumi.<stack>.yaml by default. */
  readonly configFile?: string | undefined;
  /** Directory with the stack's passwords, keys and certificates. */
  readonly stateDirectory: string;
}

export interface RecordedStack {
  readonly recording: Recording;
  /** A keyed hash, safe to show even of secrets. */
  readonly fingerprint: (value: unknown) => string;
  /** Keeps the passwords, keys and certificates that were made; nothing is kept until then. */
  readonly save: Store["save"];
}

let runs = 0;

/** What the stack's program asks for. @throws pulumi.RunError with all problems of the configuration */
export async function recordStack({ stack, configFile, stateDirectory }: RenderOptions): Promise<RecordedStack> {
  const store = new Store(join(stateDirectory, "resources.json"));
  const { key } = await store.keep("fingerprint", {}, () => ({ key: randomBytes(32).toString("hex") }));
  // A module is evaluated once for a name; the program is to run each time.
  const program = async () => ({ ...((await import(/* @vite-ignore */ `../index.ts?run=${++runs}`)) as Record<string, unknown>) });
  const recording = await record(program, { ...readStackConfiguration(stack, configFile), stack, newResource: providers(store) });
  const fingerprint = (value: unknown) => createHmac("sha256", String(key)).update(JSON.stringify(value)).digest("hex").slice(0, 16);
  return { recording, fingerprint, save: (options) => store.save(options) };
}
