// What Docker says of a push, and what the operator is told of it.
import { expect, test } from "vitest";
import { digestOf, refusal } from "../../../ops/kubernetes/registry.ts";

const name = "registry.example.org/xmpp/prosody:0123456789ab";
const digest = `sha256:${"a1".repeat(32)}`;

test("the digest stands in the last line", () => {
  expect(digestOf(`The push refers to repository [registry.example.org/xmpp/prosody]\n0cc93852ee8c: Layer already exists\n0123456789ab: digest: ${digest} size: 528`)).toBe(digest);
  expect(digestOf("The push refers to repository [registry.example.org/xmpp/prosody]")).toBeUndefined();
});

test.each([
  ["no basic auth credentials", /^prosody-stack:kubernetes\.registry: registry\.example\.org\/xmpp\/prosody may not be pushed to .*: no basic auth credentials; run docker login registry\.example\.org$/],
  ["denied: requested access to the resource is denied", /: denied: .*; run docker login registry\.example\.org$/],
  ["The push refers to repository [x]\nunauthorized: authentication required", /: unauthorized: authentication required; run docker login registry\.example\.org$/],
  ['Error response from daemon: Get "https://registry.example.org/v2/": dial tcp: lookup registry.example.org: no such host\n', /^prosody-stack:kubernetes\.registry: found registry\.example\.org, which does not answer: Get "https.*no such host$/],
  ['Get "https://registry.example.org/v2/": http: server gave HTTP response to HTTPS client', /which does not answer: /],
  ['Get "https://registry.example.org/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority', /which does not answer: /],
  ["received unexpected HTTP status: 507 Insufficient Storage", /^registry\.example\.org\/xmpp\/prosody:0123456789ab: cannot be pushed: received unexpected HTTP status: 507 Insufficient Storage$/],
])("%j is told in one line", (said, expected) => expect(refusal(name, said)).toMatch(expected));

test("Docker's own registry is logged in to without a name", () => {
  expect(refusal("xmpp/prosody:0123456789ab", "denied: requested access to the resource is denied")).toMatch(/; run docker login$/);
});
