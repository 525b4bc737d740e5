// Uploads (XEP-0363): Prosody decides, the front stores and serves.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { Session } from "./client.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom, slotFor, upload } from "./web.ts";

const domain = "one.test";
const service = `${componentLabels.upload}.${domain}`;
const password = "correct horse battery";
const stack = new TestStack("uploads", 22, { uploads: { maxSize: "1MB", dailyQuota: "3MB", totalQuota: "4MB" } });
const file = randomBytes(300_000);
let alice: Session;
let bob: Session;

beforeAll(async () => {
  await stack.up();
  for (const name of ["alice", "bob", "carol"]) await stack.createAccount(`${name}@${domain}`, password);
  [alice, bob] = await Promise.all(["alice", "bob"].map((username) => Session.open({ service: stack.service(), domain, username, password }))) as [Session, Session];
});

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** Names and sizes of what is stored, or left of what was not. */
async function stored(): Promise<string[]> {
  const list = `local glob, stat = require "posix.glob", require "posix.sys.stat"
    for _, directory in ipairs { "${service}", ".incoming" } do
      for _, path in ipairs(glob.glob("/var/lib/prosody-uploads/" .. directory .. "/*", 0) or {}) do
        print(path, stat.stat(path).st_size)
      end
    end`;
  return (await dockerOutput(["exec", stack.front, "/usr/bin/lua5.4", "-e", list])).split("\n").filter(Boolean);
}

test("what is uploaded comes back byte by byte, whole and in part, under the name and type that it was given", async () => {
  const slot = await slotFor(alice, service, { size: file.length, name: "Grüße.jpg" });
  expect(new URL(slot.put).origin).toBe(`https://${service}:${stack.ports.https}`);
  expect((await upload(slot, file)).status).toBe(201);

  const whole = await fetchFrom(slot.get);
  expect(whole).toMatchObject({ status: 200, headers: { "content-type": "image/jpeg", "content-length": String(file.length), "accept-ranges": "bytes" } });
  expect(whole.headers["content-disposition"]).toMatch(/^inline; filename\*=UTF-8''Gr%c3%bc%c3%9fe\.jpg$/i);
  expect(whole.headers["cache-control"]).toMatch(/^max-age=\d+, immutable$/);
  expect(whole.body.equals(file)).toBe(true);

  const part = await fetchFrom(slot.get, { headers: { range: "bytes=1000-1999" } });
  expect(part).toMatchObject({ status: 206, headers: { "content-range": `bytes 1000-1999/${file.length}` } });
  expect(part.body.equals(file.subarray(1000, 2000))).toBe(true);

  const again = await fetchFrom(slot.get, { headers: { "if-modified-since": whole.headers["last-modified"] } });
  expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
  expect(await fetchFrom(slot.get, { method: "HEAD" })).toMatchObject({ status: 200, headers: { "content-length": String(file.length) }, body: Buffer.alloc(0) });
});

test("a page that somebody uploaded is not run: it is saved, and has no rights", async () => {
  const page = Buffer.from("<script>alert(1)</script>");
  const slot = await slotFor(alice, service, { size: page.length, name: "page.html", type: "text/html" });
  await upload(slot, page);
  const { headers } = await fetchFrom(slot.get);
  expect(headers["content-disposition"]).toMatch(/^attachment;/);
  expect(headers["content-security-policy"]).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
});

test("a web client of any site may use a slot that it was given", async () => {
  const slot = await slotFor(alice, service, { size: 10 });
  const asked = await fetchFrom(slot.put, { method: "OPTIONS", headers: { origin: "https://chat.example", "access-control-request-method": "PUT", "access-control-request-headers": "authorization" } });
  expect(asked).toMatchObject({ status: 200, headers: { "access-control-allow-origin": "https://chat.example", "access-control-allow-methods": expect.stringContaining("PUT") as string } });
  expect(asked.headers["access-control-allow-headers"]).toContain("Authorization");
  const put = await upload(slot, Buffer.alloc(10), { origin: "https://chat.example" });
  expect(put).toMatchObject({ status: 201, headers: { "access-control-allow-origin": "https://chat.example" } });
});

test("nothing is stored without leave: no token, another's, another size, a second time, another path", async () => {
  const before = await stored();
  const [slot, other] = [await slotFor(alice, service, { size: 1000 }), await slotFor(alice, service, { size: 1000 })];
  const body = Buffer.alloc(1000);
  expect((await fetchFrom(slot.put, { method: "PUT" }, body)).status).toBe(401);
  expect((await upload({ ...slot, headers: { Authorization: "Bearer nonsense" } }, body)).status).toBe(403);
  expect((await upload({ ...slot, headers: other.headers }, body)).status).toBe(403);
  expect((await upload(slot, Buffer.alloc(999))).status).toBe(403);
  expect((await fetchFrom(slot.put, { method: "PUT", headers: { ...slot.headers, "transfer-encoding": "chunked" } }, body)).status).toBe(403);
  for (const path of ["/put", "/stored/x.bin", "/authorize", "/stack_uploads/authorize/x", "/"]) {
    expect((await fetchFrom(`https://${service}:${stack.ports.https}${path}`, { method: "PUT", headers: slot.headers }, body)).status, path).toBe(404);
  }
  expect(await stored()).toEqual(before);

  expect((await upload(slot, body)).status).toBe(201);
  expect((await upload(slot, Buffer.alloc(1000, "x"))).status).toBe(403);
  expect((await fetchFrom(slot.get)).body.equals(body)).toBe(true);
});

