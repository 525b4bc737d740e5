// A stack on the tests' cluster with Pulumi's real engine, and what kubectl makes of the same settings. Runs where the Pulumi CLI
// and its providers are, and the cluster is up (npm run cluster -- up).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingProvider } from "../../ops/pulumi-cli.ts";
import { kubectl } from "../cluster/kubectl.ts";
import { Session } from "../e2e/client.ts";
import { namesBelow, pair } from "../setup/certificates.ts";
import { trust } from "../../ops/xmpp-client.ts";
import { ClusterStack } from "../kubernetes/cluster-stack.ts";
import { whySkipped } from "./here.ts";

async function whySkippedHere(): Promise<string | undefined> {
  const reason = await whySkipped();
  if (reason !== undefined) return reason;
  const provider = await missingProvider("pulumi", "kubernetes");
  if (provider !== undefined) return `Pulumi's provider ${provider} is neither installed nor to be had here`;
  const answers = await kubectl(["get", "--raw", "/readyz"]).then(({ exitCode }) => exitCode === 0, () => false);
  return answers ? undefined : "the tests' cluster is not up";
}
const missing = await whySkippedHere();
if (missing) console.log(`engine suite on Kubernetes skipped: ${missing}`);
const certificate = await pair(namesBelow("one.test"));

describe.skipIf(missing)(`Pulumi's engine on Kubernetes${missing ? ` (skipped: ${missing})` : ""}`, { sequential: true }, () => {
  // Nothing random, so that both engines have to come to the same.
  const given = { adminPasswords: { "admin@one.test": "correct horse battery" }, certificates: { "one.test": certificate } };
  const make = (engine: ClusterStack["engine"]) => {
    const stack = new ClusterStack("kube-engine", 11);
    stack.settings = { ...stack.settings, ...given };
    return Object.assign(stack, { engine });
  };
  let stack: ClusterStack;
  let session: Session;

  beforeAll(async () => {
    stack = make("pulumi");
    await stack.up();
    trust(certificate.certificate);
    session = await Session.open({ service: stack.service(true), domain: "one.test", username: "admin", password: "correct horse battery" });
  });

  afterAll(async () => {
    await Session.closeAll();
    await stack?.remove();
  });

  test("a second up changes nothing", async () => {
    const before = await stack.versions();
    expect(await stack.preview()).toMatch(/^ +\d+ unchanged$/m);
    await stack.up();
    expect(await stack.versions()).toEqual(before);
  });

  test("a change of the configuration is made in place and delivered, and the client stays online", async () => {
    const before = await stack.identity();
    stack.settings = { ...stack.settings, logs: { level: "debug" } };
    expect(await stack.preview()).not.toMatch(/replace/);
    expect(await stack.succeed("up")).toMatch(/^prosody-0: delivered/m);
    expect(await stack.identity()).toEqual(before);
    expect(await session.ping()).toBe(true);
  });

  test("a refused change fails with one line, the old files are put back, and the next good ones are taken", async () => {
    const before = await stack.identity();
    stack.settings = { ...stack.settings, overrides: stack.write("overrides.cfg.lua", "this is not Lua (") };
    const { exitCode, output } = await stack.run("up");
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^error: prosody-0: refused: overrides\.cfg\.lua:1: syntax error/m);
    expect(await stack.ask("get", "configmap", "prosody-files", "--output", "jsonpath={.data.overrides\\.cfg\\.lua}")).toBe("");
    stack.write("overrides.cfg.lua", "-- good\n");
    await stack.succeed("up");
    expect(await stack.identity()).toEqual(before);
    expect(await session.ping()).toBe(true);
  });

  test("down and up again on the kept data, and kubectl makes the same of it", async () => {
    const objects = async () => {
      const kinds = "statefulsets,deployments,services,networkpolicies,poddisruptionbudgets,configmaps,secrets,serviceaccounts,persistentvolumeclaims";
      const items = await (await stack.kubectl()).list<{ kind: string; metadata: { name: string; labels: Record<string, string> }; spec?: Record<string, unknown>; data?: object }>(kinds, "--selector", `app.kubernetes.io/instance=${stack.namespace}`);
      return items.map(({ kind, metadata: { name, labels }, spec, data }) => ({ kind, name, labels, spec: withoutCluster(spec), data })).toSorted((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
    };
    const byPulumi = await objects();
    await session.close();
    await stack.succeed("down");
    expect(await stack.ask("get", "persistentvolumeclaims", "--output", "name")).toContain("prosody-data-1");
    await stack.up();
    const settings = stack.settings;
    stack.settings = { ...settings, domains: [] }; // whatever they say by now
    await stack.succeed("down", "--data", "--yes");
    expect(await (await stack.kubectl()).get("namespace", stack.namespace)).toBeUndefined();
    stack.settings = settings;
    const other = make("kubectl");
    other.settings = settings;
    try {
      await other.up();
      expect(await objects()).toEqual(byPulumi);
    } finally {
      await other.remove();
    }
  });
});

/** Without what the cluster fills in anew for each object. */
function withoutCluster(spec: Record<string, unknown> = {}): unknown {
  const own = ["clusterIP", "clusterIPs", "volumeName", "healthCheckNodePort"];
  return Object.fromEntries(Object.entries(spec).filter(([key]) => !own.includes(key)));
}
