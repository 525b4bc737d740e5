// A stack's logs on a cluster: shipped out of it by a pod that comes and goes, from services in both of the stack's namespaces.
import { afterAll, beforeAll, expect, test } from "vitest";
import { collectorMetricsPort, collectorPort } from "../../components/logs/collector-files.ts";
import { nodeName } from "../cluster/addresses.ts";
import { nodeAddress } from "../cluster/cluster.ts";
import { Session } from "../e2e/client.ts";
import { People, domain } from "../e2e/people.ts";
import { Prometheus } from "../e2e/prometheus.ts";
import { ShippedLines } from "../e2e/shipped-lines.ts";
import { eventually } from "../image/docker.ts";
import { ClusterStack } from "./cluster-stack.ts";

/** The `logs` settings; the volume of the test is small. */
function logs(ship: object = {}) {
  return { format: "json", ship: { ...ship, buffer: "8MiB" } };
}

const stack = new ClusterStack("kube-shipping", 19, {
  logs: logs(),
  monitoring: "own",
  probes: { interval: "10s" },
  prometheus: { interval: "5s", keepSize: "50MB" },
  storage: { data: "64MiB", uploads: "64MiB", monitoring: "128MiB", logs: "64MiB" },
  turn: { enabled: true, externalAddress: nodeAddress, port: 33_578, tlsPort: 33_549, relay: { start: 33_530, count: 4 } },
});
stack.settings = { ...stack.settings, kubernetes: { ...(stack.settings.kubernetes as object), publishNodes: { "kubernetes.io/hostname": nodeName } } };
const services = ["prosody", "nginx", "redis", "probes", "exporters", "prometheus", "alertmanager", "coturn", "node-exporter"];
const people = new People(stack);
const prometheus = new Prometheus((command) => stack.ask("exec", "prometheus-0", "--container", "prometheus", "--", ...command));
const lines = await ShippedLines.at(nodeAddress);
let alice: Session;
let pods: unknown;

const identities = () => Promise.all(services.map((service) => stack.identity(service)));
const ship = (settings?: object) => {
  stack.settings = { ...stack.settings, logs: logs(settings) };
  return stack.up();
};

/** A login and a request of this very moment. */
async function live(name: string): Promise<void> {
  await people.create(name);
  await (await Session.open(people.login(name))).close();
  await stack.fetch(`https://${domain}:${stack.ports.https}/of-${name}`);
}

/** Runs a program in a pod, of the image that all pods have. */
const lua = (pod: string, container: string, program: string) => stack.ask("exec", pod, "--container", container, "--", "/usr/bin/lua5.4", "-e", program);

/** Whether what is kept on the claim for either receiver has these words. */
async function kept(...words: readonly string[]): Promise<boolean> {
  const program = `for _, name in ipairs { "syslog", "otlp" } do
      local text = ""
      for _, path in ipairs(require "posix.glob".glob("/var/lib/logs/" .. name .. "/*", 0) or {}) do text = text .. io.open(path, "rb"):read("a") end
      for _, words in ipairs { ${words.map((one) => JSON.stringify(one)).join(", ")} } do if not text:find(words, 1, true) then print("no") os.exit() end end
    end
    print("yes")`;
  return (await lua("logs-0", "logs", program)) === "yes";
}

/** What a pod finds that wants to send lines, or to see figures; it says "nobody" where nothing answers within seconds. */
const knock = (port: number) => `(function() local s = require("posix.sys.socket")
  for _, a in ipairs(assert(s.getaddrinfo("logs.${stack.namespace}.svc.cluster.local.", "${port}", { socktype = s.SOCK_STREAM }))) do
    local f = s.socket(a.family, s.SOCK_STREAM, 0)
    s.setsockopt(f, s.SOL_SOCKET, s.SO_SNDTIMEO, 3, 0)
    if s.connect(f, a) then print("connected") return end
  end
  print("nobody") end)();`;

