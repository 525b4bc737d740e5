// The web client in Chromium, with the stack's CA in the browser's own certificate store: what a newcomer does with it.
import { mkdirSync } from "node:fs";
import { xml } from "@xmpp/client";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { ensureBrowser } from "../setup/browser.ts";
import { Witness, startChromium } from "./chromium.ts";
import { Session } from "./client.ts";
import { ConversePage } from "./converse-page.ts";
import { resolveHere } from "./names.ts";
import { People, domain } from "./people.ts";
import { cupOfTea } from "./picture.ts";
import { items } from "./pubsub.ts";
import { affiliate, joinRoom, say } from "./rooms.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const rooms = `${componentLabels.rooms}.${domain}`;
const uploads = `${componentLabels.upload}.${domain}`;
const omemo = "urn:xmpp:omemo:2";
const tea = { name: "tea.png", mimeType: "image/png", buffer: cupOfTea() };
const logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="#7a3b12"><path d="M4 12h18v6a8 8 0 0 1-8 8h-2a8 8 0 0 1-8-8zM22 14h2a4 4 0 0 1 0 8h-3v-2h3a2 2 0 0 0 0-4h-2zM8 4h2v5H8zM13 4h2v5h-2zM18 4h2v5h-2z"/></svg>';

const stack = new TestStack("browser", 44);
const people = new People(stack);
const site = `https://${domain}:${stack.ports.https}`;
let browser: Browser;
let bob: Session;
let alice: { page: ConversePage; witness: Witness };
let carol: { page: ConversePage; witness: Witness };

/** A browser context of a person's own, which prefers German, and what goes on in it. */
async function newcomer(locale = "de-DE"): Promise<{ context: BrowserContext; witness: Witness }> {
  const context = await browser.newContext({ locale, viewport: { width: 1280, height: 800 } });
  return { context, witness: await Witness.of(context) };
}

beforeAll(async () => {
  resolveHere(domain);
  stack.settings = { ...stack.settings, webClient: { name: "Tea House", logo: stack.write("logo.svg", logo), colors: { primary: "#7a3b12", background: "#fff8e7" }, language: "en" } };
  await Promise.all([stack.up(), ensureBrowser()]);
  await people.create("alice", "bob", "carol");
  browser = await startChromium(domain, { path: stack.write("ca.crt", stack.outputs.caCertificate) });
  for (const name of ["Alice", "Carol"]) {
    const session = await people.online(name.toLowerCase());
    await session.request("set", xml("vCard", { xmlns: "vcard-temp" }, xml("FN", {}, name), xml("NICKNAME", {}, name)));
    await session.close();
  }
  bob = await people.online("bob");
});

afterAll(async () => {
  await Session.closeAll();
  await browser.close();
  await stack.remove();
});

test("a browser that does not trust the stack's CA refuses the page", async () => {
  const stranger = await startChromium(domain);
  const page = await stranger.newPage();
  await expect(page.goto(site)).rejects.toThrow(/net::ERR_CERT_AUTHORITY_INVALID/);
  await stranger.close();
});

test("the page has the name, logo, colours and language of the settings", async () => {
  const { context, witness } = await newcomer();
  const page = await ConversePage.open(context, site);
  alice = { page, witness };
  expect(await page.page.title()).toBe("Tea House");
  expect(await page.page.locator("converse-brand-logo").innerText()).toBe("Tea House");
  expect(await page.page.locator("converse-brand-logo img").getAttribute("src")).toBe(`data:image/svg+xml;base64,${Buffer.from(logo).toString("base64")}`);
  expect(await page.style("#converse-login [type=submit]", "background-color")).toBe("rgb(122, 59, 18)");
  expect(await page.style("#conversejs", "background-color")).toBe("rgb(255, 248, 231)");
  expect(await page.page.locator("label[for=converse-login-password]").innerText()).toBe("Password"); // the browser would have liked German
});

