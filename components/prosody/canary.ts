// The account by which the stack looks at itself, at the first domain.
import { hostsOf } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";

export const canaryName = "stack-canary";

/** Name of the file below secrets/ with its password. */
export const canarySecretFile = "canary";

/** Its JID and the services of its domain that it tries, as XMPP names them (in ASCII). */
export function canaryOf({ domains, publish }: Pick<Settings, "domains" | "publish">): { readonly jid: string; readonly rooms: string; readonly upload: string } {
  const { name, rooms, upload } = hostsOf(domains[0]!);
  return { jid: `${canaryName}@${name.unicode}`, rooms: rooms.unicode, upload: publish.https === 0 ? "" : upload.unicode };
}
