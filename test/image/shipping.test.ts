// Lines of a service on their way to who gets shipped logs: through the log collector, past whatever is away.
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { collectorFiles, collectorMetricsPort } from "../../components/logs/collector-files.ts";
import { logsImageSource } from "../../components/logs/log-collector.ts";
import { builtImage } from "../setup/built-image.ts";
import { authority } from "../setup/certificates.ts";
import { OtlpReceiver, SyslogReceiver, otlpEndpoint } from "../setup/log-receivers.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { docker, dockerOutput, eventually } from "./docker.ts";
import { scrape } from "./scrape.ts";
import { Site } from "./site.ts";
import type { Files } from "./tar.ts";

const network = `image-test-${randomBytes(4).toString("hex")}`;
const receiver = "receiver.test"; // the machine itself, as containers of that network see it
const token = 'Bearer "$HOME" is \\not here';
const config = mkdtempSync(join(tmpdir(), "shipping-"));
const root = await authority();
const identity = await root.issue([receiver]);
const syslog = new SyslogReceiver(identity);
const otlp = new OtlpReceiver(identity);
let image: string;
let site: Site;
let options: string[];
let sender: ReturnType<typeof startSender>;
let printed = "";

/** The files of a release, whose settings differ from those of both receivers in this. */
async function release(ship: { syslog?: object; otlp?: object; buffer?: string } = {}): Promise<Files> {
  const complete = {
    buffer: "4MiB",
    syslog: { host: receiver, port: syslog.port, ca: root.certificate },
    otlp: { endpoint: otlpEndpoint(receiver, otlp), headers: { Authorization: token }, ca: root.certificate },
    ...ship,
  };
  const files = collectorFiles(settingsFrom({ namespace: "xmpp-one", domains: [{ name: "one.test" }], monitoring: "own", logs: { ship: complete } }));
  const texts = files.map(async ({ path, content }) => [path, await new Promise<string>((resolve) => pulumi.output(content).apply(resolve))] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** What reads a service's lines in its container: those that it is given here. */
function startSender() {
  const lua = ["/usr/bin/lua5.4", "/usr/lib/stack/log-lines.lua"];
  const environment = ["--env", "STACK_LOG_FORMAT=json", "--env", "STACK_SERVICE=nginx"];
  const started = execa("docker", ["run", "-i", "--rm", "--name", `${network}-sender`, "--network", network, ...environment, "-v", `${config}:/config:ro`, image, ...lua], { reject: false, buffer: false });
  started.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  return started;
}

const say = (...lines: readonly string[]) => sender.stdin.write(lines.map((line) => `${line}\n`).join(""));
/** Lines that nobody else has, so many of them. */
const some = (count: number, what = randomBytes(4).toString("hex"), length = 0) => Array.from({ length: count }, (_, index) => `${what} ${index}${"x".repeat(length)}`);
const messageOf = (line: string) => (JSON.parse(line) as { message: string }).message;
const atSyslog = () => new Set(syslog.messages.map(({ message }) => messageOf(message)));
const atOtlp = () => new Set(otlp.records.map(({ body }) => messageOf(body)));
const missing = (lines: readonly string[], there: ReadonlySet<string>) => lines.filter((line) => !there.has(line));
const arrived = (lines: readonly string[], there: () => ReadonlySet<string>, seconds = 60) => eventually(`all of ${lines.length} lines have arrived`, () => Promise.resolve(missing(lines, there()).length === 0), seconds);
const bothHave = async (lines: readonly string[]) => void (await Promise.all([arrived(lines, atSyslog), arrived(lines, atOtlp)]));
/** Stops both. syslog-ng sees that a connection was closed when it writes into it, and nobody has what it wrote then: here, lines that nobody misses. */
async function goAway(): Promise<void> {
  const broken = async () => (await site.log()).split("Syslog connection broken").length;
  const before = await broken();
  await Promise.all([syslog.stop(), otlp.stop()]);
  await eventually("the collector knows", async () => {
    say(...some(1));
    return (await broken()) > before;
  });
}
/** A figure of each of the two; nothing where there is none. */
const figure = async (name: string, result = "") => {
  const series = await scrape(await site.address(), collectorMetricsPort).then((found) => found.series, () => new Map<string, number>()); // it starts again with each release
  return ["syslog", "otlp"].map((to) => series.get(`stack_log_${name}{${result}to="${to}"}`));
};
const dropped = () => figure("lines_total", 'result="dropped",');
const process = async () => (await dockerOutput(["inspect", "--format", "{{.State.Pid}}", site.name])).trim();
const kept = async () => Number(await site.lua(`
  local sum = 0
  for _, name in ipairs { "syslog", "otlp" } do
    for _, file in ipairs(require "posix.glob".glob("/var/lib/logs/" .. name .. "/*", 0) or {}) do sum = sum + require "posix.sys.stat".stat(file).st_size end
  end
  print(sum)`));

beforeAll(async () => {
  image = await builtImage(logsImageSource());
  await dockerOutput(["network", "create", network]);
  const gateway = (await dockerOutput(["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", network])).trim();
  await Promise.all([syslog.start(), otlp.start()]);
  mkdirSync(join(config, "current"));
  chmodSync(config, 0o755);
  writeFileSync(join(config, "current/log-collector"), "logs 5514\n");
  site = new Site(image, { owner: 5514, data: "/var/lib/logs", scratch: "/run/logs", ports: [] });
  options = ["--network", network, "--network-alias", "logs", "--add-host", `${receiver}:${gateway}`];
  expect((await site.deliver(await release())).last).toMatch(/^delivered /);
  await site.start(true, ...options);
  sender = startSender();
  const first = some(1);
  await eventually("the first line is there", async () => {
    say(...first);
    return Promise.resolve(missing(first, atSyslog()).length === 0);
  });
}, 600_000);

beforeEach(() => void (otlp.status = 200));

afterAll(async () => {
  await docker(["rm", "-f", `${network}-sender`]);
  await sender;
  await site.remove();
  await Promise.all([syslog.stop(), otlp.stop()]);
  await docker(["network", "rm", network]);
  rmSync(config, { recursive: true });
});

test("a line is at both what it is on the output, with its time, severity, workload and stack", async () => {
  const own = '{"time":"2026-11-29T21:03:00.123Z","level":"warn","service":"prosody","source":"c2s","message":"bücher \\"$MESSAGE\\" \\\\ `id` @x \\u0007"}';
  const text = "2026/11/29 21:00:00 [error] 12#12: *3 open() failed";
  say(own, text);
  await bothHave([messageOf(own), text]);
  const wrapped = printed.split("\n").find((line) => line.includes("open() failed"))!;
  const expected = [
    { line: own, workload: "prosody", time: "2026-11-29T21:03:00.123Z", severity: 4, number: 13 },
    { line: wrapped, workload: "nginx", time: (JSON.parse(wrapped) as { time: string }).time, severity: 3, number: 17 },
  ];
  for (const { line, workload, time, severity, number } of expected) {
    expect(syslog.messages.find(({ message }) => message === line)).toEqual({ facility: 3, severity, time: expect.stringContaining(time.slice(0, -1)) as string, host: "one.test", app: workload, data: `[stack@32473 stack="xmpp-one" workload="${workload}"]`, message: line });
    const record = otlp.records.find(({ body }) => body === line)!;
    expect(record).toMatchObject({ attributes: { "service.name": workload, "service.namespace": "xmpp-one" }, time: BigInt(Date.parse(time)) * 1_000_000n, severityNumber: number });
  }
  expect(otlp.headers.at(-1)).toMatchObject({ authorization: token });
  expect([...syslog.problems, ...otlp.problems]).toEqual([]);
});

test("every level has its severity", async () => {
  const lines = ["debug", "info", "warn", "error"].map((level) => JSON.stringify({ time: "2026-11-29T21:03:00.000Z", level, service: "prosody", message: `of ${level}` }));
  say(...lines);
  await bothHave(lines.map(messageOf));
  const of = (line: string) => [syslog.messages.find(({ message }) => message === line)!.severity, otlp.records.find(({ body }) => body === line)!.severityNumber];
  expect(lines.map(of)).toEqual([[7, 5], [6, 9], [4, 13], [3, 17]]);
});

test("figures say what was shipped, and that nothing waits or was lost", async () => {
  const delivered = () => figure("lines_total", 'result="delivered",');
  const before = await delivered();
  const lines = some(100);
  say(...lines);
  await bothHave(lines);
  await eventually("they are counted", async () => (await delivered()).every((count, index) => count! >= before[index]! + 100));
  expect([await figure("waiting_lines"), await dropped(), await figure("buffer_limit_bytes")]).toEqual([[0, 0], [0, 0], [4 * 2 ** 20 - 4096, 4 * 2 ** 20 - 4096]]);
});

test("while both are away nothing is lost, nor by a restart of the collector meanwhile", async () => {
  await goAway();
  const [before, after] = [some(1000), some(1000)];
  say(...before);
  await eventually("they are on the volume", async () => (await kept()) > 2 * 1000 * 100);
  await dockerOutput(["restart", site.name]);
  await eventually("it is well", async () => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  say(...after);
  await Promise.all([syslog.start(), otlp.start()]);
  await bothHave([...before, ...after]);
  expect([...syslog.problems, ...otlp.problems]).toEqual([]);
});

test("while the collector is away lines are printed as ever, and those that wait arrive", async () => {
  await dockerOutput(["stop", site.name]);
  const lines = some(1000);
  say(...lines);
  await eventually("they are printed", () => Promise.resolve(printed.includes(lines.at(-1)!)), 20);
  await dockerOutput(["start", site.name]);
  await bothHave(lines);
});

test("another server is taken without a restart, and gets what was kept for one that showed no certificate of its name", async () => {
  const impostor = await new SyslogReceiver(await root.issue(["other.test"])).start();
  const stranger = await new OtlpReceiver(await (await authority()).issue([receiver])).start();
  const before = await process();
  expect((await site.deliver(await release({ syslog: { host: receiver, port: impostor.port, ca: root.certificate }, otlp: { endpoint: otlpEndpoint(receiver, stranger), ca: root.certificate } }))).last).toContain("applied without a restart");
  const lines = some(50);
  say(...lines);
  await eventually("both were turned away", async () => /certificate/i.test(await site.log()) && (await kept()) > 0);
  expect([impostor.messages, stranger.records]).toEqual([[], []]);
  expect((await site.deliver(await release())).last).toContain("applied without a restart");
  await bothHave(lines);
  expect(await process()).toBe(before);
  await Promise.all([impostor.stop(), stranger.stop()]);
});

test("what a collector does not let in is kept until it does, and what it cannot take holds up nothing", async () => {
  otlp.status = 401;
  const kept = some(20);
  say(...kept);
  await arrived(kept, atSyslog);
  const asked = otlp.headers.length;
  await eventually("it was asked again", () => Promise.resolve(otlp.headers.length > asked));
  expect(missing(kept, atOtlp())).toEqual(kept);
  await eventually("they are seen to wait", async () => (await figure("waiting_lines"))[1]! >= 20);
  otlp.status = 200;
  await arrived(kept, atOtlp);
  otlp.status = 400;
  const refused = some(1);
  say(...refused);
  const before = otlp.headers.length;
  await eventually("it has refused them", () => Promise.resolve(otlp.headers.length > before));
  otlp.status = 200;
  const next = some(1);
  say(...next);
  await arrived(next, atOtlp);
  await eventually("it is seen to be lost", async () => (await dropped())[1]! > 0);
  expect(missing(refused, atOtlp())).toEqual(refused);
});

test("more than the buffer holds takes no more of the disk, and holds up nobody", async () => {
  await goAway();
  const lines = some(8000, undefined, 2000);
  for (let from = 0; from < lines.length; from += 100) {
    if (!say(...lines.slice(from, from + 100))) await new Promise((resolve) => sender.stdin.once("drain", resolve));
  }
  await eventually("all are printed", () => Promise.resolve(printed.includes(lines.at(-1)!)));
  expect(await kept()).toBeLessThan(2 * 4.5 * 2 ** 20);
  expect((await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode).toBe(0);
  await eventually("what was given up is seen", async () => (await dropped()).every((count) => count! > 1000));
  await Promise.all([syslog.start(), otlp.start()]);
  const count = (there: ReadonlySet<string>) => lines.length - missing(lines, there).length;
  await eventually("what was kept has arrived", () => Promise.resolve(Math.min(count(atSyslog()), count(atOtlp())) > 500));
  const next = some(1);
  await eventually("further ones arrive", async () => {
    say(...next);
    return Promise.resolve(missing(next, atSyslog()).length + missing(next, atOtlp()).length === 0);
  });
});

test("a configuration that syslog-ng does not read is refused, and the one before stays", async () => {
  const files = await release();
  const refused = await site.deliver({ ...files, "syslog-ng.conf": (files["syslog-ng.conf"] as string).replace("persist-name", "persist-nam") });
  expect(refused).toMatchObject({ exitCode: 3, last: expect.stringMatching(/^refused: .*syntax error/) as string });
  const lines = some(1);
  say(...lines);
  await bothHave(lines);
});
