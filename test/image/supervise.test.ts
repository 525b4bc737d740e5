// A service that cannot answer for itself, by the example of Nginx: how it starts, goes over to another release, and ends.
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { builtImage } from "../setup/built-image.ts";
import { dockerOutput, eventually } from "./docker.ts";
import { Site, nginx } from "./site.ts";
import type { Files } from "./tar.ts";
import { Watcher } from "./watcher.ts";

let image: string;
let site: Site;

beforeAll(async () => {
  image = await builtImage(nginxImageSource());
}, 300_000);

beforeEach(async () => {
  site = new Site(image, nginx);
  expect((await site.deliver(release("one"))).exitCode).toBe(0);
  await site.start();
});

afterEach(() => site.remove());

const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path /run/nginx/${name};`).join(" ");

/** A configuration that answers with this text; `more` belongs to http. */
function release(text: string, more = ""): Files {
  return {
    "nginx.conf": `daemon off; pid /run/nginx/nginx.pid; error_log stderr notice; worker_processes 1; events {}
      http { access_log off; ${temporary} ${more}
        server { listen 8080; location / { return 200 "${text}"; } location /hold { proxy_pass http://127.0.0.1:8081; } }
        server { listen 8081; location / { limit_rate 1; alias /usr/bin/lua5.4; } }
        server { listen unix:/run/nginx/health.sock; location = /health { return 200 "ok"; } } }`,
  };
}

async function served(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${await site.port(8080)}/`)).text();
}

async function state(): Promise<{ status: string; exitCode: number }> {
  const [status = "", exitCode = ""] = (await dockerOutput(["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", site.name])).trim().split(" ");
  return { status, exitCode: Number(exitCode) };
}

const ended = () => eventually("the container has ended", async () => (await state()).status === "exited", 25);

/** Runs Lua in the service's own container. */
async function inside(code: string): Promise<string> {
  const { exitCode, output } = await site.exec("/usr/bin/lua5.4", "-e", code);
  if (exitCode !== 0) throw new Error(output);
  return output;
}

const master = `tonumber((io.open("/run/nginx/nginx.pid"):read("l")))`;

test("it starts with the release in force, says so, and goes over to the next one without a restart", async () => {
  expect(await site.applied()).toMatch(/^[0-9a-f]{16} ok started$/);
  expect(await served()).toBe("one");
  const before = await inside(`print(${master})`);
  const delivery = await site.deliver(release("two"));
  expect(delivery.last).toBe(`delivered ${delivery.hash}: applied without a restart; old workers that still serve connections: 0`);
  expect(await served()).toBe("two");
  expect(await inside(`print(${master})`)).toBe(before);
});

test("the health command fails while Nginx does not answer", async () => {
  const health = () => site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua");
  expect(await health()).toEqual({ exitCode: 0, output: "ok" });
  await inside(`local workers = dofile "/usr/lib/stack/workers.lua" for pid in pairs(workers.of(${master})) do require "posix.signal".kill(pid, 19) end`); // SIGSTOP
  expect(await health()).toMatchObject({ exitCode: 1, output: expect.stringContaining("Nginx has not answered") as string });
  await inside(`local workers = dofile "/usr/lib/stack/workers.lua" for pid in pairs(workers.of(${master})) do require "posix.signal".kill(pid, 18) end`); // SIGCONT
  await eventually("it answers again", async () => (await health()).exitCode === 0);
});

test("a release that Nginx does not take while it runs, though the check has passed, is refused and taken back", async () => {
  // The check runs in another container, which has this file there.
  const { exitCode, last } = await site.deliver({ ...release("two", "include /staged/more.conf;"), "more.conf": "" });
  expect(exitCode).toBe(4);
  expect(last).toMatch(/^refused: open\(\) "\/staged\/more\.conf" failed \(2: No such file or directory\) in nginx\.conf:2$/);
  expect(await served()).toBe("one");
  expect((await site.deliver(release("three"))).exitCode).toBe(0);
  expect(await served()).toBe("three");
});

test("a release for the container that takes its place is left to that one", async () => {
  const delivery = await site.deliver(release("two"), "--env", "STACK_INSTANCE=another");
  expect(delivery.last).toBe(`delivered ${delivery.hash}: for the container that takes the place of this one`);
  expect(await served()).toBe("one");
  await dockerOutput(["rm", "--force", site.name]);
  await site.start(true, "--env", "STACK_INSTANCE=another");
  expect(await served()).toBe("two");
});

test("a watching delivery beside it, on the same ports, puts releases in force as well", async () => {
  const watcher = new Watcher(site);
  try {
    watcher.put(release("two"));
    await watcher.start();
    expect((await watcher.verdict(release("two"))).exitCode).toBe(0);
    expect(await served()).toBe("two");
    watcher.put(release("three", "no_such_directive;"));
    expect(await watcher.verdict(release("three", "no_such_directive;"))).toEqual({ exitCode: 3, output: 'refused: unknown directive "no_such_directive" in nginx.conf:2' });
    expect(await served()).toBe("two");
    expect((await watcher.stop()).exitCode).toBe(0);
  } finally {
    watcher.remove();
  }
});

test("told to stop, it stops Nginx and ends well", async () => {
  await dockerOutput(["stop", "--time", "25", site.name]);
  expect(await state()).toEqual({ status: "exited", exitCode: 0 });
});

test("it does not outlive Nginx", async () => {
  await inside(`require "posix.signal".kill(${master}, 9)`);
  await ended();
  expect((await state()).exitCode).toBe(137);
});

test("what was received of uploads when it was killed is gone at the next start", async () => {
  await inside(`require "posix.sys.stat".mkdir("/var/lib/prosody-uploads/.incoming", 448) io.open("/var/lib/prosody-uploads/.incoming/0000000001", "w"):write("half"):close()`);
  await dockerOutput(["kill", site.name]);
  await dockerOutput(["start", site.name]);
  await eventually("it serves again", async () => (await site.exec("/usr/bin/lua5.4", "/usr/lib/stack/health.lua")).exitCode === 0);
  expect(await inside(`print(#(require "posix.glob".glob("/var/lib/prosody-uploads/.incoming/*", 0) or {}))`)).toBe("0");
});
