// Whose address Prosody sees on a cluster: that of the client, whichever way it came and by both IP versions.
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeAddress6 } from "../cluster/cluster.ts";
import { Session } from "../e2e/client.ts";
import type { Addresses } from "../e2e/network-of-clients.ts";
import { addressOfRefused, refusedOn, refusedOverBosh } from "../e2e/refused-login.ts";
import { Stream } from "../e2e/stream.ts";
import { fetchFrom } from "../e2e/web.ts";
import { WebSocketStream } from "../e2e/websocket.ts";
import { ClusterStack } from "./cluster-stack.ts";
import { OutsideClients } from "./outside-clients.ts";

const domain = "one.test";
const stack = new ClusterStack("kube-from", 2);
const { ports } = stack;
const network = new OutsideClients(stack, { 4: "172.31.70.", 6: "fd00:31:e2e:70::" });
const versions = nodeAddress6 === undefined ? ([4] as const) : ([4, 6] as const);
let client: Addresses;

beforeAll(async () => {
  stack.settings = { ...stack.settings, network: { ipv6: nodeAddress6 !== undefined }, kubernetes: { ...(stack.settings.kubernetes as object), ipFamilies: nodeAddress6 === undefined ? "SingleStack" : "RequireDualStack" } };
  await Promise.all([stack.up(), network.create()]);
  client = await network.client(10);
}, 400_000);

afterAll(async () => {
  await Session.closeAll();
  await stack.remove();
  await network.remove();
});

test.each(versions)("IPv%s: on every way in, Prosody logs the address of the client", async (version) => {
  const host = client[version];
  const onStream = async (stream: Stream, username: string) => (await stream.open(), refusedOn(stream, username));
  const ways = {
    starttls: async (username: string) => onStream(await (await Stream.plain(ports.c2s, domain, undefined, host)).startTls(), username),
    direct: async (username: string) => onStream(await Stream.directTls(ports.c2sDirectTls, domain, "xmpp-client", { host }), username),
    alpn: async (username: string) => onStream(await Stream.directTls(ports.https, domain, "xmpp-client", { host }), username),
    websocket: async (username: string) => refusedOn(await WebSocketStream.open({ host, port: ports.https, domain }), username),
    bosh: (username: string) => refusedOverBosh({ url: `https://${domain}:${ports.https}/http-bind`, domain, fetch: (url, options, body) => fetchFrom(url, { ...options, host }, body) }, username),
  };
  for (const [way, attempt] of Object.entries(ways)) {
    const username = `nobody-${way}-${version}`;
    await attempt(username);
    expect(await addressOfRefused(stack, `${username}@${domain}`), way).toBe(host);
  }
});
