// One stack as the commands see it: its name, its settings, and where its state lives.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readStackConfiguration } from "../render/project.ts";
import { settingsOf } from "../settings/load.ts";
import type { Settings } from "../settings/schema.ts";
import { OperatorError } from "./errors.ts";

export interface Stack {
  readonly name: string;
  /** The stack's settings file. */
  readonly configFile: string;
  /** Passwords, keys, the engine's state: `$XDG_STATE_HOME/prosody-stack/<stack>`, for its owner only. */
  readonly stateDirectory: string;
  /** Where the rendered project is written. */
  readonly renderedDirectory: string;
}

export interface Options {
  readonly data: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly review: boolean;
  readonly "show-secrets": boolean;
  readonly out?: string | undefined;
  readonly positionals: readonly string[];
}

export type Command = (stack: Stack, options: Options) => Promise<void>;

/** @throws OperatorError for a name that Pulumi would not take, or a settings file that is not there */
export function openStack(name: string, configFile = `Pulumi.${name}.yaml`): Stack {
  if (!/^[A-Za-z0-9][\w-]{0,99}$/.test(name)) {
    throw new OperatorError(`--stack: found ${JSON.stringify(name)}, expected letters, digits, hyphens and underscores`);
  }
  if (!existsSync(configFile)) {
    throw new OperatorError(`--stack: there is no stack ${name}, expected its settings in ${configFile}; copy Pulumi.dev.yaml and change what differs`);
  }
  const stateHome = process.env.XDG_STATE_HOME || join(homedir(), ".local/state");
  return {
    name,
    configFile,
    stateDirectory: join(stateHome, "prosody-stack", name),
    renderedDirectory: join("rendered", name),
  };
}

/** The checked settings of a stack. @throws pulumi.RunError with all problems */
export function settingsOfStack({ name, configFile }: Stack): Settings {
  return settingsOf(readStackConfiguration(name, configFile).config, name);
}
