// The image of the probes: what is in it, what its check refuses, and what its program makes of times and of alerts.
import { afterAll, beforeAll, expect, test } from "vitest";
import { probesTable } from "../../components/probes/probes-files.ts";
import { probesImageSource } from "../../components/probes/probes.ts";
import { builtImage } from "../setup/built-image.ts";
import { pair } from "../setup/certificates.ts";
import { settingsFrom } from "../unit/settings/parsed.ts";
import { docker, dockerOutput } from "./docker.ts";
import { Staged } from "./staged.ts";
import type { Files } from "./tar.ts";

const staged = new Staged();
let image: string;
let good: Files;

beforeAll(async () => {
  image = await builtImage(probesImageSource());
  const table = probesTable(settingsFrom({ monitoring: "own" }), { frontHost: (workload) => workload });
  good = { "probes.json": JSON.stringify(table), "secrets/canary": "password", "certs/a.example.crt": (await pair(["a.example"])).certificate };
}, 300_000);

afterAll(() => staged.remove());

/** Exit status and last line of the check. */
async function check(files: Files): Promise<string> {
  staged.put({ ...good, ...files });
  const memory = ["/config", "/answers", "/tmp"].flatMap((path) => ["--tmpfs", `${path}:uid=9600,gid=9600,mode=0700`]);
  const { exitCode, output } = await docker(["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL", ...memory, "--volume", `${staged.directory}:/staged:ro`, image, "/usr/bin/lua5.4", "/usr/lib/stack/deliver.lua", "--check", "/staged"]);
  return `${exitCode} ${output.trimEnd().split("\n").at(-1)!.replace(/[0-9a-f]{16}$/, "<hash>")}`;
}

/** A program of the test's own, without what slixmpp says when it is loaded. */
const python = async (program: string) => (await dockerOutput(["run", "--rm", "--network", "none", image, "/usr/bin/python3", "-c", `import logging; logging.disable()\n${program}`])).trim();

test("it is small, and runs as its own user", async () => {
  const [size, user] = (await dockerOutput(["image", "inspect", "--format", "{{.Size}} {{.Config.User}}", image])).trim().split(" ");
  expect(Number(size)).toBeLessThan(65e6);
  expect(user).toBe("9600:9600");
});

test("what is delivered to it passes its check", async () => expect(await check({})).toBe("0 checked <hash>"));

test.each<[string, Files, string]>([
  ["no table", { "probes.json": "{" }, "probes.json: "],
  ["a table without targets", { "probes.json": "{}" }, "probes.json: 'domains'"],
  ["no password", { "secrets/canary": "" }, "secrets/canary: found nothing, expected the password of the stack's own account"],
  ["a certificate that is none", { "certs/a.example.crt": "none" }, "certs/a.example.crt: found no certificate in it, expected a chain as PEM"],
])("%s is refused with one line", async (_what, files, line) => {
  expect(await check(files)).toContain(`3 refused: ${line}`);
});

test("clocks are apart by what whole seconds tell for certain", async () => {
  const told = ["(10.2, 10.3, 10)", "(10.9, 11.1, 10)", "(13.5, 13.6, 10)", "(6.0, 6.5, 10)"].map((given) => given.replace(/10\)$/, '"1970-01-01T00:00:10Z")'));
  expect(await python(`from stack_probes.canary import skew; print([round(skew(*given), 3) for given in (${told.join(", ")})])`)).toBe("[0.0, 0.0, 2.5, -3.5]");
});

test("of many alerts in a group the first are told, and how many more there are", async () => {
  const program = `
import json
from stack_probes import alerts
alert = {"status": "firing", "labels": {"alertname": "x"}, "annotations": {"summary": "s" * 5000}}
lines = alerts.text(json.dumps({"version": "4", "alerts": [alert] * 25}).encode()).split("\\n")
print(len(lines), {len(line) for line in lines[:-1]}, lines[-1])`;
  expect(await python(program)).toBe("21 {1000} and 5 more");
});

test("an alert leads to its page: by a link where the rules have one, else by its path in the repository", async () => {
  const program = `
import json
from stack_probes import alerts
path = {"summary": "The disk fills", "runbook": "docs/runbooks/DiskFilling.md"}
link = {**path, "runbook_url": "https://docs.example.org/docs/runbooks/DiskFilling.md"}
print(alerts.text(json.dumps({"version": "4", "alerts": [{"status": "firing", "annotations": notes} for notes in (path, link)]}).encode()))`;
  expect((await python(program)).split("\n")).toEqual(["[firing] The disk fills - docs/runbooks/DiskFilling.md", "[firing] The disk fills - https://docs.example.org/docs/runbooks/DiskFilling.md"]);
});

test("one of a kind is not begun while another one of it goes on, and one that takes too long has failed", async () => {
  const program = `
import asyncio
from types import SimpleNamespace
from stack_probes import metrics, schedule
schedule._LIMIT = 0.2
config = SimpleNamespace(interval=0.05, targets={"slow": None}, domains=())
begun, most, now = 0, 0, 0
async def look(name, *_):
    global begun, most, now
    if name == "canary":
        return
    begun, now = begun + 1, now + 1
    most = max(most, now)
    try:
        await asyncio.sleep(60)
    finally:
        now -= 1
async def main():
    rounds = asyncio.create_task(schedule.Schedule(lambda: config, look).run())
    while metrics.failures.labels("slow")._value.get() < 2:
        await asyncio.sleep(0.01)
    rounds.cancel()
asyncio.run(main())
print(most, begun >= 2)`;
  expect((await python(program)).split("\n")).toEqual(["slow: no answer in time", "1 True"]);
});
