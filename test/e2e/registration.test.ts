// New accounts: by invitation, or by anybody, who has to be confirmed then.
import { type Element, xml } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerOutput } from "../image/docker.ts";
import { Session } from "./client.ts";
import { People, domain } from "./people.ts";
import { TestStack } from "./stack.ts";
import { Stream } from "./stream.ts";

const stack = new TestStack("registration", 53, { registration: { mode: "invite", perAddress: 6 } });
// What a name server would say of the network's gateway, as which Docker's proxy presents everybody on this machine.
const listed = `unbound = { resolvconf = true; hoststxt = true; options = { ["local-data:"] = "${stack.gateway.split(".").toReversed().join(".")}.dnsbl.example. 60 IN A 127.0.0.2" } }\n`;
const people = new People(stack);
let admin: Session;
let bob: Session;

beforeAll(async () => {
  await stack.up();
  await people.create("bob", "nathan");
  await arrive();
});

async function arrive(): Promise<void> {
  admin = await Session.open({ service: stack.service(), domain, username: "admin", password: stack.outputs.adminPassword });
  await admin.send(xml("presence"));
  bob = await people.online("bob");
}

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
});

/** Asks for an account, with an invitation's token or without (XEP-0077, XEP-0445), and returns the last answer. */
async function register(username: string, token?: string, password = people.password): Promise<string> {
  const stream = await Stream.directTls(stack.ports.c2sDirectTls, domain);
  await stream.open();
  let answer = "";
  if (token !== undefined) answer = await stream.answer(`<iq type='set' id='token'><preauth xmlns='urn:xmpp:pars:0' token='${token}'/></iq>`, /<\/iq>|<iq [^>]*\/>/);
  if (!answer.includes("type='error'")) {
    answer = await stream.answer(`<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>${username}</username><password>${password}</password></query></iq>`, /<\/iq>|<iq [^>]*\/>/);
  }
  stream.close();
  return answer;
}

const invite = async (...options: string[]) => (await stack.succeed("xmpp", "invite", ...options)).trim();
const tokenIn = (link: string) => /;preauth=([\w-]+)$/.exec(link)![1]!;
const chat = (to: string, body: string) => xml("message", { to, type: "chat" }, xml("body", {}, body));
const toldAdmin = (username: string) => admin.next(`news of ${username}`, (stanza) => stanza.attrs.from === domain && (stanza.getChildText("body") ?? "").startsWith(`User ${username} just registered on ${domain} from `));
const errorFrom = (session: Session, from: string): Promise<Element> => session.next(`an error from ${from}`, (stanza) => stanza.attrs.type === "error" && stanza.attrs.from === from);

describe("by invitation", () => {
  test("nobody gets an account without one", async () => {
    expect(await register("nobody")).toContain("Registration on this server is through invitation only");
  });

  test("a command makes one, as a link, which is good for one account; administrators are told of it", async () => {
    const link = await invite();
    expect(link).toMatch(new RegExp(`^xmpp:${domain}\\?register;preauth=[\\w-]+$`));
    expect(await register("ida", tokenIn(link))).toContain("type='result'");
    await toldAdmin("ida");
    expect(await register("ivan", tokenIn(link))).toContain("The invite token is invalid or expired");
  });

  test("whom somebody has invited needs no confirmation", async () => {
    const ida = await people.online("ida");
    await ida.send(chat(bob.bare, "hello from ida"));
    await bob.message("hello from ida");
  });

  test("it can be for a name, and for a time", async () => {
    const link = await invite("isaac", "--ttl", "1s", "--domain", domain);
    expect(link).toMatch(new RegExp(`^xmpp:isaac@${domain}\\?register;preauth=`));
    await expect.poll(() => register("isaac", tokenIn(link)), { timeout: 20_000, interval: 1000 }).toContain("The invite token is invalid or expired");
  });

  test.each([
    [["--ttl", "soon"], "error: --ttl: found soon, expected a duration such as 12h or 7d"],
    [["--domain", "two.test"], "error: --domain: found two.test, expected one of one.test"],
    [["--colour", "red"], "error: unknown option '--colour'"],
  ])("what it does not understand it says: %j", async (options, line) => {
    const { exitCode, output } = await stack.run("xmpp", "invite", ...options);
    expect([exitCode, output.trim()]).toEqual([1, line]);
  });
});

describe("open to anybody", () => {
  let nora: Session;

  beforeAll(async () => {
    await Session.closeAll();
    stack.settings = { ...stack.settings, registration: { mode: "open", perAddress: 3 }, overrides: stack.write("overrides.cfg.lua", listed) };
    await stack.up();
    await arrive();
  });

  test("who comes gets an account, and administrators are told of it", async () => {
    expect(await register("nora")).toContain("type='result'");
    await toldAdmin("nora");
  });

  test("with which administrators can be written to, and nobody else yet", async () => {
    nora = await people.online("nora");
    await nora.send(chat(admin.bare, "please let me in"));
    await admin.message("please let me in");
    for (const to of [bob.bare, "somebody@other.example", `upload.${domain}`]) {
      await nora.send(chat(to, "hello from nora"));
      expect((await errorFrom(nora, to)).getChild("error")!.toString()).toContain("has yet to be confirmed by an administrator");
    }
    await nora.send(xml("presence", { to: `tea@conference.${domain}/nora` }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
    expect((await errorFrom(nora, `tea@conference.${domain}/nora`)).getChild("error")!.toString()).toContain("has yet to be confirmed");
    expect(await bob.archived("hello from nora")).toEqual([]);
  });

  test("until one of them confirms it", async () => {
    await dockerOutput(["exec", stack.container, "prosodyctl", "shell", "user", "set_role", nora.bare, "prosody:registered"]);
    nora = await people.online("nora", "again");
    await nora.send(chat(bob.bare, "hello from nora at last"));
    await bob.message("hello from nora at last");
  });

  test("whose address is on a DNS block list gets none, as soon as the settings name it, without a restart", async () => {
    const before = await stack.identity();
    const registration = { mode: "open", perAddress: 3 };
    stack.settings = { ...stack.settings, registration: { ...registration, blocklists: ["other.example", "dnsbl.example"] } };
    await stack.up();
    expect(await register("dora")).toContain("Your address is on the block list dnsbl.example");
    stack.settings = { ...stack.settings, registration };
    await stack.up();
    expect(await stack.identity()).toEqual(before);
  });

  test("a password has to be good", async () => {
    expect(await register("nobody", undefined, "short-one")).toContain("Password is too short (minimum 12 characters)");
  });

  test.each([
    ["short-one", "Password is too short (minimum 12 characters)"],
    ["my name is nathan", "Password must not include your username"],
  ])("also when it is changed: %j", async (password, reason) => {
    const nathan = await people.online("nathan");
    const change = xml("query", { xmlns: "jabber:iq:register" }, xml("username", {}, "nathan"), xml("password", {}, password));
    await expect(nathan.request("set", change, domain)).rejects.toThrow(reason);
  });

  test("of one address only so many come in a time", async () => {
    expect(await register("norman")).toContain("type='result'");
    expect(await register("nadia")).toContain("Too many registrations from this IP address recently");
  });
});
