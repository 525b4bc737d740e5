// kubectl, with the cluster that the settings name.
import { homedir } from "node:os";
import { join } from "node:path";
import type { Settings } from "../../settings/schema.ts";
import { OperatorError } from "../errors.ts";
import { type Result, answers, run } from "../run.ts";

/** An object as the API server gives it; what is read of it says who reads it. */
export interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
}

/** Which namespace of which cluster. */
export interface Cluster {
  readonly kubernetes: Pick<Settings["kubernetes"], "kubeconfig" | "context">;
  readonly namespace: string;
}

/** The first minor version whose init containers may be sidecars without a feature gate. */
const oldest = 29;

export class Kubectl {
  private readonly cluster: Cluster;
  private readonly options: readonly string[];
  private program: string;

  constructor(cluster: Cluster, program = "kubectl") {
    const { kubernetes: { kubeconfig, context }, namespace } = cluster;
    this.cluster = cluster;
    this.program = program;
    this.options = [
      ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
      ...(context === undefined ? [] : ["--context", context]),
      "--namespace",
      namespace,
    ];
  }

  /** One whose cluster answers. @throws OperatorError where there is no kubectl, or it is no cluster for us */
  static async connected(cluster: Cluster): Promise<Kubectl> {
    const kubectl = new Kubectl(cluster);
    await kubectl.connect();
    return kubectl;
  }

  /** The same for another namespace. */
  in(namespace: string): Kubectl {
    return new Kubectl({ ...this.cluster, namespace }, this.program);
  }

  /** Finds the program, on the PATH or beside the cluster of the tests, and looks at the cluster. */
  private async connect(): Promise<void> {
    const built = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prosody-stack/cluster/programs/kubectl");
    if (!(await answers(this.program, "version", "--client"))) {
      this.program = built;
      if (!(await answers(built, "version", "--client"))) throw new OperatorError("kubectl is missing; install it (https://kubernetes.io/docs/tasks/tools/)");
    }
    const { exitCode, stdout, stderr } = await this.ask(["version", "--output", "json", "--request-timeout", "10s"]);
    if (exitCode !== 0) throw new OperatorError(`the cluster does not answer: ${stderr.trim().split("\n").at(-1)}; look at kubernetes.kubeconfig and kubernetes.context (for the cluster of the tests: npm run cluster -- up)`);
    const found = (JSON.parse(stdout) as { serverVersion: { gitVersion: string } }).serverVersion.gitVersion;
    if (Number(/^v1\.(\d+)/.exec(found)?.[1]) < oldest) throw new OperatorError(`the cluster runs Kubernetes ${found}, expected v1.${oldest} or newer: files are delivered by sidecars that start before their service`);
  }

  /** How the operator calls it for the same namespace. */
  shown(): string {
    return ["kubectl", ...this.options].join(" ");
  }

  /** What kubectl answers, whatever its status. */
  ask(args: readonly string[], input = ""): Promise<Result> {
    return run(this.program, [...this.options, ...args], { input }); // or it would ask who is there
  }

  /** What kubectl printed. @throws OperatorError with what it said instead */
  async output(args: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ask(args, input);
    if (exitCode !== 0) throw new OperatorError(`kubectl ${args.slice(0, 2).join(" ")}: ${stderr.trim().replace(/^(error|Error from server \(\w+\)): /gim, "")}`);
    return stdout;
  }

  /** The objects of some kinds. */
  async list<T extends Item>(kinds: string, ...options: string[]): Promise<T[]> {
    return (JSON.parse(await this.output(["get", kinds, "--output", "json", ...options])) as { items: T[] }).items;
  }

  /** One object; undefined where there is none of that name. */
  async get<T extends Item>(kind: string, name: string): Promise<T | undefined> {
    const text = await this.output(["get", kind, name, "--output", "json", "--ignore-not-found"]);
    return text === "" ? undefined : (JSON.parse(text) as T);
  }
}
