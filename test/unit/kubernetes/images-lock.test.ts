// images.lock: what it says, what a push makes of it, and what is no line of it.
import { describe, expect, test } from "vitest";
import { imagesLockText, mergedImagesLock, parseImagesLock, readImagesLock } from "../../../platform/kubernetes/images-lock.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const here = "registry.example.org/xmpp";
const there = "127.0.0.1:5000/xmpp";
const [prosody, nginx, other] = [`${here}/prosody:0123456789ab`, `${here}/nginx:0123456789ab`, `${there}/prosody:0123456789ab`];

describe("its text", () => {
  const lock = new Map([[prosody, digest("a")], [nginx, digest("b")], [other, digest("c")]]);

  test("is sorted, whatever the order", () => {
    const lines = [`${other} ${digest("c")}`, `${nginx} ${digest("b")}`, `${prosody} ${digest("a")}`];
    expect(imagesLockText(lock).split("\n")).toEqual([expect.stringMatching(/^# /), ...lines, ""]);
    expect(imagesLockText(new Map([...lock].toReversed()))).toBe(imagesLockText(lock));
  });

  test("is read as what was written", () => {
    expect(new Map([...parseImagesLock(imagesLockText(lock), "x")].toSorted())).toEqual(new Map([...lock].toSorted()));
    expect(parseImagesLock(imagesLockText(lock).replaceAll("\n", "\r\n"), "x").size).toBe(3);
  });

  test("may be missing altogether", () => expect(readImagesLock("/nowhere/images.lock")).toEqual(new Map()));
});

test.each([
  ["what a merge leaves", "<<<<<<< HEAD"],
  ["a digest that is cut off", `${prosody} sha256:abc`],
  ["no digest", prosody],
  ["a tag that is no hash", `${here}/prosody:latest ${digest("a")}`],
  ["no registry", `prosody:0123456789ab ${digest("a")}`],
])("%s is refused with the number of the line", (_, line) => {
  expect(() => parseImagesLock(`# comment\n\n${line}\n`, "images.lock")).toThrow(`images.lock:3: found ${line}, expected an image with its tag and its digest, such as `);
});

describe("after a push", () => {
  const old = `${here}/prosody:ffffffffffff`;
  const before = new Map([[old, digest("0")], [`${there}/prosody:ffffffffffff`, digest("0")], [nginx, digest("b")]]);

  test("a superseded tag of the same repository is gone, other repositories are as they were", () => {
    const after = mergedImagesLock(before, new Map([[prosody, digest("a")]]), new Set([prosody, nginx]));
    expect(Object.fromEntries(after)).toEqual({ [`${there}/prosody:ffffffffffff`]: digest("0"), [nginx]: digest("b"), [prosody]: digest("a") });
  });

  test("a tag that another stack still runs is kept", () => {
    expect(mergedImagesLock(before, new Map([[prosody, digest("a")]]), new Set([prosody, old])).get(old)).toBe(digest("0"));
  });

  test("a new digest takes the place of the one before", () => {
    expect(mergedImagesLock(before, new Map([[nginx, digest("d")]]), new Set([nginx])).get(nginx)).toBe(digest("d"));
  });
});
