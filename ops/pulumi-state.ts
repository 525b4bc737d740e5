// A stack's state as the Pulumi CLI exports and imports it.
import { OperatorError } from "./errors.ts";
import { type Result, run } from "./run.ts";

export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: { readonly name?: string; readonly kubeconfig?: string; readonly context?: string };
  readonly outputs?: { readonly exitCode?: number; readonly mustRun?: boolean; readonly name?: string; readonly metadata?: { readonly name?: string } };
  /** Set on what Pulumi refuses to delete. */
  readonly protect?: boolean;
  /** Set on what a deletion leaves in place. */
  readonly retainOnDelete?: boolean;
}

export interface Deployment {
  readonly deployment?: {
    readonly resources?: readonly Resource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: Resource }[];
  };
}

export class PulumiState {
  private readonly program: string;
  private readonly options: readonly string[];
  private readonly env: NodeJS.ProcessEnv;

  constructor(program: string, options: readonly string[], env: NodeJS.ProcessEnv) {
    this.program = program;
    this.options = options;
    this.env = env;
  }

  /** Runs a command that has to succeed. @throws OperatorError with what it said */
  async command(...args: string[]): Promise<void> {
    demand(args, await run(this.program, [...args, ...this.options], { env: this.env }));
  }

  /** Undefined when there is no such stack. */
  async export(): Promise<Deployment | undefined> {
    const args = ["stack", "export"];
    const result = await run(this.program, [...args, ...this.options], { env: this.env });
    if (result.exitCode !== 0 && result.stderr.includes("no stack named")) return undefined;
    demand(args, result);
    return JSON.parse(result.stdout) as Deployment;
  }

  async import(deployment: Deployment): Promise<void> {
    const args = ["stack", "import"];
    demand(args, await run(this.program, [...args, ...this.options], { env: this.env, input: JSON.stringify(deployment) }));
  }

  async resources(): Promise<readonly Resource[]> {
    return (await this.export())?.deployment?.resources ?? [];
  }
}

function demand(args: readonly string[], { exitCode, stdout, stderr }: Result): void {
  if (exitCode !== 0) throw new OperatorError(`pulumi ${args.join(" ")}: ${(stderr.trim() || stdout.trim()).replace(/^error: /, "")}`);
}
