// What the providers answer when there is no engine: names are as given, passwords, keys and certificates are made here
// and kept in the store.
import { generateKeyPairSync, randomInt } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { issueCertificate, isDueForRenewal, selfSign } from "./certificates.ts";
import { reveal } from "./recorder.ts";
import type { Store } from "./store.ts";

type Answer = pulumi.runtime.MockResourceResult;
type Inputs = Readonly<Record<string, unknown>>;
type State = Record<string, unknown>;

/** Answers for every resource type that the renderer knows. @throws for one that it does not, by its name */
export function providers(store: Store): (resource: pulumi.runtime.MockResourceArgs) => Promise<Answer> {
  return async ({ type, name, inputs }) => {
    if (type.startsWith("kubernetes:")) return { id: name, state: asGiven(store, name, reveal(inputs).value as Inputs) };
    if (!type.includes(":index/")) return { id: name, state: {} }; // a component, or what a provider is told
    const provider = known[type];
    if (!provider) throw new pulumi.RunError(`${name}: the renderer does not know the resource type ${type}; see render/providers.ts`);
    return { id: name, state: await provider(store, name, reveal(inputs).value as Inputs) };
  };
}

const known: Record<string, (store: Store, name: string, inputs: Inputs) => State | Promise<State>> = {
  "docker:index/network:Network": asGiven,
  "docker:index/volume:Volume": asGiven,
  "docker:index/image:Image": asGiven,
  "docker:index/container:Container": (_store, _name, inputs) => ({ ...inputs, exitCode: 0, containerLogs: "" }),
  "random:index/randomPassword:RandomPassword": async (store, name, inputs) => {
    const { result } = await store.keep(name, inputs, () => ({ result: password(Number(inputs.length)) }));
    return { ...inputs, result: pulumi.secret(result) };
  },
  "tls:index/privateKey:PrivateKey": async (store, name, inputs) => {
    const { privateKeyPem } = await store.keep(name, inputs, () => ({ privateKeyPem: privateKey() }));
    return { ...inputs, privateKeyPem: pulumi.secret(privateKeyPem) };
  },
  "tls:index/selfSignedCert:SelfSignedCert": async (store, name, inputs) => ({
    ...inputs,
    ...(await store.keep(name, inputs, () => selfSign(inputs))),
  }),
  // A request is the key and the names, and is of no further use: the certificate below is made from these.
  "tls:index/certRequest:CertRequest": (_store, _name, inputs) => ({ ...inputs, certRequestPem: pulumi.secret(JSON.stringify(inputs)) }),
  "tls:index/locallySignedCert:LocallySignedCert": async (store, name, inputs) => ({
    ...inputs,
    ...(await store.keep(name, inputs, () => issueCertificate(inputs), (state) => !isDueForRenewal(state, inputs))),
  }),
};

function asGiven(_store: Store, _name: string, inputs: Inputs): State {
  return { ...inputs };
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function password(length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}

function privateKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}