test("too large a file is refused, by the service and by the front before it has read it", async () => {
  await expect(slotFor(alice, service, { size: 1_000_001 })).rejects.toThrow(/not-acceptable/);
  const slot = await slotFor(alice, service, { size: 1000 });
  const claimed = await fetchFrom(slot.put, { method: "PUT", headers: { ...slot.headers, "content-length": 1_000_001 } });
  expect(claimed.status).toBe(413);
});

test("a file that was never uploaded is gone, and one that nobody has a slot for is not found", async () => {
  const slot = await slotFor(alice, service, { size: 1000 });
  expect((await fetchFrom(slot.get)).status).toBe(410);
  expect((await fetchFrom(`https://${service}:${stack.ports.https}/file_share/06b0592e-9123-7344-84a7-3a913b967f52/a.jpg`)).status).toBe(404);
});

test("no log tells where an upload is to be found", async () => {
  const slot = await slotFor(alice, service, { size: 1000 });
  await upload(slot, Buffer.alloc(1000));
  await fetchFrom(slot.get);
  const id = new URL(slot.get).pathname.split("/")[2]!;
  const log = await stack.logs(stack.front);
  expect(log).toMatch(/"PUT \/file_share\/\.\.\. HTTP\/1\.1" 201/);
  expect(log).not.toContain(id);
  expect(await stack.logs()).not.toContain(id);
});

test("a user's quota of a day ends, and another's is still there, until the service's own ends too", async () => {
  const quota = async (session: Session) => {
    for (let bytes = 0; ; bytes += 900_000) {
      try {
        await slotFor(session, service, { size: 900_000 });
      } catch (error) {
        return { bytes, text: (error as Error).message };
      }
    }
  };
  const [first, second] = [await quota(alice), await quota(bob)];
  expect(first.text).toMatch(/resource-constraint - Daily quota reached/);
  expect(first.bytes).toBe(1_800_000); // of 3 MB, some of which she had used
  expect(second.text).toMatch(/resource-constraint - Server global storage quota reached/);
  expect(second.bytes).toBeGreaterThan(0);
});

test("files belong to both services' group, and to nobody else; they are on a volume of their own", async () => {
  const modes = `local lfs = require "lfs"
    for name in lfs.dir("/var/lib/prosody-uploads/${service}") do
      if name:match("%.bin$") then print(lfs.attributes("/var/lib/prosody-uploads/${service}/" .. name, "permissions"), lfs.attributes("/var/lib/prosody-uploads/${service}/" .. name, "gid")) end
    end`;
  const lines = (await dockerOutput(["exec", stack.container, "/usr/bin/lua5.4", "-e", modes])).trim().split("\n");
  expect(new Set(lines)).toEqual(new Set(["rw-rw----\t5400"]));
  const mounts = JSON.parse(await dockerOutput(["inspect", "--format", "{{json .Mounts}}", stack.front])) as { Name: string; Destination: string }[];
  expect(mounts.find(({ Destination }) => Destination === "/var/lib/prosody-uploads")?.Name).toBe(`${stack.namespace}-prosody-uploads-1`);
});

test("a file that has been kept long enough goes, with the place that it took", async () => {
  const slot = await slotFor(bob, service, { size: 1000 });
  await upload(slot, Buffer.alloc(1000));
  expect((await fetchFrom(slot.get)).status).toBe(200);
  // Expiry runs once a day, by the note of when it ran last: without the note, at the next start.
  const forget = `local connection = assert(require "DBI".Connect("SQLite3", "/var/lib/prosody/prosody.sqlite"))
    assert(assert(connection:prepare("DELETE FROM prosody WHERE store = 'cron'")):execute())
    assert(connection:commit())`;
  await dockerOutput(["exec", stack.container, "/usr/bin/lua5.4", "-e", forget]);
  await Session.closeAll();
  stack.settings = { ...stack.settings, uploads: { ...(stack.settings.uploads as object), keep: "1s" } };
  await stack.up();
  await eventually("the file is gone", async () => (await fetchFrom(slot.get)).status === 404, 60);
  expect(await stored()).toEqual([]);
  expect(await stack.logs()).toMatch(/All \(\d+, .*\) expired files successfully pruned/);
  const carol = await Session.open({ service: stack.service(), domain, username: "carol", password });
  await slotFor(carol, service, { size: 900_000 }); // of a quota that was used up
});
