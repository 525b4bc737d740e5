// The commands behind `npm run up`, `down`, `preview`, `output`, `render`, `images` and `xmpp`.
import { parseArgs } from "node:util";
import { OperatorError } from "./errors.ts";
import { type Command, openStack } from "./stack.ts";

const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./up.ts")).up,
  down: async () => (await import("./down.ts")).down,
  preview: async () => (await import("./preview.ts")).preview,
  output: async () => (await import("./output.ts")).output,
  render: async () => (await import("./render.ts")).render,
  images: async () => (await import("./images.ts")).images,
};

const usage = `usage: npm run <${Object.keys(commands).join("|")}> -- [--stack NAME] [--config-file FILE]
  down    [--data] [--yes]              also remove the data, after asking
  output  [NAME] [--json] [--show-secrets]
  render  [--out DIRECTORY] [--review]  with --review no secrets are written
  images  refresh                       update the lock file of package versions
  images  push                          push to the registry of a cluster, and record the digests in images.lock
  images  import                        import into the containerd of a cluster of one node
usage: npm run xmpp -- --help           what the service of a stack that is up can be told`;

// Who reads what is printed may have seen enough (`npm run up | head`); what was asked for is done all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await main();
} catch (error) {
  if (!(error instanceof OperatorError) && !isRunError(error) && !isSystemError(error)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const [name = "", ...rest] = process.argv.slice(2);
  if (name === "xmpp") return (await import("./xmpp-commands.ts")).xmpp(rest);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new OperatorError(usage);
  const { values, positionals } = parsed(rest);
  const run = await command();
  await run(openStack(values.stack, values["config-file"]), { ...values, positionals });
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        stack: { type: "string", default: "dev" },
        "config-file": { type: "string" },
        data: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        review: { type: "boolean", default: false },
        "show-secrets": { type: "boolean", default: false },
        out: { type: "string" },
      },
    });
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}\n${usage}`);
  }
}

/** What the system refuses (no permission, no space): its message names the operation and the file. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** Pulumi's mark of an error that is meant for the operator, without a stack trace. */
function isRunError(error: unknown): error is Error {
  return error instanceof Error && "__pulumiRunError" in error;
}
