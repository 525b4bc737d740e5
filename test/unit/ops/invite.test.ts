// What Prosody is asked for an invitation.
import { expect, test } from "vitest";
import { type Invitation, inviteCommand } from "../../../ops/invite.ts";
import { domains, settingsFrom } from "../settings/parsed.ts";

const command = (invitation: Invitation, given: object = {}) => inviteCommand(settingsFrom({ registration: { mode: "invite" }, ...given }), invitation);
const several = { domains: [...domains, { name: "bücher.example" }] };
const asked = ["prosodyctl", "shell", "invite", "create_account"];

test.each<[Invitation, object, string[]]>([
  [{}, {}, ["a.example"]],
  [{ username: "ida" }, {}, ["ida@a.example"]],
  [{ ttl: "12h" }, {}, ["a.example", "--expires-after", "43200s"]],
  [{ domain: "xn--bcher-kva.example" }, several, ["bücher.example"]],
])("%j", (invitation, given, words) => expect(command(invitation, given)).toEqual([...asked, ...words]));

test.each<[Invitation, object, string]>([
  [{}, { registration: { mode: "closed" } }, "registration.mode: found closed"],
  [{}, several, "--domain: found none, expected one of a.example, bücher.example"],
  [{ domain: "b.example" }, {}, "--domain: found b.example, expected one of a.example"],
  [{ username: "two words" }, {}, "username: found two words"],
  [{ ttl: "0s" }, {}, "--ttl: found 0s"],
])("%j is refused", (invitation, given, line) => expect(() => command(invitation, given)).toThrow(line));
