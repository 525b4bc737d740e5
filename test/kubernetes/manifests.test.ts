// The API server takes what is rendered for every stack that runs on a cluster.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kubeconfig } from "../cluster/cluster.ts";
import { kubectl } from "../cluster/kubectl.ts";
import { ClusterStack } from "./cluster-stack.ts";

const variants: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "as the tests have it": {},
  "a load balancer, with annotations": { publish: undefined, kubernetes: { kubeconfig, service: { annotations: { "example.org/pool": "xmpp" } } } },
  "files shared between nodes, of a class": { kubernetes: { kubeconfig, storage: { class: "shared", shared: "ReadWriteMany" } } },
  "no front": { publish: { c2s: 31822, c2sDirectTls: 31823, s2s: 31869, s2sDirectTls: 31870, https: 0, http: 0, proxy65: 0 }, kubernetes: { kubeconfig, service: { type: "NodePort" } } },
  "two domains, one of them international": { publish: undefined, domains: [{ name: "bücher.example" }, { name: "a.example" }], storage: { uploads: "128MiB" }, kubernetes: { kubeconfig } },
};

test.each(Object.entries(variants))("%s", async (_name, settings) => {
  const stack = new ClusterStack("kube-dry", 8, settings);
  const out = mkdtempSync(join(tmpdir(), "manifests-"));
  try {
    await stack.succeed("render", "--out", out);
    const files = ["kubernetes", "secrets"].flatMap((directory) => readdirSync(join(out, directory)).map((file) => join(out, directory, file)));
    // The namespace is not there in a dry run, and the objects of one that is not there are refused.
    const text = files.map((file) => readFileSync(file, "utf8")).join("---\n").replaceAll(`namespace: ${stack.namespace}`, "namespace: default");
    const { exitCode, stdout, stderr } = await kubectl(["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--filename", "-"], text);
    expect(stderr.split("\n").filter((line) => line !== "" && !line.includes("would violate PodSecurity"))).toEqual([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/statefulset.apps\/prosody serverside-applied \(server dry run\)/);
  } finally {
    rmSync(out, { recursive: true });
    await stack.remove();
  }
});
