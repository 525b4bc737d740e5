// npm run cluster -- up|down|status: a Kubernetes cluster of one node for the tests, beside Docker on this machine.
import { parseArgs } from "node:util";
import { OperatorError } from "../../ops/errors.ts";
import { withLock } from "../../ops/lock.ts";
import { places } from "./places.ts";

const usage = `usage: npm run cluster -- build | up [--egress] | up --existing | down [--data] | status
  build   builds what is missing
  up      does that and starts it; with --egress pods reach what is beyond this machine, too
          with --existing looks at the cluster that kubectl is configured for instead (KUBECONFIG)
  down    stops it; with --data removes what it knows, too
  status  says what runs; exit status 0 when the cluster answers`;

try {
  await main();
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = parsed();
  switch (positionals.join(" ")) {
    case "build":
      return alone(async () => (await import("./build.ts")).ensureBuilt());
    case "up":
      if (values.existing) return (await import("./existing.ts")).existing();
      return alone(async () => (await import("./up.ts")).up({ egress: values.egress }));
    case "down":
      return alone(async () => (await import("./down.ts")).down({ data: values.data }));
    case "status":
      return (await import("./status.ts")).status();
    default:
      throw new OperatorError(usage);
  }
}

/** One command at a time changes the cluster. */
function alone(action: () => Promise<void>): Promise<void> {
  return withLock({ kind: "cluster", name: "of the tests", stateDirectory: places.root }, action);
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { egress: { type: "boolean", default: false }, existing: { type: "boolean", default: false }, data: { type: "boolean", default: false } },
    });
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}\n${usage}`);
  }
}