beforeAll(async () => {
  await Promise.all([stack.up(), lines.start()]);
  await people.create("alice");
  alice = await people.online("alice");
  pods = await identities();
  expect(pods).not.toContainEqual(expect.objectContaining({ startedAt: "" }));
}, 600_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await lines.stop();
});

test("turned on, lines of every namespace arrive; no pod is another one, and nobody was cut off", async () => {
  await ship(lines.settings());
  await live("bob");
  await lines.ofPerson("bob");
  for (const service of ["coturn", "node-exporter", "exporters", "prometheus"]) await lines.of(service);
  expect(lines.problems()).toEqual([]);
  expect(lines.otlp.records.map(({ attributes }) => attributes)).toContainEqual({ "service.name": "coturn", "service.namespace": stack.namespace });
  expect(await identities()).toEqual(pods);
  expect(alice.disconnected).toBe(false);
});

test("Prometheus has figures of both", async () => {
  const shipped = async () => (await prometheus.query('stack_log_lines_total{result="delivered"} > 0')).map(({ metric }) => metric.to).toSorted();
  await eventually("lines were shipped to both", async () => String(await shipped()) === "otlp,syslog");
});

test("what comes while both are away is on the claim, and the next pod ships it with what came meanwhile", async () => {
  const pod = await stack.identity("logs");
  await lines.stop();
  await eventually("the collector knows", async () => (await stack.logs("logs")).includes("Syslog connection broken")); // until then a line may be lost
  await live("carol");
  await eventually("they are kept", () => kept("Authenticated as carol@", "GET /of-carol "));
  await stack.ask("delete", "pod", "logs-0");
  await live("dave");
  await stack.ask("wait", "pod/logs-0", "--for", "condition=Ready", "--timeout", "120s");
  await lines.start();
  for (const name of ["carol", "dave"]) await lines.ofPerson(name);
  expect((await stack.identity("logs")).id).not.toBe(pod.id);
  expect(lines.problems()).toEqual([]);
});

test("who is no service of the stack reaches the collector in no way", async () => {
  expect(await lua("prosody-0", "prosody", knock(collectorPort))).toBe("connected");
  expect(await lua("prosody-0", "prosody", knock(collectorMetricsPort))).toBe("nobody");
  const [pod] = await stack.pods("logs");
  const { image } = (pod!.spec as unknown as { containers: { image: string }[] }).containers[0]!;
  const elsewhere = (await stack.kubectl()).in("default");
  const name = `${stack.name}-stranger`;
  try {
    await elsewhere.output(["run", name, "--image", image, "--image-pull-policy", "Never", "--restart", "Never", "--command", "--", "/usr/bin/lua5.4", "-e", knock(collectorPort) + knock(collectorMetricsPort)]);
    await elsewhere.output(["wait", `pod/${name}`, "--for", "jsonpath={.status.phase}=Succeeded", "--timeout", "60s"]);
    expect((await elsewhere.output(["logs", name])).split("\n")).toEqual(["nobody", "nobody"]);
  } finally {
    await elsewhere.output(["delete", "pod", name, "--ignore-not-found", "--grace-period", "1"]);
  }
});

test("turned off, the collector is gone, its claim stays, and nothing goes anywhere; no pod is another one", async () => {
  await ship();
  expect(await stack.pods("logs")).toEqual([]);
  expect(await stack.ask("get", "statefulsets,deployments,services,networkpolicies", "--output", "name")).not.toContain("logs");
  expect(await stack.ask("get", "persistentvolumeclaims", "--output", "name")).toContain("/logs-data-1");
  const before = lines.count();
  await live("erin");
  await eventually("its line is on the output", async () => (await stack.logs()).includes("Authenticated as erin@"));
  expect(lines.count()).toEqual(before);
  expect(await identities()).toEqual(pods);
  expect(alice.disconnected).toBe(false);
});
