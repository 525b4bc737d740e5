// What keeps a pod from running, and what only looks like it.
import { expect, test } from "vitest";
import { type Pod, troubleOf } from "../../../ops/kubernetes/pods.ts";

const failed = (metadata: object) => ({ kind: "Pod", metadata: { name: "prosody-0", ...metadata }, status: { phase: "Failed", reason: "Evicted", message: "The node was low on resource" } }) as Pod;

test("a pod that has failed is told with its reason", () => {
  expect(troubleOf(failed({}))).toBe("pod prosody-0: Evicted: The node was low on resource");
});

test("one that is to go may end however it likes: the next one is what is waited for", () => {
  expect(troubleOf(failed({ deletionTimestamp: "2026-11-29T19:26:00Z" }))).toBeUndefined();
});
