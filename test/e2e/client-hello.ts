// The first message of TLS 1.2, made by hand (RFC 5246 section 7.4.1.2): no library offers compression any more, and so none
// finds out whether a server would take it.
import { once } from "node:events";
import { connect } from "node:net";

const counted = (bytes: 1 | 2 | 3, ...parts: readonly Uint8Array[]) => {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(content.length, 0, bytes);
  return Buffer.concat([length, content]);
};
const extension = (type: number, content: Uint8Array) => Buffer.concat([Buffer.from([0, type]), counted(2, content)]);

function clientHello(name: string): Buffer {
  const ciphers = [0xc0, 0x2b, 0xc0, 0x2c, 0xc0, 0x2f, 0xc0, 0x30]; // ECDHE with ECDSA and RSA, AES-GCM
  const extensions = [
    extension(0, counted(2, Buffer.from([0]), counted(2, Buffer.from(name)))),
    extension(10, counted(2, Buffer.from([0, 0x1d, 0, 0x17]))), // X25519, P-256
    extension(13, counted(2, Buffer.from([4, 3, 4, 1, 8, 4]))), // ECDSA, RSA, RSA-PSS, each with SHA-256
  ];
  const body = [Buffer.from([3, 3]), Buffer.alloc(32, 7), counted(1), counted(2, Buffer.from(ciphers)), counted(1, Buffer.from([1, 0])), counted(2, ...extensions)];
  return Buffer.concat([Buffer.from([0x16, 3, 1]), counted(2, Buffer.from([1]), counted(3, ...body))]);
}

/** The compression method that a server picks when it is offered DEFLATE (1) before none (0). @throws when it says no hello */
export async function compressionOf(port: number, name: string): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  socket.write(clientHello(name));
  let answer = Buffer.alloc(0);
  while (answer.length < 5 || answer.length < 5 + answer.readUInt16BE(3)) {
    const [chunk] = (await once(socket, "data", { signal: AbortSignal.timeout(60_000) })) as [Buffer];
    answer = Buffer.concat([answer, chunk]);
  }
  socket.destroy();
  if (answer[0] !== 0x16 || answer[5] !== 2) throw new Error(`expected a ServerHello, found ${answer.toString("hex")}`);
  const session = answer[5 + 4 + 2 + 32]!; // after the record's header, the message's, the version, the random bytes
  return answer[5 + 4 + 2 + 32 + 1 + session + 2]!; // after the session's id and the cipher
}
