import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const luacheck = (file: string, input?: string) =>
  execa("luacheck", ["--no-color", "--codes", ...(input === undefined ? [file] : ["-", "--filename", file])], {
    cwd: root,
    reject: false,
    ...(input !== undefined && { input }),
  });

test.each(["config-templates", "test/config/probe.lua"])("luacheck has nothing to say about %s", async (path) => {
  const { exitCode, stdout } = await luacheck(path);
  expect(exitCode, stdout).toBe(0);
});

// Without the prefix Prosody logs a warning at each start.
test.each([
  ["a Lua function without its `Lua.`", "for _, name in ipairs({}) do VirtualHost(name) end\n", "W113"],
  ["an option of another file that is read", "archive_expires_after = muc_log_expires_after\n", "W113"],
])("luacheck refuses %s", async (_, text, code) => {
  const { exitCode, stdout } = await luacheck("config-templates/prosody/stack/05-services/messaging.cfg.lua", text);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(code);
});

test("luacheck knows what Prosody gives to modules", async () => {
  const { exitCode, stdout } = await luacheck(
    "components/prosody/image/modules/mod_example.lua",
    'module:log("info", "%s", prosody.version);\nmodules_enabled {}\n',
  );
  expect(stdout).not.toContain("'module'");
  expect(stdout).not.toContain("'prosody'");
  expect(stdout).toContain("accessing undefined variable 'modules_enabled'");
  expect(exitCode).toBe(1);
});
