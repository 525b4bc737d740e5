// Lua literals: their exact form. That Lua reads them back as the same bytes is seen in test/components/lua.test.ts.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type LuaValue, luaValue } from "../../components/prosody/lua.ts";

test.each<[LuaValue, string]>([
  ["plain", '"plain"'],
  ["", '""'],
  ['a "quoted" \\ one', '"a \\"quoted\\" \\\\ one"'],
  ["two\nlines\r\n\tand\0nul", '"two\\010lines\\013\\010\\009and\\000nul"'],
  ["é", '"\\195\\169"'],
  ["\u007f", '"\\127"'],
  ["]] --[[ $x %s", '"]] --[[ $x %s"'],
  [0, "0"],
  [-1.5, "-1.5"],
  [1e21, "1e+21"],
  [true, "true"],
  [false, "false"],
  [[], "{}"],
  [{}, "{}"],
  [["a", 1], '{\n\t"a";\n\t1;\n}'],
  [{ b: 1, a: "x", none: undefined }, '{\n\ta = "x";\n\tb = 1;\n}'],
  [{ and: 1, "a-b": 2, "1": 3, _: 4, é: 5 }, '{\n\t["1"] = 3;\n\t_ = 4;\n\t["a-b"] = 2;\n\t["and"] = 1;\n\t["\\195\\169"] = 5;\n}'],
  [{ outer: { inner: ["x"] } }, '{\n\touter = {\n\t\tinner = {\n\t\t\t"x";\n\t\t};\n\t};\n}'],
])("%j", (value, literal) => expect(luaValue(value)).toBe(literal));

test.each([NaN, Infinity, -Infinity])("%s has no literal", (value) => expect(() => luaValue(value)).toThrow(TypeError));

test("a literal is printable ASCII with tabs and newlines of its own, and every quote in it is escaped", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(luaValue(text)).toMatch(/^"(?:[ !#-[\]-~]|\\["\\]|\\\d{3})*"$/);
    }),
  );
});

test("the order of keys does not matter", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (keys) => {
      const table = (names: string[]) => luaValue(Object.fromEntries(names.map((name) => [name, name])));
      expect(table(keys)).toBe(table(keys.toReversed()));
    }),
  );
});
