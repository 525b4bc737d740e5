// The configuration files of the cluster's parts: templates, filled in.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Eta } from "eta";
import { clusterDomain, families, ipv4, loopback, ofFamilies } from "./addresses.ts";
import { places } from "./places.ts";
import { imageReference } from "./program-images.ts";

const templates = resolve(import.meta.dirname, "templates");
const eta = new Eta({ autoEscape: false, autoTrim: false, useWith: false });

export interface Choices {
  /** Whether pods reach what is beyond this machine. */
  readonly egress: boolean;
}

/** Text of a template below templates/. */
export function rendered(template: string, { egress }: Choices): string {
  return eta.renderString(readFileSync(join(templates, template), "utf8"), { ...facts(), egress });
}

/** What containerd, the network plugins, kubelet and kube-proxy read, by the path of the file. */
export function configurationFiles(choices: Choices): Readonly<Record<string, string>> {
  const names = ["containerd.toml", "cni/pods.conflist", "kubelet.yaml", "kube-proxy.yaml"];
  return Object.fromEntries(names.map((name) => [configurationPath(name), rendered(name, choices)]));
}

export function configurationPath(name: string): string {
  return join(places.configuration, name);
}

export function writeConfiguration(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** What the templates vary by. */
function facts() {
  return {
    ...places,
    clusterDomain,
    families,
    loopback,
    node: ipv4.node,
    names: ipv4.names,
    pods: ofFamilies("pods"),
    images: Object.fromEntries((["pause", "coredns", "local-path-provisioner", "volume-directory"] as const).map((name) => [name, imageReference(name)])),
  };
}
