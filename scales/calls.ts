// A TURN server for calls, with its secrets in Redis.
import type * as pulumi from "@pulumi/pulumi";
import type { DomainCertificates } from "../components/certificates/domain-certificates.ts";
import { turnRealm } from "../components/coturn/coturn-files.ts";
import { Coturn } from "../components/coturn/coturn.ts";
import { turnSecrets } from "../components/coturn/turn-secrets.ts";
import { Redis } from "../components/redis/redis.ts";
import type { Platform } from "../platform/workload.ts";
import type { Settings } from "../settings/schema.ts";
import { isWatched } from "../settings/watching.ts";

export interface Calls {
  /** What credentials are made from (secret). */
  readonly secret: pulumi.Output<string>;
  /** With what Redis lets in who watches it (secret); none where nobody does. */
  readonly redisMonitoring: pulumi.Output<string> | undefined;
}

/** Registers them. */
export function calls(settings: Settings, platform: Platform, certificates: DomainCertificates): Calls {
  const secrets = turnSecrets(settings.turn);
  const redis = new Redis("redis", { platform, settings, sets: { [`turn/realm/${turnRealm(settings)}/secret`]: secrets.valid }, from: ["coturn"], watched: isWatched(settings) });
  new Coturn("coturn", { platform, settings, certificates, redisPassword: redis.password });
  return { secret: secrets.current, redisMonitoring: redis.monitoringPassword };
}
