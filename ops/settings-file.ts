// A stack's settings file, changed without touching what else stands in it: comments, order and the way it is written stay.
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Document, type Pair, type Scalar, YAMLMap, isMap, parseDocument } from "yaml";
import { namespace } from "../settings/problems.ts";
import { OperatorError } from "./errors.ts";

/** Keys of settings that are objects, with what they are to be; what is undefined goes, and a setting without any key goes too. */
export type SettingsChange = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export class SettingsFile {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws OperatorError where it could not be changed */
  refuseUnwritable(): void {
    try {
      accessSync(this.path, constants.W_OK);
    } catch {
      throw new OperatorError(`${this.path}: this user may not write the settings, which say what is restored; run this as the user who may, or set restore and generation by hand (docs/restore.md)`);
    }
  }

  change(change: SettingsChange): void {
    writeFileSync(this.path, changedSettings(readFileSync(this.path, "utf8"), change));
  }
}

/** The text of a settings file after a change. @throws OperatorError where it is no YAML with settings in it */
export function changedSettings(text: string, change: SettingsChange): string {
  return Object.entries(change).reduce((before, [setting, keys]) => withSetting(before, `${namespace}:${setting}`, keys), text);
}

function withSetting(text: string, key: string, keys: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(text);
  const config = document.get("config");
  if (document.errors.length > 0 || !isMap(config)) throw new OperatorError("the settings file has no map config in it; look at it");
  const old = config.items.find(isOf(key));
  const { start, end } = old === undefined ? endOf(config, text) : extentOf(old, text);

  const value = valueOf(document, old);
  for (const [name, wanted] of Object.entries(keys)) {
    if (wanted === undefined) value.delete(name);
    else value.set(name, wanted);
  }
  if (value.items.length === 0) config.delete(key);
  else config.set(document.createNode(key), value);

  if (isJson(text)) return `${JSON.stringify(document.toJS(), null, 2)}\n`;
  const line = value.items.length === 0 ? "" : entry(config.items.find(isOf(key))!, columnOf(config, text));
  const before = start > 0 && text[start - 1] !== "\n" ? `${text.slice(0, start)}\n` : text.slice(0, start);
  const spliced = before + line + text.slice(end);
  // What is written in a way that has no lines of its own for a setting is written anew.
  return !config.flow && isDeepStrictEqual(contentOf(spliced), document.toJS()) ? spliced : document.toString({ lineWidth: 0 });
}

const isOf = (key: string) => (pair: Pair) => String((pair.key as Scalar).value) === key;

/** The object that a setting is, which may be written as JSON in a text, as `pulumi config set` does. */
function valueOf(document: Document, pair: Pair | undefined): YAMLMap {
  if (isMap(pair?.value)) return pair.value;
  const text = (pair?.value as Scalar | null | undefined)?.value;
  const value = document.createNode(typeof text === "string" && text !== "" ? (JSON.parse(text) as object) : {}) as YAMLMap;
  value.flow = true;
  return value;
}

/** From the beginning of a setting's first line to the end of its last one, with what is said behind it. */
function extentOf(pair: Pair, text: string): { start: number; end: number } {
  const start = lineStart(text, rangeOf(pair.key)![0]);
  return { start, end: lineEnd(text, rangeOf(pair.value ?? pair.key)![1]) };
}

/** Where a further setting comes. */
function endOf(config: YAMLMap, text: string): { start: number; end: number } {
  const last = config.items.at(-1);
  const end = last === undefined ? text.length : extentOf(last, text).end;
  return { start: end, end };
}

function rangeOf(node: unknown): [number, number, number] | undefined {
  return (node as { range?: [number, number, number] }).range;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  if (text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

function columnOf(config: YAMLMap, text: string): number {
  const first = rangeOf(config.items[0]?.key)?.[0] ?? 2;
  return first - lineStart(text, first);
}

/** A setting as lines of its own. */
function entry(pair: Pair, column: number): string {
  const own = new Document();
  const map = new YAMLMap();
  map.items.push(pair);
  const { commentBefore, spaceBefore } = pair.key as Scalar;
  Object.assign(pair.key as Scalar, { commentBefore: undefined, spaceBefore: undefined }); // stands before the lines
  own.contents = map;
  const text = own.toString({ lineWidth: 0 });
  Object.assign(pair.key as Scalar, { commentBefore, spaceBefore });
  return text.replace(/^(?=.)/gm, " ".repeat(column));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function contentOf(text: string): unknown {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : document.toJS();
}
