// The files of the probes: where they look, as whom, and whom they tell of alerts.
import type * as pulumi from "@pulumi/pulumi";
import { type DeliveredFile, type Surroundings, plainFile } from "../../platform/workload.ts";
import { adminsOf, jidText } from "../../settings/hosts.ts";
import type { Settings } from "../../settings/schema.ts";
import { canaryOf, canarySecretFile } from "../prosody/canary.ts";
import { canaryTarget, targetsOf } from "./targets.ts";

/** Everything that is delivered to them but certificates. */
export function probesFiles(settings: Settings, surroundings: Pick<Surroundings, "frontHost">, canaryPassword: pulumi.Input<string>): DeliveredFile[] {
  return [
    plainFile("probes.json", `${JSON.stringify(probesTable(settings, surroundings), undefined, 1)}\n`),
    { path: `secrets/${canarySecretFile}`, content: canaryPassword, secret: true },
  ];
}

/** For stack_probes/config.py. */
export function probesTable(settings: Settings, surroundings: Pick<Surroundings, "frontHost">): object {
  const { alerts, domains, front, logins, probes, turn, webClient } = settings;
  const { jid, upload } = canaryOf(settings);
  return {
    interval: probes.interval,
    domains: domains.map(({ name }) => ({ name: name.unicode, ascii: name.ascii })),
    targets: targetsOf(settings, surroundings),
    canary: {
      jid,
      ...canaryTarget(settings, surroundings),
      // So that what is wrong with the password does not slow down whoever has the same address.
      free_failures: Math.max(1, Math.min(logins.failuresPerAccount, logins.failuresPerAddress) - 1),
      forget_after: logins.forgetAfter,
    },
    upload,
    turn_host: (turn.host ?? domains[0]!.name).ascii,
    site: webClient.enabled ? "/" : "/.well-known/host-meta",
    // A proxy of the operator's own has a certificate of its own.
    public_authorities: probes.address !== undefined && front.behindProxy.length > 0,
    chat: (alerts.chat ?? adminsOf(settings)).map(jidText),
  };
}
