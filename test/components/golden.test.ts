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
  return text.replace(/(prosody-stack\/\w+:)[0-9a-f]{12}\b/g, "$1<hash>").replace(/(prosody-stack\.(?:restart-on|files)[\w.-]*: )'?[0-9a-f]{12,16}'?$/gm, "$1<hash>");
}

describe("golden files", () => {
  test("compose.yaml", async () => {
    await expect(withoutHashes(readFileSync(join(out, "compose.yaml"), "utf8"))).toMatchFileSnapshot(golden("compose.yaml"));
  });
  test("settings.lua", async () => {
    await expect(fileOf(stack, "plain/settings.lua")).toMatchFileSnapshot(golden("settings.lua"));
  });
  test("the files, with their modes and owners", async () => {
    const lines = filesBelow(out).map((path) => {
      const { mode, uid, gid } = lstatSync(join(out, path));
      // A build context has the modes of the checkout, of which Git keeps one bit.
      const shown = path.startsWith("images/") ? ((mode & 0o100) !== 0 ? "executable" : "file") : (mode & 0o7777).toString(8).padStart(4, "0");
      return `${shown} ${path.startsWith("secrets/") ? `${uid}:${gid} ` : ""}${path}`;
    });
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot(golden("files.txt"));
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

  test("change with a certificate that is due: this one file, for the same key, from the same authority", async () => {
    const before = bytesBelow(out);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 340 * day });
    const renewed = await render();
    writeProject(renewed, out);
    const after = bytesBelow(out);
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
    expect(changed).toEqual(["compose.yaml", "files/xmpp-dev-prosody-server-deliver/staged/plain/certs/xmpp.localhost.crt"]);
    expect(renewed.recording.outputs).toEqual(stack.recording.outputs);
    // The long-running container is the same.
    expect(readCompose(readFileSync(join(out, "compose.yaml"), "utf8")).services!["xmpp-dev-prosody"]).toEqual(stack.compose.services!["xmpp-dev-prosody" as never]);
  });
});

describe("secrets", () => {
  test("are in files of mode 0600 below secrets/, which Git does not see, and nowhere else", () => {
    const values = secretValues(stack);
    expect(values).toHaveLength(2);
    for (const path of filesBelow(out)) {
      const text = readFileSync(join(out, path), "utf8");
      const secret = path.startsWith("secrets/");
      expect(values.some((value) => text.includes(value.trim())), path).toBe(secret);
      if (secret) expect(lstatSync(join(out, path)).mode & 0o777, path).toBe(0o600);
    }
    expect(readFileSync(join(out, ".gitignore"), "utf8").split("\n")).toContain("secrets/");
  });
  test("belong to the user that reads them", () => {
    for (const path of filesBelow(join(out, "secrets"))) expect(lstatSync(join(out, "secrets", path))).toMatchObject({ uid: 5222, gid: 5222 });
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
  expect(mounts).toHaveLength(2);
  expect(named(stack.recording.registrations, "prosody-server-image").inputs.imageName).toBe(services[0]!.image);
});
