import { expect, test } from "vitest";
import { leftOut } from "../../../ops/pulumi-left-out.ts";

const resource = (type: string, name: string) => ({ urn: `urn:pulumi:dev::prosody-stack::parent$${type}::${name}`, type });
const volume = "docker:index/volume:Volume";

test("what the program registers no more is left out, by its type and its name", () => {
  const known = [resource(volume, "prosody-server-data"), resource(volume, "backup-server-repository"), resource("docker:index/network:Network", "backup-server-repository")];
  const asked = [
    { type: volume, name: "prosody-server-data" },
    { type: "docker:index/network:Network", name: "backup-server-repository" },
  ];
  expect(leftOut(known, asked)).toEqual([known[1]]);
});
