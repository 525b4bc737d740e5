// npm run cluster -- up|down|status: a Kubernetes cluster of one node for the tests, beside Docker.
import { parseArgs } from "node:util";
import { OperatorError } from "../../ops/errors.ts";
import { down } from "./down.ts";
import { existing } from "./existing.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

const usage = `usage: npm run cluster -- up [--existing] | down [--data] | status
  up        builds what is missing and starts it; with --existing takes the cluster of kubectl's configuration instead
  down      stops it; with --data its state goes, too
  status    what of it runs; exit status 0 if it answers`;

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
    case "up":
      return values.existing ? existing() : up();
    case "down":
      return down(values);
    case "status":
      return status();
    default:
      throw new OperatorError(usage);
  }
}

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: { existing: { type: "boolean", default: false }, data: { type: "boolean", default: false } } });
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}\n${usage}`);
  }
}
