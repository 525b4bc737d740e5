// The account by which the stack looks at itself, at the first domain.
import { hostsOf } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import { isWatched } from "../../settings/watching.ts";

export const canaryName = "stack-canary";

/** Name of the file below secrets/ with its password. */
export const canarySecretFile = "canary";

/** Whether a stack has it: for what is left before backups, and for the probes. */
export function hasCanary(settings: Pick<Settings, "backup" | "monitoring">): boolean {
  return settings.backup.enabled || isWatched(settings);
}

/** Its JID and the services of its domain that it tries, as XMPP names them (in ASCII). */
export function canaryOf({ domains, publish }: Pick<Settings, "domains" | "publish">): { readonly jid: string; readonly rooms: string; readonly upload: string } {
  const { name, rooms, upload } = hostsOf(domains[0]!);
  return { jid: `${canaryName}@${name.unicode}`, rooms: rooms.unicode, upload: publish.https === 0 ? "" : upload.unicode };
}
