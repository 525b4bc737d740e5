// npm run cluster -- up --existing: a cluster that is there already, which nothing is built or started for.
import { OperatorError } from "../../ops/errors.ts";
import { run, say } from "../../ops/run.ts";

interface Version {
  readonly serverVersion?: { readonly gitVersion: string };
}

/** Looks at the cluster of kubectl's own configuration. @throws OperatorError where it cannot be used */
export async function existing(): Promise<void> {
  const version = await run("kubectl", ["version", "--output", "json"]);
  const found = version.exitCode === 0 ? (JSON.parse(version.stdout) as Version).serverVersion?.gitVersion : undefined;
  if (found === undefined) throw new OperatorError(`the cluster of ${process.env.KUBECONFIG ?? "~/.kube/config"} does not answer: ${version.stderr.trim().split("\n").at(-1)}`);
  const { stdout } = await run("kubectl", ["get", "storageclasses", "--output", 'jsonpath={.items[?(@.metadata.annotations.storageclass\\.kubernetes\\.io/is-default-class=="true")].metadata.name}']);
  if (stdout === "") throw new OperatorError("the cluster has no default StorageClass; mark one (storageclass.kubernetes.io/is-default-class), or set kubernetes.storage.class");
  say(`cluster: found ${found}, volumes of class ${stdout}`);
}
