// The origins that a domain's site speaks to: nothing else is allowed to it.
import { hostsOf } from "../../settings/hosts.ts";
import { portInUrl } from "../../settings/ports.ts";
import type { DomainSettings, Settings } from "../../settings/schema.ts";

export interface Origins {
  /** Where the domain's XMPP is reached over WebSocket (RFC 7395). */
  readonly webSocket: string;
  /** Where files are put and fetched (XEP-0363). */
  readonly upload: string;
}

/** The origins of a domain as a browser compares them: ASCII host names, and no port where it is that of HTTPS. */
export function originsOf({ publish }: Pick<Settings, "publish">, domain: DomainSettings): Origins {
  const { name, upload } = hostsOf(domain);
  const port = portInUrl(publish.https);
  return { webSocket: `wss://${name.ascii}${port}`, upload: `https://${upload.ascii}${port}` };
}
