// What Prosody is told to offer is what can be reached from outside.
import { expect, test } from "vitest";
import { settingsTable } from "../../../components/prosody/settings-table.ts";
import { settingsFrom } from "./parsed.ts";

const table = (publish: object) => settingsTable(settingsFrom({ publish }), "test");
const domainOf = (publish: object) => (table(publish).domains as unknown as Record<string, unknown>[])[0]!;

test("the proxy listens on the port that is published, for it announces that one to clients", () => {
  expect(table({}).ports).toMatchObject({ proxy65: 5000, https: 5281 });
  expect(table({ proxy65: 5001 }).ports).toMatchObject({ proxy65: 5001 });
});

test("other ports inside the container stay", () => {
  expect(table({ c2s: 15222, https: 443 }).ports).toMatchObject({ c2s: 5222, https: 5281 });
});

test("a proxy that is not published is not there", () => {
  expect((table({ proxy65: 0 }).ports as { proxy65?: number }).proxy65).toBeUndefined();
  expect(domainOf({ proxy65: 0 })).toMatchObject({ proxy: undefined, upload: "upload.a.example" });
});

test("without HTTPS there are no uploads, and no address that nobody could open", () => {
  expect((table({ https: 0 }).ports as { https?: number }).https).toBeUndefined();
  expect(Object.keys(domainOf({ https: 0 }))).toEqual(["name", "rooms", "pubsub", "proxy", "admins", "contact"]);
  expect(domainOf({ https: 443 })).toMatchObject({ upload: "upload.a.example", upload_url: "https://upload.a.example:443/" });
});
