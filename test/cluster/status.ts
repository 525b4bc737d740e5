// npm run cluster -- status: what of the cluster runs.
import { say } from "../../ops/run.ts";
import { runs } from "./daemons.ts";
import { kubectl } from "./kubectl.ts";

const daemons = ["containerd", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

export async function status(): Promise<void> {
  for (const name of daemons) say(`${name}: ${runs(name) ? "runs" : "does not run"}`);
  const answers = runs("kube-apiserver") && (await kubectl(["get", "--raw", "/readyz"])).exitCode === 0;
  say(`the API server ${answers ? "answers" : "does not answer"}`);
  process.exitCode = answers ? 0 : 1;
}