test("people log in", async () => {
  await alice.page.login(people.jid("alice"), people.password);
  const { context, witness } = await newcomer();
  carol = { page: await ConversePage.open(context, site), witness };
  await carol.page.login(people.jid("carol"), people.password);
});

test("messages go to another client, and come from it", async () => {
  await alice.page.addContact(people.jid("bob"), "Bob");
  await bob.next("Alice's request", (stanza) => stanza.is("presence") && stanza.attrs.type === "subscribe");
  await bob.send(xml("presence", { to: people.jid("alice"), type: "subscribed" }));
  await alice.page.send("Shall we have tea?");
  const received = await bob.message("Shall we have tea?");
  expect(received.attrs.from).toMatch(new RegExp(`^${people.jid("alice")}/`));
  await bob.send(xml("message", { to: received.attrs.from, type: "chat" }, xml("body", {}, "With pleasure")));
  await alice.page.message("With pleasure");
});

test("a room is joined and talked in", async () => {
  const room = `tearoom@${rooms}`;
  await joinRoom(bob, room, "Bob");
  await affiliate(bob, room, people.jid("alice"), "member");
  await alice.page.openRoom(room);
  await alice.page.send("Hello everybody");
  expect((await bob.message("Hello everybody")).attrs.from).toBe(`${room}/Alice`);
  await say(bob, room, "Welcome, Alice");
  await alice.page.message("Welcome, Alice");
});

test("a picture is uploaded, shown, and is the same for others", async () => {
  await alice.page.sendFile(tea);
  const message = await bob.next("the picture", (stanza) => stanza.getChild("x", "jabber:x:oob") !== undefined);
  const url = message.getChildText("body")!;
  expect(new URL(url).host).toBe(`${uploads}:${stack.ports.https}`);
  const file = await fetchFrom(url);
  expect({ status: file.status, type: file.headers["content-type"], same: file.body.equals(tea.buffer) }).toEqual({ status: 200, type: "image/png", same: true });
  expect(await alice.page.pictureWidth()).toBe(480);
});

test("between web clients messages are encrypted end to end (OMEMO): the server has none of the text", async () => {
  await expect.poll(() => omemoDevices("alice"), { timeout: 10_000 }).toHaveLength(1);
  await expect.poll(() => omemoDevices("carol"), { timeout: 10_000 }).toHaveLength(1);
  await alice.page.addContact(people.jid("carol"), "Carol");
  await carol.page.acceptContact(people.jid("alice"), "Alice");
  await alice.page.encrypted();
  await alice.page.send("the recipe is a secret");
  await carol.page.openChat(people.jid("alice"));
  expect(await (await carol.page.message("the recipe is a secret")).getAttribute("data-encrypted")).toBe("true");
  await carol.page.send("nobody will know");
  expect(await (await alice.page.message("nobody will know")).getAttribute("data-encrypted")).toBe("true");

  const session = await Session.open(people.login("alice", "archive"));
  const { messages } = await session.archivePage({ filters: { with: people.jid("carol") } });
  const encrypted = messages.map(({ stanza }) => stanza).filter((stanza) => stanza.getChild("encrypted", omemo)?.getChild("payload"));
  expect(encrypted).toHaveLength(2);
  expect(messages.map(({ stanza }) => String(stanza)).join("\n")).not.toMatch(/recipe|nobody will/);
});

/** Ids of a person's OMEMO devices whose keys others can fetch. */
async function omemoDevices(name: string): Promise<string[]> {
  const service = people.jid(name);
  const [list] = Object.values(await items(bob, { service, node: `${omemo}.devicelist` }).catch(() => ({})));
  const ids = (list?.getChildren("device") ?? []).map(({ attrs }) => attrs.id!);
  const bundles = await Promise.all(ids.map((id) => items(bob, { service, node: `${omemo}.bundles:${id}` }).catch(() => ({}))));
  return ids.filter((_id, index) => Object.keys(bundles[index]!).length === 1);
}

