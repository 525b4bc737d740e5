// The operator's colours, and what follows of them.
import { describe, expect, test } from "vitest";
import { themeStyles, themesOf } from "../../../components/web-client/theme.ts";

const variables = (css: string): Record<string, string> => Object.fromEntries([...css.matchAll(/^ {2}--([\w-]+): (.*) !important;$/gm)].map(([, name, value]) => [name!, value!]));
const textOn = (primary: string) => variables(themeStyles({ primary }))["button-text-color"];

test("without colours nothing of Converse.js is changed", () => {
  expect(themesOf({})).toEqual({ theme: "classic", dark_theme: "dracula" });
  expect(themeStyles({})).not.toContain("!important");
});

test.each([
  ["#fff8e7", "classic"],
  ["#10261C", "dracula"],
])("a background of %s is that of %s, whatever the browser prefers", (background, theme) => {
  expect(themesOf({ background })).toEqual({ theme, dark_theme: theme });
});

test("colours stand before those of any theme", () => {
  expect(variables(themeStyles({ primary: "#b00020", background: "#FFf8e7" }))).toEqual({
    "background-color": "#FFf8e7",
    "background-color-rgb": "255, 248, 231",
    "primary-color": "#b00020",
    "primary-color-hover": "#b00020",
    "primary-rgb": "176, 0, 32",
    "brand-heading-color": "#b00020",
    "chat-color": "#b00020",
    "controlbox-color": "#b00020",
    "focus-color": "#b00020",
    "heading-color": "#b00020",
    "link-color": "#b00020",
    "link-color-hover": "#b00020",
    "muc-color": "#b00020",
    "button-text-color": "#ffffff",
  });
  expect(themeStyles({ primary: "#b00020" })).toContain("\n.conversejs[data-converse-theme] {\n");
});

describe("text on a button is white or black, whichever has the greater contrast", () => {
  test.each([
    ["#000000", "#ffffff"],
    ["#ffffff", "#000000"],
    ["#ffd54f", "#000000"],
    ["#0000ff", "#ffffff"],
    ["#757575", "#ffffff"],
    ["#767676", "#000000"],
  ])("on %s: %s", (primary, text) => expect(textOn(primary)).toBe(text));
});
