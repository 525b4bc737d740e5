// Settings of a TURN server on the ports of a test's stack.
import type { TestStack } from "../stack.ts";

export interface TurnSettings {
  readonly enabled: true;
  readonly port: number;
  readonly tlsPort: number;
  readonly relay: { readonly start: number; readonly count: number };
  readonly [more: string]: unknown;
}

/** Among the hundred ports of its slot, between those of XMPP and HTTP. */
export function turnSettings({ ports }: Pick<TestStack, "ports">): TurnSettings {
  const first = ports.proxy65;
  return { enabled: true, port: first + 78, tlsPort: first + 49, relay: { start: first + 30, count: 16 } };
}