test("a room that was made in the web client is encrypted too, with its pictures", async () => {
  const room = `tea-tasting@${rooms}`;
  await alice.page.openRoom(room, "Tea tasting");
  const owner = await Session.open(people.login("alice", "owner"));
  await affiliate(owner, room, people.jid("carol"), "member");
  await carol.page.openRoom(room);
  await Promise.all([alice.page.encrypted(), carol.page.encrypted()]);
  await carol.page.send("Which one is your favourite?");
  await alice.page.message("Which one is your favourite?");
  await alice.page.send("The one from yesterday:");
  await alice.page.sendFile(tea);
  await carol.page.message("The one from yesterday:");
  expect([await alice.page.pictureWidth(), await carol.page.pictureWidth()]).toEqual([480, 480]);
  await carol.page.send("It looks wonderful! I am on my way.");
  await alice.page.message("I am on my way");

  const { messages } = await owner.archivePage({}, room);
  expect(messages.filter(({ stanza }) => stanza.getChild("encrypted", omemo)?.getChild("payload"))).toHaveLength(4);
  expect(messages.map(({ stanza }) => String(stanza)).join("\n")).not.toMatch(/favourite|yesterday|wonderful|file_share/);
  await screenshot();
});

/** The picture in the README: `UPDATE_SCREENSHOT=1 vitest run --project e2e test/e2e/browser.test.ts`. */
async function screenshot(): Promise<void> {
  if (process.env.UPDATE_SCREENSHOT !== "1") return;
  mkdirSync("docs/images", { recursive: true });
  await alice.page.page.screenshot({ path: "docs/images/web-client.png", animations: "disabled" });
}

test("no other host was asked for anything, nothing offended against the content security policy, and no script failed", async () => {
  for (const { witness } of [alice, carol]) {
    expect(witness.urls).toContain(`wss://${domain}:${stack.ports.https}/xmpp-websocket`);
    expect(witness.hosts).toEqual(new Set([`${domain}:${stack.ports.https}`, `${uploads}:${stack.ports.https}`]));
    expect({ violations: witness.violations, errors: witness.errors }).toEqual({ violations: [], errors: [] });
  }
});

test("and it would have been noticed", async () => {
  const { context, witness } = await newcomer();
  const { page } = await ConversePage.open(context, site);
  await page.evaluate('fetch("https://elsewhere.test/x").catch(() => undefined)');
  await page.evaluate('void setTimeout(() => { throw new Error("a script failed"); })');
  await expect.poll(() => witness.violations).toEqual(["connect-src: https://elsewhere.test/x"]);
  await expect.poll(() => witness.errors).toContainEqual(expect.stringContaining("a script failed"));
  await context.close();
});

test("other settings show when the page is opened again, and nobody is disturbed", async () => {
  const before = await stack.identity(stack.front);
  stack.settings = { ...stack.settings, webClient: { name: "Casa de Chá", language: "pt-BR" } };
  await stack.up();
  expect(await stack.identity(stack.front)).toEqual(before);
  const { context } = await newcomer();
  const { page } = await ConversePage.open(context, site);
  expect(await page.title()).toBe("Casa de Chá");
  expect(await page.locator("label[for=converse-login-password]").innerText()).toBe("Senha");
  await context.close();
  await alice.page.send("Still there");
  await carol.page.message("Still there");
});

test("without the web client there is no page and none of its files, and WebSocket as before", async () => {
  const { urls } = alice.witness;
  const files = [...new Set(urls.filter((url) => url.startsWith(site)).map((url) => new URL(url).pathname))];
  const statuses = async () => Promise.all(files.map(async (path) => [path, (await fetchFrom(site + path)).status]));
  expect(await statuses()).toEqual(files.map((path) => [path, 200]));
  stack.settings = { ...stack.settings, webClient: { enabled: false } };
  await stack.up();
  expect(await statuses()).toEqual(files.map((path) => [path, 404]));
  const session = await Session.open({ ...people.login("alice"), service: `wss://${domain}:${stack.ports.https}/xmpp-websocket` });
  expect(await session.ping()).toBe(true);
});
