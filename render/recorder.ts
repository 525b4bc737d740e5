// Runs the program in this process, without Pulumi's engine, and returns every resource registration in full. Stock
// mocks drop parent, protection, dependencies and more (pulumi/pulumi#14421); this monitor sees the whole request.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";

const require = createRequire(import.meta.url);
const { MockMonitor } = require("@pulumi/pulumi/runtime/mocks") as typeof import("@pulumi/pulumi/runtime/mocks.js");
const runtime = require("@pulumi/pulumi/runtime/settings") as typeof import("@pulumi/pulumi/runtime/settings.js") & {
  waitForRPCs(): Promise<void>; // there, but not in the published types
};

/** The key that marks a secret among the inputs as they are sent, and its value (Pulumi's wire format). */
const secretMark = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"] as const;

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  /** As sent to the engine: a secret keeps its mark at the exact place it stands. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly replaceOnChanges: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly dependencies: readonly string[];
}

export interface Recording {
  readonly registrations: readonly Registration[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of outputs that are secret. */
  readonly secretOutputs: ReadonlySet<string>;
}

export interface ProgramOptions {
  readonly project: string;
  readonly stack: string;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  /** What the providers would answer. */
  readonly newResource: (resource: pulumi.runtime.MockResourceArgs) => pulumi.runtime.MockResourceResult | Promise<pulumi.runtime.MockResourceResult>;
}

/** The part of the protobuf message RegisterResourceRequest that is looked at; its types are not published. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getReplaceonchangesList(): string[];
  getIgnorechangesList(): string[];
  getDependenciesList(): string[];
}
type Callback = (error: unknown, response: Response) => void;
interface Response {
  getUrn(): string;
}

class Recorder extends MockMonitor {
  readonly registrations: Registration[] = [];

  override async registerResource(request: Request, callback: Callback): Promise<void> {
    await super.registerResource(request, (error: unknown, response: Response) => {
      if (!error) {
        this.registrations.push({
          type: request.getType(),
          name: request.getName(),
          urn: response.getUrn(),
          parent: request.getParent().split("::").at(-1) ?? "",
          inputs: request.getObject()?.toJavaScript() ?? {},
          protect: request.getProtect(),
          retainOnDelete: request.getRetainondelete(),
          deleteBeforeReplace: request.getDeletebeforereplace(),
          replaceOnChanges: request.getReplaceonchangesList(),
          ignoreChanges: request.getIgnorechangesList(),
          dependencies: request.getDependenciesList(),
        });
      }
      callback(error, response);
    });
  }
}

/**
 * Runs a program against a recorder. One at a time in a process: the SDK keeps its settings globally.
 *
 * @throws what the program throws, e.g. a RunError with all problems of the configuration
 */
export async function record(program: () => Promise<Record<string, unknown>>, options: ProgramOptions): Promise<Recording> {
  let failure: { readonly error: unknown } | undefined;
  // What is thrown into the SDK also rejects a promise of its own that nobody can await, and ends the process.
  const fail = (error: unknown) => void (failure ??= { error });
  const newResource: ProgramOptions["newResource"] = async (resource) => {
    try {
      return await options.newResource(resource);
    } catch (error) {
      fail(error);
      return { id: "", state: {} };
    }
  };
  const mocks: pulumi.runtime.Mocks = { newResource, call: ({ inputs }) => inputs as Record<string, unknown> };
  const monitor = new Recorder(mocks);
  await pulumi.runtime.setMocks(mocks, options.project, options.stack, false);
  runtime.setMockOptions(monitor, options.project, options.stack, false);
  pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretKeys ?? [])]);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // the SDK takes a stack per promise, which costs ten times the rest
  try {
    const outputs: Record<string, unknown> = {};
    const secretOutputs = new Set<string>();
    await pulumi.runtime.runInPulumiStack(async () => {
      try {
        for (const [name, value] of Object.entries(await program())) {
          if (value === undefined) continue; // the engine has none of these either
          const output = pulumi.output(value);
          outputs[name] = await (output as unknown as { promise(): Promise<unknown> }).promise();
          if (await pulumi.isSecret(output)) secretOutputs.add(name);
        }
      } catch (error) {
        fail(error);
      }
      return undefined;
    });
    await runtime.waitForRPCs();
    if (failure) throw failure.error;
    return { registrations: monitor.registrations, outputs, secretOutputs };
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** A value without its secret marks, and whether there was one anywhere in it. */
export function reveal(value: unknown): { readonly value: unknown; readonly secret: boolean } {
  if (typeof value !== "object" || value === null) return { value, secret: false };
  const marked = value as Record<string, unknown>;
  if (marked[secretMark[0]] === secretMark[1]) return { value: reveal(marked.value).value, secret: true };
  const entries = Object.entries(marked).map(([key, item]) => [key, reveal(item)] as const);
  const plain = Array.isArray(value) ? entries.map(([, item]) => item.value) : Object.fromEntries(entries.map(([key, item]) => [key, item.value]));
  return { value: plain, secret: entries.some(([, item]) => item.secret) };
}
