// Where the services of a stack are reached from outside.
import { isIP } from "node:net";
import { isWildcard } from "../settings/ports.ts";
import type { Settings } from "../settings/schema.ts";

/**
 * Endpoints by name, such as `c2s: 127.0.0.1:5222`; those that are not published are left out. Where every address is
 * published the first domain's name stands for them: nobody can connect to 0.0.0.0.
 */
export function endpoints({ publish, domains }: Pick<Settings, "publish" | "domains">): Record<string, string> {
  const { addresses, ...ports } = publish;
  const address = addresses[0]!;
  const name = domains[0]!.name.ascii;
  const host = isWildcard(address) ? name : isIP(address) === 6 ? `[${address}]` : address;
  const published = Object.entries(ports).filter(([, port]) => port !== 0);
  return {
    ...Object.fromEntries(published.map(([service, port]) => [service, `${host}:${port}`])),
    ...(publish.https === 0 ? {} : { websocket: `wss://${name}:${publish.https}/xmpp-websocket` }),
  };
}
