// Where the services of a stack are reached from outside.
import { isIP } from "node:net";
import type { Settings } from "../settings/schema.ts";

/** Endpoints by name, such as `c2s: 127.0.0.1:5222`; those that are not published are left out. */
export function endpoints({ publish, domains }: Pick<Settings, "publish" | "domains">): Record<string, string> {
  const { addresses, ...ports } = publish;
  const address = addresses[0]!;
  const host = isIP(address) === 6 ? `[${address}]` : address;
  const published = Object.entries(ports).filter(([, port]) => port !== 0);
  return {
    ...Object.fromEntries(published.map(([name, port]) => [name, `${host}:${port}`])),
    ...(publish.https === 0 ? {} : { websocket: `wss://${domains[0]!.name.ascii}:${publish.https}/xmpp-websocket` }),
  };
}
