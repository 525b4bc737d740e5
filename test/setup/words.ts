// A program of the tests' own, with a workload for each word of the contract that no component uses yet. Its image is
// Nginx's, whose programs are enough to say something and to answer.
import { nginxImageSource } from "../../components/nginx/nginx.ts";
import { DockerPlatform } from "../../platform/docker/platform.ts";
import { KubernetesPlatform } from "../../platform/kubernetes/platform.ts";
import { plainFile, type Platform, type PlatformArgs, type WorkloadArgs } from "../../platform/workload.ts";
import { type Manifests, kubernetesManifests } from "../../render/manifests.ts";
import { type Registration, record } from "../../render/recorder.ts";
import { platformArgs } from "../../scales/platform-args.ts";
import { settingsOf } from "../../settings/load.ts";
import { families } from "../cluster/addresses.ts";

export const namespace = "xmpp-e2e-words";

/** What each of the workloads is given as a file, and some of them say. */
export const word = "delivered";

const configuration = `# ${word}
daemon off;
pid /run/nginx/nginx.pid;
events {}
http {
	access_log off;
	client_body_temp_path /run/nginx/body;
	proxy_temp_path /run/nginx/unused;
	fastcgi_temp_path /run/nginx/unused;
	uwsgi_temp_path /run/nginx/unused;
	scgi_temp_path /run/nginx/unused;
	server {
		listen 8080;
		listen [::]:8080;
		root /host/etc;
	}
}
`;

const lua = (program: string) => ["/usr/bin/lua5.4", "-e", program];
const sleep = 'require("posix.unistd").sleep(100000)';
const sayFile = 'print(io.open("/config/current/nginx.conf"):read("l"))';

function workload(name: string, command: readonly string[], more: Partial<WorkloadArgs> = {}): WorkloadArgs {
  const rest = { environment: {}, volumes: [], ports: [], networks: ["back"], reaches: "workloads", stopGrace: 1, restartOn: "", groups: [] } as const;
  return {
    ...rest, name, command, image: nginxImageSource(), user: { uid: 5443, gid: 5443 }, files: [plainFile("nginx.conf", configuration)],
    scratch: { "/run/nginx": 2 ** 20, "/tmp": 2 ** 20 }, resources: { memory: 2 ** 26, cpus: 1, pids: 50 }, ...more,
  };
}

/** A node's files answer by HTTP to one caller; another workload is in the node's network; one runs once, one by a schedule. */
export const workloads = {
  "node-files": workload("node-files", ["/usr/bin/lua5.4", "/usr/lib/stack/start.lua"], { runs: { as: "onEveryNode" }, host: ["files"], ports: [{ name: "http", port: 8080, from: ["caller"] }] }),
  "node-network": workload("node-network", lua(`print(io.open("/proc/net/dev"):read("a")) ${sleep}`), { host: ["network"] }),
  caller: workload("caller", lua(sleep)),
  stranger: workload("stranger", lua(sleep)),
  once: workload("once", lua(sayFile), { runs: { as: "once", deadline: 60 } }),
  nightly: workload("nightly", lua(sayFile), { runs: { as: "schedule", cron: "17 3 * * *", deadline: 60 } }),
} as const;

/** What a program has beside its workloads. */
type More = (platform: Platform) => void;

/** The manifests of some of them; `publishOnMachine` as a platform is told. On the cluster each file of tests has a namespace. */
export async function manifestsOf(wanted: readonly WorkloadArgs[], publishOnMachine: Readonly<Record<string, number>> = {}, more: More = () => undefined, within = namespace): Promise<Manifests> {
  const settings = settingsOf(
    Object.fromEntries(Object.entries({ namespace: within, platform: "kubernetes", domains: JSON.stringify([{ name: "one.test" }]), publish: JSON.stringify({ c2s: 0, c2sDirectTls: 0, s2s: 0, s2sDirectTls: 0, https: 0, http: 0, proxy65: 0 }), kubernetes: JSON.stringify({ podNetworks: families.map(({ pods }) => pods) }) }).map(([key, value]) => [`prosody-stack:${key}`, value])),
    "words",
  );
  const program = () => {
    const platform = new KubernetesPlatform("kubernetes", { ...platformArgs(settings), publishOnMachine });
    for (const args of wanted) platform.workload(args.name, args, {});
    more(platform);
    return Promise.resolve({});
  };
  return kubernetesManifests(await registrationsOf(program));
}

/** What Docker is asked for, for some of them. */
export async function onDocker(wanted: readonly WorkloadArgs[], publishing: Partial<PlatformArgs> = {}, more: More = () => undefined): Promise<readonly Registration[]> {
  const settings = settingsOf({ "prosody-stack:domains": JSON.stringify([{ name: "one.test" }]) }, "words");
  return registrationsOf(() => {
    const platform = new DockerPlatform("docker", { ...platformArgs(settings), ...publishing });
    for (const args of wanted) platform.workload(args.name, args, {});
    more(platform);
    return Promise.resolve({});
  });
}

async function registrationsOf(program: () => Promise<Record<string, unknown>>): Promise<readonly Registration[]> {
  const { registrations } = await record(program, { project: "prosody-stack", stack: "words", config: {}, newResource: ({ name, inputs }) => ({ id: name, state: { ...(inputs as object), exitCode: 0 } }) });
  return registrations;
}
