// The host names of a stack: every domain and its components, and who administers it.
import { type BareJid, type DomainName, domainName } from "./names.ts";
import type { DomainSettings, Settings } from "./schema.ts";

/** The components that every domain has, with the label in front of the domain when none is set. */
export const componentLabels = { rooms: "conference", upload: "upload", pubsub: "pubsub", proxy: "proxy" } as const;
export type ComponentKind = keyof typeof componentLabels;

export type DomainHosts = Readonly<Record<ComponentKind | "name", DomainName>>;

/** A domain and its components, defaults filled in. */
export function hostsOf(domain: DomainSettings): DomainHosts {
  const component = (kind: ComponentKind) =>
    domain[kind] ?? domainName(`${componentLabels[kind]}.${domain.name.ascii}`)!;
  return {
    name: domain.name,
    rooms: component("rooms"),
    upload: component("upload"),
    pubsub: component("pubsub"),
    proxy: component("proxy"),
  };
}

/** Every host name of a domain: the domain first, then its components. */
export function namesOf(hosts: DomainHosts): DomainName[] {
  return [hosts.name, hosts.rooms, hosts.upload, hosts.pubsub, hosts.proxy];
}

/** The administrators: as set, or admin@ each domain. */
export function adminsOf(settings: Pick<Settings, "admins" | "domains">): BareJid[] {
  if (settings.admins.length > 0) return settings.admins;
  return settings.domains.map(({ name }) => ({ username: "admin", domain: name }));
}

/** A JID as users write it. */
export function jidText(jid: BareJid): string {
  return `${jid.username}@${jid.domain.unicode}`;
}
