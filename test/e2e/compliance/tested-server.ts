// The stack that is asked about its compliance, with two people online and a component of the test's own.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ScramSha256 } from "../../../ops/scram-sha-256.ts";
import { componentLabels } from "../../../settings/hosts.ts";
import { dockerOutput } from "../../image/docker.ts";
import type { Session } from "../client.ts";
import { Component, componentOverrides } from "../component.ts";
import { People, domain } from "../people.ts";
import { TestStack } from "../stack.ts";
import { Stream } from "../stream.ts";
import { turnSettings } from "../turn/turn-settings.ts";

const componentSecret = randomBytes(16).toString("hex");

export class TestedServer {
  readonly stack = new TestStack("compliance", 46, { secrets: { component: componentSecret } });
  readonly people = new People(this.stack);
  readonly component = `component.${domain}`;
  readonly rooms = `${componentLabels.rooms}.${domain}`;
  alice!: Session;
  bob!: Session;
  /** Names of all modules that are loaded, on whatever host. */
  modules!: ReadonlySet<string>;

  /** Brings the stack up and its people online. */
  async up(): Promise<void> {
    this.stack.settings = { ...this.stack.settings, turn: turnSettings(this.stack), overrides: join(this.stack.directory, "overrides.cfg.lua") };
    this.stack.write("overrides.cfg.lua", componentOverrides(this.component, "component"));
    await this.stack.up();
    await this.people.create("alice", "bob", "carol");
    await this.comeOnline();
  }

  /** The same stack with other settings. */
  async change(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await Promise.all([this.alice.close(), this.bob.close()]);
    this.stack.settings = { ...this.stack.settings, ...settings };
    await this.stack.up();
    await this.comeOnline();
  }

  connectComponent(secret = componentSecret): Promise<Component> {
    return Component.connectTo(this.stack, this.component, secret);
  }

  /** What clients are offered before they log in, within TLS. */
  offered(): Promise<string> {
    return this.featuresAfter(() => Promise.resolve());
  }

  /** What clients are offered once they are logged in. */
  offeredAfterLogin(): Promise<string> {
    return this.featuresAfter(async (stream) => {
      await stream.open();
      await stream.authenticate("SCRAM-SHA-256", new ScramSha256(), { username: "alice", password: this.people.password });
    });
  }

  private async featuresAfter(steps: (stream: Stream) => Promise<void>): Promise<string> {
    const stream = await Stream.directTls(this.stack.ports.c2sDirectTls, domain);
    await steps(stream);
    const features = await stream.open();
    stream.close();
    if (!features.includes("</stream:features>")) throw new Error(`no features: ${features}`); // else it would seem to lack anything
    return features;
  }

  private async comeOnline(): Promise<void> {
    [this.alice, this.bob] = await Promise.all([this.people.online("alice"), this.people.online("bob")]);
    const list = await dockerOutput(["exec", this.stack.container, "prosodyctl", "--config", "/config/current/prosody.cfg.lua", "shell", "module", "list"]);
    this.modules = new Set([...list.matchAll(/^ +(\w+)/gm)].map(([, name]) => name!));
  }
}
