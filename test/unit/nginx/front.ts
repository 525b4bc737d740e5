// The front of a stack, as Nginx reads the configuration that it is given.
import { frontFiles, scrapeTokensFile } from "../../../components/nginx/front-files.ts";
import { surroundingsOf } from "../../setup/surroundings.ts";
import { settingsFrom } from "../settings/parsed.ts";
import { type Directive, own, readConfiguration, valuesOf } from "./nginx-configuration.ts";

export type Given = Readonly<Record<string, unknown>>;

/** The whole configuration. */
export function read(given: Given = {}): Directive[] {
  const settings = settingsFrom(given);
  const files = frontFiles(settings, surroundingsOf(settings)).map(({ path, content }): [string, string] => [path, content as string]);
  return readConfiguration(new Map([...files, [scrapeTokensFile, '"~^(?i:Bearer) token$" 1;']])); // which is delivered beside them
}

/** What stands in the blocks of that name. */
export function block(directives: readonly Directive[], name: string): Directive[] {
  return own(directives, name).flatMap((directive) => directive.block);
}

/** What each server of a part has. */
export function servers(given: Given = {}, part: "http" | "stream" = "http"): (readonly Directive[])[] {
  return own(block(read(given), part), "server").map((server) => server.block);
}

/** The server of that host name. @throws when there is none */
export function named(given: Given, name: string): readonly Directive[] {
  const found = servers(given).find((server) => valuesOf(own(server, "server_name")).some((names) => names.split(" ").includes(name)));
  if (!found) throw new Error(`no server is named ${name}`);
  return found;
}
