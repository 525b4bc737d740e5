// npm run docs: docs/settings.md and the table in README.md, made of the schema and the defaults, so that they cannot say anything else.
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type Environment, type Scale, defaultsFor, environmentDefaults, scaleDefaults } from "../settings/defaults.ts";
import { settingsSchema } from "../settings/schema.ts";

export const settingsDocumentPath = "docs/settings.md";

interface Row {
  readonly key: string;
  readonly purpose: string;
  readonly expected: string;
  readonly defaults: string;
}

/** The text of docs/settings.md. */
export function settingsDocument(): string {
  const rows = Object.entries(settingsSchema.shape).flatMap(([key, schema]) => rowsOf(key, schema));
  return `${introduction}
| key | what for | value | default |
| --- | --- | --- | --- |
${rows.map(({ key, purpose, expected, defaults }) => `| \`${key}\` | ${cell(purpose)} | ${cell(expected)} | ${cell(defaults)} |`).join("\n")}
`;
}

/** README.md with its table of settings, one row for each at the top, as the schema has them now. */
export function readmeWithSettings(readme: string): string {
  const rows = Object.entries(settingsSchema.shape).map(([key, schema]) => `| \`${key}\` | ${cell(purposeOf(schema))} |`);
  const table = `| setting | what for |\n| --- | --- |\n${rows.join("\n")}`;
  return readme.replace(/(?<=<!-- settings -->\n)[^]*(?=<!-- \/settings -->)/, `${table}\n`);
}

const introduction = `# Settings

Made from \`settings/schema.ts\` and \`settings/defaults.ts\` by \`npm run docs\`; do not edit it by hand.

They stand in \`Pulumi.<stack>.yaml\`, below \`config:\`, each with \`prosody-stack:\` before its name:

\`\`\`yaml
config:
  prosody-stack:scale: personal
  prosody-stack:domains: [{ name: xmpp.example.org }]
  prosody-stack:uploads: { maxSize: 50MB }
\`\`\`

Only \`domains\` has to be set. An object is filled up with its defaults key by key, a list is replaced as a whole. A
setting that cannot work is refused before anything changes, with one line for each.

- **Sizes**: \`B\`, \`kB\`, \`MB\`, \`GB\`, \`TB\` by thousands; \`KiB\`, \`MiB\`, \`GiB\`, \`TiB\` by 1024.
- **Durations**: \`s\`, \`min\`, \`h\`, \`d\`, \`w\`, \`mo\` (31 days), \`y\` (365.2425 days).
- **Rates**: \`kb/s\` and \`kB/s\` alike are thousands of bytes per second.
- **Defaults** are those of \`environment: production\`, of all three scales where no scale is named.
`;

function rowsOf(key: string, schema: z.core.$ZodType): Row[] {
  const inner = withoutOptional(schema);
  const below = childrenOf(key, inner);
  if (below && inner instanceof z.ZodObject) return below;
  const row = { key, purpose: purposeOf(schema), expected: expectedOf(inner), defaults: defaultsOf(key) };
  return [row, ...(below ?? [])];
}

function childrenOf(key: string, schema: z.core.$ZodType): Row[] | undefined {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.core.$ZodType>).flatMap(([name, child]) => rowsOf(`${key}.${name}`, child));
  }
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject) return childrenOf(`${key}[]`, schema.element);
  if (schema instanceof z.ZodRecord && schema.valueType instanceof z.ZodObject) return childrenOf(`${key}.<domain>`, schema.valueType);
  return undefined;
}

function purposeOf(schema: z.core.$ZodType): string {
  return z.globalRegistry.get(schema)?.description ?? (schema instanceof z.ZodOptional ? purposeOf(schema.unwrap()) : "See the line above.");
}

/** What the schema itself says that it expects, to whoever gives it something else. */
function expectedOf(schema: z.core.$ZodType): string {
  const whole = complaint(schema, undefined);
  const text = schema instanceof z.ZodString ? complaint(schema, "\0") : undefined;
  const element = schema instanceof z.ZodArray && !(schema.element instanceof z.ZodObject) ? complaint(schema.element, undefined) : undefined;
  if (element !== undefined && !whole?.includes("such as")) return `${whole}, each ${element}`;
  return text ?? whole ?? "";
}

function complaint(schema: z.core.$ZodType, value: unknown): string | undefined {
  return z.safeParse(schema, value).error?.issues[0]?.message;
}

function defaultsOf(key: string): string {
  const scales = Object.keys(scaleDefaults) as Scale[];
  const environments = Object.keys(environmentDefaults).filter((name) => name !== "production") as Environment[];
  const value = (scale: Scale, environment: Environment) => shown(valueAt({ admins: [], ...defaultsFor(scale, environment, "<stack>"), ...selectors }, key));
  const byScale = scales.map((scale) => value(scale, "production"));
  const same = new Set(byScale).size === 1;
  return [
    ...(same ? [byScale[0]!] : scales.map((scale, index) => `${scale}: ${byScale[index]!}`)),
    ...environments.flatMap((environment) => {
      const other = value(scales[0]!, environment);
      return other === byScale[0] ? [] : [`${environment}: ${other}`];
    }),
  ].join("; ");
}

/** The settings that choose the defaults have a default too: what is taken when they are not set. */
const selectors = { scale: "personal", environment: "production" } as const;

function valueAt(value: unknown, key: string): unknown {
  return key.split(".").reduce<unknown>((at, name) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined), value);
}

function shown(value: unknown): string {
  if (value === undefined) return "–";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/`[^`]*`/g, (code) => code.replaceAll("&lt;", "<"));
}

function withoutOptional(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? withoutOptional(schema.unwrap()) : schema;
}

if (import.meta.main) {
  writeFileSync(settingsDocumentPath, settingsDocument());
  writeFileSync("README.md", readmeWithSettings(readFileSync("README.md", "utf8")));
  process.stdout.write(`written to ${settingsDocumentPath} and README.md\n`);
}
