// Service discovery (XEP-0030) with its forms (XEP-0128), and the hash that stands for the answer (XEP-0115).
import { createHash } from "node:crypto";
import { type Element, xml } from "@xmpp/client";
import { expect } from "vitest";
import type { Session } from "../client.ts";
import { domain } from "../people.ts";
import { Lacking } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

const protocol = "http://jabber.org/protocol/disco";

export interface Described {
  /** As `category/type`. */
  readonly identities: readonly string[];
  readonly features: readonly string[];
  /** The answer as it came. */
  readonly query: Element;
}

export async function describedBy(session: Session, jid: string, node?: string): Promise<Described> {
  const query = (await session.request("get", xml("query", { xmlns: `${protocol}#info`, node }), jid)).getChild("query")!;
  return {
    identities: query.getChildren("identity").map(({ attrs }) => `${attrs.category}/${attrs.type}`),
    features: query.getChildren("feature").map(({ attrs }) => attrs.var!),
    query,
  };
}

/** What lies below an address. */
export async function itemsOf(session: Session, jid: string, node?: string): Promise<Element[]> {
  return (await session.request("get", xml("query", { xmlns: `${protocol}#items`, node }), jid)).getChild("query")!.getChildren("item");
}

/** @throws Lacking with those features that the address does not have */
export async function hasFeatures(session: Session, jid: string, ...wanted: string[]): Promise<void> {
  const { features } = await describedBy(session, jid);
  const lacking = wanted.filter((feature) => !features.includes(feature));
  if (lacking.length > 0) throw new Lacking(`${jid} does not say that it has ${lacking.join(", ")}`);
}

/** The first values of a form in the answer, by their fields. @throws Lacking when there is no such form */
export async function formOf(session: Session, jid: string, type: string): Promise<Record<string, string | null>> {
  const { query } = await describedBy(session, jid);
  const forms = query.getChildren("x", "jabber:x:data").map((form) => Object.fromEntries(form.getChildren("field").map((field) => [field.attrs.var!, field.getChildText("value")] as const)));
  const found = forms.find(({ FORM_TYPE }) => FORM_TYPE === type);
  if (found === undefined) throw new Lacking(`${jid} has no form ${type}`);
  return found;
}

/** The component of the domain that is what is wanted, as clients find it. @throws Lacking when there is none */
export async function componentFor(session: Session, identity: string): Promise<string> {
  for (const { attrs: { jid } } of await itemsOf(session, domain)) {
    const { identities } = await describedBy(session, jid!).catch(nobodyThere);
    if (identities.includes(identity)) return jid!;
  }
  throw new Lacking(`no component of ${domain} is ${identity}`);
}

/** What is known of a component that is listed and not connected. @throws any other error */
function nobodyThere(error: Error & { condition?: string }): { identities: string[] } {
  if (error.condition === "remote-server-timeout") return { identities: [] };
  throw error;
}

/** XEP-0030. */
export async function serviceDiscovery({ alice }: TestedServer): Promise<void> {
  const server = await describedBy(alice, domain);
  expect(server.identities).toContain("server/im");
  expect(server.features).toEqual(expect.arrayContaining([`${protocol}#info`, `${protocol}#items`]));
  expect((await describedBy(alice, alice.bare)).identities).toEqual(expect.arrayContaining(["account/registered", "pubsub/pep"]));
  for (const identity of ["conference/text", "pubsub/service", "proxy/bytestreams"]) await componentFor(alice, identity);
  await expect(describedBy(alice, domain, "no such node")).rejects.toThrow(/^item-not-found/);
}

/** XEP-0115: the server's own capabilities, with the hash that they have. */
export async function capabilities(server: TestedServer): Promise<void> {
  const [, attributes = ""] = /<c ([^>]*xmlns='http:\/\/jabber\.org\/protocol\/caps'[^>]*)\/>/.exec(await server.offeredAfterLogin()) ?? [];
  if (attributes === "") throw new Lacking("no capabilities among the stream's features");
  const { node, ver, hash } = Object.fromEntries([...attributes.matchAll(/(\w+)='([^']*)'/g)].map(([, name, value]) => [name!, value!]));
  expect(hash).toBe("sha-1");
  const { query } = await describedBy(server.alice, domain, `${node}#${ver}`);
  expect(verificationString(query)).toBe(ver);
}

/** XEP-0115 section 5.1. */
function verificationString(query: Element): string {
  const identities = query.getChildren("identity").map(({ attrs }) => [attrs.category, attrs.type, attrs["xml:lang"] ?? "", attrs.name ?? ""].join("/"));
  const features = query.getChildren("feature").map(({ attrs }) => attrs.var!);
  const texts = (field: Element) => field.getChildren("value").map((value) => value.text()).toSorted();
  const forms = query.getChildren("x", "jabber:x:data").map((form) => {
    const fields = form.getChildren("field").map((field) => ({ name: field.attrs.var!, values: texts(field) })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const [type] = fields.find(({ name }) => name === "FORM_TYPE")!.values;
    return [type!, ...fields.filter(({ name }) => name !== "FORM_TYPE").flatMap(({ name, values }) => [name, ...values])];
  });
  const parts = [...identities.toSorted(), ...features.toSorted(), ...forms.toSorted(([one], [other]) => (one! < other! ? -1 : 1)).flat()];
  return createHash("sha1").update(parts.map((part) => `${part}<`).join("")).digest("base64");
}
