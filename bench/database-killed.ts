// What is missing after the database was killed in the middle of a stream of messages.
import { setTimeout as delay } from "node:timers/promises";
import { type Element, xml } from "@xmpp/client";
import { execa } from "execa";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { online } from "./lib/exchange.ts";
import type { Figure } from "./lib/figure.ts";
import { BenchStack } from "./lib/stack.ts";

const perSecond = 200;
/** Seconds before the kill, until the start, and after it. */
const phases = { before: 3, away: 2, after: 3 };

export const figure: Figure = {
  name: "database-killed",
  title: "PostgreSQL killed under load",
  how:
    `A session sends ${perSecond} chat messages a second to another one of the same account, for ${phases.before + phases.away + phases.after} s. After ${phases.before} s PostgreSQL is killed (SIGKILL), and started again ${phases.away} s later. ` +
    "Then every copy that came with the archive's stanza-id is looked up in PostgreSQL's table by that id. Every message has to have come as a copy or as an error.",
  limits: [
    { what: "copies with a stanza-id that are not in the archive, in all", atMost: 0, unit: "messages" },
    { what: "copies without one, in all", atMost: 0, unit: "messages" },
    { what: "messages of which nothing came, in all", atMost: 0, unit: "messages" },
  ],
  async measure({ rounds }) {
    await using stack = await BenchStack.create({ database: "postgresql", limits: { c2s: { rate: "100MB/s" } } });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const counts: Outcome[] = [];
    for (let round = 0; round < rounds; round++) counts.push(await killed(stack, login));
    const samples = (what: keyof Outcome) => counts.map((one) => one[what]);
    const sum = (what: keyof Outcome) => samples(what).reduce((all, one) => all + one, 0);
    return {
      values: [sum("missing"), sum("unarchived"), sum("lost")],
      samples: { sent: samples("sent"), "archived and delivered": samples("archived"), bounced: samples("bounced"), missing: samples("missing"), "without a stanza-id": samples("unarchived"), lost: samples("lost") },
      notes: [],
    };
  },
};

interface Outcome {
  readonly sent: number;
  readonly archived: number;
  readonly bounced: number;
  readonly unarchived: number;
  readonly missing: number;
  readonly lost: number;
}

async function killed({ namespace }: BenchStack, login: Login): Promise<Outcome> {
  const postgres = `${namespace}-postgres`;
  const [sender, receiver] = [await online(login), await online(login)];
  const to = receiver.jid!.toString();
  const ids: string[] = [];
  let [sent, bounced, unarchived] = [0, 0, 0];
  receiver.on("stanza", (stanza: Element) => {
    if (!stanza.is("message") || stanza.attrs.type === "error") return;
    const id = stanza.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id;
    if (id === undefined) unarchived += 1;
    else ids.push(id);
  });
  sender.on("stanza", (stanza: Element) => {
    if (stanza.is("message") && stanza.attrs.type === "error") bounced += 1;
  });
  const sending = setInterval(() => {
    for (let i = 0; i < perSecond / 20; i++) void sender.send(xml("message", { type: "chat", to, id: `m${++sent}` }, xml("body", {}, `Message ${sent}: nothing that matters.`)));
  }, 50);
  await delay(phases.before * 1000);
  await execa("docker", ["kill", "--signal", "KILL", postgres]);
  await delay(phases.away * 1000);
  await execa("docker", ["start", postgres]);
  await delay(phases.after * 1000);
  clearInterval(sending);
  for (let last = -1; last !== ids.length + bounced; await delay(1000)) last = ids.length + bounced; // until nothing more comes
  await Promise.all([sender.stop(), receiver.stop()]);

  const { stdout } = await execa("docker", ["exec", postgres, "/usr/lib/postgresql/17/bin/psql", "-XAt", "-h", "/run/postgresql", "-U", "postgres", "-d", "prosody", "-c", 'SELECT "key" FROM prosodyarchive']);
  const kept = new Set(stdout.split("\n"));
  const missing = ids.filter((id) => !kept.has(id)).length;
  return { sent, archived: ids.length, bounced, unarchived, missing, lost: sent - ids.length - bounced - unarchived };
}
