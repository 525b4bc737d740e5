// What measuring costs Prosody: messages per second, and how long a scrape takes that all sessions wait for.
import { readdirSync } from "node:fs";
import { execa } from "execa";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { containerPorts } from "../settings/ports.ts";
import { addressOn } from "./lib/container.ts";
import { Exchange, online } from "./lib/exchange.ts";
import { type Figure, median, rounded } from "./lib/figure.ts";
import { BenchStack, benchDomain } from "./lib/stack.ts";

const count = 4000;
const outstanding = 50;
const sessions = 1000;
const accounts = 20;

export const figure: Figure = {
  name: "metrics",
  title: "What measuring costs Prosody",
  how:
    `As messages are measured, straight to Prosody: ${count} chat messages from one session to another, at most ${outstanding} on their way at once. Prosody's modules of ours that measure are loaded into the running process, with a scrape each second, or taken out of it, without scrapes; the two take turns, in the opposite order every other time, with new sessions each time. ` +
    `Then ${sessions} sessions of ${accounts} accounts are there and say nothing; a scrape's time runs from the request to its last byte, from beside the container.`,
  limits: [
    { what: "messages per second, of those without", atLeast: 0.95, unit: "×" },
    { what: `a scrape at ${sessions} sessions`, atMost: 50, unit: "ms" },
  ],
  async measure({ rounds }) {
    await using stack = await BenchStack.create({ limits: { c2s: { rate: "100MB/s" } }, sessions: { perAccount: sessions, perAddress: 2 * sessions, total: 2 * sessions } });
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const address = await addressOn(stack.networks.back, stack.container);
    const direct = { ...login, service: `xmpps://${address}:${containerPorts.c2s_direct_tls}` };

    const perSecond = { with: [] as number[], without: [] as number[] };
    for (const way of ["with", "without"] as const) await measured(stack, direct, address, way); // does not count
    for (let round = 0; round < rounds; round++) {
      const both = ["with", "without"] as const;
      for (const way of round % 2 === 0 ? both : both.toReversed()) perSecond[way].push(rounded(await measured(stack, direct, address, way)));
    }

    await switchModules(stack, "load");
    await gather(stack, direct);
    const scrapes: number[] = [];
    let size = 0;
    for (let round = 0; round < 3 * rounds; round++) {
      const start = performance.now();
      size = (await scrape(address)).length;
      scrapes.push(rounded(performance.now() - start));
    }
    return {
      values: [rounded(median(perSecond.with) / median(perSecond.without)), median(scrapes)],
      samples: { "messages per second with": perSecond.with, "messages per second without": perSecond.without, "a scrape, ms": scrapes },
      notes: [`A scrape has ${Math.round(size / 1024)} KiB: how much does not depend on the sessions.`],
    };
  },
};

async function measured(stack: BenchStack, login: Login, address: string, way: "with" | "without"): Promise<number> {
  await switchModules(stack, way === "with" ? "load" : "unload");
  const exchange = await Exchange.open(login);
  const failures: unknown[] = [];
  const scraping = way === "with" ? setInterval(() => void scrape(address).catch((error: unknown) => failures.push(error)), 1000) : undefined;
  try {
    await exchange.perSecond(count / 4, outstanding); // until everything that is made once is there
    const result = await exchange.perSecond(count, outstanding);
    if (failures.length > 0) throw failures[0];
    return result;
  } finally {
    clearInterval(scraping);
    exchange.cut();
  }
}

async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}:${containerPorts.http}/metrics`);
  if (!response.ok) throw new Error(`/metrics answers ${response.status}`);
  return response.text();
}

/** The modules that measure, but for the one that says who may ask. */
const modules = readdirSync("components/prosody/image/modules").flatMap((file) => /^mod_(stack_measure_\w+)\.lua$/.exec(file)?.[1] ?? []).filter((name) => name !== "stack_measure_access");

let loaded = false;

async function switchModules({ container }: BenchStack, action: "load" | "unload"): Promise<void> {
  if (loaded === (action === "load")) return;
  loaded = !loaded;
  for (const name of modules) await execa("docker", ["exec", container, "prosodyctl", "shell", "module", action, name]);
}

/** Sessions that say nothing. */
async function gather({ container }: BenchStack, login: Login): Promise<void> {
  const names = Array.from({ length: accounts }, (_, index) => `person-${index}`);
  for (const name of names) await execa("docker", ["exec", container, "prosodyctl", "shell", "user", "create", `${name}@${benchDomain}`, login.password]);
  for (let number = 0; number < sessions / accounts; number++) {
    await Promise.all(names.map((username) => online({ ...login, username, resource: `device-${number}` })));
  }
}
