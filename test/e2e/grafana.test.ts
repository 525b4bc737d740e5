// Somebody else's image in the stack: pulled by digest, given its files, behind the front; and left out where nobody has it. What stands
// in for Grafana says what it was started with, and is no Grafana: no registry that has that is reached from here.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImage } from "../../ops/image-builds.ts";
import { dockerOutput, eventually } from "../image/docker.ts";
import { ImageRegistry } from "../kubernetes/image-registry.ts";
import { TestStack } from "./stack.ts";
import { fetchFrom } from "./web.ts";

const program = `#!/usr/bin/perl
use IO::Socket::INET;
sub text { local $/; open(my $file, "<", $_[0]) or die "$_[0]: $!"; return <$file> }
my ($ini) = map { /^--config=(.*)/ ? $1 : () } @ARGV;
my $settings = text($ini);
my ($password) = $settings =~ /^admin_password = \\$__file\\{(.*)\\}$/m;
open(my $data, ">", "/var/lib/grafana/grafana.db") or die "data: $!";
my $server = IO::Socket::INET->new(LocalPort => 3000, Listen => 5, ReuseAddr => 1) or die "port: $@";
while (my $client = $server->accept) {
	my ($path) = <$client> =~ /^GET (\\S+)/;
	while (<$client> =~ /\\S/) {}
	my $body = join("\\n", $path, $<, "@ARGV", length(text($password)), -w "/usr" ? "can write" : "cannot write", glob("/config/current/dashboards/*"));
	print $client "HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: ", length($body), "\\r\\nConnection: close\\r\\n\\r\\n$body";
}
`;
const dockerfile = `FROM ${baseImage}
COPY grafana /usr/share/grafana/bin/grafana
RUN chmod 0755 /usr/share/grafana/bin/grafana
ENTRYPOINT ["/bin/false"]
`;

const registry = new ImageRegistry(31_951);
const repository = "e2e/grafana";
const nowhere = `${registry.host}/${repository}@sha256:${"0".repeat(64)}`;
const stack = new TestStack("grafana", 60, { monitoring: "own", grafana: { image: nowhere } });
const asked = () => fetchFrom(`https://one.test:${stack.ports.https}/grafana/api/health?a=b`);
let image: string;
let said: string;

beforeAll(async () => {
  await registry.start();
  const directory = mkdtempSync(join(tmpdir(), "grafana-test-"));
  writeFileSync(join(directory, "grafana"), program);
  writeFileSync(join(directory, "Dockerfile"), dockerfile);
  const tag = `${registry.host}/${repository}:1`;
  await dockerOutput(["build", "--quiet", "--tag", tag, directory]);
  await dockerOutput(["push", "--quiet", tag]);
  await dockerOutput(["image", "rm", tag]);
  rmSync(directory, { recursive: true });
  image = `${registry.host}/${repository}@${(await registry.digest(repository, "1"))!}`;
  said = await stack.up();
});

afterAll(async () => {
  await stack.remove();
  if (image !== undefined) await dockerOutput(["image", "rm", "--force", image]);
  await registry.stop();
});

test("an image that nobody has is left out, with one line, and everything else works", async () => {
  const lines = said.split("\n").filter((line) => line.startsWith("grafana: "));
  expect(lines).toEqual([expect.stringContaining(`left out, for ${nowhere} is not on this machine and cannot be pulled (`)]);
  expect(said).not.toContain("grafanaPassword");
  expect((await stack.containers()).filter((name) => name.startsWith(`${stack.namespace}-grafana`))).toEqual([]);
  expect(await stack.containers()).toContain(`${stack.namespace}-prometheus`);
  expect((await asked()).body.toString()).not.toContain("--config=");
});

test("one that can be pulled runs with the stack's command, user and files, behind the front", async () => {
  stack.settings = { ...stack.settings, grafana: { image } };
  said = await stack.up();
  expect(said).toContain(`${image}: pulling`);
  expect(said).toContain(`npm run output -- --stack ${stack.name} grafanaPassword --show-secrets`);
  await eventually("its answer", async () => (await asked()).status === 200);
  const [path, uid, command, password, root, ...dashboards] = (await asked()).body.toString().split("\n");
  expect([path, uid, password, root]).toEqual(["/grafana/api/health?a=b", "9090", "24", "cannot write"]);
  expect(command).toBe("server --homepath=/usr/share/grafana --config=/config/current/grafana.ini");
  expect(dashboards).toContain("/config/current/dashboards/server-overview.json");
  expect((stack.outputs as unknown as { grafanaPassword: string }).grafanaPassword).toHaveLength(24);
});

test("it is not replaced for another dashboard, nor pulled again, and is for administrators' networks alone", async () => {
  const before = await stack.identity(`${stack.namespace}-grafana`);
  stack.settings = { ...stack.settings, front: { adminNetworks: ["192.0.2.0/24"] }, federation: { mode: "off" } };
  expect(await stack.up()).not.toContain("pulling");
  expect(await stack.identity(`${stack.namespace}-grafana`)).toEqual(before);
  expect((await asked()).status).toBe(403);
});
