// A Prometheus of an operator's own: the program of the stack's image, with the files that are rendered for such a one, on the network of strangers.
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitoringImageSource } from "../../components/monitoring/monitoring.ts";
import { scrapeSecrets } from "../../components/monitoring/scrape-file.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { builtImage } from "../setup/built-image.ts";
import { Prometheus, type Target } from "./prometheus.ts";
import type { TestStack } from "./stack.ts";

type Watched = Pick<TestStack, "name" | "namespace" | "directory" | "settings" | "outputs" | "front" | "succeed">;

export class OutsidePrometheus extends Prometheus {
  readonly container: string;
  /** Where it comes from. */
  readonly address: string;
  private readonly stack: Watched;
  private readonly directory: string;

  /** On an IPv4 /24 that is the front's network, if nothing else is said. */
  constructor(stack: Watched, subnet = (stack.settings.network as { front: string }).front) {
    const container = `${stack.name}-prometheus`;
    super((command) => dockerOutput(["exec", container, ...command]));
    this.container = container;
    this.stack = stack;
    this.directory = join(stack.directory, "prometheus");
    this.address = subnet.replace(/0\/24$/, "200");
  }

  /** As an operator would: the rendered directory, the CA and the token put beside, and a configuration that names them. */
  async start(token: string): Promise<void> {
    const rendered = join(this.stack.directory, "rendered");
    await this.stack.succeed("render", "--out", rendered);
    cpSync(join(rendered, "prometheus"), this.directory, { recursive: true });
    chmodSync(this.directory, 0o755); // for the image's user
    writeFileSync(join(this.directory, scrapeSecrets.authority), this.stack.outputs.caCertificate);
    writeFileSync(join(this.directory, "prometheus.yml"), JSON.stringify({ scrape_config_files: ["scrape.yml"], rule_files: ["rules/*.yml"], global: { evaluation_interval: "5s" } }));
    this.give(token);
    const { network, front } = await this.place();
    const options = ["--network", network, "--ip", this.address, "--add-host", `one.test:${front}`, "--tmpfs", "/tmp:mode=1777", "--volume", `${this.directory}:/etc/outside:ro`];
    const command = ["--config.file=/etc/outside/prometheus.yml", "--storage.tsdb.path=/tmp/data", "--web.listen-address=127.0.0.1:9090"];
    await dockerOutput(["run", "--detach", "--name", this.container, ...options, "--entrypoint", "/usr/bin/prometheus", await builtImage(monitoringImageSource()), ...command]);
    await eventually("it answers", () => this.targets().then(() => true, () => false));
  }

  /** Another token in its file. */
  give(token: string): void {
    writeFileSync(join(this.directory, scrapeSecrets.token), `${token}\n`);
  }

  /** Every target is up, by a scrape after now. */
  async allUp(): Promise<void> {
    const now = Date.now();
    await this.all("a scrape of every target", ({ health, lastScrape }) => health === "up" && Date.parse(lastScrape) > now);
  }

  /** No target gives it anything, for its token. */
  async allRefused(): Promise<void> {
    await this.all("a refusal of every target", ({ health, lastError }) => health === "down" && lastError.includes("401 Unauthorized"));
  }

  /** The stack has series of this figure, and each is 1. */
  async allOne(figure: string): Promise<void> {
    await eventually(figure, async () => {
      const found = await this.query(`${figure}{stack="${this.stack.namespace}"}`);
      return found.length > 0 && found.every(({ value }) => value[1] === "1");
    });
  }

  /** Its rules are computed, and none of its targets counts as down. */
  async computesRules(): Promise<void> {
    await eventually("a recorded figure", async () => (await this.query("stack:prosody_memory_limit_bytes")).some(({ metric }) => metric.stack === this.stack.namespace));
    await eventually("no target that is down", async () => (await this.alerts()).every(({ labels }) => labels.alertname !== "TargetDown"));
  }

  /** Whether a scrape has failed after that time. */
  async hasFailedSince(began: number): Promise<boolean> {
    const seconds = Math.floor((Date.now() - began) / 1000);
    const [least] = await this.query(`min_over_time((min(up{stack="${this.stack.namespace}"}))[${seconds}s:1s])`);
    return least!.value[1] !== "1";
  }

  private async all(what: string, holds: (target: Target) => boolean): Promise<void> {
    await eventually(what, async () => {
      const targets = await this.targets();
      return targets.length > 0 && targets.every(holds);
    });
  }

  /** The network that it is on, and where the front is from there. */
  protected async place(): Promise<{ readonly network: string; readonly front: string }> {
    const network = `${this.stack.namespace}-front`;
    return { network, front: (await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, this.stack.front])).trim() };
  }

  async remove(): Promise<void> {
    await dockerOutput(["rm", "--force", "--volumes", this.container]);
  }
}
