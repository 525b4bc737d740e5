// Whether the TURN server answers, asked from outside.
import { randomBytes } from "node:crypto";
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../settings/schema.ts";
import { OperatorError } from "./errors.ts";
import { say } from "./run.ts";

/** A Binding request without attributes, its answer's type, and where both have their transaction (RFC 8489). */
const [request, success, transaction] = ["000100002112a442", "0101", [8, 20]] as const;

/** Asks by UDP until it answers. @throws OperatorError after so many seconds without an answer */
export async function waitForTurn({ turn: { port } }: Pick<Settings, "turn">, host: string, logs: string, seconds = 60): Promise<void> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    socket.connect(port, host);
    await once(socket, "connect");
    if (!(await answers(socket, seconds))) throw new OperatorError(`the stack is up, and its TURN server does not answer at ${host} port ${port} (UDP) after ${seconds} s; see ${logs}`);
  } finally {
    socket.close();
  }
  say(`calls: the TURN server answers at ${host} port ${port}`);
}

async function answers(socket: Socket, seconds: number): Promise<boolean> {
  const asked = Buffer.concat([Buffer.from(request, "hex"), randomBytes(transaction[1] - transaction[0])]);
  const ofAsked = (message: Buffer) => message.subarray(...transaction).equals(asked.subarray(...transaction));
  let answered = false;
  socket.on("message", (message) => (answered ||= message.toString("hex", 0, 2) === success && ofAsked(message)));
  socket.on("error", () => undefined); // nobody listens there yet
  for (const end = Date.now() + seconds * 1000; !answered && Date.now() < end; await delay(100)) socket.send(asked);
  return answered;
}
