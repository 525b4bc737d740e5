// The project and a stack's configuration, read the way Pulumi reads them.
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as yaml from "js-yaml";

export interface StackConfiguration {
  readonly project: string;
  /** Values as the program gets them: text, JSON for what is not a string. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

interface StackFile {
  readonly config?: Record<string, unknown>;
  readonly encryptionsalt?: string;
}

/**
 * The configuration of a stack: Pulumi.yaml's defaults under the stack's own file.
 *
 * @param file path of the stack's file, by default Pulumi.<stack>.yaml
 * @throws pulumi.RunError when there is no such file, or when an encrypted value cannot be read
 */
export function readStackConfiguration(stack: string, file = `Pulumi.${stack}.yaml`): StackConfiguration {
  if (!existsSync(file)) {
    throw new pulumi.RunError(`there is no stack ${stack}: expected its settings in ${file}; copy Pulumi.dev.yaml and change what differs`);
  }
  const project = readYaml("Pulumi.yaml") as unknown as { name: string; config: Record<string, { default?: unknown }> };
  const own = readYaml(file) as StackFile;
  const defaults = Object.entries(project.config).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[`${project.name}:${key}`, value] as const],
  );
  const values = Object.entries({ ...Object.fromEntries(defaults), ...own.config });
  const decrypt = lazily(() => decrypter(own.encryptionsalt, file));
  const revealed = values.map(([key, value]) => ({ key, ...revealSecure(value, decrypt) }));
  return {
    project: project.name,
    config: Object.fromEntries(revealed.map(({ key, value }) => [key, typeof value === "string" ? value : JSON.stringify(value)])),
    secretKeys: revealed.filter(({ secret }) => secret).map(({ key }) => key),
  };
}

/** The document in a YAML file. @throws pulumi.RunError that says where it is none */
export function readYaml(file: string): Record<string, unknown> {
  try {
    return yaml.loadAll(readFileSync(file, "utf8"))[0] as Record<string, unknown> | undefined ?? {}; // a file with nothing in it is no document
  } catch (error) {
    if (error instanceof yaml.YAMLException) throw new pulumi.RunError(`${file}: found no valid YAML (${error.reason}, line ${(error.mark?.line ?? 0) + 1})`);
    throw error;
  }
}

/** A value with every `secure: …` in it decrypted. */
function revealSecure(value: unknown, decrypt: () => (text: string) => string): { readonly value: unknown; readonly secret: boolean } {
  if (typeof value !== "object" || value === null) return { value, secret: false };
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === "secure") return { value: decrypt()(String(entries[0]![1])), secret: true };
  const items = entries.map(([key, item]) => [key, revealSecure(item, decrypt)] as const);
  return {
    value: Array.isArray(value) ? items.map(([, item]) => item.value) : Object.fromEntries(items.map(([key, item]) => [key, item.value])),
    secret: items.some(([, item]) => item.secret),
  };
}

/**
 * Pulumi's passphrase encryption: AES-256-GCM under a key from PBKDF2 (SHA-256, a million rounds).
 *
 * @see https://www.pulumi.com/docs/iac/concepts/secrets/#available-encryption-providers
 */
function decrypter(salt: string | undefined, file: string): (text: string) => string {
  const passphrase = passphraseOfOperator();
  if (salt === undefined || passphrase === undefined) {
    throw new pulumi.RunError(`${file}: found an encrypted value, expected PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE in the environment; set it`);
  }
  const key = pbkdf2Sync(passphrase, Buffer.from(salt.split(":")[1] ?? "", "base64"), 1_000_000, 32, "sha256");
  return (text) => {
    const [version, nonce = "", sealed = ""] = text.split(":");
    const bytes = Buffer.from(sealed, "base64");
    try {
      if (version !== "v1") throw new Error("unknown version");
      const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
      cipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString("utf8");
    } catch {
      throw new pulumi.RunError(`${file}: found an encrypted value that the passphrase does not open, expected the passphrase it was encrypted with`);
    }
  };
}

function passphraseOfOperator(): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  return text ?? (file !== undefined && existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
