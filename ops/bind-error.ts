// Whether a port of this machine can be listened on.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Why it cannot, as the system calls it (EADDRINUSE); undefined where it can. */
export function bindError(protocol: "tcp" | "udp", host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    if (protocol === "tcp") {
      const server = createServer();
      server.once("error", failed);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket(host.includes(":") ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
      socket.once("error", (error) => (socket.close(), failed(error)));
      socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }
  });
}
