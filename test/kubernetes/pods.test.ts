// Pods come and go; people and what they entrusted to them stay.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../e2e/client.ts";
import { eventually } from "../image/docker.ts";
import { Remembered } from "../e2e/remembered.ts";
import { ClusterStack } from "./cluster-stack.ts";

const stack = new ClusterStack("kube-pods", 3);
const remembered = new Remembered(stack, 120);

beforeAll(async () => {
  await stack.up();
  await remembered.entrust();
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** Does something to the pod, while a client that comes back by itself is online; sees the client and the data back. */
async function survived(action: () => Promise<void>): Promise<void> {
  const client = await Session.open(remembered.alice, { reconnect: true });
  let online = 0;
  client.entity.on("online", () => (online += 1));
  const before = await stack.identity();
  await action();
  await eventually("Prosody runs anew", async () => {
    const now = await stack.identity();
    return now.startedAt !== "" && (now.id !== before.id || now.startedAt !== before.startedAt);
  }, 120);
  await stack.ask("wait", "pod/prosody-0", "--for", "condition=Ready", "--timeout", "120s"); // of the new one: until then the Service leads nowhere
  await eventually("the client is back", () => Promise.resolve(online > 0), 120);
  await client.close();
  await remembered.isBack();
}

test("Prosody is killed: its pod starts it again", async () => {
  const [pod] = await stack.pods();
  await survived(async () => {
    await stack.ask("exec", "prosody-0", "--container", "prosody", "--", "/usr/bin/lua5.4", "-e", 'require "posix.signal".kill(1, 15)');
  });
  expect((await stack.pods()).map(({ metadata }) => metadata.name)).toEqual([pod!.metadata.name]);
});

test("the pod is deleted: another takes its place", () => survived(() => stack.ask("delete", "pod", "prosody-0", "--wait=false").then(() => undefined)));

test("the pod is evicted, as by a node that is drained: the budget allows it, one at a time", async () => {
  await survived(async () => {
    const eviction = JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "prosody-0", namespace: stack.namespace } });
    await (await stack.kubectl()).output(["create", "--raw", `/api/v1/namespaces/${stack.namespace}/pods/prosody-0/eviction`, "--filename", "-"], eviction);
  });
  const budgets = await (await stack.kubectl()).list<{ kind: string; metadata: { name: string }; status: { disruptionsAllowed: number; expectedPods: number } }>("poddisruptionbudgets");
  expect(budgets.map(({ metadata, status }) => [metadata.name, status.expectedPods])).toEqual([["nginx", 1], ["prosody", 1]]);
});

test("a second pod of the same data waits for the first, whoever makes it", async () => {
  const pod = JSON.parse(await stack.ask("get", "pod", "prosody-0", "--output", "json")) as { metadata: object; spec: { nodeName?: string; hostname?: string; containers: { name: string }[] } };
  const { nodeName, ...spec } = pod.spec;
  const second = { apiVersion: "v1", kind: "Pod", metadata: { name: "second", namespace: stack.namespace, labels: { "app.kubernetes.io/instance": stack.namespace } }, spec: { ...spec, hostname: "second", nodeName } };
  await (await stack.kubectl()).output(["create", "--filename", "-"], JSON.stringify(second));
  try {
    // Past the scheduler, which would not let it have the volume, it is the lock on the data that holds it.
    await eventually("it waits", async () => (await (await stack.kubectl()).ask(["logs", "second", "--container", "prosody"])).stdout.includes("waiting: another instance holds"), 60);
    expect(await Session.open(remembered.alice).then((session) => session.close().then(() => "in"))).toBe("in");
  } finally {
    await stack.ask("delete", "pod", "second", "--grace-period", "1");
  }
});

test("scaled to nothing and back: the data is there, and the next up finds nothing to do", async () => {
  await stack.ask("scale", "statefulset/prosody", "deployment/nginx", "--replicas", "0");
  await eventually("no pod is left", async () => (await stack.pods()).length + (await stack.pods("nginx")).length === 0, 60);
  await stack.up();
  await remembered.isBack();
});

test("taken down, whatever the settings say by now, and brought up again, it has its data", async () => {
  const { settings } = stack;
  stack.settings = { nonsense: true };
  await stack.succeed("down");
  stack.settings = settings;
  expect(await stack.ask("get", "persistentvolumeclaims", "--output", "name")).toBe("persistentvolumeclaim/prosody-data-1\npersistentvolumeclaim/prosody-uploads-1");
  expect(await stack.ask("get", "statefulsets,deployments,pods,services,configmaps,secrets", "--output", "name", "--selector", "app.kubernetes.io/part-of=prosody-stack")).toBe("");
  await stack.up();
  await remembered.isBack();
});
