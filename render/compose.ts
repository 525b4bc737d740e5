// Docker resources as a Compose project (the Compose Specification, without what docker-compose 1.29 does not know).
import * as pulumi from "@pulumi/pulumi";
import { type ContainerPort, composePorts } from "./compose-ports.ts";
import { type Registration, reveal } from "./recorder.ts";

type Yaml = Record<string, unknown>;

/** A file that the project mounts. */
export interface RenderedFile {
  readonly path: string;
  readonly content: string;
  /** The user of the container that mounts it. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly secret: boolean;
}

export interface RenderedBuild {
  readonly reference: string;
  /** Build context as the program named it, and where the project keeps its copy. */
  readonly from: string;
  readonly to: string;
}

export interface ComposeProject {
  /** Prefix of all names, and the project's own. */
  readonly namespace: string;
  readonly compose: Yaml;
  readonly files: readonly RenderedFile[];
  readonly builds: readonly RenderedBuild[];
  /** Names of the services that deliver files, each time they are asked to. */
  readonly oneShots: readonly string[];
  /** Names of those that run to their end once. */
  readonly runs: readonly string[];
}

/**
 * The Compose project of recorded registrations.
 *
 * @param fingerprint of a service's files, for a label that changes with them: Compose looks at no mounted file
 */
export function composeProject(registrations: readonly Registration[], fingerprint: (files: readonly RenderedFile[]) => string): ComposeProject {
  const byType = (type: string) => registrations.filter((registration) => registration.type === `docker:index/${type}`);
  const namespace = String(registrations.find(({ type }) => type === "prosody-stack:docker:Platform")?.inputs.namespace);
  const images = new Map(byType("image:Image").map(({ inputs }) => [String(inputs.imageName), (inputs.build as { context: string }).context]));
  const containers = byType("container:Container").map((registration) => ({ inputs: registration.inputs, name: containerName(registration, namespace) }));
  const toTheirEnd = containers.filter(({ inputs }) => inputs.mustRun === false);
  const files = new Map(containers.map(({ name, inputs }) => [name, uploadedFiles(name, inputs)]));

  const oneShots = toTheirEnd.filter(({ inputs }) => "uploads" in inputs).map(({ name }) => name);
  const runs = toTheirEnd.filter(({ inputs }) => !("uploads" in inputs)).map(({ name }) => name);

  // Compose v2 recreates what depends on a container that it recreates: so a service has no depends_on, and waits for its files
  // by itself. What runs once is made anew with them.
  const services = containers.map(({ name, inputs }) => {
    const own = files.get(name) ?? [];
    const rendered = service(name, inputs, own, images);
    const labels = own.length > 0 ? { labels: { ...(rendered.labels as object), "prosody-stack.files": fingerprint(own) } } : {};
    const deliveries = runs.includes(name) ? oneShots.filter((oneShot) => oneShot.startsWith(`${name}-`)) : [];
    const after = deliveries.length > 0 ? { depends_on: Object.fromEntries(deliveries.map((delivery) => [delivery, { condition: "service_completed_successfully" }])) } : {};
    return [name, { ...rendered, ...labels, ...after }];
  });
  return {
    namespace,
    compose: {
      services: Object.fromEntries(services),
      networks: Object.fromEntries(byType("network:Network").map(({ inputs }) => [String(inputs.name), network(inputs)])),
      volumes: Object.fromEntries(byType("volume:Volume").map(({ inputs }) => [String(inputs.name), { name: inputs.name }])),
    },
    files: [...files.values()].flat(),
    builds: [...images].map(([reference, from]) => ({ reference, from, to: buildPath(reference) })),
    oneShots,
    runs,
  };
}

/** As given, or the stack's where Pulumi would make one up. */
function containerName({ name, inputs }: Registration, namespace: string): string {
  return typeof inputs.name === "string" ? inputs.name : `${namespace}-${name}`;
}

function uploadedFiles(name: string, { uploads, user }: Readonly<Yaml>): RenderedFile[] {
  const [uid = 0, gid = uid] = String(user).split(":").map(Number);
  const owner = { uid, gid };
  return (Array.isArray(uploads) ? uploads : []).map((upload: unknown) => {
    const { value, secret } = reveal(upload);
    const { file, content } = value as { file: string; content: string };
    return { path: `${secret ? "secrets" : "files"}/${name}${file}`, content, owner, secret };
  });
}

