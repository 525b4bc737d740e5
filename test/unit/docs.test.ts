// The documents that are made from something say what that says now, and their links lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readmeWithSettings, settingsDocument, settingsDocumentPath } from "../../ops/settings-doc.ts";
import { settingsSchema } from "../../settings/schema.ts";
import { pathsBelow } from "../setup/files.ts";

describe("docs/settings.md", () => {
  it("is what the generator makes of the schema (npm run docs)", () => {
    expect(readFileSync(settingsDocumentPath, "utf8")).toBe(settingsDocument());
  });

  it("has a row for every setting, and each says what for and what is expected", () => {
    const rows = settingsDocument()
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    for (const key of Object.keys(settingsSchema.shape)) {
      expect(rows.map(([, name]) => name)).toContainEqual(expect.stringMatching(new RegExp(`^\`${key}[\`.[]`)));
    }
    for (const [, name, purpose, expected, defaults] of rows) {
      expect([name, purpose]).toEqual([name, expect.stringMatching(/^[\S ]{8,}$/)]);
      expect([name, expected]).toEqual([name, expect.stringMatching(/^(?!Invalid).{4,}$/)]);
      expect([name, defaults]).toEqual([name, expect.stringMatching(/\S/)]);
    }
  });
});

it("README.md has the table of settings that the generator makes (npm run docs)", () => {
  const readme = readFileSync("README.md", "utf8");
  expect(readme).toBe(readmeWithSettings(readme));
  expect(readme).toContain("| `domains` |");
});

describe("links in the documents", () => {
  const documents = ["README.md", "CHANGELOG.md", ...pathsBelow("docs").filter((path) => path.endsWith(".md"))];

  it.each(documents)("%s links to files that are there", (path) => {
    const links = [...readFileSync(path, "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
  });
});
