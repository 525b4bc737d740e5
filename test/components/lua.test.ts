// Any string survives Lua: the image's own Lua reads what luaValue writes and gives back the same bytes.
import { execa } from "execa";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { luaValue } from "../../components/prosody/lua.ts";
import { prosodyImage } from "../setup/prosody-image.ts";

const awkward = [
  "", "\0", "\0" + "1", "\n", "\r\n", "\r", "\t", '"', "'", "\\", "\\n", "\\", "\\\\", '\\"', "]]", "--", "%s %d %%", "$host", "${x}", "#{x}", "\\z  x", "\\x41", "\\u{41}",
  "\x7f", "\x1b[31m", "\x1a", "é", "€", "🔑", "\u2028", "\ufeff", "\ufffd", "\u{10ffff}", "nil", "end", "0", " ", "é0", "\x001", "a".repeat(5000),
];

let image: string;
beforeAll(async () => void (image = await prosodyImage()));

/** What Lua prints for a program, line by line. */
async function lua(program: string): Promise<string[]> {
  const { stdout } = await execa("docker", ["run", "--rm", "--interactive", "--network", "none", "--entrypoint", "/usr/bin/lua5.4", image, "-"], { input: program });
  return stdout.split("\n");
}

const hex = (text: string) => Buffer.from(text, "utf8").toString("hex");

test("strings as values and as keys, and numbers, lists and nesting", async () => {
  const strings = [...new Set([...awkward, ...fc.sample(fc.string({ unit: "binary", maxLength: 60 }), 150), ...fc.sample(fc.string({ unit: "grapheme" }), 100)])];
  const numbers = [0, -1, 1.5, 5222, 2 ** 53 - 1, -(2 ** 31), 1e21, 1e-7, Number.MAX_VALUE, Number.MIN_VALUE, ...fc.sample(fc.double({ noDefaultInfinity: true, noNaN: true }), 50)];
  const lines = await lua(`
    local function hex(text) return (text:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)) end
    local strings = ${luaValue(strings)}
    local places = ${luaValue(Object.fromEntries(strings.map((text, index) => [text, index])))}
    for index, text in ipairs(strings) do print(hex(text), places[text]) end
    for _, number in ipairs(${luaValue(numbers)}) do print(("%.17g"):format(number)) end
    local tree = ${luaValue({ outer: [{ inner: [true, false, []] }, {}] })}
    print(#tree.outer, tree.outer[1].inner[1], tree.outer[1].inner[2], #tree.outer[1].inner[3], next(tree.outer[2]))
  `);
  expect(lines.slice(0, strings.length)).toEqual(strings.map((text, index) => `${hex(text)}\t${index}`));
  expect(lines.slice(strings.length, -1).map(Number)).toEqual(numbers.map((number) => number + 0));
  expect(lines.at(-1)).toBe("2\ttrue\tfalse\t0\tnil");
});
