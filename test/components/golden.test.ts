// The rendered dev stack, as it is reviewed. `vitest run --project components -u` writes the golden files anew.
import { lstatSync, readFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readCompose } from "./compose-reader.ts";
import { type Rendered, renderStack, writeProject } from "../../render/render.ts";
import { filesBelow } from "../setup/files.ts";
import { directoryOfTest, fileOf, named, secretValues } from "./stack.ts";

const golden = (name: string) => `../golden/dev/${name}`;
const nginxFiles = filesBelow("config-templates/nginx");
const day = 86_400_000;

let directory: string;
let out: string;
let stack: Rendered;
const render = async () => {
  const project = await renderStack({ stack: "dev", stateDirectory: join(directory, "state") });
  project.save({ forget: false });
  return project;
};
beforeEach(async () => {
  directory = directoryOfTest();
  out = join(directory, "out");
  stack = await render();
  writeProject(stack, out);
});
afterEach(() => void vi.useRealTimers());

const bytesBelow = (root: string) => Object.fromEntries(filesBelow(root).map((path) => [path, readFileSync(join(root, path), "base64")]));

/** What changes with every image, template or state, and is looked at elsewhere. */
function withoutHashes(text: string): string {
  return text
    .replace(/(prosody-stack\/\w+:)[0-9a-f]{12}\b/g, "$1<hash>")
    .replace(/(prosody-stack\.(?:restart-on|files)[\w.-]*: )'?[0-9a-f]{12,16}'?$/gm, "$1<hash>")
    .replace(/(STACK_INSTANCE=)[0-9a-f]{16}$/gm, "$1<hash>");
}

describe("golden files", () => {
  test("compose.yaml", async () => {
    await expect(withoutHashes(readFileSync(join(out, "compose.yaml"), "utf8"))).toMatchFileSnapshot(golden("compose.yaml"));
  });
  test("settings.lua", async () => {
    await expect(fileOf(stack, "prosody", "plain/settings.lua")).toMatchFileSnapshot(golden("settings.lua"));
  });
  test.each(nginxFiles)("nginx/%s", async (path) => {
    await expect(fileOf(stack, "nginx", `plain/${path}`)).toMatchFileSnapshot(golden(`nginx/${path}`));
  });
  test("are there for nothing else", () => expect(filesBelow("test/golden/dev")).toEqual(["compose.yaml", "files.txt", ...nginxFiles.map((path) => `nginx/${path}`), "settings.lua"]));
  test("the files, with their modes and owners", async () => {
    const ours = filesBelow(out).filter((path) => !path.startsWith("images/nginx/web/")); // the files of a package
    const lines = ours.map((path) => {
      const { mode, uid, gid } = lstatSync(join(out, path));
      // A build context has the modes of the checkout, of which Git keeps one bit.
      const shown = path.startsWith("images/") ? ((mode & 0o100) !== 0 ? "executable" : "file") : (mode & 0o7777).toString(8).padStart(4, "0");
      return `${shown} ${path.startsWith("secrets/") ? `${uid}:${gid} ` : ""}${path}`;
    });
    const shortened = lines.map((line) => line.replace(/(?<= images\/nginx\/web\/[\d.]+\/).*/, "<files of converse.js>"));
    await expect(`${[...new Set(shortened)].join("\n")}\n`).toMatchFileSnapshot(golden("files.txt"));
  });
});