/** Compose's word for every argument of a container that the program uses; none for what Compose does by itself. */
const words: Record<string, (value: never) => Yaml> = {
  name: () => ({}), // with the name that Compose has for it, below
  hostname: (value) => ({ hostname: value }),
  image: () => ({}), // with its build, below
  command: (value) => ({ command: value }),
  entrypoints: (value) => ({ entrypoint: value }),
  envs: (value: string[]) => (value.length > 0 ? { environment: value } : {}),
  user: (value) => ({ user: value }),
  groupAdds: (value) => ({ group_add: value }),
  readOnly: (value) => ({ read_only: value }),
  restart: (value) => ({ restart: value }),
  capabilities: ({ drops }: { drops: string[] }) => ({ cap_drop: drops }),
  securityOpts: (value) => ({ security_opt: value }),
  memory: (value: number) => ({ mem_limit: `${value}m` }),
  memorySwap: (value: number) => ({ memswap_limit: `${value}m` }),
  cpus: (value: string) => ({ cpus: Number(value) }),
  ulimits: (value: { name: string; soft: number; hard: number }[]) => ({
    ulimits: Object.fromEntries(value.map(({ name, soft, hard }) => [name, { soft, hard }])),
  }),
  tmpfs: (value: Record<string, string>) => ({ tmpfs: Object.entries(value).map(([path, options]) => `${path}:${options}`) }),
  ports: (value: ContainerPort[]) => (value.length > 0 ? { ports: composePorts(value) } : {}),
  networksAdvanced: (value: { name: string; aliases: string[] }[]) => ({
    networks: Object.fromEntries(value.map(({ name, aliases }) => [name, { aliases }])),
  }),
  networkMode: (value) => ({ network_mode: value }),
  healthcheck: ({ tests, startPeriod, ...rest }: { tests: string[]; startPeriod: string }) => ({
    healthcheck: { ...rest, test: tests, start_period: startPeriod },
  }),
  volumes: () => ({}), // with its files, below
  uploads: () => ({}),
  stopTimeout: (value: number) => ({ stop_grace_period: `${value}s` }),
  destroyGraceSeconds: () => ({}),
  mustRun: () => ({}),
  attach: () => ({}),
  logs: () => ({}),
  labels: (value: { label: string; value: string }[]) => ({ labels: Object.fromEntries(value.map((item) => [item.label, item.value])) }),
  logDriver: () => ({}), // with its options, below
  logOpts: (value) => ({ logging: { driver: "json-file", options: value } }),
};

function service(name: string, inputs: Readonly<Yaml>, files: readonly RenderedFile[], images: ReadonlyMap<string, string>): Yaml {
  const unknown = Object.keys(inputs).filter((key) => !Object.hasOwn(words, key));
  if (unknown.length > 0) throw new pulumi.RunError(`${name}: the renderer does not know the container argument ${unknown.join(", ")}; see render/compose.ts`);
  const parts = Object.entries(inputs).map(([key, value]) => words[key]!(value as never));
  const image = String(inputs.image);
  const volumes = (inputs.volumes as { volumeName?: string; hostPath?: string; containerPath: string; readOnly?: boolean }[]).map(
    ({ volumeName, hostPath, containerPath, readOnly }) => `${volumeName ?? hostPath}:${containerPath}:${readOnly ? "ro" : "rw"}`,
  );
  const staged = [...new Set(files.map(({ path }) => path.split("/").slice(0, 4).join("/")))].map(
    (path) => `./${path}:/${path.split("/").slice(2).join("/")}:ro`,
  );
  return Object.assign({}, ...parts, { container_name: name, image, volumes: [...volumes, ...staged] }, images.has(image) ? { build: { context: `./${buildPath(image)}` } } : {}) as Yaml;
}

function network({ name, driver, internal, ipv6, ipamConfigs }: Readonly<Yaml>): Yaml {
  return { name, driver, internal, enable_ipv6: ipv6, ipam: { config: ipamConfigs } };
}

function buildPath(reference: string): string {
  return `images/${reference.split("/").at(-1)!.split(":")[0]}`;
}
