// Lines of services that do not write JSON themselves: how they get into the log, and that the last one does.
import { afterEach, beforeAll, expect, test } from "vitest";
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { builtImage } from "../setup/built-image.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { withModules } from "./modules.ts";
import { Site, nginx } from "./site.ts";

let image: string;
let site: Site | undefined;
const json = ["--env", "STACK_LOG_FORMAT=json", "--env", "STACK_SERVICE=nginx"];

beforeAll(async () => {
  image = await builtImage(nginxImageSource());
}, 300_000);

afterEach(async () => {
  await site?.remove();
  site = undefined;
});

test.each([
  ["2026/11/29 21:00:00 [error] 12#12: *3 open() failed", "error"],
  ["2026/11/29 21:00:00 [notice] 1#1: start worker processes", "info"],
  ["2026/11/29 21:00:00 [warn] 1#1: conflicting server name", "warn"],
  ["2026-11-29 21:00:00.123 UTC [7] LOG:  database system is ready", "info"],
  ['2026-11-29 21:00:00.123 UTC [7] prosody@prosody FATAL:  password authentication failed', "error"],
  ["2026-11-29 21:00:00.123 UTC [7] prosody@prosody WARNING:  there is no transaction", "warn"],
  ["8:M 29 Nov 2026 21:00:00.123 * Ready to accept connections", "info"],
  ["8:M 29 Nov 2026 21:00:00.123 # WARNING overcommit", "warn"],
  ["2026-11-29T21:00:00: INFO: session 1: closed", "info"],
  ["2026-11-29T21:00:00: ERROR: cannot bind", "error"],
  ["ts=2026-11-29T21:00:00Z caller=main.go level=warn msg=x", "warn"],
  ["a line that says [nothing] of ERRORS", "info"],
])("%s is %s", async (line, level) => {
  const [found] = await withModules(image, `print(require "log".level_of(io.read("l")))`, line);
  expect(found).toBe(level);
});

test("a line becomes JSON whatever is in it, and one that is JSON stays", async () => {
  const lines = ['with "quotes", \\ and a \ttab', "\x1b[31mred\x7f", "bücher 日本", '{"time":"x"}', "\xff"];
  const printed = await withModules(image, `for line in io.lines() do print(require "log".line(line)) end print(require "log".line("\\255\\254"))`, lines.join("\n"), ...json);
  const entries = printed.filter(Boolean).map((line) => JSON.parse(line) as Record<string, string>);
  expect(entries.map(({ message }) => message)).toEqual([...lines.slice(0, 3), undefined, "ÿ", "ÿþ"]);
  expect(entries[3]).toEqual({ time: "x" });
  expect(entries[0]).toMatchObject({ level: "info", service: "nginx", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string });
});

test("everything that a service prints is JSON, from the first line to the last one", async () => {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path /run/nginx/${name};`).join(" ");
  site = new Site(image, nginx);
  await site.deliver({
    "nginx.conf": `daemon off; pid /run/nginx/nginx.pid; error_log stderr notice; worker_processes 1; events {}
      http { log_format own escape=json '{"own":"$uri"}'; access_log /dev/stdout own; ${temporary}
        server { listen 8080; location / { return 200 "one"; } location /missing { alias /nowhere; } }
        server { listen unix:/run/nginx/health.sock; access_log off; location = /health { return 200 "ok"; } } }`,
  }, ...json);
  await site.start(true, ...json);
  const port = await site.port(8080);
  for (const path of ["/hello", "/missing"]) await fetch(`http://127.0.0.1:${port}${path}`);
  await dockerOutput(["stop", site.name]);
  await eventually("it has ended", async () => (await dockerOutput(["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", site!.name])).trim() === "exited 0");
  const entries = (await site.log()).split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, string>);
  const messages = entries.map(({ message }) => message ?? "");
  expect(entries).toContainEqual({ own: "/hello" });
  expect(messages.some((message) => /^release [0-9a-f]{16}: started$/.test(message))).toBe(true);
  expect(entries.find(({ message }) => message?.includes("/nowhere"))).toMatchObject({ level: "error", service: "nginx" });
  expect(messages.at(-1)).toMatch(/\[notice\] \d+#\d+: exit$/);
});