describe("bytes", () => {
  test("are the same the second time", async () => {
    const before = bytesBelow(out);
    writeProject(await render(), out);
    expect(bytesBelow(out)).toEqual(before);
  });

  test("are the same on another day, and with no network", async () => {
    const before = bytesBelow(out);
    const connect = vi.spyOn(net.Socket.prototype, "connect").mockImplementation(() => {
      throw new Error("no network");
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 300 * day });
    writeProject(await render(), out);
    expect(bytesBelow(out)).toEqual(before);
    expect(connect).not.toHaveBeenCalled();
    connect.mockRestore();
  });

  test("change with a certificate that is due: this one file of each service and its copies for backups, for the same key, from the same authority", async () => {
    const before = bytesBelow(out);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 340 * day });
    const renewed = await render();
    writeProject(renewed, out);
    const after = bytesBelow(out);
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    const [own, copies] = [(service: string) => `files/xmpp-dev-${service}-server-deliver/staged/plain`, "files/xmpp-dev-backup-server-deliver/staged/plain/services"];
    expect(changed).toEqual(["compose.yaml", ...[`${copies}/nginx`, `${copies}/prosody`, own("nginx"), own("prosody")].map((place) => `${place}/certs/xmpp.localhost.crt`)]);
    expect(fileOf(renewed, "nginx", "certs/xmpp.localhost.crt")).toBe(fileOf(renewed, "prosody", "certs/xmpp.localhost.crt"));
    expect(renewed.recording.outputs).toEqual(stack.recording.outputs);
    // The long-running containers are the same.
    const containers = readCompose(readFileSync(join(out, "compose.yaml"), "utf8")).services!;
    for (const service of ["xmpp-dev-prosody", "xmpp-dev-nginx"]) expect(containers[service]).toEqual(stack.compose.services![service as never]);
  });
});

describe("secrets", () => {
  test("are in files of mode 0600 below secrets/, which Git does not see, and nowhere else", () => {
    const values = secretValues(stack);
    expect(values).toHaveLength(4);
    for (const path of filesBelow(out)) {
      const text = readFileSync(join(out, path), "utf8");
      const secret = path.startsWith("secrets/");
      expect(values.some((value) => text.includes(value.trim())), path).toBe(secret);
      if (secret) expect(lstatSync(join(out, path)).mode & 0o777, path).toBe(0o600);
    }
    expect(readFileSync(join(out, ".gitignore"), "utf8").split("\n")).toContain("secrets/");
  });
  test.each([["prosody", 5222], ["nginx", 5443], ["backup", 5222]])("of %s belong to the user that reads them", (service, uid) => {
    const directory = join(out, `secrets/xmpp-dev-${service}-server-deliver`);
    const paths = filesBelow(directory);
    expect(paths.some((path) => path.endsWith("certs/xmpp.localhost.key"))).toBe(true);
    for (const path of paths) expect(lstatSync(join(directory, path))).toMatchObject({ uid, gid: uid });
  });
});

test("keys are sorted, and there is a directory for every mount and build", () => {
  const text = readFileSync(join(out, "compose.yaml"), "utf8");
  const top = text.split("\n").filter((line) => /^\w/.test(line));
  expect(top).toEqual(["networks:", "services:", "volumes:"]);
  const services = Object.values(readCompose(text).services!);
  const mounts = services.flatMap(({ volumes }) => (volumes as string[]).filter((volume) => volume.startsWith("./")).map((volume) => volume.split(":")[0]!));
  const contexts = services.map(({ build }) => (build as { context: string }).context);
  for (const path of [...mounts, ...contexts]) expect(lstatSync(join(out, path)).isDirectory(), path).toBe(true);
  expect(mounts).toEqual([
    "./files/xmpp-dev-backup-server-deliver/staged/plain", "./secrets/xmpp-dev-backup-server-deliver/staged/secret",
    "./files/xmpp-dev-nginx-server-deliver/staged/plain", "./secrets/xmpp-dev-nginx-server-deliver/staged/secret",
    "./files/xmpp-dev-prosody-server-deliver/staged/plain", "./secrets/xmpp-dev-prosody-server-deliver/staged/secret",
  ]);
  const image = (name: string) => named(stack.recording.registrations, `${name}-server-image`).inputs.imageName;
  expect(services.map((service) => service.image)).toEqual([image("backup"), image("backup"), image("nginx"), image("nginx"), image("prosody"), image("prosody")]);
});
