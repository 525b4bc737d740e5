// How many XMPP streams a reload of Nginx cuts.
import { execa } from "execa";
import { trust } from "../ops/xmpp-client.ts";
import { Session } from "../test/e2e/client.ts";
import { resolveHere } from "../test/e2e/names.ts";
import type { Figure } from "./lib/figure.ts";
import { BenchStack, benchDomain, benchPorts } from "./lib/stack.ts";

/** Of each kind. */
const streams = 50;
const sessions = { perAccount: 1000, perAddress: 1000, total: 1000 };
const services = {
  5222: `xmpp://127.0.0.1:${benchPorts.c2s}`,
  5223: `xmpps://127.0.0.1:${benchPorts.c2sDirectTls}`,
  "443 by ALPN": `xmpps://127.0.0.1:${benchPorts.https}`,
  "443 by WebSocket": `wss://${benchDomain}:${benchPorts.https}/xmpp-websocket`,
};

export const figure: Figure = {
  name: "reload",
  title: "Streams that a reload of Nginx cuts",
  how:
    `${streams} sessions of each kind are open. Each time a setting of the front changes, \`npm run up\` has Nginx reload, and every session is asked for an answer of the server (XEP-0199); one that was lost or gets none counts as cut, once. ` +
    "That it reloaded each time, and was not started again, is seen in its log.",
  limits: [{ what: "cut on 5222 and 5223, in all", atMost: 0, unit: "streams" }],
  async measure({ rounds }) {
    await using stack = await BenchStack.create({ sessions });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    resolveHere(benchDomain);

    const open = new Map<string, Session[]>();
    for (const [kind, service] of Object.entries(services)) {
      const opened: Session[] = [];
      while (opened.length < streams) opened.push(await Session.open({ ...login, service }));
      open.set(kind, opened);
    }
    const cut: Record<string, number[]> = {};
    for (let round = 0; round < rounds; round++) {
      stack.set({ sessions, front: { requestsPerSecond: 100 + round } });
      await stack.npm("up");
      for (const [kind, sessions] of open) {
        const answers = await Promise.all(sessions.map((session) => session.ping().catch(() => false)));
        (cut[`cut on ${kind}`] ??= []).push(answers.filter((answered) => !answered).length);
        open.set(kind, sessions.filter((_, index) => answers[index]));
      }
    }
    await Session.closeAll();
    const { stdout: log } = await execa("docker", ["logs", stack.front]);
    const reloads = log.match(/: applied without a restart;/g)?.length ?? 0;
    if (reloads !== rounds) throw new Error(`Nginx reloaded ${reloads} times, expected ${rounds}:\n${log}`);
    return { values: [[...cut["cut on 5222"]!, ...cut["cut on 5223"]!].reduce((a, b) => a + b, 0)], samples: cut, notes: [] };
  },
};
