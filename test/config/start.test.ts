// Prosody started with the tree, in a container as restricted as the platforms make it.
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uploadsGroup, uploadsPath } from "../../components/prosody/uploads.ts";
import { exampleDomain, exampleSettings } from "./example-settings.ts";
import { namesBelow, pair, writePair } from "../setup/certificates.ts";
import { prosodyImage } from "../setup/prosody-image.ts";
import { writeTree } from "./tree.ts";

const modules = fileURLToPath(new URL("../../components/prosody/image/modules", import.meta.url));
const release = "/config/releases/0123456789abcdef";
const container = `config-test-${randomUUID()}`;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "prosody-start-"));
  await chmod(directory, 0o755);
  const tree = join(directory, release.slice("/config/".length));
  await mkdir(tree, { recursive: true });
  await symlink("releases/0123456789abcdef", join(directory, "current"));
  await writeTree(tree, {
    settings: exampleSettings({
      overrides: true,
      domains: [exampleDomain("xmpp.localhost"), exampleDomain("bücher.example", "xn--bcher-kva.example")],
    }),
    overrides: 'plugin_paths = { "/modules" }\n',
  });
  for (const domain of ["xmpp.localhost", "xn--bcher-kva.example"]) await selfSign(join(tree, "certs"), domain);

  await execa("docker", [
    ...["run", "--detach", "--name", container, "--user", "5222:5222", "--read-only"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ...["/run/prosody", "/var/lib/prosody", "/answers", "/tmp"].flatMap((path) => ["--tmpfs", `${path}:uid=5222,gid=5222`]),
    ...["--group-add", String(uploadsGroup), "--tmpfs", `${uploadsPath}:uid=5222,gid=${uploadsGroup},mode=2770`],
    ...["--volume", `${directory}:/config:ro`, "--volume", `${modules}:/modules:ro`],
    ...["--entrypoint", "/usr/bin/lua5.4", await prosodyImage()],
    ...["/usr/bin/prosody", "-F", "--config", `${release}/prosody.cfg.lua`],
  ]);
  await logged("Running periodic tasks");
}, 300_000);

afterAll(async () => {
  await execa("docker", ["rm", "--force", "--volumes", container]);
  await rm(directory, { recursive: true });
});

test("the log has neither warnings nor errors", async () => {
  const lines = (await log()).split("\n");
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => /\s(warn|error)\t/.test(line))).toEqual([]);
});

test("the running server's certificates fit their hosts", async () => {
  const { stdout } = await inside("/usr/bin/prosodyctl", "--config", `${release}/prosody.cfg.lua`, "check", "certs");
  expect(stdout).toContain("All checks passed");
  expect(stdout).toContain(`Certificate: ${release}/certs/xn--bcher-kva.example.crt`);
});

test("`prosodyctl check config` passes as a command", async () => {
  const { stdout } = await inside("/usr/bin/prosodyctl", "--config", `${release}/prosody.cfg.lua`, "check", "config");
  expect(stdout).toContain("All checks passed");
});

// LuaDBI opens a transaction before it says PRAGMA, and SQLite then keeps the old journal without a word:
// only lua-lsqlite3 in the image makes it true. https://www.sqlite.org/fileformat.html#file_format_version_numbers
test("SQLite has a write-ahead log", async () => {
  const versions = 'local f = io.open("/var/lib/prosody/prosody.sqlite", "rb"); f:seek("set", 18); print(f:read(2):byte(1, 2))';
  const { stdout } = await inside("-e", versions);
  expect(stdout).toBe("2\t2");
});

// Nginx, which is another user of the same group, stores files there and reads those that Prosody moves there.
test.each(["upload.xmpp.localhost", "upload.xn--bcher-kva.example"])("uploads of %s are on the volume that the front shares", async (host) => {
  const { stdout } = await inside("-e", `
    local lfs = require "lfs"
    local shown = require "posix.sys.stat".stat("${uploadsPath}/${host}")
    print(string.format("%o %d %d", shown.st_mode, shown.st_uid, shown.st_gid))
    for name in lfs.dir("/var/lib/prosody") do
      local place = "/var/lib/prosody/" .. name .. "/http_file_share"
      if lfs.symlinkattributes(place, "target") == "${uploadsPath}/${host}" then print("linked") end
    end`);
  expect(stdout).toBe(`42770 5222 ${uploadsGroup}\nlinked`);
});

const inside = (...command: string[]) => execa("docker", ["exec", container, "/usr/bin/lua5.4", ...command]);

async function log(): Promise<string> {
  return (await execa("docker", ["logs", container], { all: true })).all;
}

async function logged(text: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await log()).includes(text)) {
    if (Date.now() > deadline) throw new Error(`Prosody did not log "${text}":\n${await log()}`);
    await delay(100);
  }
}

async function selfSign(certs: string, domain: string): Promise<void> {
  const [certificate, key] = [join(certs, `${domain}.crt`), join(certs, `${domain}.key`)];
  writePair(await pair(namesBelow(domain)), { certificate, key });
  await chmod(key, 0o644); // the container's user is not the one who runs the tests
}
