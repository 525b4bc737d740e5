// The A/V Calling suite.
import { xml } from "@xmpp/client";
import { expect } from "vitest";
import { domain } from "../people.ts";
import { type ClientRow, Lacking, type Suite } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

/** XEP-0215: the server names STUN and TURN servers, the latter with credentials. */
async function externalServices({ alice }: TestedServer): Promise<void> {
  const xmlns = "urn:xmpp:extdisco:2";
  const answer = await alice.request("get", xml("services", { xmlns }), domain).catch((error: Error & { condition?: string }) => {
    throw error.condition === "service-unavailable" ? new Lacking("nothing answers questions for external services") : error;
  });
  const services = answer.getChild("services", xmlns)!.getChildren("service").map(({ attrs }) => attrs);
  if (services.length === 0) throw new Lacking("there are no external services");
  expect(services.map(({ type }) => type)).toEqual(expect.arrayContaining(["stun", "turn"]));
  for (const { username, password } of services.filter(({ type }) => type!.startsWith("turn"))) expect([username, password]).not.toContain(undefined);
}

const client = (feature: string, specification: string, title: string): ClientRow => ({ feature, levels: ["N/A", "N/A"], specification, title, client: "to deliver what they agree on" });

export const calls: Suite = {
  name: "A/V Calling",
  rows: [
    client("Call setup", "XEP-0167", "Jingle RTP Sessions"),
    client("Call setup", "XEP-0353", "Jingle Message Initiation"),
    client("Transport", "XEP-0176", "Jingle ICE-UDP Transport Method"),
    client("Encryption", "XEP-0320", "Use of DTLS-SRTP in Jingle Sessions"),
    {
      feature: "STUN/TURN server discovery",
      specification: "XEP-0215",
      title: "External Service Discovery",
      levels: ["✓", "✓"],
      probe: externalServices,
      seen: "with `turn.enabled` the server names STUN and TURN servers, with credentials",
      by: ["turn_external", "external_services"],
    },
    client("Quality and performance improvements", "XEP-0293", "Jingle RTP Feedback Negotiation"),
    client("Quality and performance improvements", "XEP-0294", "Jingle RTP Header Extensions Negotiation"),
    client("Quality and performance improvements", "XEP-0338", "Jingle Grouping Framework"),
    client("Quality and performance improvements", "XEP-0339", "Source-Specific Media Attributes in Jingle"),
  ],
};
