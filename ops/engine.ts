// Which engine brings a stack up: Pulumi where it and its providers can be had, else Compose or, on a cluster, kubectl. The first
// one is recorded and kept, so that nobody locks themselves out with fresh secrets over old volumes.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../settings/schema.ts";
import { writePrivate } from "../render/store.ts";
import { OperatorError } from "./errors.ts";
import { findPulumi, missingProvider } from "./pulumi-cli.ts";
import { say } from "./run.ts";
import { type Stack, settingsOfStack } from "./stack.ts";

export type EngineName = "pulumi" | "compose" | "kubectl";

export interface Engine {
  readonly name: EngineName;
  /** What `up` needs and what changes nothing; may go on beside other checks. */
  prepare(): Promise<void>;
  /**
   * Makes the stack what its settings say; `settle` waits until that is in force, and throws where it is refused.
   *
   * @param only workloads that run once, where nothing else is to change: an engine that can leave the rest alone does so, to be quicker
   */
  up(settle: () => Promise<void>, only?: readonly string[]): Promise<void>;
  /** Removes what runs and networks; volumes, passwords and keys stay unless `data` is set. */
  down(options: { readonly data: boolean }): Promise<void>;
  preview(): Promise<void>;
  /** Outputs of the stack as it is, secrets included. */
  outputs(): Promise<{ readonly values: Readonly<Record<string, unknown>>; readonly secret: ReadonlySet<string> }>;
}

/** The engine of a stack: the one it was first brought up with, else the one that this machine has. */
export async function engineOf(stack: Stack, { quiet = false } = {}): Promise<Engine> {
  const recorded = recordedEngine(stack);
  const wanted = process.env.PROSODY_STACK_ENGINE;
  // What brought a stack up also takes it down, whatever its settings say by now.
  const platform = recorded === undefined ? settingsOfStack(stack).platform : undefined;
  const other = platform === undefined ? recorded : engines[platform];
  if (recorded === undefined && wanted !== undefined && wanted !== "pulumi" && wanted !== other) {
    throw new OperatorError(`PROSODY_STACK_ENGINE: found ${wanted}, expected pulumi or ${other}`);
  }
  if (wanted !== undefined && recorded !== undefined && wanted !== recorded) {
    throw new OperatorError(`stack ${stack.name} was brought up with ${recorded} and stays with it (its passwords and keys are in that engine's state); unset PROSODY_STACK_ENGINE, or remove the stack with: npm run down -- --stack ${stack.name} --data`);
  }
  const chosen = wanted ?? recorded;
  const found = chosen !== undefined && chosen !== "pulumi" ? undefined : await findPulumi();
  if (!found && chosen === "pulumi") {
    throw new OperatorError(`stack ${stack.name} ${recorded ? "was brought up with" : "is to be brought up with"} pulumi, and the Pulumi CLI cannot be had here; put pulumi on the PATH (https://www.pulumi.com/docs/install/)`);
  }
  // What is recorded has worked, and there is no way back from it.
  const missing = found && platform !== undefined ? await missingProvider(found, platform, { quiet }) : undefined;
  if (missing && chosen === "pulumi") {
    throw new OperatorError(`stack ${stack.name} is to be brought up with pulumi, and its provider ${missing} is neither installed nor to be had here`);
  }
  const pulumi = missing ? undefined : found;
  const withoutPulumi = missing ? `found ${found}, but its provider ${missing} is neither installed nor to be had here` : "the Pulumi CLI is neither on the PATH nor to be had from npm here";
  const reason = recorded ? `the stack was brought up with it` : wanted ? "PROSODY_STACK_ENGINE says so" : pulumi ? `found ${pulumi}` : withoutPulumi;
  if (!quiet) say(`engine: ${pulumi ? "pulumi" : other} (${reason})`);
  if (pulumi) return (await import("./pulumi-engine.ts")).pulumiEngine(stack, pulumi);
  if (other === "kubectl") return (await import("./kubernetes/kubectl-engine.ts")).kubectlEngine(stack);
  return (await import("./compose-engine.ts")).composeEngine(stack);
}

/** By platform, where there is no Pulumi. */
const engines = { docker: "compose", kubernetes: "kubectl" } as const;

/** @throws OperatorError for settings of another platform than that on which the engine has brought the stack up */
export function refuseOtherPlatform(stack: Stack, { name }: Engine, { platform }: Settings): void {
  if (name === "pulumi" || name === engines[platform]) return;
  throw new OperatorError(`platform: found ${platform}, and stack ${stack.name} was brought up with ${name}; set it back, or remove the stack first (npm run down -- --stack ${stack.name} --data)`);
}

/** Keeps the engine for a stack; to be called before it makes anything. */
export function recordEngine(stack: Stack, engine: Engine["name"]): void {
  mkdirSync(stack.stateDirectory, { recursive: true, mode: 0o700 });
  if (recordedEngine(stack) === undefined) writePrivate(join(stack.stateDirectory, "engine"), `${engine}\n`);
}

export function recordedEngine({ stateDirectory }: Stack): Engine["name"] | undefined {
  const path = join(stateDirectory, "engine");
  return existsSync(path) ? (readFileSync(path, "utf8").trim() as Engine["name"]) : undefined;
}
