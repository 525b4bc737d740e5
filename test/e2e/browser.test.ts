// The web client in Chromium, with the stack's CA in the browser's own certificate store: what a newcomer does with it.
import { mkdirSync } from "node:fs";
import { xml } from "@xmpp/client";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentLabels } from "../../settings/hosts.ts";
import { ensureBrowser } from "../setup/browser.ts";
import { startChromium } from "./chromium.ts";
import { Session } from "./client.ts";
import { ConversePage } from "./converse-page.ts";
import { resolveHere } from "./names.ts";
import { isEncrypted, omemoDevices } from "./omemo.ts";
import { People, domain } from "./people.ts";
import { cupOfTea, cupOfTeaAsSvg as logo } from "./picture.ts";
import { affiliate, joinRoom, say } from "./rooms.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const rooms = `${componentLabels.rooms}.${domain}`;
const uploads = `${componentLabels.upload}.${domain}`;
const tea = { name: "tea.png", mimeType: "image/png", buffer: cupOfTea() };

const stack = new TestStack("browser", 28);
const people = new People(stack);
const site = `https://${domain}:${stack.ports.https}`;
let browser: Browser;
let bob: Session;
let alice: ConversePage;
let carol: ConversePage;

beforeAll(async () => {
  resolveHere(domain);
  stack.settings = { ...stack.settings, webClient: { name: "Tea House", logo: stack.write("logo.svg", logo), colors: { primary: "#7a3b12", background: "#fff8e7" }, language: "en" } };
  await Promise.all([stack.up(), ensureBrowser()]);
  await people.create("alice", "bob", "carol");
  browser = await startChromium({ domain, port: stack.ports.https }, stack.write("ca.crt", stack.outputs.caCertificate));
  for (const name of ["Alice", "Carol"]) {
    const session = await people.online(name.toLowerCase());
    await session.request("set", xml("vCard", { xmlns: "vcard-temp" }, xml("FN", {}, name), xml("NICKNAME", {}, name)));
    await session.close();
  }
  bob = await people.online("bob");
});

afterAll(async () => {
  await Session.closeAll();
  await (browser as Browser | undefined)?.close();
  await stack.remove();
});

test("a browser that does not trust the stack's CA refuses the page", async () => {
  const stranger = await startChromium({ domain, port: stack.ports.https });
  const page = await stranger.newPage();
  await expect(page.goto(site)).rejects.toThrow(/net::ERR_CERT_AUTHORITY_INVALID/);
  await stranger.close();
});

test("the page has the name, logo, colours and language of the settings", async () => {
  alice = await ConversePage.open(browser, site);
  expect(await alice.page.title()).toBe("Tea House");
  expect(await alice.page.locator("converse-brand-logo").innerText()).toBe("Tea House");
  expect(await alice.page.locator("converse-brand-logo img").getAttribute("src")).toBe(`data:image/svg+xml;base64,${Buffer.from(logo).toString("base64")}`);
  expect(await alice.style("#converse-login [type=submit]", "background-color")).toBe("rgb(122, 59, 18)");
  expect(await alice.style("#conversejs", "background-color")).toBe("rgb(255, 248, 231)");
  expect(await alice.page.locator("label[for=converse-login-password]").innerText()).toBe("Password"); // the browser would have liked German
});

test("people log in", async () => {
  await alice.login(people.jid("alice"), people.password);
  carol = await ConversePage.open(browser, site);
  await carol.login(people.jid("carol"), people.password);
});

test("messages go to another client, and come from it", async () => {
  await alice.addContact(people.jid("bob"), "Bob");
  await bob.next("Alice's request", (stanza) => stanza.is("presence") && stanza.attrs.type === "subscribe");
  await bob.send(xml("presence", { to: people.jid("alice"), type: "subscribed" }));
  await alice.send("Shall we have tea?");
  const received = await bob.message("Shall we have tea?");
  expect(received.attrs.from).toMatch(new RegExp(`^${people.jid("alice")}/`));
  await bob.send(xml("message", { to: received.attrs.from, type: "chat" }, xml("body", {}, "With pleasure")));
  await alice.message("With pleasure");
});

test("a room is joined and talked in", async () => {
  const room = `tearoom@${rooms}`;
  await joinRoom(bob, room, "Bob");
  await affiliate(bob, room, people.jid("alice"), "member");
  await alice.openRoom(room);
  await alice.send("Hello everybody");
  expect((await bob.message("Hello everybody")).attrs.from).toBe(`${room}/Alice`);
  await say(bob, room, "Welcome, Alice");
  await alice.message("Welcome, Alice");
});

test("a picture is uploaded, shown, and is the same for others", async () => {
  await alice.sendFile(tea);
  const message = await bob.next("the picture", (stanza) => stanza.getChild("x", "jabber:x:oob") !== undefined);
  const url = message.getChildText("body")!;
  expect(new URL(url).host).toBe(`${uploads}:${stack.ports.https}`);
  const file = await fetchFrom(url);
  expect({ status: file.status, type: file.headers["content-type"], same: file.body.equals(tea.buffer) }).toEqual({ status: 200, type: "image/png", same: true });
  expect(await alice.pictureWidth()).toBe(480);
});

