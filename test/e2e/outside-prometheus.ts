// A Prometheus of an operator's own: the program of the stack's image, with the files that are rendered for such a one, on the network of strangers.
import { chmodSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { monitoringImageSource } from "../../components/monitoring/monitoring.ts";
import { scrapeSecrets } from "../../components/monitoring/scrape-file.ts";
import { dockerOutput } from "../image/docker.ts";
import { builtImage } from "../setup/built-image.ts";
import { Prometheus } from "./prometheus.ts";
import type { TestStack } from "./stack.ts";

export class OutsidePrometheus extends Prometheus {
  readonly container: string;
  /** Where it comes from. */
  readonly address: string;
  private readonly stack: TestStack;
  private readonly directory: string;

  constructor(stack: TestStack) {
    const container = `${stack.name}-prometheus`;
    super((command) => dockerOutput(["exec", container, ...command]));
    this.container = container;
    this.stack = stack;
    this.directory = join(stack.directory, "prometheus");
    this.address = (stack.settings.network as { front: string }).front.replace(/0\/24$/, "200");
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
    const front = (await dockerOutput(["inspect", "--format", `{{(index .NetworkSettings.Networks "${this.stack.namespace}-front").IPAddress}}`, this.stack.front])).trim();
    const options = ["--network", `${this.stack.namespace}-front`, "--ip", this.address, "--add-host", `one.test:${front}`, "--tmpfs", "/tmp:mode=1777", "--volume", `${this.directory}:/etc/outside:ro`];
    const command = ["--config.file=/etc/outside/prometheus.yml", "--storage.tsdb.path=/tmp/data", "--web.listen-address=127.0.0.1:9090"];
    await dockerOutput(["run", "--detach", "--name", this.container, ...options, "--entrypoint", "/usr/bin/prometheus", await builtImage(monitoringImageSource()), ...command]);
  }

  /** Another token in its file. */
  give(token: string): void {
    writeFileSync(join(this.directory, scrapeSecrets.token), `${token}\n`);
  }

  async remove(): Promise<void> {
    await dockerOutput(["rm", "--force", "--volumes", this.container]);
  }
}
