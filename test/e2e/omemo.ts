// What others see of end-to-end encryption (XEP-0384 0.8): keys, and that a message is encrypted.
import type { Element } from "@xmpp/client";
import type { Session } from "./client.ts";
import { items } from "./pubsub.ts";

const omemo = "urn:xmpp:omemo:2";

/** Ids of a person's devices whose keys others can fetch. */
export async function omemoDevices(session: Session, jid: string): Promise<string[]> {
  const published = (node: string) => items(session, { service: jid, node: `${omemo}:${node}` }).catch((): Record<string, Element> => ({})); // until there is a first one
  const [devices, bundles] = await Promise.all([published("devices"), published("bundles")]);
  const ids = Object.values(devices).flatMap((list) => list.getChildren("device").map(({ attrs }) => attrs.id!));
  return ids.filter((id) => id in bundles);
}

/** Whether a message has its content encrypted, and not only a key. */
export function isEncrypted(message: Element): boolean {
  return message.getChild("encrypted", omemo)?.getChild("payload") !== undefined;
}
