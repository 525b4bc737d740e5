// Combinations that cannot work, each a rule of its own. A rule says which settings it reads, so that it is left out
// while one of those is not even of the right type.
import { existsSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { filesBelow } from "../platform/files-below.ts";
import { abuseRules } from "./abuse-checks.ts";
import { backupProblems } from "./backup-checks.ts";
import { certificateProblems } from "./certificates.ts";
import { adminsOf, componentLabels, hostsOf, jidText, namesOf } from "./hosts.ts";
import { databaseProblems } from "./database-checks.ts";
import { grafanaProblems } from "./grafana-checks.ts";
import { kubernetesProblems } from "./kubernetes-checks.ts";
import { logoProblems } from "./logo.ts";
import { monitoringProblems } from "./monitoring-checks.ts";
import { bareJid, domainName } from "./names.ts";
import { balancedPorts, boundPorts, containerPorts, isWildcard } from "./ports.ts";
import type { Problem } from "./problems.ts";
import { restoreProblems } from "./restore-checks.ts";
import { scrapeProblems } from "./scrape-checks.ts";
import type { Settings } from "./schema.ts";
import { shippingProblems } from "./shipping-checks.ts";
import { turnProblems } from "./turn-checks.ts";
import { isLoopback, overlap } from "./subnets.ts";

export interface Rule {
  readonly reads: readonly (keyof Settings)[];
  readonly check: (settings: Settings) => readonly Problem[];
}

/** Every combination of settings that cannot work; rules that read one of the `broken` settings are left out. */
export function combinationProblems(settings: Settings, broken: ReadonlySet<string>): Problem[] {
  return rules.filter(({ reads }) => !reads.some((key) => broken.has(key))).flatMap(({ check }) => check(settings));
}

const rules: readonly Rule[] = [
  { reads: ["domains"], check: hostNamesUsedTwice },
  { reads: ["domains", "admins"], check: adminsOfOtherDomains },
  { reads: ["admins"], check: adminsTwice },
  { reads: ["domains", "admins", "adminPasswords"], check: passwordsOfNobody },
  { reads: ["domains", "certificates", "turn"], check: (settings) => certificateProblems(settings) },
  { reads: ["domains", "replicas", "database"], check: replicas },
  { reads: ["database", "externalDatabase", "postgres"], check: databaseProblems },
  { reads: ["generation", "restore", "backup", "database"], check: restoreProblems },
  { reads: ["backup"], check: backupProblems },
  { reads: ["prometheus", "probes", "alerts", "storage"], check: monitoringProblems },
  { reads: ["monitoring", "grafana", "publish"], check: grafanaProblems },
  { reads: ["monitoring", "scrape", "publish", "alerts"], check: scrapeProblems },
  { reads: ["logs", "storage"], check: shippingProblems },
  { reads: ["secrets"], check: secretsWithoutFileName },
  { reads: ["publish", "front"], check: portsUsedTwice },
  { reads: ["publish"], check: proxyOnAnothersPort },
  { reads: ["publish", "front"], check: proxyWithoutPort },
  { reads: ["publish", "front"], check: ({ publish, front }) =>
      publish.proxyProtocol.length === 0 || front.behindProxy.length === 0 ? [] : [problem("publish.proxyProtocol", "found addresses beside front.behindProxy, expected one of both: the proxy tells whom it speaks for in its own way")] },
  { reads: ["front"], check: ({ front }) =>
      front.memory >= 32 * 2 ** 20 ? [] : [problem("front.memory", `found ${front.memory} bytes, expected at least 32MiB: Nginx with old workers takes up to that`)] },
  { reads: ["platform", "publish", "front", "kubernetes", "storage", "uploads", "domains"], check: kubernetesProblems },
  { reads: ["platform", "publish", "front", "network", "turn", "kubernetes"], check: turnProblems },
  { reads: ["publish"], check: addressesWithinOthers },
  { reads: ["publish", "environment"], check: developmentInTheOpen },
  { reads: ["network"], check: overlappingSubnets },
  { reads: ["domains", "modules"], check: modulesOfUnknownHosts },
  { reads: ["modules", "overrides"], check: missingFiles },
  { reads: ["uploads"], check: quotas },
  { reads: ["webClient"], check: logoProblems },
  { reads: ["tls"], check: ({ tls }) =>
      tls.validity >= 3600 ? [] : [problem("tls.validity", `found ${tls.validity}s, expected at least 1h`)] },
  { reads: ["tls"], check: ({ tls }) =>
      tls.renewBefore < tls.validity ? [] : [problem("tls.renewBefore", `found a time not shorter than tls.validity, expected a part of it; shorten it`)] },
  ...abuseRules,
  { reads: ["health"], check: ({ health }) =>
      health.timeout <= health.interval ? [] : [problem("health.timeout", `found ${health.timeout}s, expected at most health.interval (${health.interval}s)`)] },
  { reads: ["resources"], check: ({ resources }) =>
      resources.memory >= 64 * 2 ** 20 ? [] : [problem("resources.memory", `found ${resources.memory} bytes, expected at least 64MiB: Prosody alone takes about 40`)] },
];

function problem(key: string, text: string): Problem {
  return { key, text };
}

function hostNamesUsedTwice({ domains }: Settings): Problem[] {
  const owners = new Map<string, string>();
  return domains.flatMap((domain, index) =>
    Object.entries(hostsOf(domain)).flatMap(([kind, host]) => {
      const key = `domains[${index}].${kind}`;
      const owner = owners.get(host.ascii);
      owners.set(host.ascii, owner ?? key);
      return owner ? [problem(key, `found ${host.unicode}, which is ${owner} already; expected a host name of its own`)] : [];
    }),
  );
}

function adminsOfOtherDomains({ admins, domains }: Settings): Problem[] {
  const served = domains.map(({ name }) => name.ascii);
  return admins.flatMap((admin, index) =>
    served.includes(admin.domain.ascii)
      ? []
      : [problem(`admins[${index}]`, `found ${jidText(admin)}, expected a JID of a domain of this stack (${served.join(", ")})`)],
  );
}

function adminsTwice({ admins }: Settings): Problem[] {
  const jids = admins.map(jidText);
  return jids.flatMap((jid, index) => (jids.indexOf(jid) < index ? [problem(`admins[${index}]`, `found ${jid}, which is admins[${jids.indexOf(jid)}] already; remove it`)] : []));
}

function passwordsOfNobody(settings: Settings): Problem[] {
  const admins = new Set(adminsOf(settings).map(jidText));
  return Object.keys(settings.adminPasswords).flatMap((key) => {
    const jid = bareJid(key);
    return jid && admins.has(jidText(jid))
      ? []
      : [problem(`adminPasswords.${key}`, `found a JID that is no administrator, expected one of ${[...admins].join(", ")}`)];
  });
}

function secretsWithoutFileName({ secrets }: Settings): Problem[] {
  return Object.keys(secrets)
    .filter((name) => !/^[A-Za-z0-9][\w.-]*$/.test(name))
    .map((name) => problem(`secrets.${name}`, "found a name that is none for a file, expected letters, digits, dots, hyphens and underscores"));
}

function replicas({ replicas, domains, database }: Settings): Problem[] {
  const homes = domains.length * (1 + Object.keys(componentLabels).length);
  if (replicas > homes) {
    return [
      problem("replicas", `found ${replicas}, expected at most ${homes}: a domain or component lives in one Prosody at a time, and this stack has ${homes} of them`),
    ];
  }
  return replicas > 1 && database === "sqlite"
    ? [problem("replicas", `found ${replicas} with database sqlite, expected 1: a SQLite file has one writer; set database to postgresql`)]
    : [];
}

function portsUsedTwice(settings: Settings): Problem[] {
  const owners = new Map<number, string>();
  return Object.entries(boundPorts(settings)).flatMap(([name, port]) => {
    const owner = owners.get(port);
    owners.set(port, owner ?? name);
    return owner ? [problem(`publish.${name}`, `found ${port}, which is publish.${owner} already; expected a port of its own`)] : [];
  });
}

function proxyOnAnothersPort({ publish }: Settings): Problem[] {
  const taken: readonly number[] = Object.values({ ...containerPorts, ...(publish.proxyProtocol.length === 0 ? {} : balancedPorts) });
  // The same number published for two services is told by portsUsedTwice.
  const published = Object.entries(publish).some(([name, port]) => name !== "proxy65" && port === publish.proxy65);
  return taken.includes(publish.proxy65) && !published
    ? [problem("publish.proxy65", `found ${publish.proxy65}, on which Prosody listens for something else in its container (${taken.join(", ")}); expected another port, for the proxy announces the one that it listens on itself`)]
    : [];
}

function proxyWithoutPort({ front, publish }: Settings): Problem[] {
  if (front.behindProxy.length === 0) return [];
  return (["http", "https"] as const)
    .filter((name) => publish[name] === 0)
    .map((name) => problem(`publish.${name}`, `found 0 with front.behindProxy, expected ${name === "http" ? "the port that your proxy connects to" : "the port that your proxy serves HTTPS on"}`));
}

function addressesWithinOthers({ publish: { addresses } }: Settings): Problem[] {
  return addresses.filter(isWildcard).flatMap((wildcard) => {
    const others = addresses.filter((address) => address !== wildcard && isIP(address) === isIP(wildcard));
    return others.length > 0
      ? [problem("publish.addresses", `found ${wildcard}, which stands for every IPv${isIP(wildcard)} address, beside ${others.join(", ")}; remove one of them`)]
      : [];
  });
}

function developmentInTheOpen({ environment, publish }: Settings): Problem[] {
  const open = publish.addresses.filter((address) => !isLoopback(address));
  return environment === "development" && open.length > 0
    ? [problem("publish.addresses", `found ${open.join(", ")} in the development environment, expected loopback addresses only; set environment to production to serve others`)]
    : [];
}

function overlappingSubnets({ network }: Settings): Problem[] {
  return (["", "6"] as const).flatMap((version) => {
    const [front, back] = [network[`front${version}`], network[`back${version}`]];
    return overlap(front, back)
      ? [problem(`network.back${version}`, `found ${back}, which overlaps network.front${version} (${front}); expected a subnet of its own`)]
      : [];
  });
}

function modulesOfUnknownHosts({ domains, modules }: Settings): Problem[] {
  const known = new Set(domains.flatMap((domain) => namesOf(hostsOf(domain)).map(({ ascii }) => ascii)));
  return (["add", "remove"] as const).flatMap((list) =>
    Object.keys(modules[list])
      .filter((host) => host !== "*" && !known.has(domainName(host)?.ascii ?? ""))
      .map((host) => problem(`modules.${list}.${host}`, `found a host that this stack does not have, expected one of ${[...known].join(", ")} or "*"`)),
  );
}

function missingFiles({ modules, overrides }: Settings): Problem[] {
  const problems: Problem[] = [];
  if (overrides !== undefined && !(existsSync(overrides) && statSync(overrides).isFile())) {
    problems.push(problem("overrides", `found ${overrides}, expected the path of a file that exists`));
  }
  const { directory } = modules;
  if (directory !== undefined) {
    const isDirectory = existsSync(directory) && statSync(directory).isDirectory();
    const { files, links } = isDirectory ? filesBelow(directory) : { files: [], links: [] };
    if (!isDirectory) problems.push(problem("modules.directory", `found ${directory}, expected the path of a directory that exists`));
    else if (links.length > 0) {
      problems.push(problem("modules.directory", `found the symbolic link ${join(directory, links[0]!)}, expected files and directories only; put what it points to in its place`));
    } else if (!files.some((name) => /(^|\/)mod_\w+\.lua$/.test(name))) {
      problems.push(problem("modules.directory", `found ${directory} with no mod_NAME.lua in it, expected Prosody modules`));
    }
  }
  return problems;
}

function quotas({ uploads }: Settings): Problem[] {
  const problems: Problem[] = [];
  if (uploads.dailyQuota < uploads.maxSize) {
    problems.push(problem("uploads.dailyQuota", `found ${uploads.dailyQuota} bytes, expected at least uploads.maxSize (${uploads.maxSize} bytes)`));
  }
  if (uploads.totalQuota < uploads.dailyQuota) {
    problems.push(problem("uploads.totalQuota", `found ${uploads.totalQuota} bytes, expected at least uploads.dailyQuota (${uploads.dailyQuota} bytes)`));
  }
  return problems;
}
