// client-relay.ts [{"port":…,"to":{"4":[address,port],"6":[address,port]}},…]
//
// Runs in a client container (network-of-clients.ts): whoever connects to one of its ports is connected from here, and so
// from this container's own address, to where that port leads, by the same IP version.
import { connect, createServer, isIPv4 } from "node:net";

export interface Route {
  readonly port: number;
  readonly to: Readonly<Record<4 | 6, readonly [address: string, port: number]>>;
}

for (const { port, to } of JSON.parse(process.argv[2]!) as Route[]) {
  createServer({ allowHalfOpen: true }, (near) => {
    const version = isIPv4(near.localAddress!.replace(/^::ffff:/, "")) ? 4 : 6;
    const [host, hostPort] = to[version];
    const far = connect({ host, port: hostPort, allowHalfOpen: true });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      one.setNoDelay(true);
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
      one.pipe(other);
    }
  }).listen(port, "::");
}
