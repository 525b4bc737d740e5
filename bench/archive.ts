// The last page of a large archive, beside a Prosody and a PostgreSQL that do nothing else.
import type { TLSSocket } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { containerPorts } from "../settings/ports.ts";
import { type ArchiveQuery, Session } from "../test/e2e/client.ts";
import { type Rows, fillArchive, lastBodies } from "./lib/archive-rows.ts";
import { BareProsody } from "./lib/bare-prosody.ts";
import { addressOn, processorSeconds } from "./lib/container.ts";
import { type Figure, median, rounded } from "./lib/figure.ts";
import { BenchStack, benchDomain } from "./lib/stack.ts";

const count = 1_000_000;
const max = 50;
/** Pages of one measurement. */
const pages = 40;
const servers = ["stack", "bare Prosody"] as const;
type Server = (typeof servers)[number];

/** What of the stack there is: backups and calls have no part in it. */
const settings = { scale: "community", monitoring: "off", turn: { enabled: false }, backup: { enabled: false }, limits: { c2s: { rate: "100MB/s" } } };

/** What is asked, of a stack with which settings besides. */
const questions = [
  { what: "last page, community stack", policies: { performance: true }, query: { page: { before: "", max } }, counts: false },
  { what: "last page, policies.performance off", policies: { performance: false }, query: { page: { before: "", max } }, counts: true },
  { what: "last page since a time, policies.performance off", policies: { performance: false }, query: { filters: { start: "2020-01-01T00:00:00Z" }, page: { before: "", max } }, counts: true },
] as const satisfies readonly { readonly what: string; readonly policies: object; readonly query: ArchiveQuery; readonly counts: boolean }[];

export const figure: Figure = {
  name: "archive",
  title: "The last page of an archive",
  how:
    `An archive (XEP-0313) of ${count.toLocaleString("en")} messages, and a fifth as many of 20 others between them, is put into Prosody's table by one statement (bench/lib/archive-rows.ts), then VACUUM (ANALYZE). ` +
    "The same is put into a PostgreSQL as initdb makes it, with a Prosody of bench/bare-prosody/prosody.cfg.lua: the same images, limits of memory and processors, indexes, certificate and networks. " +
    `The same client (@xmpp/client, without Nagle's algorithm) asks both by direct TLS at the containers' own addresses for the last ${max} messages (<before/>), ${pages} times one after the other for one measurement; each page has to have these very messages. Both take turns, in the opposite order every other time, after one measurement each that does not count. Values are ratios of the medians. ` +
    "Prosody counts an archive once and remembers that; policies.performance, which the community scale has, leaves it out. Asked for what is since a time, it counts each time; all are since that time here.",
  limits: questions.map(({ what }) => ({ what: `${what}, of bare Prosody's`, atMost: 1.2, unit: "×" })),
  async measure({ rounds }) {
    await using stack = await BenchStack.create(settings);
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const bare = await BareProsody.start(stack, login);
    const rows = { host: benchDomain, user: login.username, count };
    for (const database of [{ container: `${stack.namespace}-postgres`, name: "prosody" }, bare.database]) await fillArchive(database, rows);

    const containers: Record<Server, string> = { stack: stack.container, "bare Prosody": bare.container };
    const samples = Object.fromEntries(questions.flatMap(({ what }) => servers.map((server) => [label(what, server), [] as number[]])));
    const work: string[] = [];
    for (const { what, policies, query, counts } of questions) {
      stack.set({ ...settings, policies });
      await stack.npm("up");
      const sessions = { stack: await openSession(stack, containers.stack, login), "bare Prosody": await openSession(stack, containers["bare Prosody"], login) };
      for (const server of servers) {
        const page = await sessions[server].archivePage(query);
        checkPage(page, rows, server === "stack" ? counts : true);
        await milliseconds(sessions[server], query, rows);
      }
      const before = await Promise.all(servers.map((server) => processorSeconds(containers[server])));
      for (let round = 0; round < rounds; round++) {
        for (const server of round % 2 === 0 ? servers : servers.toReversed()) samples[label(what, server)]!.push(await milliseconds(sessions[server], query, rows));
      }
      const after = await Promise.all(servers.map((server) => processorSeconds(containers[server])));
      work.push(`${what}: for each page Prosody works ${servers.map((server, index) => `${rounded((1000 * (after[index]! - before[index]!)) / (rounds * pages))} ms (${server})`).join(", ")}.`);
      await Session.closeAll();
    }
    const ratio = (what: string) => median(samples[label(what, "stack")]!) / median(samples[label(what, "bare Prosody")]!);
    return { values: questions.map(({ what }) => rounded(ratio(what))), samples, notes: work };
  },
};

function label(what: string, server: Server): string {
  return `${what}: ${server}, ms`;
}

async function openSession({ networks }: BenchStack, container: string, login: Login): Promise<Session> {
  const session = await Session.open({ ...login, service: `xmpps://${await addressOn(networks.front, container)}:${containerPorts.c2s_direct_tls}` });
  // The stack has stream management (XEP-0198): what follows an acknowledgement at once would wait for the server's delayed ACK.
  (session.entity.socket as { readonly socket: TLSSocket }).socket.setNoDelay(true);
  return session;
}

/** Of one page, on the average of some. */
async function milliseconds(session: Session, query: ArchiveQuery, rows: Rows): Promise<number> {
  const start = performance.now();
  const got = [];
  for (let page = 0; page < pages; page++) got.push(await session.archivePage(query));
  const each = (performance.now() - start) / pages;
  for (const page of got) checkPage(page, rows, undefined);
  return rounded(each);
}

/** @throws unless it has the last messages, in their order, and says how many there are where it counts */
function checkPage({ messages, complete, count: told }: Awaited<ReturnType<Session["archivePage"]>>, rows: Rows, counts: boolean | undefined): void {
  const bodies = messages.map(({ body }) => /^\d+: /.exec(body ?? "")?.[0]);
  if (complete || !isDeepStrictEqual(bodies, lastBodies(rows, max))) throw new Error(`another page than the last one came: ${JSON.stringify(bodies)}`);
  if (counts === true && told !== count) throw new Error(`the archive has ${count} messages, the server tells ${told}`);
  if (counts === false && told !== 0) throw new Error(`the server was not to count, and tells ${told}`);
}
