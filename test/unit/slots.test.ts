// Stacks of tests run side by side: no two of a kind may have the same ports and subnets, nor names of which one begins with another.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pathsBelow } from "../setup/files.ts";

interface Made {
  readonly name: string;
  readonly slot: string;
}

/** The stacks that the tests below a directory make; those of one file may share a slot. */
function stacks(directory: string, constructors: string): Made[] {
  const pattern = new RegExp(`(?:new (?:${constructors})|newStack)\\("([^"]+)", (\\d+|slot)\\b`, "g");
  return pathsBelow(directory).flatMap((path) => {
    const text = readFileSync(path, "utf8");
    const slotOf = (written: string) => (written === "slot" ? /^const slot = (\d+);$/m.exec(text)![1]! : written);
    const made = [...text.matchAll(pattern)].map(([, name, slot]) => ({ name: name!, slot: slotOf(slot!) }));
    return made.filter(({ slot }, index) => made.findIndex((other) => other.slot === slot) === index);
  });
}

/** Those whose ports or subnets are the bench's (bench/lib/stack.ts), and the second subnet of the update test. */
const taken = ["10", "16"];

const twice = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

test.each([
  ["test/e2e", "TestStack|TurnStack", 45, taken],
  ["test/kubernetes", "ClusterStack", 16, []],
])("%s: every stack has a slot of its own, and a name that is not how another's begins", (directory, constructors, atLeast, others) => {
  const found = stacks(directory, constructors);
  expect(found.length).toBeGreaterThan(atLeast);
  expect(twice([...others, ...found.map(({ slot }) => slot)])).toEqual([]);
  const names = found.map(({ name }) => name);
  expect(names.flatMap((name) => names.filter((other) => other.startsWith(`${name}-`)).map((other) => `${name}, ${other}`))).toEqual([]);
});

test("the networks outside of stacks with a TURN server are different quarters", () => {
  const quarters = stacks("test/e2e", "TurnStack").map(({ slot }) => String(Number(slot) % 4));
  expect(quarters.length).toBeGreaterThan(1);
  expect(twice(quarters)).toEqual([]);
});
