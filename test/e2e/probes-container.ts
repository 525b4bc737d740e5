// The probes of a test's stack: what they have found out, and what Alertmanager would post to them.
import { docker, dockerOutput } from "../image/docker.ts";
import type { TestStack } from "./stack.ts";

export class ProbesContainer {
  private readonly name: string;
  private readonly config: string;

  constructor({ namespace }: Pick<TestStack, "namespace">) {
    this.name = `${namespace}-probes`;
    this.config = `${namespace}-probes-config`;
  }

  /** Series with their labels, as they are exposed, by their values. */
  async series(): Promise<ReadonlyMap<string, number>> {
    const text = await this.python('import urllib.request as u; print(u.urlopen("http://127.0.0.1:9600/metrics").read().decode())');
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
  }

  /** Names of probes, by whether they succeeded the last time. */
  async outcome(): Promise<{ readonly succeeded: string[]; readonly failed: string[] }> {
    const found = [...(await this.series())].flatMap(([name, value]) => {
      const probe = /^stack_probe_success\{probe="(.*)"\}$/.exec(name)?.[1];
      return probe === undefined ? [] : [{ probe, value }];
    });
    const of = (wanted: number) => found.filter(({ value }) => value === wanted).map(({ probe }) => probe).toSorted();
    return { succeeded: of(1), failed: of(0) };
  }

  /** Status and text of the answer to what is posted. */
  async post(body: string): Promise<{ readonly status: number; readonly text: string }> {
    const program = `
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", 9600, timeout=60)
connection.request("POST", "/alerts", sys.stdin.buffer.read(), {"Content-Type": "application/json"})
answer = connection.getresponse()
print(json.dumps({"status": answer.status, "text": answer.read().decode()}))`;
    return JSON.parse(await this.python(program, body)) as { status: number; text: string };
  }

  /** Kibibytes of memory that the program has. */
  async memory(): Promise<number> {
    return (await this.series()).get("process_resident_memory_bytes")! / 1024;
  }

  /** Puts another text into a file of the release in force, past every check; returns what it was. */
  async change(path: string, text: string): Promise<string> {
    const image = (await dockerOutput(["inspect", "--format", "{{.Image}}", this.name])).trim();
    const program = `
import os, sys
path = "/config/current/${path}"
print(open(path).read(), end="", flush=True)
os.chmod(path, 0o600)
open(path, "w").write(sys.stdin.read())`;
    return dockerOutput(["run", "--rm", "-i", "--network", "none", "--user", "0:0", "--volume", `${this.config}:/config`, image, "/usr/bin/python3", "-c", program], text);
  }

  async logs(): Promise<string> {
    return dockerOutput(["logs", this.name]);
  }

  private async python(program: string, input = ""): Promise<string> {
    const { exitCode, output } = await docker(["exec", "-i", this.name, "/usr/bin/python3", "-c", program], input);
    if (exitCode !== 0) throw new Error(output);
    return output;
  }
}
