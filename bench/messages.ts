// Messages per second through the front, beside the same client straight to Prosody.
import { resolveHere } from "../test/e2e/names.ts";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { containerPorts, frontPorts } from "../settings/ports.ts";
import { addressOn, processorSeconds } from "./lib/container.ts";
import { Exchange } from "./lib/exchange.ts";
import { type Figure, median, rounded } from "./lib/figure.ts";
import { BenchStack, benchDomain } from "./lib/stack.ts";

/** Messages of one measurement, and of the one before the first. */
const count = 4000;
const outstanding = 50;
const prosodyHttps = 5281;

export const figure: Figure = {
  name: "messages",
  title: "Messages per second through the front",
  how:
    `A client (@xmpp/client, one process) sends ${count} chat messages from one session to another, which came the same way; at most ${outstanding} are on their way at once. The clock runs until the last one is there. Prosody archives each as always; its rate limit is raised. ` +
    "The ways take turns, in the opposite order every other time, after one exchange each that does not count; each value is a ratio of medians. " +
    "Connections go to the containers' own addresses: Docker's proxy for ports on loopback, which both sides of a pair would share, would blur the difference.",
  limits: [
    { what: "443 by ALPN, of port 5223", atLeast: 0.9, unit: "×" },
    { what: "WebSocket through 443, of Prosody's WebSocket", atLeast: 0.9, unit: "×" },
  ],
  async measure({ rounds }) {
    await using stack = await BenchStack.create({ limits: { c2s: { rate: "100MB/s" } } });
    const overrides = stack.write("overrides.lua", `https_ports = { ${prosodyHttps} }\n`);
    stack.set({ limits: { c2s: { rate: "100MB/s" } }, overrides });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);

    const ways = await openWays(stack, login);
    for (const { exchange } of ways) await exchange.perSecond(count, outstanding);
    for (let round = 0; round < rounds; round++) {
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const before = await work(stack);
        way.samples.push(rounded(await way.exchange.perSecond(count, outstanding)));
        way.loads.push(loadOf(before, await work(stack)));
      }
    }
    await Promise.all(ways.map(({ exchange }) => exchange.close()));
    const perSecond = (name: WayName) => median(ways.find((way) => way.name === name)!.samples);
    return {
      values: [rounded(perSecond("443 by ALPN") / perSecond("5223")), rounded(perSecond("WebSocket through 443") / perSecond("Prosody's WebSocket"))],
      samples: Object.fromEntries(ways.map(({ name, samples }) => [`${name}, messages per second`, samples])),
      notes: [
        `WebSocket through 443 is ${rounded(perSecond("WebSocket through 443") / perSecond("Prosody's WebSocket with TLS"))} × Prosody's WebSocket with TLS: the pair in which the client encrypts on both sides. The stack has no such port, this bench opens one.`,
        ...ways.map(({ name, loads }) => `${name}: for each message ${parts.map((part) => `${part} works ${rounded(median(loads.map((one) => one[part])))} ms`).join(", ")}; that is ${Math.round(median(loads.map(({ share }) => share)))} % of a core for Prosody.`),
      ],
    };
  },
};

type WayName = "443 by ALPN" | "5223" | "WebSocket through 443" | "Prosody's WebSocket" | "Prosody's WebSocket with TLS";

interface Way {
  readonly name: WayName;
  readonly exchange: Exchange;
  readonly samples: number[];
  readonly loads: Load[];
}

async function openWays({ front, container, networks }: BenchStack, login: Login): Promise<Way[]> {
  const [nginx, prosody] = [await addressOn(networks.front, front), await addressOn(networks.front, container)];
  const services: readonly { readonly name: WayName; readonly service: string; readonly address: string }[] = [
    { name: "443 by ALPN", service: `xmpps://${nginx}:${frontPorts.https}`, address: nginx },
    { name: "5223", service: `xmpps://${prosody}:${containerPorts.c2s_direct_tls}`, address: prosody },
    { name: "WebSocket through 443", service: `wss://${benchDomain}:${frontPorts.https}/xmpp-websocket`, address: nginx },
    { name: "Prosody's WebSocket", service: `ws://${benchDomain}:${containerPorts.http}/xmpp-websocket`, address: prosody },
    { name: "Prosody's WebSocket with TLS", service: `wss://${benchDomain}:${prosodyHttps}/xmpp-websocket`, address: prosody },
  ];
  const ways: Way[] = [];
  for (const { name, service, address } of services) {
    resolveHere(benchDomain, address);
    ways.push({ name, exchange: await Exchange.open({ ...login, service }), samples: [], loads: [] });
  }
  return ways;
}

const parts = ["Prosody", "Nginx", "the client"] as const;
type Part = (typeof parts)[number];

/** Milliseconds of a processor's work for each message, and the share of one core that Prosody had, in per cent. */
type Load = Readonly<Record<Part | "share", number>>;

/** Seconds of a processor's work so far, and by the clock. */
async function work({ container, front }: BenchStack): Promise<Readonly<Record<Part | "clock", number>>> {
  const { user, system } = process.cpuUsage();
  return { Prosody: await processorSeconds(container), Nginx: await processorSeconds(front), "the client": (user + system) / 1e6, clock: performance.now() / 1000 };
}

function loadOf(before: Readonly<Record<Part | "clock", number>>, after: Readonly<Record<Part | "clock", number>>): Load {
  const each = (part: Part) => (1000 * (after[part] - before[part])) / count;
  return { Prosody: each("Prosody"), Nginx: each("Nginx"), "the client": each("the client"), share: (100 * (after.Prosody - before.Prosody)) / (after.clock - before.clock) };
}