test("between web clients messages are encrypted end to end (OMEMO): the server has none of the text", async () => {
  for (const name of ["alice", "carol"]) await expect.poll(() => omemoDevices(bob, people.jid(name)), { timeout: 10_000 }).toHaveLength(1);
  await alice.addContact(people.jid("carol"), "Carol");
  await carol.acceptContact(people.jid("alice"), "Alice");
  await carol.openChat(people.jid("alice"));
  await alice.encrypted();
  await alice.send("the recipe is a secret");
  expect(await (await carol.message("the recipe is a secret")).getAttribute("data-encrypted")).toBe("true");
  await carol.send("nobody will know");
  expect(await (await alice.message("nobody will know")).getAttribute("data-encrypted")).toBe("true");

  const session = await Session.open(people.login("alice", "archive"));
  const { messages } = await session.archivePage({ filters: { with: people.jid("carol") } });
  expect(messages.filter(({ stanza }) => isEncrypted(stanza))).toHaveLength(2);
  expect(messages.map(({ stanza }) => String(stanza)).join("\n")).not.toMatch(/recipe|nobody will/);
});

test("a room that was made in the web client is encrypted too, with its pictures", async () => {
  const room = `tea-tasting@${rooms}`;
  await alice.openRoom(room, "Tea tasting");
  const owner = await Session.open(people.login("alice", "owner"));
  await affiliate(owner, room, people.jid("carol"), "member");
  await carol.openRoom(room);
  await Promise.all([alice.encrypted(), carol.encrypted()]);
  await carol.send("Which one is your favourite?");
  await alice.message("Which one is your favourite?");
  await alice.send("The one from yesterday:");
  await alice.sendFile(tea);
  await carol.message("The one from yesterday:");
  expect([await alice.pictureWidth(), await carol.pictureWidth()]).toEqual([480, 480]);
  await carol.send("It looks wonderful! I am on my way.");
  await alice.message("It looks wonderful!");

  const { messages } = await owner.archivePage({}, room);
  expect(messages.filter(({ stanza }) => isEncrypted(stanza))).toHaveLength(4);
  expect(messages.map(({ stanza }) => String(stanza)).join("\n")).not.toMatch(/favourite|yesterday|wonderful|file_share/);

  const stored = await fetchFrom(alice.witness.urls.findLast((url) => url.startsWith(`https://${uploads}:`))!);
  expect(stored.status).toBe(200);
  expect(stored.body.includes("IHDR")).toBe(false); // as every PNG has it
  await screenshot();
});

/** The picture in the README: `UPDATE_SCREENSHOT=1 vitest run --project e2e test/e2e/browser.test.ts`. */
async function screenshot(): Promise<void> {
  if (process.env.UPDATE_SCREENSHOT !== "1") return;
  mkdirSync("docs/images", { recursive: true });
  await carol.page.mouse.move(0, 0); // from the message that it was over
  await carol.page.screenshot({ path: "docs/images/web-client.png", animations: "disabled" });
}

test("no other host was asked for anything, nothing offended against the content security policy, and no script failed", () => {
  for (const { witness } of [alice, carol]) {
    expect(witness.urls).toContain(`wss://${domain}:${stack.ports.https}/xmpp-websocket`);
    expect(witness.hosts).toEqual(new Set([`${domain}:${stack.ports.https}`, `${uploads}:${stack.ports.https}`]));
    expect({ violations: witness.violations, errors: witness.errors }).toEqual({ violations: [], errors: [] });
  }
});

test("and it would have been noticed", async () => {
  const { page, witness } = await ConversePage.open(browser, site);
  await page.evaluate('fetch("https://elsewhere.test/x").catch(() => undefined)');
  await page.evaluate('void setTimeout(() => { throw new Error("a script failed"); })');
  await expect.poll(() => witness.violations).toEqual(["connect-src: https://elsewhere.test/x"]);
  await expect.poll(() => witness.errors).toContainEqual(expect.stringContaining("a script failed"));
  await page.context().close();
});

test("other settings show when the page is opened again, and nobody is disturbed", async () => {
  const state = async () => ({ front: await stack.identity(stack.front), webSockets: [alice, carol].map(({ witness }) => witness.urls.filter((url) => url.startsWith("wss:")).length) });
  const before = await state();
  stack.settings = { ...stack.settings, webClient: { name: "Casa de Chá", language: "pt-BR" } };
  await stack.up();
  const { page } = await ConversePage.open(browser, site);
  expect(await page.title()).toBe("Casa de Chá");
  expect(await page.locator("label[for=converse-login-password]").innerText()).toBe("Senha");
  await page.context().close();
  await alice.send("Still there");
  await carol.message("Still there");
  expect(await state()).toEqual(before);
});

test("without the web client there is no page and none of its files, and WebSocket as before", async () => {
  const paths = [...new Set(alice.witness.urls.filter((url) => url.startsWith(`${site}/`)).map((url) => new URL(url).pathname))].filter((path) => path !== "/");
  const statuses = () => Promise.all(paths.map(async (path) => [path, (await fetchFrom(site + path)).status]));
  expect(paths).toContain("/start.js");
  expect(await statuses()).toEqual(paths.map((path) => [path, 200]));
  stack.settings = { ...stack.settings, webClient: { enabled: false } };
  await stack.up();
  expect(await statuses()).toEqual(paths.map((path) => [path, 404]));
  expect(String((await fetchFrom(site)).body)).toContain("Prosody is running!");
  const session = await Session.open({ ...people.login("alice"), service: `wss://${domain}:${stack.ports.https}/xmpp-websocket` });
  expect(await session.ping()).toBe(true);
});
