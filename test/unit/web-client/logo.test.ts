// Logos: what is taken for an image, by what is in the file, and the one line for what is not.
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { logoUri } from "../../../settings/logo.ts";
import { domains, linesOf } from "../settings/parsed.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const directory = temporaryDirectory();
const problems = (logo: string) => linesOf({ domains, webClient: { logo } });

function file(name: string, content: string | Buffer): string {
  writeFileSync(directory(name), content);
  return directory(name);
}

const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");

describe("images", () => {
  test.each<[string, string | Buffer, string]>([
    ["a PNG", png, "image/png"],
    ["a JPEG", Buffer.from("ffd8ffe000104a464946", "hex"), "image/jpeg"],
    ["a WebP", Buffer.from("524946462400000057454250565038", "hex"), "image/webp"],
    ["an SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"],
    ["an SVG with all that may stand before", '\ufeff<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [ <!ENTITY a "b"> ]>\n<svg\nwidth="1"/>', "image/svg+xml"],
  ])("%s, whatever its name", (_, content, type) => {
    const path = file("logo.txt", content);
    expect(problems(path)).toEqual([]);
    expect(logoUri(path)).toBe(`data:${type};base64,${Buffer.from(content).toString("base64")}`);
  });

  test("of 256 KiB", () => expect(problems(file("large.png", Buffer.concat([png], 256 * 1024)))).toEqual([]));
});

describe("one line for", () => {
  const line = (text: string) => [`prosody-stack:webClient.logo: ${text}`];
  const other = (path: string) => line(`found ${path} with something else in it, expected an SVG, PNG, JPEG or WebP image`);

  test("a file that is not there", () => expect(problems("/nonexistent.png")).toEqual(line("found /nonexistent.png, expected the path of a file that exists")));

  test("a directory", () => {
    mkdirSync(directory("logos"));
    expect(problems(directory("logos"))).toEqual(line(`found ${directory("logos")}, expected the path of a file that exists`));
  });

  test("a file that is too large", () => {
    const path = file("larger.png", Buffer.concat([png], 256 * 1024 + 1));
    expect(problems(path)).toEqual(line(`found ${path} with 262145 bytes, expected at most 256 KiB (262144 bytes); make it smaller`));
  });

  test.each<[string, string | Buffer]>([
    ["a GIF", "GIF89a"],
    ["a page with an image in it", "<!DOCTYPE html><html><svg/></html>"],
    ["an element of another name", "<svgx/>"],
    ["a RIFF file of another kind", "RIFF\0\0\0\0WAVEfmt "],
    ["an empty file", ""],
  ])("%s", (_, content) => {
    const path = file("other.png", content);
    expect(problems(path)).toEqual(other(path));
    expect(() => logoUri(path)).toThrow(path);
  });
});
