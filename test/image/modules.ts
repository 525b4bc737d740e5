// Our programs' modules in an image, called one by one.
import { dockerOutput } from "./docker.ts";

/** Runs Lua that can require them, and returns what it prints, by lines. */
export async function withModules(image: string, code: string, input = "", ...options: string[]): Promise<string[]> {
  const program = `package.path = "/usr/lib/stack/?.lua;" .. package.path\n${code}`;
  return (await dockerOutput(["run", "--rm", "-i", "--network", "none", ...options, image, "/usr/bin/lua5.4", "-e", program], input)).split("\n");
}
