// The Web suite.
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { BoshSession } from "../bosh.ts";
import { Session } from "../client.ts";
import { domain } from "../people.ts";
import { fetchFrom } from "../web.ts";
import { Lacking, type Suite } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

/** Where a path of the domain's site is. @throws Lacking when nothing listens there */
async function siteOf({ stack: { ports } }: TestedServer): Promise<string> {
  const site = `https://${domain}:${ports.https}`;
  try {
    await fetchFrom(`${site}/health`);
  } catch (error) {
    if ((error as { code?: string }).code !== "ECONNREFUSED") throw error;
    throw new Lacking(`nothing listens at ${site}`);
  }
  return site;
}

/** RFC 7395. */
async function webSocket(server: TestedServer): Promise<void> {
  const service = `${(await siteOf(server)).replace("https:", "wss:")}/xmpp-websocket`;
  const session = await Session.open({ ...server.people.login("bob", "browser"), service });
  await session.send(xml("presence"));
  await session.send(xml("message", { to: session.jid, type: "chat" }, xml("body", {}, "over WebSocket")));
  expect((await session.message("over WebSocket")).attrs.from).toBe(session.jid);
  await session.close();
}

/** XEP-0206, XEP-0124. */
async function bosh(server: TestedServer): Promise<void> {
  const session = await BoshSession.open({ url: `${await siteOf(server)}/http-bind`, domain, username: "bob", password: server.people.password });
  await session.answer("<iq xmlns='jabber:client' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>", /<iq [^>]*(id='ping'[^>]* type='result'|type='result'[^>]* id='ping')/);
  await session.close();
}

/** XEP-0156. */
async function alternativeConnections(server: TestedServer): Promise<void> {
  const site = await siteOf(server);
  const expected = [{ rel: "urn:xmpp:alt-connections:websocket", href: `${site.replace("https:", "wss:")}/xmpp-websocket` }, { rel: "urn:xmpp:alt-connections:xbosh", href: `${site}/http-bind` }];
  const { links } = JSON.parse(String((await fetchFrom(`${site}/.well-known/host-meta.json`)).body)) as { links: object[] };
  expect(links).toEqual(expect.arrayContaining(expected));
  const document = String((await fetchFrom(`${site}/.well-known/host-meta`)).body);
  const found = new xml.Parser();
  const told: { rel: string | undefined; href: string | undefined }[] = [];
  found.on("element", ({ attrs: { rel, href } }: { attrs: Record<string, string> }) => told.push({ rel, href }));
  found.write(document);
  expect(told).toEqual(expect.arrayContaining(expected));
}

export const web: Suite = {
  name: "Web",
  rows: [
    {
      feature: "Web connection mechanisms",
      specification: "RFC 7395",
      title: "XMPP over WebSocket",
      levels: ["✓", "✓"],
      probe: webSocket,
      seen: "a login over wss through Nginx, and a message to itself",
      by: ["websocket"],
      https: true,
    },
    {
      feature: "Web connection mechanisms",
      specification: "XEP-0206",
      title: "XMPP over BOSH (XEP-0124)",
      levels: ["✓", "✓"],
      probe: bosh,
      seen: "a login over https through Nginx, and an answered ping",
      by: ["bosh"],
      https: true,
    },
    {
      feature: "Connection mechanism discovery",
      specification: "XEP-0156",
      title: "Discovering Alternative XMPP Connection Methods",
      levels: ["–", "N/A"],
      probe: alternativeConnections,
      seen: "host-meta and host-meta.json name both",
      by: ["http_altconnect"],
      https: true,
    },
  ],
};
