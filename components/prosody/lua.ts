// Lua literals from plain data. Prosody's generated settings table goes through here, so any string an operator
// writes has to come out of Lua as the same bytes.

export type LuaValue =
  | string
  | number
  | boolean
  | readonly LuaValue[]
  | { readonly [key: string]: LuaValue | undefined };

/**
 * The Lua 5.4 literal of a value: strings by bytes (UTF-8), arrays as sequences, objects as tables with sorted keys.
 * Absent (`undefined`) keys are left out.
 *
 * @throws TypeError for a number that is not finite: Lua has no literal for it.
 * @example luaValue({ name: "xmpp.localhost", ports: [5222] }) // { name = "xmpp.localhost", ports = { 5222 } }
 * @see https://www.lua.org/manual/5.4/manual.html#3.1
 */
export function luaValue(value: LuaValue, indent = ""): string {
  if (typeof value === "string") return luaString(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`Lua has no literal for ${value}`);
    return String(value);
  }
  const inner = `${indent}\t`;
  const entries = isList(value)
    ? value.map((item) => luaValue(item, inner))
    : Object.keys(value)
        .filter((key) => value[key] !== undefined)
        .toSorted()
        .map((key) => `${luaKey(key)} = ${luaValue(value[key] as LuaValue, inner)}`);
  if (entries.length === 0) return "{}";
  return `{\n${entries.map((entry) => `${inner}${entry};\n`).join("")}${indent}}`;
}

const words = new Set(
  ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while").split(
    " ",
  ),
);

function luaKey(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) && !words.has(key) ? key : `[${luaString(key)}]`;
}

function luaString(text: string): string {
  let quoted = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === "\\") quoted += `\\${char}`;
    else if (byte >= 0x20 && byte !== 0x7f && byte < 0x80) quoted += char;
    else quoted += `\\${String(byte).padStart(3, "0")}`;
  }
  return `"${quoted}"`;
}

function isList(value: LuaValue): value is readonly LuaValue[] {
  return Array.isArray(value);
}
