// Whether a TURN server answers, by servers that do and do not.
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { waitForTurn } from "../../../ops/turn.ts";
import { settingsFrom } from "../settings/parsed.ts";

const asked = Buffer.from("000100002112a442", "hex");

/** A server that answers what comes like that. */
async function server(answer: (request: Buffer) => Buffer | undefined): Promise<{ readonly port: number; readonly requests: Buffer[] }> {
  const socket: Socket = createSocket("udp4");
  const requests: Buffer[] = [];
  socket.on("message", (message, { port, address }) => {
    requests.push(message);
    const bytes = answer(message);
    if (bytes) socket.send(bytes, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return { port: socket.address().port, requests };
}

function wait(port: number): Promise<void> {
  const said = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  return waitForTurn(settingsFrom({ turn: { enabled: true, externalAddress: "203.0.113.7", port } }), "127.0.0.1", "docker logs x", 1);
}

const bound = (request: Buffer) => Buffer.concat([Buffer.from("0101", "hex"), request.subarray(2)]);

test("one that answers at the second time is there, asked by a request of STUN", async () => {
  let times = 0;
  const { port, requests } = await server((request) => ((times += 1) > 1 ? bound(request) : undefined));
  await expect(wait(port)).resolves.toBeUndefined();
  expect(requests.map((request) => [request.subarray(0, 8).equals(asked), request.length])).toEqual(requests.map(() => [true, 20]));
  expect(requests.length).toBeGreaterThan(1);
});

test.each<[string, (request: Buffer) => Buffer | undefined]>([
  ["nothing", () => undefined],
  ["an error", (request) => Buffer.concat([Buffer.from("0111", "hex"), request.subarray(2)])],
  ["what somebody else asked", (request) => Buffer.concat([bound(request).subarray(0, 8), Buffer.alloc(12)])],
  ["its request", (request) => request],
])("one that answers %s is not", async (_what, answer) => {
  const { port } = await server(answer);
  await expect(wait(port)).rejects.toThrow(`the stack is up, and its TURN server does not answer at 127.0.0.1 port ${port} (UDP) after 1 s; see docker logs x`);
});
