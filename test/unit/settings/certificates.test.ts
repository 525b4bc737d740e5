// Certificates that the operator brings are looked at before anything changes.
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { certificateProblems, pemText } from "../../../settings/certificates.ts";
import { type Pair, namesBelow, pair } from "../../setup/certificates.ts";
import { domains, linesOf, settingsFrom } from "./parsed.ts";

const key = "prosody-stack:certificates.a.example";
const lines = (given: Pair, domain = "a.example") => linesOf({ domains, certificates: { [domain]: given } });

let good: Pair;
let other: Pair;
beforeAll(async () => {
  [good, other] = await Promise.all([pair(namesBelow("a.example")), pair(namesBelow("a.example"))]);
});

test("the right names, the right key and a valid time are fine", () => expect(lines(good)).toEqual([]));

test("so are wildcards, a chain, and paths of files", async () => {
  const wild = await pair(["a.example", "*.a.example"]);
  expect(lines(wild)).toEqual([]);
  const directory = mkdtempSync(join(tmpdir(), "prosody-stack-unit-"));
  const files = { certificate: join(directory, "a.crt"), key: join(directory, "a.key") };
  writeFileSync(files.certificate, good.certificate + other.certificate);
  writeFileSync(files.key, good.key);
  expect(lines(files)).toEqual([]);
  expect(pemText(files.key)).toBe(good.key);
  rmSync(directory, { recursive: true });
});

test("an IDN by either form of its name", async () => {
  const idn = await pair(namesBelow("xn--bcher-kva.example"));
  for (const domain of ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"]) {
    expect(linesOf({ domains: [{ name: "bücher.example" }], certificates: { [domain]: idn } })).toEqual([]);
  }
});

test("another's key", () => {
  expect(lines({ ...good, key: other.key })).toEqual([`${key}.key: found a key that is not the certificate's, expected the private key the certificate was made for`]);
});

test("missing names, each of them named", async () => {
  expect(lines(await pair(["a.example", "conference.a.example", "proxy.a.example"]))).toEqual([
    `${key}.certificate: found no alternative name for upload.a.example, pubsub.a.example, expected the domain and all its components`,
  ]);
});

test("a common name is no alternative name", async () => {
  const named = await pair(["a.example"], { alternatives: [] });
  expect(lines(named)).toEqual([`${key}.certificate: found no alternative name for ${namesBelow("a.example").join(", ")}, expected the domain and all its components`]);
});

test("names of components that are set are wanted in place of the usual ones", async () => {
  const given = { "a.example": await pair(["a.example", "rooms.example", "upload.a.example", "pubsub.a.example", "proxy.a.example"]) };
  expect(linesOf({ domains: [{ name: "a.example", rooms: "rooms.example" }], certificates: given })).toEqual([]);
});

test("expired", async () => {
  const expired = await pair(namesBelow("a.example"), { from: -30, to: -1 });
  expect(lines(expired)).toEqual([expect.stringMatching(/^prosody-stack:certificates\.a\.example\.certificate: found one that expired on \d{4}-\d\d-\d\dT[\d:.]+Z, expected a valid one; renew it$/)]);
});

test("not valid yet", async () => {
  const early = await pair(namesBelow("a.example"), { from: 1, to: 30 });
  expect(lines(early)).toEqual([expect.stringMatching(/^prosody-stack:certificates\.a\.example\.certificate: found one that is valid from \d{4}-\d\d-\d\dT[\d:.]+Z, expected one that is valid now$/)]);
});

test("the time that counts is now", () => {
  const settings = settingsFrom({ certificates: { "a.example": good } });
  expect(certificateProblems(settings)).toEqual([]);
  expect(certificateProblems(settings, new Date(Date.now() + 31 * 86_400_000))).toHaveLength(1);
});

test("garbage, in place of both", () => {
  expect(lines({ certificate: "/nonexistent.crt", key: "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n" })).toEqual([
    `${key}.certificate: found no readable certificate, expected PEM text or the path of a PEM file`,
    `${key}.key: found no readable private key, expected unencrypted PEM text or the path of a PEM file`,
  ]);
});

test("an encrypted key", () => {
  const encrypted = createPrivateKey(good.key).export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();
  expect(lines({ ...good, key: encrypted })).toEqual([`${key}.key: found no readable private key, expected unencrypted PEM text or the path of a PEM file`]);
});

test("everything at once", async () => {
  const wrong = await pair(["b.example"], { from: -30, to: -1 });
  expect(lines({ ...wrong, key: good.key })).toHaveLength(3);
});

test("a domain that is not served", () => {
  expect(lines(good, "b.example")).toEqual(["prosody-stack:certificates.b.example: found a domain that this stack does not serve, expected one of settings.domains"]);
});
