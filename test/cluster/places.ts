// Where the tests' cluster has its files. Nothing of it is in the repository.
import { homedir } from "node:os";
import { join } from "node:path";

const root = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "prosody-stack/cluster");
const state = join(root, "run");
/** What a reboot ends is gone after it: sockets, the numbers of processes, what sysctls were before. */
const runtime = "/run/prosody-cluster";

export const places = {
  root,
  /** What was built, by a hash of what it was built from. */
  built: join(root, "built"),
  /** Links to the programs of today's versions, for a PATH. */
  programs: join(root, "programs"),
  images: join(root, "images"),
  /** What the cluster knows, which outlives `down`. */
  state,
  logs: join(state, "logs"),
  configuration: join(state, "configuration"),
  pki: join(state, "pki"),
  kubeconfigs: join(state, "kubeconfigs"),
  volumes: join(state, "volumes"),
  runtime,
  processes: join(runtime, "processes"),
  /** What the processes were started with: there from before the first of them until the last of the cluster is gone. */
  startedWith: join(runtime, "started-with"),
  containerd: join(runtime, "containerd.sock"),
} as const;
