// Images there, stack down: how long until the first login, beside a Compose file that somebody wrote by hand.
import { execa } from "execa";
import { type Login, trust } from "../ops/xmpp-client.ts";
import { imageOf } from "./lib/container.ts";
import { type Figure, median, rounded, secondsSince } from "./lib/figure.ts";
import { firstLogin } from "./lib/first-login.ts";
import { compose } from "./lib/machine.ts";
import { Parts } from "./lib/parts.ts";
import { copyRelease } from "./lib/release.ts";
import { BenchStack, benchPorts, benchSubnets } from "./lib/stack.ts";

export const figure: Figure = {
  name: "start",
  title: "From nothing running to the first login, images and data there",
  how:
    "`npm run up` beside `docker-compose up --detach` of bench/hand-written/compose.yaml: the same images of Prosody, Nginx and the workload that makes backups, limits, ports, networks and volumes, their configuration bind-mounted. " +
    "Both are taken down before each round (data stays), in turns. The clock runs from the start of the command until a login over STARTTLS works that is tried every 20 ms, for both by the same client. The value is the ratio of the medians. A third start in each round, with bench/lib/observe-up.ts loaded first, tells where the time of ours goes.",
  limits: [{ what: "times the hand-written file", atMost: 1.5, unit: "×" }],
  async measure({ rounds }) {
    await using stack = await BenchStack.create();
    await stack.npm("up");
    const login = await stack.login();
    trust(login.caCertificate);
    const byHand = await HandWritten.like(stack);
    await stack.npm("down");
    await byHand.up(login); // its first start, which makes the accounts
    await byHand.down();

    const samples = { "up: to the login, s": [] as number[], "up: to its end, s": [] as number[], "by hand: to the login, s": [] as number[], "by hand: to its end, s": [] as number[] };
    const parts = new Parts();
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const [loggedIn, ended] = await Promise.all([
        firstLogin(login).then(() => secondsSince(start)),
        stack.npm("up").then(() => secondsSince(start)),
      ]);
      samples["up: to the login, s"].push(loggedIn);
      samples["up: to its end, s"].push(ended);
      await stack.npm("down");
      const { login: loggedInByHand, end } = await byHand.up(login);
      samples["by hand: to the login, s"].push(loggedInByHand);
      samples["by hand: to its end, s"].push(end);
      await byHand.down();
      parts.add(await stack.observedUp());
      await stack.npm("down");
    }
    const ratio = median(samples["up: to the login, s"]) / median(samples["by hand: to the login, s"]);
    return { values: [rounded(ratio)], samples: { ...samples, ...parts.samples }, notes: [] };
  },
};

/** The hand-written Compose project, with the files that the stack's containers have. */
class HandWritten {
  private readonly environment: Record<string, string>;
  private readonly project: string;

  private constructor(project: string, environment: Record<string, string>) {
    this.project = project;
    this.environment = environment;
  }

  /** Of a stack that is up: with its images, and a copy of the files that are in force. */
  static async like({ container, front, directory, namespace }: BenchStack): Promise<HandWritten> {
    const ports = Object.fromEntries(Object.entries(benchPorts).map(([name, port]) => [`PORT_${name.toUpperCase()}`, String(port)]));
    return new HandWritten(`${namespace}-by-hand`, {
      PROSODY_IMAGE: await imageOf(container),
      PROSODY_CONFIGURATION: await copyRelease(container, directory, "by-hand-prosody", 5222),
      NGINX_IMAGE: await imageOf(front),
      NGINX_CONFIGURATION: await copyRelease(front, directory, "by-hand-nginx", 5443),
      BACKUP_IMAGE: await imageOf(`${namespace}-backup`),
      BACKUP_CONFIGURATION: await copyRelease(`${namespace}-backup`, directory, "by-hand-backup", 5222),
      FRONT: benchSubnets.front,
      BACK: benchSubnets.back,
      ...ports,
    });
  }

  /** Seconds from the start of the command to the first login, and to the command's end. */
  async up(login: Login): Promise<{ readonly login: number; readonly end: number }> {
    const start = performance.now();
    const [loggedIn, end] = await Promise.all([
      firstLogin(login).then(() => secondsSince(start)),
      this.compose("up", "--detach").then(() => secondsSince(start)),
    ]);
    return { login: loggedIn, end };
  }

  async down(): Promise<void> {
    await this.compose("down");
  }

  private async compose(...args: string[]): Promise<void> {
    const [program, ...first] = (await compose()).command;
    await execa(program, [...first, "--project-name", this.project, "--file", "bench/hand-written/compose.yaml", ...args], { env: this.environment });
  }
}
